"""A stage's template, `template.yaml`, which `chalice package` merges into its own.

`make template` writes its second part, which follows from the functions, what `functions.yaml` adds to them, and their
policies.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from infra import dashboard, saved_queries
from infra.names import IN_TEMPLATE, Names, config
from infra.policies import WORKGROUP, named_policies

SOURCE: Final = Path(__file__).with_name("template.yaml")
FUNCTIONS: Final = Path(__file__).with_name("functions.yaml")

MARK: Final = (
    "  # ---- MADE BY `make template` ---- not by hand: infra/template.py writes all that follows.\n"
)
"""The line between the two parts, which are one list of resources."""

RAW_BUCKET: Final = {
    "Fn::If": [
        "NamesRawBucket",
        {"Ref": "RawBucket"},
        {
            "Fn::If": [
                "IsProd",
                {"Fn::Sub": Names.by_rule("prod").raw_bucket},
                {"Fn::Sub": Names.by_rule("${Stage}").raw_bucket},
            ]
        },
    ]
}
"""The raw bucket's name. It is written out everywhere: the bucket waits for `ingest`, which waits for its role."""

VARIABLES: Final = {
    "RAW_NOTIFICATION": "template",
    "STAGE": {"Ref": "Stage"},
    "RAW_BUCKET": RAW_BUCKET,
    "PROCESSED_BUCKET": {"Ref": "ProcessedDataBucket"},
    "LOAD_QUEUE": {"Fn::Sub": IN_TEMPLATE.load_queue},
    "INGEST_FUNCTION": {"Fn::Sub": IN_TEMPLATE.function("ingest")},
    "NOTICE_TOPIC": {"Ref": "NoticeTopic"},
    "STORE_TOPIC": {"Ref": "StoreTopic"},
    "HASH_KEY_SECRET": {"Fn::Sub": IN_TEMPLATE.hash_key_secret},
    "METRICS_NAMESPACE": {"Fn::Sub": IN_TEMPLATE.metrics_namespace},
    "MONTH_FIRST_STORES": {"Ref": "MonthFirstStores"},
    "STORE_FOLDERS": {"Ref": "StoreFolders"},
    "STORES": {"Ref": "Stores"},
    "SWEEP_MINUTES": {"Ref": "SweepMinutes"},
    "WAREHOUSE_CHECKS": {"Ref": "WarehouseChecks"},
    "LOAD_MINUTES": {"Ref": "LoadMinutes"},
    "NOTICES": {"Ref": "Notices"},
    "SUMMARY_HOUR": {"Ref": "SummaryHour"},
}
"""The variables of every function."""

WAREHOUSE_VARIABLES: Final = {
    "WAREHOUSE": {
        "Fn::If": [
            "CreatesWarehouse",
            {"Fn::Sub": "redshift-serverless://cafe-etl-${Stage}/cafe"},
            {"Ref": "Warehouse"},
        ]
    },
    "WAREHOUSE_SECRET": {"Ref": "WarehouseSecret"},
    "COPY_ROLE": {"Fn::GetAtt": ["CopyRole", "Arn"]},
    # boto3 reads this one itself. Only the endpoints that AWS calls dual-stack can be reached over IPv6.
    "AWS_USE_DUALSTACK_ENDPOINT": {"Fn::If": ["IsInVpc", {"Fn::If": ["UsesIpv6", "true", "false"]}, "false"]},
}
"""The variables of the functions that connect to the warehouse."""

NO_WORKGROUP: Final = (
    "arn:${AWS::Partition}:redshift-serverless:${AWS::Region}:${AWS::AccountId}:workgroup/none"
)
"""The ARN of no workgroup, since a policy needs one: of a stage whose warehouse is a PostgreSQL or a cluster."""

OWN_WORKGROUP: Final = {
    "Fn::If": [
        "CreatesWarehouse",
        {"Fn::GetAtt": ["Workgroup", "Workgroup.WorkgroupArn"]},
        {"Fn::If": ["NamesWorkgroup", {"Ref": "WorkgroupArn"}, {"Fn::Sub": NO_WORKGROUP}]},
    ]
}
"""The ARN of the workgroup that the stack creates, or of the one that its parameters name."""

NAMED: Final = {
    ("LoadQueue", "QueueName"): "load_queue",
    ("LoadDeadLetters", "QueueName"): "load_dead_letters",
    ("NoticeTopic", "TopicName"): "notice_topic",
    ("StoreTopic", "TopicName"): "store_topic",
    ("HashKey", "Name"): "hash_key_secret",
}
"""Resources whose names a stage's entry in `.chalice/config.json` may set, and the field of `Names` for each."""

EXCEPTIONS: Final = {
    "CKV_AWS_115": "Queue and mapping limit the loads; reserved concurrency would be taken from other functions",
    "CKV_AWS_116": "Events that fail have a destination; load requests have a dead-letter queue",
    "CKV_AWS_117": "In a VPC if the parameters name one, except ingest, which never connects to the warehouse",
    "CKV_AWS_173": "AWS's own key encrypts them, and they hold no secret: passwords are in Secrets Manager",
}
"""The rules of checkov that the functions break, each with the reason."""

ASSUMED_BY_LAMBDA: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
"""As in Chalice's template, which writes it once and then as aliases, and CloudFormation takes no aliases."""

LOG_EXCEPTION: Final = {
    "CKV_AWS_158": "AWS's own key encrypts log lines, and they hold no data of any row",
}
ROLE_EXCEPTION: Final = {
    "CKV_AWS_111": "Lambda creates network interfaces for the function, which have no name before they exist",
}


WATCHED: Final = ("sweep", "summarise")
"""The functions with an alarm on their errors: those whose failure nothing else shows.

CloudWatch's first ten alarms are free. Failures of `ingest` and `load` end in queues, which have alarms. The other
functions answer to whoever calls them.
"""


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
def _extras() -> dict[str, Any]:
    """Return what `functions.yaml` adds to functions, by their names in the template."""
    extras: dict[str, Any] = parse(FUNCTIONS.read_text(encoding="utf-8"))
    return extras


def parse(text: str) -> Any:
    """Return a template that is written in YAML, with its short forms written out."""
    return yaml.load(text, Loader=_ShortForms)  # noqa: S506 - made from the safe loader


def written(project: Path) -> str:
    """Return the text that `template.yaml` should have: its first part, and the second made anew."""
    first = SOURCE.read_text(encoding="utf-8").partition(MARK)[0]
    second = yaml.dump(
        _second_part(project, parse(first)),
        Dumper=_Plain,
        sort_keys=False,
        width=116,
        default_flow_style=None,
    )
    return first + MARK + "".join(f"  {line}" for line in second.splitlines(keepends=True))


def _second_part(project: Path, first: dict[str, Any]) -> dict[str, Any]:
    functions = list(config(project)["lambda_functions"])
    allowed = named_policies(project, IN_TEMPLATE)
    resources: dict[str, Any] = {}
    for function in functions:
        resources |= _function(function, allowed[function])
    resources |= saved_queries.resources([f"{logical(function)}Log" for function in functions])
    # A laptop's load queue has a name of its own, so the dashboard takes the name from the queue.
    names = replace(IN_TEMPLATE, load_queue="${LoadQueue.QueueName}")
    alarms = list(_alarms({**first["Resources"], **resources}))
    return {**resources, "Dashboard": dashboard.resource(names, functions, alarms)}


def _alarms(resources: dict[str, Any]) -> Iterator[str]:
    """Yield the names of all alarms, as the texts of their Fn::Sub."""
    for body in resources.values():
        if body["Type"] == "AWS::CloudWatch::Alarm":
            yield body["Properties"]["AlarmName"]["Fn::Sub"]


def logical(function: str) -> str:
    """Return the name that Chalice gives a function in a template."""
    # "create_database" -> "CreateDatabase"
    return "".join(word.capitalize() for word in function.split("_"))


def enters_warehouse(function: str) -> bool:
    """Tell whether a function is in the warehouse's network. `ingest` is not: its files may come from anybody."""
    return "VpcConfig" in _extras().get(logical(function), {}).get("Properties", {})


def dump(template: dict[str, Any]) -> str:
    """Return a template as YAML, with keys in their order and without aliases."""
    return yaml.dump(template, Dumper=_Plain, sort_keys=False, width=110)


class _Plain(yaml.SafeDumper):
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


def _function(function: str, policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the resources of one function: itself, its role, its log and, for some, an alarm."""
    name, own_name = logical(function), {"Fn::Sub": IN_TEMPLATE.function(function)}
    variables = VARIABLES | (WAREHOUSE_VARIABLES if enters_warehouse(function) else {})
    itself = {
        "Type": "AWS::Serverless::Function",
        "Metadata": _skip(EXCEPTIONS),
        # Otherwise the function's first line would create the log group, whose lines would never expire.
        "DependsOn": [f"{name}Log"],
        "Properties": {"FunctionName": own_name, "Environment": {"Variables": variables}},
    }
    resources: dict[str, dict[str, Any]] = {
        name: _merge(itself, _extras().get(name, {})),
        f"{name}Role": {
            "Type": "AWS::IAM::Role",
            "Metadata": _skip(ROLE_EXCEPTION),
            "Properties": {
                "RoleName": own_name,
                "AssumeRolePolicyDocument": ASSUMED_BY_LAMBDA,
                "PermissionsBoundary": {
                    "Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]
                },
                "Policies": [{"PolicyName": function, "PolicyDocument": _substituted(policy)}],
            },
        },
        f"{name}Log": {
            "Type": "AWS::Logs::LogGroup",
            "Metadata": _skip(LOG_EXCEPTION),
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/aws/lambda/{IN_TEMPLATE.function(function)}"},
                "RetentionInDays": {"Ref": "LogDays"},
            },
        },
    }
    if function in WATCHED:
        resources[f"{name}ErrorsAlarm"] = _errors_alarm(function)
    return resources


def _errors_alarm(function: str) -> dict[str, Any]:
    """Return the alarm on Lambda's count of a function's failures."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"{IN_TEMPLATE.function(function)}-errors"},
            "AlarmDescription": f"The function {function} failed: see Logs in docs/runbook.md",
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": logical(function)}}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
            "OKActions": [{"Ref": "AlarmTopic"}],
        },
    }


def _skip(exceptions: dict[str, str]) -> dict[str, Any]:
    return {"checkov": {"skip": [{"id": check, "comment": reason} for check, reason in exceptions.items()]}}


def _substituted(policy: Any) -> Any:
    """Wrap each text with a variable of CloudFormation in Fn::Sub."""
    # "arn:${AWS::Partition}:s3:::x" -> {"Fn::Sub": "arn:${AWS::Partition}:s3:::x"}
    if isinstance(policy, dict):
        return {key: _substituted(value) for key, value in policy.items()}
    if isinstance(policy, list):
        return [_substituted(value) for value in policy]
    if policy == WORKGROUP:
        return OWN_WORKGROUP
    return {"Fn::Sub": _with_raw_bucket(policy)} if isinstance(policy, str) and "${" in policy else policy


def _with_raw_bucket(text: str) -> Any:
    """Give a text that names the raw bucket that name as a variable."""
    # "arn:aws:s3:::${RawBucketName}/*" -> ["arn:aws:s3:::${RawBucketName}/*", {"RawBucketName": {"Fn::If": …}}]
    return [text, {"RawBucketName": RAW_BUCKET}] if IN_TEMPLATE.raw_bucket in text else text


def _merge(base: Any, override: Any) -> Any:
    """Merge two resources into one; if both have a property, that of `override` counts."""
    if not isinstance(base, dict) or not isinstance(override, dict):
        return override
    return {**base, **{key: _merge(base.get(key), value) for key, value in override.items()}}


if __name__ == "__main__":
    SOURCE.write_text(written(SOURCE.parent.parent), encoding="utf-8")
