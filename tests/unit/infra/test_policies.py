"""Each function has the permissions that it needs, and no more."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import template
from infra.names import Names
from infra.policies import policies
from local.state import PROJECT
from tests.support.iam_policies import OF_THE_VPC

CONFIG = json.loads((PROJECT / ".chalice" / "config.json").read_text(encoding="utf-8"))
FUNCTIONS = sorted(CONFIG["lambda_functions"])
LOCAL = CONFIG["stages"]["local"]["environment_variables"]


def statements(function: str) -> list[dict[str, Any]]:
    """Return the statements of a function's policy."""
    path = PROJECT / ".chalice" / CONFIG["lambda_functions"][function]["iam_policy_file"]
    policy: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert policy["Version"] == "2012-10-17"
    return list(policy["Statement"])


def resources(function: str, action: str) -> set[str]:
    """Return the resources that a function may take an action on."""
    allowing = [
        statement
        for statement in statements(function)
        if statement["Effect"] == "Allow" and action in statement["Action"]
    ]
    return {resource for statement in allowing for resource in statement["Resource"]}


def test_every_function_has_a_policy_of_its_own() -> None:
    named = [CONFIG["lambda_functions"][function]["iam_policy_file"] for function in FUNCTIONS]

    assert named == [f"policy-{function}.json" for function in FUNCTIONS]
    assert sorted(named) == sorted(path.name for path in (PROJECT / ".chalice").glob("policy-*"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_action_is_a_wildcard(function: str) -> None:
    """A reader sees every permission of a function."""
    for statement in statements(function):
        for action in statement["Action"]:
            assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_resource_is_a_plain_wildcard_where_aws_takes_a_name(function: str) -> None:
    """Accounts and regions are left open, names are not."""
    for statement in statements(function):
        if statement["Action"] == list(OF_THE_VPC):
            assert statement["Resource"] == ["*"]
        else:
            assert all(resource.startswith("arn:aws:") for resource in statement["Resource"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_log_only(function: str) -> None:
    """Chalice calls functions `<application>-<stage>-<name>`."""
    group = f"arn:aws:logs:*:*:log-group:/aws/lambda/{CONFIG['app_name']}-*-{function}"

    assert resources(function, "logs:PutLogEvents") == {f"{group}:*"}


def test_policies_name_what_the_settings_name() -> None:
    """A name that is changed in one place only would mean "access denied" in the cloud."""
    settings = LOCAL
    raw, processed = (f"arn:aws:s3:::{settings[bucket]}" for bucket in ("RAW_BUCKET", "PROCESSED_BUCKET"))
    queue = f"arn:aws:sqs:*:*:{settings['LOAD_QUEUE']}"
    topics = {
        f"arn:aws:sns:*:*:{settings[name].rsplit(':', 1)[-1]}" for name in ("NOTICE_TOPIC", "STORE_TOPIC")
    }

    assert resources("ingest", "s3:GetObjectVersion") == {f"{raw}/*"}
    assert resources("ingest", "s3:PutObject") == {f"{processed}/staged/*"}
    assert resources("ingest", "sqs:SendMessage") == {queue, "arn:aws:sqs:*:*:cafe-etl-*-ingest-dead"}
    assert resources("ingest", "secretsmanager:GetSecretValue") == {
        f"arn:aws:secretsmanager:*:*:secret:{settings['HASH_KEY_SECRET']}-??????"
    }
    assert resources("load", "sqs:ReceiveMessage") == {queue}
    assert resources("load", "s3:PutObject") == {f"{processed}/staged/*.manifest", f"{processed}/archive/*"}
    assert resources("load", "s3:DeleteObject") == {f"{processed}/staged/*", f"{raw}/*"}
    assert resources("load", "sns:Publish") == topics
    assert resources("remove", "s3:DeleteObjectVersion") == {
        f"{raw}/*",
        f"{processed}/archive/*",
        f"{processed}/staged/*",
    }
    assert resources("remove", "sqs:DeleteMessage") == {
        queue,
        f"{queue}-dead",
        "arn:aws:sqs:*:*:cafe-etl-*-ingest-dead",
    }
    assert resources("smoke_cleanup", "s3:DeleteObject") == {f"{processed}/archive/smoke_test_*"}
    assert resources("sweep", "sns:Publish") == topics
    assert resources("summarise", "sns:Publish") == topics
    assert resources("summarise", "s3:PutObject") == {f"{processed}/reports/*"}
    assert resources("sweep", "sqs:GetQueueAttributes") == {queue, f"{queue}-dead"}
    assert resources("sweep", "s3:PutObjectVersionTagging") == {f"{raw}/*"}
    assert resources("sweep", "s3:ListBucketVersions") == {raw}
    assert resources("sweep", "s3:DeleteObject") == {f"{processed}/staged/*"}


def test_only_functions_that_hash_names_read_the_hash_key() -> None:
    """Load handles hashes, but need not be able to make them."""
    key = f"arn:aws:secretsmanager:*:*:secret:{LOCAL['HASH_KEY_SECRET']}-??????"
    readers = [name for name in FUNCTIONS if key in resources(name, "secretsmanager:GetSecretValue")]

    assert readers == ["ingest", "remove", "replay"]


def test_only_functions_of_the_warehouse_read_its_password() -> None:
    password = f"arn:aws:secretsmanager:*:*:secret:{Names.of(PROJECT, 'local').warehouse_secret}-??????"

    assert [name for name in FUNCTIONS if password in resources(name, "secretsmanager:GetSecretValue")] == [
        name for name in FUNCTIONS if name != "ingest"
    ]


def test_ingest_does_not_reach_the_warehouse() -> None:
    """It reads files that anybody may send; it asks `load` to bring them into the warehouse."""
    entering = [name for name in FUNCTIONS if resources(name, "redshift:GetClusterCredentials")]

    assert entering == [name for name in FUNCTIONS if name != "ingest"]


def test_only_functions_that_send_mails_publish() -> None:
    senders = [name for name in FUNCTIONS if resources(name, "sns:Publish")]

    assert senders == ["load", "summarise", "sweep"]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_the_code_of_a_function_cannot_change_the_network(stage: str, function: str) -> None:
    """Lambda needs these permissions to place it in the VPC. The condition key is only in calls of the code itself."""
    effects = {
        statement["Effect"]: statement
        for statement in policies(PROJECT, stage)[function]["Statement"]
        if any(action.startswith("ec2:") for action in statement["Action"])
    }

    if function == "ingest":  # it is in no VPC
        assert effects == {}
        return
    assert effects["Deny"]["Action"] == effects["Allow"]["Action"]
    assert effects["Deny"]["Condition"] == {
        "ArnLike": {
            "lambda:SourceFunctionArn": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
            f"{CONFIG['app_name']}-{stage}-{function}"
        }
    }


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_load_and_remove_read_no_raw_object_where_the_bucket_keeps_versions(stage: str) -> None:
    """The template's buckets do, so these functions delete versions by their ids."""
    names = Names.of(PROJECT, stage)
    for function in ("load", "remove"):
        reading = [
            statement
            for statement in policies(PROJECT, stage)[function]["Statement"]
            if {"s3:GetObject", "s3:GetObjectVersion"} & set(statement["Action"])
        ]
        assert reading
        assert f":::{names.raw_bucket}/" not in json.dumps(reading)
    for bucket in ("RawDataBucket", "ProcessedDataBucket"):
        properties = template.load()["Resources"][bucket]["Properties"]
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


def test_sweep_reads_no_file() -> None:
    """It needs only names, ages and tags."""
    assert not resources("sweep", "s3:GetObject") | resources("sweep", "s3:GetObjectVersion")


def test_aws_has_these_actions_and_takes_them_on_these_resources(tmp_path: Path) -> None:
    """cfn-lint has AWS's own list of both; it lints templates, so the test puts the policies into one."""
    managed = {
        function.title().replace("_", ""): {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": statements(function)}},
        }
        for function in FUNCTIONS
    }
    template = tmp_path / "policies.template.json"
    template.write_text(json.dumps({"Resources": managed}), encoding="utf-8")

    result = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I", "--", template],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (0, "")
