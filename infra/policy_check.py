"""`make check` holds policies against AWS's reference: those of the functions, the stack and the bootstrap."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
from samtranslator.yaml_helper import yaml_parse

from infra.errors import InfraError
from infra.names import fill
from infra.policies import Policy, paths
from infra.policy_reference import Action, actions
from infra.vendoring import PROJECT

TEMPLATES: Final = ("bootstrap.yaml", "network.yaml", "template.yaml")

EXAMPLE: Final = ("123456789012", "eu-west-1")
"""The account and the region that stand for any in an ARN."""

WORKGROUP: Final = "arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/name"
ARNS: Final = {
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/name",
    "AWS::Logs::LogGroup": "arn:aws:logs:eu-west-1:123456789012:log-group:name:*",
    "AWS::RedshiftServerless::Workgroup": WORKGROUP,
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:name",
}
"""An ARN that stands for that of a resource in a template, by the resource's type."""

PARAMETERS: Final = {"WorkgroupArn": WORKGROUP}
"""An ARN that stands for the value of a parameter, by the parameter's name."""


@click.command()
def command() -> None:
    """Print what is wrong with the policies, and fail if anything is."""
    sentences = [f"{owner}: {fault}" for owner, policy in all_policies(PROJECT) for fault in faults(policy)]
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(1 if sentences else 0)


def all_policies(project: Path) -> Iterator[tuple[str, Policy]]:
    """Yield every policy that the project deploys, with its owner; its resources are ARNs without functions."""
    for function, path in paths(project).items():
        yield function, yaml_parse(path.read_text(encoding="utf-8"))
    for name in TEMPLATES:
        template = yaml_parse((project / "infra" / name).read_text(encoding="utf-8"))
        for logical, resource in template["Resources"].items():
            for document in _documents(resource):
                statements = [
                    _resolved(each, template["Resources"]) for each in _listed(document["Statement"])
                ]
                yield f"{name}, {logical}", {"Statement": statements}


def faults(policy: Policy) -> list[str]:
    """Return a sentence for each action, resource and condition key in a policy that AWS's reference does not have."""
    return [
        f"{statement.get('Sid', 'a statement without Sid')}: {sentence}"
        for statement in _listed(policy["Statement"])
        for sentence in _statement_faults(statement)
    ]


def _statement_faults(statement: Mapping[str, Any]) -> Iterator[str]:
    if inverted := statement.keys() & {"NotAction", "NotResource"}:
        yield f"{min(inverted)} cannot be checked: name the actions and resources themselves."
        return
    # A policy that says who may assume a role has no resource: it is the role itself.
    resources = _listed(statement.get("Resource", "*"))
    entries: list[Action] = []
    for name in _listed(statement["Action"]):
        matching = actions(name)
        entries += matching
        yield from _action_faults(name, matching, resources, _keys(statement))
    for resource in resources:
        if entries and not any(entry.takes(resource) for entry in entries):
            yield f"{resource} is a resource of none of the actions."


def _action_faults(name: str, matching: list[Action], resources: list[str], keys: list[str]) -> Iterator[str]:
    """Yield what is wrong with one action of a statement; with a wildcard it stands for several."""
    if not matching:
        yield f"AWS has no action {name}."
    elif not any(entry.arns for entry in matching) and "*" not in resources:
        yield f"{name} takes no resource, so it is allowed on * or not at all."
    elif not any(entry.takes(resource) for entry in matching for resource in resources):
        yield f"{name} takes none of these resources: {', '.join(resources)}."
    if matching:
        for key in keys:
            if not any(entry.has(key) for entry in matching):
                yield f"{name} has no condition key {key}."


def _keys(statement: Mapping[str, Any]) -> list[str]:
    # {"StringLike": {"s3:prefix": "staged/*"}} -> ["s3:prefix"]
    return [key for keys in statement.get("Condition", {}).values() for key in keys]


def _listed(one_or_more: Any) -> list[Any]:
    """Return a list: IAM accepts a single value in the place of a list of one."""
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def _documents(value: Any) -> Iterator[Any]:
    """Yield the policies in a resource of a template, also those that say who may assume a role."""
    if isinstance(value, list):
        for item in value:
            yield from _documents(item)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from [item] if key.endswith("PolicyDocument") else _documents(item)


def _resolved(statement: Mapping[str, Any], resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement with its resources as texts, if it has any."""
    arns = [arn for value in _listed(statement.get("Resource", [])) for arn in _arns(value, resources)]
    return {**statement, "Resource": arns} if arns else dict(statement)


def _arns(value: Any, resources: Mapping[str, Any]) -> list[str]:
    """Return the ARN that a value in a template stands for; both of an Fn::If."""
    match value:
        case {"Fn::If": [_, yes, no]}:
            return [*_arns(yes, resources), *_arns(no, resources)]
        case {"Fn::Sub": [text, _] | text}:
            return [_substituted(text, resources)]
        case {"Fn::GetAtt": [name, *_]} | {"Fn::GetAtt": name} | {"Ref": name}:
            return [_arn(name, resources)]
    return [str(value)]


def _substituted(text: str, resources: Mapping[str, Any]) -> str:
    # "${PackagesBucket.Arn}/*" -> "arn:aws:s3:::name/*"; "cafe-etl-${Stage}-copy" -> "cafe-etl-name-copy"
    named = re.sub(r"\$\{(\w+)\.Arn\}", lambda match: _arn(match[1], resources), fill(text, *EXAMPLE))
    return re.sub(r"\$\{[^}]+\}", "name", named)


def _arn(name: str, resources: Mapping[str, Any]) -> str:
    """Return an ARN for a resource of the template, or for a parameter; for others, a text that no action takes."""
    if name not in resources:
        return PARAMETERS.get(name, "name")
    kind = resources[name]["Type"]
    if kind not in ARNS:
        raise InfraError(f"{name} is of the type {kind}: add an example of its ARN to infra/policy_check.py.")
    return ARNS[kind]


if __name__ == "__main__":
    command()
