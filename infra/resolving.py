"""Resolves the functions of CloudFormation in a template: Ref, Fn::Sub and the others that our template uses.

It is used for the resources of a stage that Chalice deploys, and for those that the local cloud's CloudFormation leaves
out. It knows names and settings, which are fixed before anything is created, but nothing that AWS chooses later.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.errors import InfraError
from infra.names import fill, partition

NO_VALUE: Final = object()
"""Stands for `AWS::NoValue`: the property that has it is left out."""

NAMED_BY: Final = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::QueryDefinition": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::Serverless::Function": "FunctionName",
}
"""The property that has a resource's name."""

PARTS: Final = frozenset({"AWS::SNS::Subscription"})
"""Types that belong to another resource, a topic, and are deleted with it, though CloudFormation retains them."""

ARNS: Final = {
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{name}",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::SNS::Topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "AWS::Serverless::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a template; name and ARN are empty if it has none."""

    type: str
    name: str
    arn: str
    properties: dict[str, Any]
    is_retained: bool
    """Whether it stays when its stage is deleted."""


def is_retained(body: Mapping[str, Any]) -> bool:
    """Tell whether a resource of a template stays when its stage is deleted, by itself and not with another one."""
    return body.get("DeletionPolicy", "").startswith("Retain") and body["Type"] not in PARTS


class Resolver:
    """A template with the account, the region and the parameters that it is deployed with."""

    def __init__(
        self, template: Mapping[str, Any], parameters: Mapping[str, Any], account: str, region: str
    ) -> None:
        self._template = template
        self._account = account
        self._region = region
        declared = template.get("Parameters", {})
        defaults = {name: parameter.get("Default") for name, parameter in declared.items()}
        self._parameters = {**defaults, **parameters}

    def resources(self, kinds: Container[str]) -> dict[str, Resource]:
        """Return the resources of some types whose condition is true; raise `InfraError` for what only AWS knows."""
        return {
            logical: Resource(
                body["Type"],
                self._name(logical),
                self._arn(logical) if body["Type"] in ARNS else "",
                self.value(body.get("Properties", {})),
                is_retained(body),
            )
            for logical, body in self._template["Resources"].items()
            if body.get("Type") in kinds and ("Condition" not in body or self._holds(body["Condition"]))
        }

    def value(self, value: Any) -> Any:
        """Return a value with every function of CloudFormation replaced by its result."""
        if isinstance(value, list):
            return [item for item in map(self.value, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        # {"Fn::Sub": "${Load.Arn}"} is a call of a function: one key, which is the function's name.
        if len(value) == 1:
            (word, argument), *_ = value.items()
            if word == "Ref" or word.startswith("Fn::"):
                return self._word(word, argument)
        resolved = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _word(self, word: str, argument: Any) -> Any:
        words: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._attribute,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Join": lambda pair: pair[0].join(self.value(pair[1])),
            # CloudFormation compares texts: a parameter that is a number comes as one.
            "Fn::Equals": lambda pair: str(self.value(pair[0])) == str(self.value(pair[1])),
            "Fn::Not": lambda items: not self.value(items[0]),
        }
        if word not in words:
            raise InfraError(f"Only CloudFormation can resolve {word}.")
        return words[word](argument)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name.startswith("AWS::"):
            return fill(f"${{{name}}}", self._account, self._region)
        if name in self._parameters:
            return self._typed(name)
        # The Ref of a queue is its URL, the Ref of a topic its ARN, that of other types their name.
        kind = self._template["Resources"][name].get("Type")
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{self._region}.amazonaws.com/{self._account}/{self._name(name)}"
        return self._arn(name) if kind == "AWS::SNS::Topic" else self._name(name)

    def _typed(self, parameter: str) -> Any:
        """Return the value of a parameter as its type says. A default has its type already, another value is a text."""
        value = self._parameters[parameter]
        match self._template["Parameters"][parameter]["Type"]:
            case "CommaDelimitedList":
                return value.split(",")
            case "Number":
                return int(value)
            case _:
                return value

    def _sub(self, argument: Any) -> str:
        # "rate(${SweepMinutes} minutes)", or ["arn:aws:s3:::${RawBucketName}", {"RawBucketName": …}]
        text, own_variables = argument if isinstance(argument, list) else (argument, {})
        values = {name: self.value(value) for name, value in own_variables.items()}

        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name in values:
                return str(values[name])
            return str(self._attribute(name.split(".", 1)) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", replacement, text)

    def _attribute(self, argument: Any) -> str:
        # "Load.Arn" and ["Load", "Arn"] mean the same.
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if attribute == "Arn":
            return self._arn(name)
        if attribute == "QueueName":
            return self._name(name)
        raise InfraError(f"Only CloudFormation knows {name}.{attribute}.")

    def _find_in_map(self, argument: list[Any]) -> Any:
        # ["LoadTimes", {"Ref": "LoadMinutes"}, "Age"]: a parameter's default may be a number, but a key is a text.
        mapping, first, second = map(self.value, argument)
        return self._template["Mappings"][mapping][str(first)][str(second)]

    def _if(self, argument: list[Any]) -> Any:
        condition, yes, no = argument
        return self.value(yes if self._holds(condition) else no)

    def _holds(self, condition: str) -> bool:
        return bool(self.value(self._template["Conditions"][condition]))

    def _arn(self, name: str) -> str:
        kind = self._template["Resources"][name]["Type"]
        return ARNS[kind].format(
            partition=partition(self._region),
            account=self._account,
            region=self._region,
            name=self._name(name),
        )

    def _name(self, logical: str) -> str:
        body = self._template["Resources"][logical]
        name_property = NAMED_BY.get(body.get("Type", ""))
        return str(self.value(body.get("Properties", {}).get(name_property, ""))) if name_property else ""
