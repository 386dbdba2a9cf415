"""The daily limit of a warehouse that a stack created."""

import boto3
import pytest
from botocore.stub import Stubber

from infra import template, usage_limit
from local.state import PROJECT

WORKGROUP = (
    "arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/6e5c3a8e-0000-4b3c-9df1-000000000000"
)
OUTPUTS = {"RawBucketName": "b", "NewWorkgroupArn": WORKGROUP, "DailyRpuHours": "12"}
ASKED = {"resourceArn": WORKGROUP, "usageType": "serverless-compute"}


@pytest.fixture
def stub() -> Stubber:
    """Return a client of Redshift Serverless that checks each request against AWS's own model of the API."""
    return Stubber(boto3.client("redshift-serverless", "eu-west-1"))


def apply(stub: Stubber, outputs: dict[str, str]) -> str:
    """Apply the limit of a stack's outputs; every response of the stub must be used."""
    with stub:
        sentence = usage_limit.apply(outputs, lambda _service: stub.client)
    stub.assert_no_pending_responses()
    return sentence


def test_the_first_release_limits_the_warehouse(stub: Stubber) -> None:
    stub.add_response("list_usage_limits", {}, ASKED)
    wanted = {**ASKED, "period": "daily", "amount": 12, "breachAction": "deactivate"}
    stub.add_response("create_usage_limit", {}, wanted)

    assert apply(stub, OUTPUTS) == "The warehouse refuses queries after 12 RPU-hours a day."


def test_a_later_release_changes_the_limit_that_there_is(stub: Stubber) -> None:
    """Somebody may have added a monthly one that only mails: that one stays."""
    limits = [
        {"usageLimitId": "1", "period": "monthly"},
        {"usageLimitId": "2", "period": "daily", "amount": 9},
    ]
    stub.add_response("list_usage_limits", {"usageLimits": limits}, ASKED)
    stub.add_response(
        "update_usage_limit", {}, {"usageLimitId": "2", "amount": 12, "breachAction": "deactivate"}
    )

    apply(stub, OUTPUTS)


def test_a_warehouse_that_existed_before_keeps_its_own_limits(stub: Stubber) -> None:
    assert apply(stub, {"RawBucketName": "b"}) == ""


def test_the_outputs_and_the_workgroups_tag_have_the_limit() -> None:
    """A parameter that no resource has would change nothing, and CloudFormation would refuse the release."""
    built = template.build(PROJECT, "prod")
    tags = built["Resources"]["Workgroup"]["Properties"]["Tags"]

    assert {"Key": "daily-rpu-hours", "Value": {"Ref": "DailyRpuHours"}} in tags
    assert {name for name in OUTPUTS if built["Outputs"][name].get("Condition") == "CreatesWarehouse"} == {
        "NewWorkgroupArn",
        "DailyRpuHours",
    }


def test_a_new_warehouse_has_the_least_capacity_that_aws_takes() -> None:
    base = template.load()["Parameters"]["BaseCapacity"]

    assert base["Default"] == min(base["AllowedValues"]) == 4
    assert all(not capacity % 8 for capacity in base["AllowedValues"][1:])


def test_the_warehouses_logs_expire() -> None:
    """Redshift writes to a group of this name if there is one, and otherwise makes one that never expires."""
    resources = template.build(PROJECT, "prod")["Resources"]
    exported = resources["Namespace"]["Properties"]["LogExports"]
    logs = [resources[name]["Properties"] for name in resources["Namespace"]["DependsOn"]]

    assert [log["LogGroupName"] for log in logs] == [
        f"/aws/redshift/cafe-etl-prod/{kind}" for kind in exported
    ]
    assert all(log["RetentionInDays"] == {"Ref": "LogDays"} for log in logs)
