"""What a run of everything leaves in a local cloud: calls, policies, metrics, alarms, dashboard, queries, log lines."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from infra.names import config
from local.state import PROJECT
from tests.support.aws_calls import Need, needs, read
from tests.support.full_run import NAMES
from tests.support.iam_policies import Policy
from tests.support.local_cloud import LocalCloud

FUNCTIONS = sorted(config(PROJECT)["lambda_functions"])

Metric = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric's namespace, name and dimensions."""


@dataclass(frozen=True)
class RecordedRun:
    """A run that is over: the file of the AWS calls that it took, and what the services had at its end."""

    calls: Path
    policies: dict[str, Policy]
    metrics: list[Metric]
    alarms: list[dict[str, Any]]
    dashboard: dict[str, Any]
    queries: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    """The application's log lines, of all functions."""

    @classmethod
    def of(cls, cloud: LocalCloud, calls: Path) -> Self:
        """Read everything from a running cloud."""
        cloudwatch, logs = cloud.client("cloudwatch"), cloud.client("logs")
        [name] = [entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]]
        pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMES.metrics_namespace)
        return cls(
            calls,
            {function: _policy(cloud, function) for function in FUNCTIONS},
            [metric(each) for page in pages for each in page["Metrics"]],
            cloudwatch.describe_alarms()["MetricAlarms"],
            json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]),
            logs.describe_query_definitions()["queryDefinitions"],
            list(_application_lines(cloud)),
        )

    def needed(self, function: str) -> list[Need]:
        """Return the permissions that a function needed."""
        name = NAMES.function(function)
        return [need for call in read(self.calls) if call.function == name for need in needs(call)]


def metric(listed: dict[str, Any]) -> Metric:
    """Return a metric as CloudWatch's API lists it, or an alarm has it."""
    dimensions = frozenset((each["Name"], each["Value"]) for each in listed["Dimensions"])
    return listed["Namespace"], listed["MetricName"], dimensions


def _policy(cloud: LocalCloud, function: str) -> Policy:
    """Return the policy of a function, as IAM has it."""
    iam, role = cloud.client("iam"), NAMES.function(function)
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    policy: Policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return policy


def _application_lines(cloud: LocalCloud) -> Iterable[dict[str, Any]]:
    pages = cloud.client("logs").get_paginator("filter_log_events")
    for function in FUNCTIONS:
        group = f"/aws/lambda/{NAMES.function(function)}"
        for page in pages.paginate(logGroupName=group):
            for message in (entry["message"] for entry in page["events"]):
                if message.startswith("{") and "_aws" not in (line := json.loads(message)):
                    yield line
