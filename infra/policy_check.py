"""`make check` holds policies against AWS's reference: those of the functions, the stack and the bootstrap."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
from samtranslator.yaml_helper import yaml_parse

from infra.names import fill
from infra.policies import Policy, paths
from infra.policy_reference import Action, action
from infra.vendoring import PROJECT

TEMPLATES: Final = ("bootstrap.yaml", "network.yaml", "template.yaml")

EXAMPLE: Final = ("123456789012", "eu-west-1")
"""The account and the region that stand for any in an ARN."""

ARNS: Final = {
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::123456789012:policy/name",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/name",
    "AWS::Lambda::Function": "arn:aws:lambda:eu-west-1:123456789012:function:name",
    "AWS::Logs::LogGroup": "arn:aws:logs:eu-west-1:123456789012:log-group:name:*",
    "AWS::RedshiftServerless::Workgroup": "arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/name",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:name",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-west-1:123456789012:name",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:name",
}
"""An ARN that stands for that of a resource in a template, by the resource's type."""


@click.command()
def command() -> None:
    """Print what is wrong with the policies, and fail if anything is."""
    sentences = [f"{owner}: {fault}" for owner, policy in all_policies(PROJECT) for fault in faults(policy)]
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(1 if sentences else 0)


def all_policies(project: Path) -> Iterator[tuple[str, Policy]]:
    """Yield every policy that the project deploys, with its owner; functions of CloudFormation in it are resolved."""
    for function, path in paths(project).items():
        yield function, yaml_parse(path.read_text(encoding="utf-8"))
    for name in TEMPLATES:
        template = yaml_parse((project / "infra" / name).read_text(encoding="utf-8"))
        for logical, resource in template["Resources"].items():
            for document in _documents(resource):
                yield f"{name}, {logical}", _resolved(document, template["Resources"])


def faults(policy: Policy) -> list[str]:
    """Return a sentence for each action, resource and condition key in a policy that AWS's reference does not have."""
    return [
        f"{statement['Sid']}: {sentence}"
        for statement in policy["Statement"]
        for sentence in _statement_faults(statement)
    ]


def _statement_faults(statement: Mapping[str, Any]) -> Iterator[str]:
    # A denial of all of a service's actions, such as s3:*, takes every resource and key of that service.
    names = [name for name in _listed(statement["Action"]) if not name.endswith("*")]
    actions = {name: action(name) for name in names}
    yield from (f"AWS has no action {name}." for name, entry in actions.items() if entry is None)
    existing = {name: entry for name, entry in actions.items() if entry is not None}
    resources = _listed(statement["Resource"])
    for name, entry in existing.items():
        if not entry.arns and "*" not in resources:
            yield f"{name} takes no resource, so it is allowed on * or not at all."
        elif not any(map(entry.takes, resources)):
            yield f"{name} takes none of these resources: {', '.join(resources)}."
        yield from (f"{name} has no condition key {key}." for key in _keys(statement) if not entry.has(key))
    if len(existing) == len(_listed(statement["Action"])):
        yield from _unused(resources, existing)


def _unused(resources: list[str], actions: Mapping[str, Action]) -> Iterator[str]:
    for resource in resources:
        if not any(entry.takes(resource) for entry in actions.values()):
            yield f"{resource} is a resource of none of the actions."


def _keys(statement: Mapping[str, Any]) -> list[str]:
    # {"StringLike": {"s3:prefix": "staged/*"}} -> ["s3:prefix"]
    return [key for keys in statement.get("Condition", {}).values() for key in keys]


def _listed(one_or_more: Any) -> list[Any]:
    """Return a list: IAM accepts a single value in the place of a list of one."""
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def _documents(value: Any) -> Iterator[Any]:
    """Yield the policies in a resource of a template, but not those that say who may assume a role."""
    if isinstance(value, list):
        for item in value:
            yield from _documents(item)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from [item] if key == "PolicyDocument" else _documents(item)


def _resolved(value: Any, resources: Mapping[str, Any]) -> Any:
    """Return a policy with its ARNs as texts; both results of an Fn::If stand in a list of resources."""
    if isinstance(value, list):
        items = [_resolved(item, resources) for item in value]
        return [text for item in items for text in (item if isinstance(item, list) else [item])]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::If": [_, yes, no]}:
            return _resolved([yes, no], resources)
        case {"Fn::Sub": [text, _] | text}:
            return _substituted(text, resources)
        case {"Fn::GetAtt": [name, *_]} | {"Fn::GetAtt": name} | {"Ref": name}:
            return _arn(name, resources)
    return {key: _resolved(item, resources) for key, item in value.items()}


def _substituted(text: str, resources: Mapping[str, Any]) -> str:
    # "${PackagesBucket.Arn}/*" -> "arn:aws:s3:::name/*"; "cafe-etl-${Stage}-copy" -> "cafe-etl-name-copy"
    named = re.sub(r"\$\{(\w+)\.Arn\}", lambda match: _arn(match[1], resources), fill(text, *EXAMPLE))
    return re.sub(r"\$\{[^}]+\}", "name", named)


def _arn(name: str, resources: Mapping[str, Any]) -> str:
    """Return an ARN for a resource of the template; for a parameter or an account's number, a text."""
    return ARNS[resources[name]["Type"]] if name in resources else "name"


if __name__ == "__main__":
    command()
