"""What `make package` builds: whole, small, the same twice; and it runs the main job, alone, in its own stack."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import cold_imports
from infra import packaging
from infra.errors import InfraError
from infra.names import Names
from infra.provisioning import MAKERS
from infra.release import Stack, preview, release
from infra.runtimes import THIS_PYTHON, runtime
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.cloud import stack
from local.cloud.package import code
from local.commands import counting
from local.environment import cloud_environment
from local.errors import LocalCloudError
from local.samples import generator, menu
from local.state import PROJECT
from tests.e2e.test_main_job import DAY_FILES, expected_totals
from tests.support.local_cloud import LocalCloud

NAMES = Names.of(PROJECT, "prod").within(ACCOUNT, REGION)
LIBRARIES = ("numpy", "pandas", "isal", "tenacity", "dateutil", "psycopg2", "chalice")
BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3")

MADE = {
    "AWS::Events::Rule": {"ScheduleExpression", "Targets"},
    "AWS::IAM::Role": {"AssumeRolePolicyDocument", "PermissionsBoundary", "Policies", "RoleName"},
    "AWS::Lambda::EventSourceMapping": {
        "BatchSize",
        "EventSourceArn",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "ScalingConfig",
    },
    "AWS::Lambda::Function": {
        "Architectures",
        "Code",
        "Environment",
        "EphemeralStorage",
        "FunctionName",
        "Handler",
        "MemorySize",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
    },
    "AWS::Lambda::Permission": {"Action", "FunctionName", "Principal", "SourceAccount", "SourceArn"},
    "AWS::Logs::LogGroup": {"LogGroupName", "RetentionInDays"},
    "AWS::S3::Bucket": {
        "BucketEncryption",
        "BucketName",
        "LifecycleConfiguration",
        "NotificationConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "VersioningConfiguration",
    },
    "AWS::SNS::Topic": {"TopicName"},
    "AWS::SQS::Queue": {
        "MessageRetentionPeriod",
        "QueueName",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    },
}
"""What our template says of the types that the local CloudFormation makes."""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a package that was built from nothing."""
    folder = tmp_path_factory.mktemp("package") / "build"
    packaging.package(PROJECT, "prod", runtime(), folder)
    return folder


@pytest.fixture(scope="module")
def packaged(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a cloud that made the package's stack and runs its functions."""
    shared = LocalCloud(tmp_path_factory.mktemp("packaged") / "state")
    result = shared.run("up", "--detach", "--from-package", str(build))
    assert result.returncode == 0, result.stderr
    yield shared
    shared.run("down")


def names_in(package: Path) -> list[str]:
    """Return the names of all files of a zip."""
    with zipfile.ZipFile(package) as packed:
        return packed.namelist()


def template(build: Path) -> dict[str, Any]:
    """Return the template as CloudFormation gets it."""
    found: dict[str, Any] = yaml.safe_load((build / packaging.TEMPLATE).read_text(encoding="utf-8"))
    return found


def test_the_build_is_one_template_and_one_zip(build: Path) -> None:
    """All functions run the same zip, on the runtime of the Python that built it."""
    functions = [
        found["Properties"]
        for found in template(build)["Resources"].values()
        if found["Type"] == "AWS::Serverless::Function"
    ]

    assert sorted(path.name for path in build.iterdir()) == ["deployment.zip", "sam.yaml"]
    assert {told["CodeUri"] for told in functions} == {"./deployment.zip"}
    assert {told["Runtime"] for told in functions} == {f"python{THIS_PYTHON}"}
    assert {tuple(told["Architectures"]) for told in functions} == {("x86_64",)}


def test_the_zip_is_whole_and_small(build: Path) -> None:
    """Every library for the runtime, no tests of theirs, nothing that Lambda brings, 50 MB at most."""
    names = names_in(build / packaging.ZIP)
    tops = {name.split("/")[0] for name in names}

    assert (build / packaging.ZIP).stat().st_size <= 50_000_000
    assert {*LIBRARIES, "app.py", "chalicelib", "sql", "amazon-trust-ca-bundle.crt"} <= tops
    assert tops.isdisjoint({*BROUGHT_BY_LAMBDA, "infra", "local", "tests", "bin"})
    assert runtime().driver in names
    assert not [name for name in names if "/tests/" in name]
    scripts = {str(path.relative_to(PROJECT)) for path in PROJECT.glob("sql/**/*.sql")}
    assert scripts <= set(names)


def test_every_module_has_its_bytecode(build: Path) -> None:
    """Lambda could not keep what it compiles; and the bytecode is taken without a look at the source's time."""
    names = set(names_in(build / packaging.ZIP))
    tag = f"cpython-{THIS_PYTHON.replace('.', '')}"
    compiled = [name for name in names if name.endswith(".pyc")]
    sources = [name for name in names if name.endswith(".py")]
    missing = [
        name for name in sources if re.sub(r"([^/]+)\.py$", rf"__pycache__/\1.{tag}.pyc", name) not in names
    ]

    assert missing == []
    assert len(compiled) == len(sources)
    with zipfile.ZipFile(build / packaging.ZIP) as packed:
        flags = {int.from_bytes(packed.read(name)[4:8], "little") for name in compiled}
    assert flags == {0b01}, "unchecked and by hash"


def test_two_builds_are_the_same_to_the_byte(build: Path, tmp_path: Path) -> None:
    """So that a package can be told by its digest."""
    packaging.package(PROJECT, "prod", runtime(), tmp_path)

    for name in (packaging.ZIP, packaging.TEMPLATE):
        digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (build, tmp_path)]
        assert digests[0] == digests[1], name


def test_nothing_of_the_machine_is_in_the_package(build: Path) -> None:
    """Neither a path, nor the digest of a script that has one."""
    paths = [str(path).encode() for path in (PROJECT, Path(sys.prefix), build)]
    with zipfile.ZipFile(build / packaging.ZIP) as packed:
        found = [name for name in packed.namelist() if any(path in packed.read(name) for path in paths)]

    assert found == []
    assert not [name for name in names_in(build / packaging.ZIP) if name.endswith("/RECORD")]


def test_cloudformations_linter_has_nothing_to_say(build: Path) -> None:
    """No warning either."""
    assert lint(build / packaging.TEMPLATE) == (0, "")


def test_cloudformations_linter_has_nothing_to_say_of_what_aws_makes_of_it(
    build: Path, tmp_path: Path
) -> None:
    """It does not look into functions that are still to be expanded."""
    expanded = stack.expand(uploaded(build), {"Warehouse": ""})
    (tmp_path / "expanded.template.json").write_text(json.dumps(expanded), encoding="utf-8")

    assert lint(tmp_path / "expanded.template.json") == (0, "")


def test_the_template_has_no_aliases(build: Path) -> None:
    """CloudFormation refuses them, and Chalice writes some."""
    tokens = yaml.scan((build / packaging.TEMPLATE).read_text(encoding="utf-8"))

    assert not [token for token in tokens if isinstance(token, yaml.AnchorToken | yaml.AliasToken)]


def lint(path: Path) -> tuple[int, str]:
    """Return cfn-lint's exit code and what it says, warnings included."""
    command = [Path(sys.executable).with_name("cfn-lint"), path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


@pytest.mark.parametrize("stage", ["dev", "local"])
def test_a_stage_that_is_no_stack_is_not_packaged(tmp_path: Path, stage: str) -> None:
    """Chalice would refuse its notification, at length."""
    with pytest.raises(InfraError, match=f"The stage {stage} is no stack"):
        packaging.package(PROJECT, stage, runtime(), tmp_path)


def test_a_package_finds_nothing_outside_itself(build: Path, tmp_path: Path) -> None:
    """What the virtual environment has beside it cannot be imported; what Lambda brings can."""
    unpacked = code(build, tmp_path)
    script = "import boto3, pandas, psycopg2, sys; print(pandas.__file__, psycopg2.__file__); import moto"
    interpreter, *options = unpacked.command(0)[:-2]
    result = subprocess.run(
        [interpreter, *options, "-c", script],
        env=unpacked.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "No module named 'moto'" in result.stderr
    assert [Path(found).is_relative_to(unpacked.folder) for found in result.stdout.split()] == [True, True]


def test_the_bench_tells_cold_imports(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With bytecode they take less time than without; how much less is no test's business."""
    cold_imports.show(build, rounds=1)

    told = re.findall(r"^cold import of (\w+): \d\.\d\d s, 0\.\d\d of", capsys.readouterr().out, re.MULTILINE)
    assert told == ["ingest", "load"]


def test_the_package_loads_an_upload_to_the_bucket_of_its_stack(packaged: LocalCloud, tmp_path: Path) -> None:
    """To the penny, against a count of the files; and no name stays anywhere."""
    paths = generator.write_files(
        tmp_path, stores=menu.STORES[:2], first_day=date(2022, 3, 14), days=2, sales=120, seed=12
    )
    packaged.reset()

    result = packaged.put(*paths)

    assert (result.returncode, result.stdout.count(": loaded (")) == (0, len(paths)), result.stdout
    assert packaged.totals() == expected_totals(paths)
    assert packaged.keys(NAMES.raw_bucket) == []
    assert sorted(key.split("/")[1] for key in packaged.keys(NAMES.processed_bucket)) == sorted(
        path.name for path in paths
    )
    counted = counting.count(paths)
    assert counting.names_found(counted.names, packaged.running.warehouse, Clients(packaged.endpoint)) == []


@pytest.mark.skipif(not DAY_FILES.is_dir(), reason="the real day files are not there")
def test_the_package_loads_the_real_days(packaged: LocalCloud) -> None:
    """Their figures are known."""
    paths = sorted(DAY_FILES.glob("*.csv"))
    packaged.reset()

    result = packaged.put(*paths)

    assert (result.returncode, result.stdout.count(": loaded (")) == (0, len(paths)), result.stdout
    assert packaged.totals() == expected_totals(paths)


def test_the_packages_other_functions_work(packaged: LocalCloud) -> None:
    """A sweep and a replay of what is archived, each with its own rights and variables."""
    assert packaged.run("sweep").returncode == 0
    replayed = packaged.run("replay", "--dry-run")
    assert replayed.returncode == 0, replayed.stderr


def test_what_the_local_cloudformation_leaves_out_is_known(build: Path, packaged: LocalCloud) -> None:
    """And made from the template's own text, but for a warehouse. This fails when the list grows, or shrinks."""
    parameters = {"Warehouse": packaged.running.warehouse}
    wanted = stack.made(Clients(packaged.endpoint))["Resources"]
    listed = packaged.client("cloudformation").describe_stack_resources(
        StackName=Stack.of("prod", "", "", {}).name
    )
    made = {found.get("LogicalResourceId") for found in listed["StackResources"]}
    missing = {told["Type"] for name, told in wanted.items() if name not in made}

    assert missing == stack.LEFT_OUT | stack.MISSING
    assert set(MAKERS) >= stack.LEFT_OUT | stack.INCOMPLETE
    assert wanted.keys() == stack.expand(uploaded(build), parameters)["Resources"].keys()


def uploaded(build: Path) -> dict[str, Any]:
    """Return the template with the zip where a release puts it."""
    text = (
        (build / packaging.TEMPLATE)
        .read_text(encoding="utf-8")
        .replace("./deployment.zip", "s3://packages/key")
    )
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_every_property_of_the_template_is_known_here(packaged: LocalCloud) -> None:
    """A new one is to be looked at: the next test says which of them arrive."""
    said: dict[str, set[str]] = defaultdict(set)
    for told in stack.made(Clients(packaged.endpoint))["Resources"].values():
        if told["Type"] not in stack.LEFT_OUT | stack.MISSING:
            said[told["Type"]] |= set(told["Properties"])

    assert said == MADE


def test_what_the_stack_made_is_what_the_template_says(packaged: LocalCloud) -> None:
    """Read back from each service: what is dropped without a word was set from the template's text."""
    functions, sqs, s3 = (packaged.client(name) for name in ("lambda", "sqs", "s3"))
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    load = functions.get_function_configuration(FunctionName=NAMES.function("load"))
    queue = sqs.get_queue_attributes(
        QueueUrl=sqs.get_queue_url(QueueName=NAMES.load_queue)["QueueUrl"], AttributeNames=["All"]
    )["Attributes"]
    failures = functions.get_function_event_invoke_config(FunctionName=NAMES.function("ingest"))

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (100, {"MaximumConcurrency": 2})
    assert int(queue["VisibilityTimeout"]) >= 6 * load["Timeout"]
    assert json.loads(queue["RedrivePolicy"])["maxReceiveCount"] == 5
    assert failures["DestinationConfig"]["OnFailure"]["Destination"].endswith(":cafe-etl-prod-ingest-dead")
    for bucket in (NAMES.raw_bucket, NAMES.processed_bucket):
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=NAMES.raw_bucket)["Rules"]
    assert rules[0]["Expiration"] == {"Days": 30}
    assert rules[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    [notified] = s3.get_bucket_notification_configuration(Bucket=NAMES.raw_bucket)[
        "LambdaFunctionConfigurations"
    ]
    assert notified["LambdaFunctionArn"].endswith(":cafe-etl-prod-ingest")


def test_a_second_release_changes_nothing_and_a_preview_leaves_nothing(
    build: Path, packaged: LocalCloud
) -> None:
    """The functions of the stack are those of the package, under a name of its content."""
    clients = Clients(packaged.endpoint)
    told = Stack.of("prod", ACCOUNT, REGION, {"LogDays": "30"})
    before = clients.any("cloudformation").list_change_sets(StackName=told.name)["Summaries"]

    text = preview(build, told, clients.any)

    assert text.startswith("What would change in the stack `ads-resources-stack-cf`")
    assert clients.any("cloudformation").list_change_sets(StackName=told.name)["Summaries"] == before


def test_a_stack_is_deleted_but_for_its_data(packaged: LocalCloud) -> None:
    """The last thing that happens to it here; what is kept is named."""
    result = subprocess.run(
        [sys.executable, "-m", "infra", "destroy", "--stage", "prod"],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(packaged.endpoint)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (
        0,
        f"The stage prod is deleted. Kept: {NAMES.processed_bucket}, {NAMES.raw_bucket}.\n",
    )
    assert packaged.client("lambda").list_functions()["Functions"] == []


def test_a_package_for_another_python_is_not_run(build: Path, tmp_path: Path) -> None:
    """Its compiled files could not be imported."""
    text = (build / packaging.TEMPLATE).read_text(encoding="utf-8")
    (tmp_path / packaging.TEMPLATE).write_text(
        text.replace(f"Runtime: python{THIS_PYTHON}", "Runtime: python3.9")
    )
    (tmp_path / packaging.ZIP).symlink_to(build / packaging.ZIP)

    with pytest.raises(LocalCloudError, match="The package is not for python3"):
        code(tmp_path, tmp_path / "unpacked")


def test_a_release_without_its_bucket_is_said(build: Path, packaged: LocalCloud) -> None:
    """With what makes it."""
    told = Stack("ads-resources-stack-cf", "no-such-bucket", {})

    with pytest.raises(InfraError, match=r"no bucket no-such-bucket.*infra/bootstrap\.yaml makes it"):
        release(build, told, Clients(packaged.endpoint).any)


def test_a_release_without_a_package_is_said(tmp_path: Path) -> None:
    """And so is `up`."""
    told = Stack.of("prod", ACCOUNT, REGION, {})
    with pytest.raises(InfraError, match="run `make package` first"):
        release(tmp_path, told, Clients("http://127.0.0.1:1").any)
    result = LocalCloud(tmp_path / "state").run("up", "--from-package", str(tmp_path))
    assert (result.returncode, "run `make package` first" in result.stderr) == (1, True)
