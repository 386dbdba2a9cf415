"""The part of a stage's template that Chalice does not write: `template.yaml`, and the resources of each function."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from samtranslator.yaml_helper import yaml_parse

from infra import dashboard, saved_queries
from infra.names import Names, config, variables
from infra.policies import WORKGROUP, policies

SOURCE: Final = Path(__file__).with_name("template.yaml")

CHOSEN: Final = {
    "RawBucketName": ("NamesRawBucket", "RawBucket", "raw_bucket"),
    "ProcessedBucketName": ("NamesProcessedBucket", "ProcessedBucket", "processed_bucket"),
}
"""Names that a parameter may set: the condition that it is set, the parameter, and the field of the default name."""

FROM_PARAMETERS: Final = {
    "RAW_BUCKET": {"Fn::Sub": "${RawBucketName}"},
    "PROCESSED_BUCKET": {"Fn::Sub": "${ProcessedBucketName}"},
    "MONTH_FIRST_STORES": {"Ref": "MonthFirstStores"},
    "STORE_FOLDERS": {"Ref": "StoreFolders"},
    "STORES": {"Ref": "Stores"},
    "SWEEP_MINUTES": {"Ref": "SweepMinutes"},
    "WAREHOUSE_CHECKS": {"Ref": "WarehouseChecks"},
    "LOAD_MINUTES": {"Ref": "LoadMinutes"},
    "NOTICES": {"Ref": "Notices"},
    "SUMMARY_HOUR": {"Ref": "SummaryHour"},
}
"""The variables of every function that come from parameters."""

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

EXCEPTIONS: Final = {
    "CKV_AWS_115": "Queue and mapping limit the loads; reserved concurrency would be taken from other functions",
    "CKV_AWS_116": "Events that fail have a destination; load requests have a dead-letter queue",
    "CKV_AWS_117": "In a VPC if the parameters name one, except ingest, which never connects to the warehouse",
    "CKV_AWS_173": "AWS's own key encrypts them, and they hold no secret: passwords are in Secrets Manager",
}
"""The rules of checkov that the functions break, each with the reason."""

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
    """Return `template.yaml` with its short forms written out: `!Ref X` is `{"Ref": "X"}`. The caller may change it."""
    return deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    # A build asks for the template once for each function, and the parser takes long.
    template: dict[str, Any] = yaml_parse(SOURCE.read_text(encoding="utf-8"))
    return template


def build(project: Path, stage: str) -> dict[str, Any]:
    """Return the template to merge into Chalice's for a stage; raise `InfraError` if there is no such stage."""
    merged = load()
    names = Names.of(project, stage)
    allowed = policies(project, stage)
    functions = list(config(project)["lambda_functions"])
    for function in functions:
        for name, resource in _function(
            function, names, variables(project, stage), allowed[function]
        ).items():
            # template.yaml comes last, so that it can set properties of a single function, such as its VPC.
            merged["Resources"][name] = _merge(resource, merged["Resources"].get(name, {}))
    merged["Resources"] |= saved_queries.resources([f"{logical(function)}Log" for function in functions])
    built: dict[str, Any] = _name(merged, stage, names)
    built["Resources"]["Dashboard"] = dashboard.resource(names, functions, _alarms(built))
    return built


def _alarms(template: dict[str, Any]) -> list[str]:
    """Return the names of a template's alarms."""
    resources = template["Resources"].values()
    return [
        body["Properties"]["AlarmName"] for body in resources if body.get("Type") == "AWS::CloudWatch::Alarm"
    ]


def logical(function: str) -> str:
    """Return the name that Chalice gives a function in a template."""
    # "create_database" -> "CreateDatabase"
    return "".join(word.capitalize() for word in function.split("_"))


def enters_warehouse(function: str) -> bool:
    """Tell whether a function is in the warehouse's network. `ingest` is not: its files may come from anybody."""
    return "VpcConfig" in _parsed()["Resources"].get(logical(function), {}).get("Properties", {})


def dump(template: dict[str, Any]) -> str:
    """Return a template as YAML, with keys in their order and without aliases."""
    return yaml.dump(template, Dumper=_Plain, sort_keys=False, width=110)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        """Write a value out in every place where it is used."""
        return True


def _function(
    function: str, names: Names, settings: dict[str, str], policy: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return the resources of one function: itself, its role, its log and, for some, an alarm."""
    name = logical(function)
    environment: dict[str, Any] = {
        variable: {"Fn::Sub": value} for variable, value in settings.items()
    } | FROM_PARAMETERS
    if enters_warehouse(function):
        environment |= WAREHOUSE_VARIABLES
    resources: dict[str, dict[str, Any]] = {
        name: {
            "Type": "AWS::Serverless::Function",
            "Metadata": _skip(EXCEPTIONS),
            # Otherwise the function's first line would create the log group, whose lines would never expire.
            "DependsOn": [f"{name}Log"],
            "Properties": {
                "FunctionName": names.function(function),
                "Environment": {"Variables": environment},
            },
        },
        f"{name}Role": {
            "Type": "AWS::IAM::Role",
            "Metadata": _skip(ROLE_EXCEPTION),
            "Properties": {
                "RoleName": names.function(function),
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
                "LogGroupName": f"/aws/lambda/{names.function(function)}",
                "RetentionInDays": {"Ref": "LogDays"},
            },
        },
    }
    if function in WATCHED:
        resources[f"{name}ErrorsAlarm"] = _errors_alarm(function, names)
    return resources


def _errors_alarm(function: str, names: Names) -> dict[str, Any]:
    """Return the alarm on Lambda's count of a function's failures."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{names.function(function)}-errors",
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
    return {"Fn::Sub": policy} if isinstance(policy, str) and "${" in policy else policy


def _name(value: Any, stage: str, names: Names) -> Any:
    """Put the stage's names into every Fn::Sub; a text without variables after that needs no Fn::Sub any more."""
    if isinstance(value, list):
        return [_name(item, stage, names) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::Sub"}:
        return _named(value["Fn::Sub"], stage, names)
    return {key: _name(item, stage, names) for key, item in value.items()}


def _named(text: str, stage: str, names: Names) -> Any:
    if text == WORKGROUP:
        return OWN_WORKGROUP
    # "cafe-etl-${Stage}-copy" -> "cafe-etl-prod-copy"
    for word, name in _fixed(stage, names).items():
        text = text.replace(f"${{{word}}}", name)
    # The policies name the buckets by their default names, so these become variables, too.
    for word, (_, _, field) in CHOSEN.items():
        text = text.replace(getattr(names, field), f"${{{word}}}")
    used = {word: _chosen(word, names) for word in CHOSEN if f"${{{word}}}" in text}
    # The name alone: "${RawBucketName}" -> {"Fn::If": …}
    if used and text == f"${{{next(iter(used))}}}":
        return next(iter(used.values()))
    # A part of a text: "arn:aws:s3:::${RawBucketName}/*" -> {"Fn::Sub": [text, {"RawBucketName": {"Fn::If": …}}]}
    if used:
        return {"Fn::Sub": [text, used]}
    return {"Fn::Sub": text} if "${" in text else text


def _fixed(stage: str, names: Names) -> dict[str, str]:
    """Return the names that no parameter changes, by the variables for them in `template.yaml`."""
    return {
        "Stage": stage,
        "LoadQueueName": names.load_queue,
        "NoticeTopicName": names.notice_topic,
        "StoreTopicName": names.store_topic,
        "AlarmTopicName": names.alarm_topic,
        "HashKeyName": names.hash_key_secret,
        "MetricsNamespace": names.metrics_namespace,
    }


def _chosen(word: str, names: Names) -> dict[str, Any]:
    """Return the name that a parameter sets, or the stage's own name if it is empty."""
    condition, parameter, field = CHOSEN[word]
    return {"Fn::If": [condition, {"Ref": parameter}, {"Fn::Sub": getattr(names, field)}]}


def _merge(base: Any, override: Any) -> Any:
    """Merge two resources into one; if both have a property, that of `override` counts."""
    if not isinstance(base, dict) or not isinstance(override, dict):
        return override
    return {**base, **{key: _merge(base.get(key), value) for key, value in override.items()}}
