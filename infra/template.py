"""Reads the template of a stage, `template.yaml`, which `chalice package` merges into its own.

`make template` writes its second part: see `second_part.py`.
"""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from infra.names import IN_TEMPLATE, Names

SOURCE: Final = Path(__file__).with_name("template.yaml")
FUNCTIONS: Final = Path(__file__).with_name("functions.yaml")

NO_WORKGROUP: Final = (
    "arn:${AWS::Partition}:redshift-serverless:${AWS::Region}:${AWS::AccountId}:workgroup/none"
)
"""The ARN of no workgroup, since a policy needs one: of a stage whose warehouse is a PostgreSQL or a cluster."""

NAMED: Final = {
    ("LoadQueue", "QueueName"): "load_queue",
    ("LoadDeadLetters", "QueueName"): "load_dead_letters",
    ("NoticeTopic", "TopicName"): "notice_topic",
    ("StoreTopic", "TopicName"): "store_topic",
    ("HashKey", "Name"): "hash_key_secret",
}
"""Resources whose names a stage's entry in `.chalice/config.json` may set, and the field of `Names` for each."""


def load() -> dict[str, Any]:
    """Return the whole template, with its short forms written out: `!Ref X` is `{"Ref": "X"}`. It may be changed."""
    return deepcopy(_parsed())


def build(project: Path, stage: str) -> dict[str, Any]:
    """Return the template with a stage's names; raise `InfraError` if there is no such stage."""
    names, whole = Names.of(project, stage), load()
    for (resource, name_property), field in NAMED.items():
        whole["Resources"][resource]["Properties"][name_property] = getattr(names, field)
    whole["Parameters"]["Stage"]["Default"] = stage
    # Alarms and dashboard, whose body is a text, name the namespace of the metrics.
    text = json.dumps(whole).replace(IN_TEMPLATE.metrics_namespace, names.metrics_namespace)
    built: dict[str, Any] = _plain(json.loads(text.replace("${Stage}", stage)))
    return built


def _plain(value: Any) -> Any:
    """Return a value without Fn::Sub around texts that have no variable left."""
    # {"Fn::Sub": "cafe-etl-dev-load"} -> "cafe-etl-dev-load"
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str) and "${" not in value["Fn::Sub"]:
        return value["Fn::Sub"]
    return {key: _plain(item) for key, item in value.items()}


@cache
def _parsed() -> dict[str, Any]:
    template: dict[str, Any] = parse(SOURCE.read_text(encoding="utf-8"))
    return template


@cache
def extras() -> dict[str, Any]:
    """Return what `functions.yaml` adds to functions, by their names in the template."""
    extras: dict[str, Any] = parse(FUNCTIONS.read_text(encoding="utf-8"))
    return extras


def parse(text: str) -> Any:
    """Return a template that is written in YAML, with its short forms written out."""
    return yaml.load(text, Loader=_ShortForms)  # noqa: S506 - made from the safe loader


def logical(function: str) -> str:
    """Return the name that Chalice gives a function in a template."""
    # "create_database" -> "CreateDatabase"
    return "".join(word.capitalize() for word in function.split("_"))


def enters_warehouse(function: str) -> bool:
    """Tell whether a function is in the warehouse's network. `ingest` is not: its files may come from anybody."""
    return "VpcConfig" in extras().get(logical(function), {}).get("Properties", {})


def dump(template: dict[str, Any]) -> str:
    """Return a template as YAML, with keys in their order and without aliases."""
    return yaml.dump(template, Dumper=Plain, sort_keys=False, width=110)


class Plain(yaml.SafeDumper):
    """Writes a template without aliases, which CloudFormation refuses."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write a value out in every place where it is used."""
        return True


class _ShortForms(yaml.CSafeLoader):
    """Reads `!Sub x` as `{"Fn::Sub": "x"}`."""

    def long_form(self, name: str, node: yaml.Node) -> dict[str, Any]:
        """Return the long form of a function of CloudFormation."""
        key = name if name in {"Ref", "Condition"} else f"Fn::{name}"
        if isinstance(node, yaml.SequenceNode):
            return {key: self.construct_sequence(node, deep=True)}
        if isinstance(node, yaml.MappingNode):
            return {key: self.construct_mapping(node, deep=True)}
        # "!GetAtt Load.Arn" and "!GetAtt [Load, Arn]" mean the same.
        return {key: node.value.split(".", 1) if name == "GetAtt" else node.value}


_ShortForms.add_multi_constructor("!", _ShortForms.long_form)
