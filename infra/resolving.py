"""A template's resources, with the words of CloudFormation that ours uses replaced by what they stand for.

Only for names and settings that are known before anything is created: the resources of a stage that has no stack, and
those that the local cloud's CloudFormation leaves out.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.errors import InfraError
from infra.names import fill, partition

NO_VALUE: Final = object()
NAMED_BY: Final = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::Serverless::Function": "FunctionName",
}
"""The property that a resource's name is in."""

ARNS: Final = {
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{name}",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
    "AWS::SNS::Topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "AWS::Serverless::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """What a template says of a resource; name and ARN are empty where it has none."""

    type: str
    name: str
    arn: str
    properties: dict[str, Any]
    is_kept: bool
    """Whether it outlives its stack."""


class Resolver:
    """A template in an account and a region, with parameters."""

    def __init__(
        self, template: Mapping[str, Any], parameters: Mapping[str, Any], account: str, region: str
    ) -> None:
        self._template = template
        self._account = account
        self._region = region
        defaults = {name: told.get("Default") for name, told in template.get("Parameters", {}).items()}
        self._parameters = {**defaults, **parameters}

    def resources(self, kinds: Container[str]) -> dict[str, Resource]:
        """Return the resources of some types whose condition holds; raise `InfraError` at a word not known here."""
        return {
            logical: Resource(
                found["Type"],
                self._name(logical),
                self._arn(logical) if found["Type"] in ARNS else "",
                self.value(found.get("Properties", {})),
                found.get("DeletionPolicy", "").startswith("Retain"),
            )
            for logical, found in self._template["Resources"].items()
            if found.get("Type") in kinds and ("Condition" not in found or self._holds(found["Condition"]))
        }

    def value(self, value: Any) -> Any:
        """Return a value with nothing of CloudFormation's left in it."""
        if isinstance(value, list):
            return [item for item in map(self.value, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
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
            "Fn::Join": lambda told: told[0].join(self.value(told[1])),
            "Fn::Equals": lambda told: self.value(told[0]) == self.value(told[1]),
            "Fn::Not": lambda told: not self.value(told[0]),
        }
        if word not in words:
            raise InfraError(f"{word} can be resolved by CloudFormation alone.")
        return words[word](argument)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name.startswith("AWS::"):
            return fill(f"${{{name}}}", self._account, self._region)
        if name in self._parameters:
            value = self._parameters[name]
            is_list = self._template["Parameters"][name]["Type"] == "CommaDelimitedList"
            return value.split(",") if is_list else value
        kind = self._template["Resources"][name].get("Type")
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{self._region}.amazonaws.com/{self._account}/{self._name(name)}"
        return self._arn(name) if kind == "AWS::SNS::Topic" else self._name(name)

    def _sub(self, argument: Any) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})
        known = {name: self.value(value) for name, value in given.items()}

        def replaced(found: re.Match[str]) -> str:
            name = found[1]
            if name in known:
                return str(known[name])
            return str(self._attribute(name.split(".", 1)) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", replaced, text)

    def _attribute(self, argument: Any) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if attribute == "Arn":
            return self._arn(name)
        if attribute == "QueueName":
            return self._name(name)
        raise InfraError(f"{name}.{attribute} is known to CloudFormation alone.")

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
        found = self._template["Resources"][logical]
        name = NAMED_BY.get(found.get("Type", ""))
        return str(self.value(found.get("Properties", {}).get(name, ""))) if name else ""
