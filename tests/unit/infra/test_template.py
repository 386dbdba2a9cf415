"""What a stage's template says, and what of it is known without CloudFormation."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra import template
from infra.deploying import surroundings
from infra.errors import InfraError
from infra.names import Names, config, fill, variables
from infra.policies import policies
from infra.resolving import Resolver
from local.state import PROJECT

ACCOUNT, REGION = "210987654321", "eu-central-1"
STAGES = ["dev", "prod"]
FUNCTIONS = sorted(config(PROJECT)["lambda_functions"])


def resources(stage: str = "prod") -> dict[str, Any]:
    """Return the resources of a stage's template."""
    found: dict[str, Any] = template.build(PROJECT, stage)["Resources"]
    return found


def of_type(kind: str, stage: str = "prod") -> list[dict[str, Any]]:
    """Return the properties of all resources of a type."""
    return [found["Properties"] for found in resources(stage).values() if found.get("Type") == kind]


def test_two_stages_share_no_name() -> None:
    """They live in one account."""
    one, other = (
        {
            resource.name
            for resource in surroundings(PROJECT, stage, ACCOUNT, REGION, {"Warehouse": "w"}).values()
        }
        for stage in STAGES
    )

    assert "ads-raw-data-210987654321-eu-central-1" in other
    assert "ads-raw-data-dev-210987654321-eu-central-1" in one
    assert one & other == {""}


@pytest.mark.parametrize("stage", STAGES)
def test_functions_are_told_the_names_that_the_template_makes(stage: str) -> None:
    """A name that is written in two places is the same in both."""
    found = {
        resource.type: resource.name
        for resource in surroundings(PROJECT, stage, ACCOUNT, REGION, {"Warehouse": "w"}).values()
    }
    all_names = {
        resource.name
        for resource in surroundings(PROJECT, stage, ACCOUNT, REGION, {"Warehouse": "w"}).values()
    }
    told = {name: fill(value, ACCOUNT, REGION) for name, value in variables(PROJECT, stage).items()}

    assert {told["RAW_BUCKET"], told["PROCESSED_BUCKET"], told["LOAD_QUEUE"]} <= all_names
    assert told["HASH_KEY_SECRET"] == found["AWS::SecretsManager::Secret"]
    assert told["NOTICE_TOPIC"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:{found['AWS::SNS::Topic']}"
    assert f"{told['LOAD_QUEUE']}-dead" in all_names


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_is_the_same_for_chalice_and_for_the_template(stage: str, function: str) -> None:
    """One source, and of another stage nothing is left in it."""
    of_chalice = fill(json.dumps(policies(PROJECT, stage)[function]), ACCOUNT, REGION)
    resolver = Resolver(template.build(PROJECT, stage), {"Warehouse": "w"}, ACCOUNT, REGION)
    [role] = [
        found
        for found in resolver.resources({"AWS::IAM::Role"}).values()
        if found.name.endswith(f"-{function}")
    ]

    assert role.properties["Policies"][0]["PolicyDocument"] == json.loads(of_chalice)
    assert "cafe-etl-*-" not in of_chalice
    assert "arn:aws:s3:::ads-raw-data/" not in of_chalice
    assert f"cafe-etl-{stage}-{function}" in of_chalice


def test_parameters_name_buckets() -> None:
    """Wherever the names stand: in functions, rights and the buckets themselves."""
    given = {"Warehouse": "w", "RawBucket": "our-raw", "ProcessedBucket": "our-processed"}
    resolver = Resolver(template.build(PROJECT, "prod"), given, ACCOUNT, REGION)
    kinds = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::IAM::Role", "AWS::Serverless::Function"}
    text = json.dumps([resource.properties for resource in resolver.resources(kinds).values()])

    assert text.count("our-raw") > 10
    assert text.count("our-processed") > 10
    assert "ads-raw-data" not in text
    assert "ads-processed" not in text


def test_every_function_has_a_log_that_ends_an_alarm_and_a_boundary_if_wanted() -> None:
    """And is called what Chalice would call it."""
    for function in FUNCTIONS:
        name = template.logical(function)
        found = resources()
        assert found[name]["Properties"]["FunctionName"] == f"cafe-etl-prod-{function}"
        assert found[f"{name}Log"]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}
        assert found[f"{name}ErrorsAlarm"]["Properties"]["AlarmActions"] == [{"Ref": "NoticeTopic"}]
        assert found[f"{name}Role"]["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"


def test_alarms_are_those_that_the_runbook_explains() -> None:
    """By the end of their names."""
    runbook = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
    endings = {
        found["AlarmName"].removeprefix("cafe-etl-prod") for found in of_type("AWS::CloudWatch::Alarm")
    }
    general = {f"-{function}-errors" for function in FUNCTIONS}

    assert general <= endings
    assert all(f"`…{ending}`" in runbook for ending in endings - general)
    assert "`…-<function>-errors`" in runbook


def test_alarms_speak_of_the_metrics_that_are_counted() -> None:
    """In the stage's own namespace."""
    [no_file] = [found for found in of_type("AWS::CloudWatch::Alarm") if found["MetricName"] == "FilesLoaded"]

    assert no_file["Namespace"] == Names.of(PROJECT, "prod").metrics_namespace == "CafeEtl/prod"


def test_the_sweep_is_told_how_often_it_comes() -> None:
    """What is news to people depends on when they were told last."""
    event = resources()["Sweep"]["Properties"]["Events"]["SweepEvent"]["Properties"]

    assert event == {"Schedule": {"Fn::Sub": "rate(${SweepMinutes} minutes)"}}
    assert resources()["Sweep"]["Properties"]["Environment"]["Variables"]["SWEEP_MINUTES"] == {
        "Ref": "SweepMinutes"
    }


def test_a_message_is_invisible_for_six_times_the_loads_time() -> None:
    """As AWS wants it of a queue that a function reads."""
    seconds = config(PROJECT)["lambda_functions"]["load"]["lambda_timeout"]
    [queue] = [found for found in of_type("AWS::SQS::Queue") if "RedrivePolicy" in found]

    assert queue["VisibilityTimeout"] >= 6 * seconds
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5


def test_parts_outlive_the_last_request_for_them() -> None:
    """A request may wait on the queue and, dead, on the next one."""
    waiting = sum(found["MessageRetentionPeriod"] for found in of_type("AWS::SQS::Queue")[:2])
    [processed] = [found for found in of_type("AWS::S3::Bucket") if "NotificationConfiguration" not in found]
    rule = processed["LifecycleConfiguration"]["Rules"][0]

    assert rule["Prefix"] == "staged/"
    assert rule["ExpirationInDays"] * 86400 >= waiting


def test_nothing_that_holds_names_stays() -> None:
    """What nobody could read goes after 30 days, and older versions after one."""
    [raw] = [found for found in of_type("AWS::S3::Bucket") if "NotificationConfiguration" in found]
    rule = raw["LifecycleConfiguration"]["Rules"][0]

    assert "Prefix" not in rule
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (30, {"NoncurrentDays": 1})


@pytest.mark.parametrize("bucket", of_type("AWS::S3::Bucket"), ids=["raw", "processed"])
def test_buckets_are_private_encrypted_and_versioned(bucket: dict[str, Any]) -> None:
    """And who puts an object there does not own it."""
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"])
def test_nothing_is_reached_without_tls(kind: str) -> None:
    """Whoever asks, whatever for."""
    for found in of_type(kind):
        [statement] = [one for one in found["PolicyDocument"]["Statement"] if one["Sid"] == "TlsOnly"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_copy_role_reads_parts_and_nothing_else() -> None:
    """Redshift has it, and whoever can write SQL there."""
    role = resources()["CopyRole"]["Properties"]
    read, listed = role["Policies"][0]["PolicyDocument"]["Statement"]

    assert (read["Action"], listed["Action"]) == ("s3:GetObject", "s3:ListBucket")
    assert json.dumps(read["Resource"]).count("/staged/*") == 1
    assert listed["Condition"] == {"StringLike": {"s3:prefix": "staged/*"}}
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


def test_data_outlives_the_stack() -> None:
    """Files, figures, and the key without which nobody of before is known; but of no stack that failed at once."""
    kept = {
        name for name, found in resources().items() if found.get("DeletionPolicy") == "RetainExceptOnCreate"
    }

    assert kept == {"RawDataBucket", "ProcessedDataBucket", "HashKey", "Namespace"}
    assert all(resources()[name]["UpdateReplacePolicy"] == "Retain" for name in kept)


def test_only_who_enters_the_warehouse_is_in_its_network() -> None:
    """Ingest reads what strangers send."""
    inside = {name for name, found in resources().items() if "VpcConfig" in found.get("Properties", {})}

    assert inside == {"CreateDatabase", "Load", "Replay", "Sweep"}


def test_a_stage_that_is_not_configured_is_said(tmp_path: Path) -> None:
    """With those that are."""
    with pytest.raises(InfraError, match=r"There is no stage moon in .*, only local, dev, prod"):
        template.build(PROJECT, "moon")


@pytest.mark.parametrize("value", [{"Fn::ImportValue": "x"}, {"Fn::GetAtt": ["HashKey", "Version"]}])
def test_what_only_cloudformation_knows_is_no_guess(value: dict[str, Any]) -> None:
    """But an error that names it."""
    resolver = Resolver(template.build(PROJECT, "prod"), {}, ACCOUNT, REGION)

    with pytest.raises(InfraError, match="CloudFormation alone"):
        resolver.value(value)


def test_other_partitions_have_their_own_names() -> None:
    """China and the American government's regions."""
    text = "arn:${AWS::Partition}:s3:::x-${AWS::Region}"

    assert fill(text, ACCOUNT, "cn-north-1") == "arn:aws-cn:s3:::x-cn-north-1"
    assert fill(text, ACCOUNT, "us-gov-west-1") == "arn:aws-us-gov:s3:::x-us-gov-west-1"
    assert fill(text, ACCOUNT, "eu-west-1") == "arn:aws:s3:::x-eu-west-1"
