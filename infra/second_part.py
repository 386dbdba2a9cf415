"""`make template`: writes the second part of `template.yaml`, each function with its role, policy, log and alarm.

It follows from the functions in Chalice's configuration, what `functions.yaml` adds to them, and their policies.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from infra import dashboard, saved_queries
from infra.names import IN_TEMPLATE, Names, config
from infra.policies import WORKGROUP, named_policies
from infra.template import NO_WORKGROUP, SOURCE, Plain, enters_warehouse, extras, logical, parse

MARK: Final = (
    "  # ---- MADE BY `make template` ---- not by hand: infra/second_part.py writes all that follows.\n"
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


def written(project: Path) -> str:
    """Return the text that `template.yaml` should have: its first part, and the second made anew."""
    first = SOURCE.read_text(encoding="utf-8").partition(MARK)[0]
    second = yaml.dump(
        _second_part(project, parse(first)),
        Dumper=Plain,
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
        name: _merge(itself, extras().get(name, {})),
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
