"""The package is complete, small, and the same in every build; alone in its own stack it does the main job."""

import hashlib
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

import pytest
import yaml

from bench import cold_imports
from chalicelib.warehouse.migrations import SCHEMA_VERSION
from infra import event_source, kept_packages, packages, packaging
from infra.errors import InfraError
from infra.functions import call
from infra.names import Names
from infra.provisioning import MAKERS
from infra.release import Stack, outputs, preview, release
from infra.runtimes import THIS_PYTHON, runtime
from infra.smoke import smoke
from local import counting
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.cloud import moto_stacks
from local.cloud.package import code
from local.environment import cloud_environment
from local.errors import LocalCloudError
from local.samples import generator, menu
from local.state import PROJECT
from tests.e2e.test_main_job import DAY_FILES, expected_totals
from tests.e2e.test_readme import blocks, script
from tests.support.checkout import checkout, run_chalice
from tests.support.deploy_role import Call, denied, grants, needs, recording
from tests.support.local_cloud import LocalCloud

NAMES = Names.of(PROJECT, "prod").within(ACCOUNT, REGION)
LIBRARIES = (
    "numpy",
    "pandas",
    "isal",
    "tenacity",
    "dateutil",
    "psycopg2",
    "chalice",
    "aws_lambda_powertools",
)
BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3")

PROPERTIES = {
    "AWS::CloudWatch::Dashboard": {"DashboardBody", "DashboardName"},
    "AWS::Events::Rule": {"ScheduleExpression", "State", "Targets"},
    "AWS::IAM::Role": {"AssumeRolePolicyDocument", "PermissionsBoundary", "Policies", "RoleName"},
    "AWS::Lambda::EventSourceMapping": {
        "BatchSize",
        "Enabled",
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
"""The properties in our template, for the types that the local CloudFormation creates."""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a new package."""
    folder = tmp_path_factory.mktemp("package") / "build"
    packaging.package(PROJECT, "prod", runtime(), folder)
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh checkout, in which plain Chalice works."""
    return checkout(tmp_path_factory.mktemp("checkout") / "cafe-etl")


@pytest.fixture(scope="module")
def plain(clone: Path) -> Path:
    """Return the folder of a package that plain `chalice package` made, without credentials of any account."""
    merge = ("--merge-template", "infra/template.yaml", "--template-format", "yaml")
    result = run_chalice(clone, "package", "--stage", "prod", *merge, "build")
    assert result.returncode == 0, result.stdout + result.stderr
    return clone / "build"


@pytest.fixture(scope="module")
def packaged(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a cloud that has created the stack of plain Chalice's package and runs its functions.

    The package of make has the same template, and the same code with its bytecode: tests compare them.
    """
    shared = LocalCloud(tmp_path_factory.mktemp("packaged") / "state")
    result = shared.run("up", "--detach", "--from-package", str(plain))
    assert result.returncode == 0, result.stderr
    yield shared
    shared.run("down")


def names_in(package: Path) -> list[str]:
    """Return the names of all files of a zip."""
    with zipfile.ZipFile(package) as packed:
        return packed.namelist()


def template(build: Path) -> dict[str, Any]:
    """Return the template that CloudFormation gets."""
    return template_in(build / packaging.TEMPLATE)


def template_in(path: Path) -> dict[str, Any]:
    """Return the template in a file."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_build_is_one_template_and_one_zip(build: Path) -> None:
    """All functions run the same zip, on the runtime of the Python that built it."""
    functions = [
        body["Properties"]
        for body in template(build)["Resources"].values()
        if body["Type"] == "AWS::Serverless::Function"
    ]

    assert sorted(path.name for path in build.iterdir()) == ["deployment.zip", "sam.yaml"]
    assert {function["CodeUri"] for function in functions} == {"./deployment.zip"}
    assert {function["Runtime"] for function in functions} == {f"python{THIS_PYTHON}"}
    assert {tuple(function["Architectures"]) for function in functions} == {("x86_64",)}


def test_the_zip_is_complete_and_small(build: Path) -> None:
    """It has every library, without its tests and without those that Lambda has already, in 50 MB at most."""
    names = names_in(build / packaging.ZIP)
    tops = {name.split("/")[0] for name in names}

    assert (build / packaging.ZIP).stat().st_size <= 50_000_000
    assert {*LIBRARIES, "app.py", "chalicelib", "sql", "amazon-trust-ca-bundle.crt"} <= tops
    assert tops.isdisjoint({*BROUGHT_BY_LAMBDA, "infra", "local", "tests", "bin"})
    assert runtime().driver in names
    assert not [name for name in names if "/tests/" in name]
    scripts = {str(path.relative_to(PROJECT)) for path in PROJECT.glob("sql/**/*.sql")}
    templates = {str(path.relative_to(PROJECT)) for path in PROJECT.glob("chalicelib/**/templates/*")}
    assert templates
    assert {*scripts, *templates, "docs/data-dictionary.md"} <= set(names)


def test_every_module_has_its_bytecode(build: Path) -> None:
    """Lambda could not save what it compiles. Python does not compare the bytecode with the source's time."""
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
    """The digest of a package therefore identifies its content."""
    packaging.package(PROJECT, "prod", runtime(), tmp_path)

    for name in (packaging.ZIP, packaging.TEMPLATE):
        digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (build, tmp_path)]
        assert digests[0] == digests[1], name


def test_nothing_of_the_machine_is_in_the_package(build: Path) -> None:
    """It contains no path of the machine, and no digest of a script with such a path."""
    paths = [str(path).encode() for path in (PROJECT, Path(sys.prefix), build)]
    with zipfile.ZipFile(build / packaging.ZIP) as packed:
        matches = [name for name in packed.namelist() if any(path in packed.read(name) for path in paths)]

    assert matches == []
    assert not [name for name in names_in(build / packaging.ZIP) if name.endswith("/RECORD")]


def test_plain_chalice_makes_the_same_template(build: Path, plain: Path) -> None:
    """So what other tests say of one of them holds for both."""
    assert template(plain) == template(build)


def test_plain_chalice_makes_the_same_code_without_bytecode(build: Path, plain: Path) -> None:
    """It is also small enough for Lambda, with the libraries' own tests and what Lambda has already."""
    code_of = {folder: zipfile.ZipFile(folder / packaging.ZIP) for folder in (build, plain)}
    names = [
        name for name in code_of[build].namelist() if name.endswith((".py", ".so", ".sql", ".crt", ".md"))
    ]

    assert len(names) > 900, "the comparison would say little"
    assert [name for name in names if code_of[build].read(name) != code_of[plain].read(name)] == []
    assert (plain / packaging.ZIP).stat().st_size <= packaging.LARGEST
    assert sum(entry.file_size for entry in code_of[plain].infolist()) <= packaging.LARGEST_UNPACKED


def test_cfn_lint_finds_neither_errors_nor_warnings(plain: Path) -> None:
    assert lint(plain / packaging.TEMPLATE) == (0, "")


def test_cfn_lint_finds_nothing_in_the_expanded_template(plain: Path, tmp_path: Path) -> None:
    """It skips functions in the short form of AWS's transform."""
    expanded = moto_stacks.expand(uploaded(plain), {"Warehouse": ""})
    (tmp_path / "expanded.template.json").write_text(json.dumps(expanded), encoding="utf-8")

    assert lint(tmp_path / "expanded.template.json") == (0, "")


def test_the_template_has_no_aliases(plain: Path) -> None:
    """CloudFormation refuses aliases, and Chalice writes some for whatever is twice in its memory."""
    tokens = yaml.scan((plain / packaging.TEMPLATE).read_text(encoding="utf-8"))

    assert not [token for token in tokens if isinstance(token, yaml.AnchorToken | yaml.AliasToken)]


def lint(path: Path) -> tuple[int, str]:
    """Return the exit code and the output of cfn-lint, which include warnings."""
    command = [Path(sys.executable).with_name("cfn-lint"), path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ("dev", "The stage dev is not a stack: `make deploy STAGE=dev`"),
        ("local", "The stage local runs on this machine: `python -m local up`"),
    ],
)
def test_a_stage_that_is_not_a_stack_is_not_packaged(tmp_path: Path, stage: str, sentence: str) -> None:
    """The sentence names the command for the stage."""
    with pytest.raises(InfraError, match=sentence):
        packaging.package(PROJECT, stage, runtime(), tmp_path)


def test_a_package_finds_nothing_outside_itself(build: Path, tmp_path: Path) -> None:
    """It cannot import from the virtual environment, except the libraries that Lambda has already."""
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
    assert [Path(file).is_relative_to(unpacked.folder) for file in result.stdout.split()] == [True, True]


def test_the_bench_measures_cold_imports(build: Path) -> None:
    """They take less time with bytecode than without: the ratio is below 1."""
    figures = list(cold_imports.imports(build, rounds=1))

    assert [figure.title for figure in figures[::2]] == ["cold import of ingest", "cold import of load"]
    assert all(figure.value < 1 for figure in figures[1::2])


def test_the_package_loads_an_upload_to_the_bucket_of_its_stack(packaged: LocalCloud, tmp_path: Path) -> None:
    """The totals equal an independent count to the penny, and no customer's name stays anywhere."""
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
    assert counting.places_of_names(counted.names, packaged.running.warehouse, packaged.clients) == []


@pytest.mark.skipif(not DAY_FILES.is_dir(), reason="the real day files are not there")
def test_the_package_loads_the_real_days(packaged: LocalCloud) -> None:
    """The totals equal an independent count."""
    paths = sorted(DAY_FILES.glob("*.csv"))
    packaged.reset()

    result = packaged.put(*paths)

    assert (result.returncode, result.stdout.count(": loaded (")) == (0, len(paths)), result.stdout
    assert packaged.totals() == expected_totals(paths)


def test_the_packages_other_functions_work(packaged: LocalCloud) -> None:
    """Sweep and replay run with their own permissions and variables."""
    assert packaged.run("sweep").returncode == 0
    replayed = packaged.run("replay", "--dry-run")
    assert replayed.returncode == 0, replayed.stderr


def test_chalice_invokes_a_function_of_the_stack_and_finds_its_logs(
    packaged: LocalCloud, clone: Path
) -> None:
    """It has a record of them after `configure`."""
    configured = subprocess.run(
        [sys.executable, "-m", "infra", "configure", "--stage", "prod"],
        cwd=clone,
        env={**os.environ, **cloud_environment(packaged.endpoint, packaged.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert configured.stderr == "Written: .chalice/deployed/prod.json\n"

    invoked = run_chalice(
        clone, "invoke", "--stage", "prod", "-n", "create_database", cloud=packaged, sent="{}"
    )
    logs = run_chalice(clone, "logs", "--stage", "prod", "-n", "load", cloud=packaged)

    assert json.loads(invoked.stdout)["schema_version"] == SCHEMA_VERSION
    assert (logs.returncode, logs.stderr) == (0, "")


@pytest.mark.parametrize("command", ["deploy", "delete"])
def test_chalice_leaves_the_stack_alone(packaged: LocalCloud, clone: Path, command: str) -> None:
    """It would make functions beside those of the stack, or delete these."""
    before = packaged.client("lambda").list_functions()["Functions"]

    result = run_chalice(clone, command, "--stage", "prod", cloud=packaged)

    assert result.returncode != 0
    assert result.stderr.startswith("The stage prod is a stack: ")
    assert len(packaged.client("lambda").list_functions()["Functions"]) == len(before)


def test_the_aws_command_line_uploads_the_package(packaged: LocalCloud, plain: Path, tmp_path: Path) -> None:
    """The command after `chalice package`, for who does not use `make release`."""
    bucket = Stack.of("prod", ACCOUNT, REGION, {}).bucket
    output = ("--output-template-file", str(tmp_path / "packaged.yaml"))
    command = ("cloudformation", "package", "--template-file", str(plain / packaging.TEMPLATE))
    endpoint = ("--endpoint-url", packaged.endpoint)
    result = subprocess.run(
        [str(Path(sys.executable).with_name("aws")), *endpoint, *command, "--s3-bucket", bucket, *output],
        env={**os.environ, **cloud_environment(packaged.endpoint, packaged.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    functions = [
        body["Properties"]["CodeUri"]
        for body in template_in(tmp_path / "packaged.yaml")["Resources"].values()
        if body["Type"] == "AWS::Serverless::Function"
    ]
    assert len(set(functions)) == 1
    assert functions[0].startswith(f"s3://{bucket}/")


def test_the_types_that_the_local_cloudformation_leaves_out_are_known(
    plain: Path, packaged: LocalCloud
) -> None:
    """Calls create them from the template's own text, except a warehouse. A change of the list fails this test."""
    parameters = {"Warehouse": packaged.running.warehouse}
    declared = deployed(packaged.clients)["Resources"]
    listed = packaged.client("cloudformation").describe_stack_resources(
        StackName=Stack.of("prod", "", "", {}).name
    )
    created = {resource.get("LogicalResourceId") for resource in listed["StackResources"]}
    # A stack without readers has no role for them, and one with a warehouse of its own no logs of a new one.
    expected = {
        name: body
        for name, body in declared.items()
        if body.get("Condition") != "HasReaders"
        and name not in {"WarehouseConnectionLog", "WarehouseUserLog"}
    }
    missing = {body["Type"] for name, body in expected.items() if name not in created}

    assert missing == moto_stacks.LEFT_OUT | moto_stacks.MISSING
    assert set(MAKERS) >= moto_stacks.LEFT_OUT | moto_stacks.INCOMPLETE
    assert declared.keys() == moto_stacks.expand(uploaded(plain), parameters)["Resources"].keys()


def deployed(clients: Clients) -> dict[str, Any]:
    """Return the template of the stack, as the local CloudFormation has it: after the transform."""
    name = Stack.of("prod", ACCOUNT, REGION, {}).name
    body = clients.any("cloudformation").get_template(StackName=name)["TemplateBody"]
    return dict(yaml.safe_load(body) if isinstance(body, str) else body)


def uploaded(build: Path) -> dict[str, Any]:
    """Return the template with the zip where a release puts it."""
    text = (
        (build / packaging.TEMPLATE)
        .read_text(encoding="utf-8")
        .replace("./deployment.zip", "s3://packages/key")
    )
    return dict(yaml.safe_load(text))


def test_every_property_of_the_template_is_known_here(packaged: LocalCloud) -> None:
    """Somebody who adds a property adds to the next test whether it arrives."""
    declared: dict[str, set[str]] = defaultdict(set)
    for body in deployed(packaged.clients)["Resources"].values():
        if body["Type"] not in moto_stacks.LEFT_OUT | moto_stacks.MISSING:
            declared[body["Type"]] |= set(body["Properties"])

    assert declared == PROPERTIES


def test_the_resources_of_the_stack_are_those_of_the_template(packaged: LocalCloud) -> None:
    """The test reads them back from each service; calls set what the local CloudFormation drops silently."""
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
    assert json.loads(queue["RedrivePolicy"])["maxReceiveCount"] == 60
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


def test_the_stacks_dashboard_names_its_alarms_and_region(packaged: LocalCloud) -> None:
    cloudwatch = packaged.client("cloudwatch")
    body = cloudwatch.get_dashboard(DashboardName=NAMES.function("operations"))["DashboardBody"]
    alarms, *charts = json.loads(body)["widgets"]

    assert sorted(alarms["properties"]["alarms"]) == sorted(
        alarm["AlarmArn"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
    )
    assert {chart["properties"].get("region", REGION) for chart in charts} == {REGION}


def test_a_preview_says_what_would_change_and_leaves_no_change_set(plain: Path, packaged: LocalCloud) -> None:
    clients = packaged.clients
    prod = Stack.of("prod", ACCOUNT, REGION, {"LogDays": "30"})
    before = clients.any("cloudformation").list_change_sets(StackName=prod.name)["Summaries"]

    text = preview(plain, prod, clients.any)

    assert text.startswith("What would change in the stack `ads-resources-stack-cf`")
    assert clients.any("cloudformation").list_change_sets(StackName=prod.name)["Summaries"] == before


def test_a_change_set_begins_with_the_schema_of_the_warehouse(plain: Path, packaged: LocalCloud) -> None:
    """The deployed function answers."""
    result = subprocess.run(
        [sys.executable, "-m", "infra", "change-set", "--build", str(plain), "LogDays=30"],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(packaged.endpoint, packaged.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(
        f"The warehouse's tables are of schema {SCHEMA_VERSION}, as this release needs: nothing to migrate.\n\n"
        "What would change in the stack `ads-resources-stack-cf`:\n"
    )


def release_another(packaged: LocalCloud, build: Path, folder: Path, files: Mapping[str, str]) -> str:
    """Release a package that has other or more files than a build; return the digest of its package.

    A later entry of a zip replaces an earlier one of its name, when Lambda unpacks it. Modules need their bytecode.
    """
    shutil.copytree(build, folder)
    with warnings.catch_warnings(), zipfile.ZipFile(folder / packaging.ZIP, "a") as packed:
        warnings.simplefilter("ignore")  # names that are there twice
        for name, text in files.items():
            packed.writestr(name, text)
            if name.endswith(".py"):
                source = folder / Path(name).name
                source.write_text(text, encoding="utf-8")
                bytecode = Path(cache_from_source(str(source)))
                py_compile.compile(str(source), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
                packed.write(bytecode, str(Path(name).parent / "__pycache__" / bytecode.name))
    return release_build(packaged, folder)


def release_build(packaged: LocalCloud, build: Path) -> str:
    """Release a package to the stack, with the parameters that it has; return the digest of what runs then."""
    release(build, Stack.of("prod", ACCOUNT, REGION, {}), packaged.clients.any)
    return running(packaged)


def running(packaged: LocalCloud) -> str:
    """Return the digest of the package that the stack runs."""
    package = kept_packages.running(Stack.of("prod", ACCOUNT, REGION, {}), packaged.clients.any)
    assert package is not None
    return package.digest


def infra(packaged: LocalCloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command for AWS against the local cloud."""
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(packaged.endpoint, packaged.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_githubs_roles_may_do_what_a_release_and_a_smoke_test_do(plain: Path, packaged: LocalCloud) -> None:
    """The rest is denied: GitHub invokes the functions for tables and for the smoke test's file alone."""
    packaged.reset()
    release_build(packaged, plain)
    deploying: list[Call] = []
    client = recording(packaged.clients.any, deploying)
    prod = Stack.of("prod", ACCOUNT, REGION, {})
    kept = kept_packages.find(running(packaged), prod, client("s3"))
    release(kept, replace(prod, parameters={"LogDays": "30"}), client)
    kept_packages.let_expire(kept, None, prod, client("s3"))
    call(NAMES.function("create_database"), {"dry_run": True}, client)
    call(NAMES.function("create_database"), {}, client)
    event_source.check(NAMES.function("load"), client)
    outputs(prod, client)
    smoke(NAMES, client, lambda _sentence: None)
    packages.upload(plain, prod, client("s3"))
    proposing: list[Call] = []
    preview(plain, prod, recording(packaged.clients.any, proposing))

    assert {each.operation for each in deploying} >= {"CopyObject", "ExecuteChangeSet", "Invoke", "PutObject"}
    assert denied("DeployRole", deploying) == set()
    assert {each.operation for each in proposing} >= {"CreateChangeSet", "DeleteChangeSet", "PutObject"}
    assert denied("ChangeSetRole", proposing) == set()
    assert denied("ChangeSetRole", deploying), "the check finds nothing"
    assert {resource for action, resource in grants("DeployRole") if action == "lambda:InvokeFunction"} == {
        resource for each in deploying for action, resource in needs(each) if each.operation == "Invoke"
    }


def test_a_bad_release_is_rolled_back_by_the_runbooks_commands(
    plain: Path, packaged: LocalCloud, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The functions run the earlier package again, and the smoke test passes."""
    packaged.reset()
    good = release_build(packaged, plain)  # an earlier test may have emptied the bucket of packages
    broken = "from typing import Any\n\n\ndef handle(event: Any) -> Any:\n    raise RuntimeError\n"
    bad = release_another(packaged, plain, tmp_path / "bad", {"chalicelib/load/handler.py": broken})
    failed = infra(packaged, "smoke", "--timeout", "2")
    assert (failed.returncode, bad == good) == (1, False)
    assert "was not loaded within 2 seconds" in failed.stderr

    capfd.readouterr()
    # The output is not piped: pytest shows what there is of it even if the commands take too long.
    result = subprocess.run(
        ["bash", "-c", script(blocks("docs/runbook.md", "Roll back"))],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(packaged.endpoint, packaged.running.access_key)},
        check=False,
    )

    out, err = capfd.readouterr()
    assert (result.returncode, "a command failed" in out) == (0, False), out + err
    assert [line.split()[0] for line in out.splitlines() if line.startswith(bad)] == [bad]
    assert f"It runs the package {good}.\n" in err
    assert "Removed again." in err
    assert running(packaged) == good


def test_old_code_is_not_released_over_newer_tables(
    plain: Path, packaged: LocalCloud, tmp_path: Path
) -> None:
    """Even without the check it writes nothing, and the newer package takes over again."""
    packaged.reset()
    old = release_build(packaged, plain)
    script = f"sql/migrations/{SCHEMA_VERSION + 1:02}_town.sql"
    newer = release_another(
        packaged, plain, tmp_path / "newer", {script: "alter table stores add column town varchar(10);\n"}
    )
    answer = call(NAMES.function("create_database"), {}, packaged.clients.any)
    assert answer["schema_version"] == SCHEMA_VERSION + 1

    refused = infra(packaged, "release", "--package", old)

    assert (refused.returncode, running(packaged)) == (1, newer)
    assert refused.stderr == (
        f"The warehouse's tables are of schema {SCHEMA_VERSION + 1}; this package can write schemas 1 to"
        f" {SCHEMA_VERSION} only. Nothing was released: release a package whose schemas include"
        f" {SCHEMA_VERSION + 1}.\n"
    )

    forced = infra(packaged, "release", "--package", old, "--no-schema-check")

    assert (forced.returncode, running(packaged)) == (1, old)
    assert "deploy the newer release again" in forced.stderr
    assert "was not loaded within 2 seconds" in infra(packaged, "smoke", "--timeout", "2").stderr
    assert packaged.totals()["sales"] == "0"

    again = infra(packaged, "release", "--package", newer[:12])
    assert (again.returncode, running(packaged)) == (0, newer), again.stderr


def test_a_stack_is_deleted_except_for_its_data(packaged: LocalCloud) -> None:
    """The command names what it keeps. No test after this one needs the stack."""
    result = subprocess.run(
        [sys.executable, "-m", "infra", "destroy", "--stage", "prod"],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(packaged.endpoint, packaged.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (
        0,
        f"The stage prod is deleted. Kept: {NAMES.processed_bucket}, {NAMES.raw_bucket}.\n",
    )
    assert packaged.client("lambda").list_functions()["Functions"] == []


def test_up_names_the_way_back_to_a_stack_that_was_deleted(packaged: LocalCloud) -> None:
    """It follows the test that deletes the stack, and deletes nothing itself."""
    result = packaged.run("up")

    assert result.returncode == 1
    assert "run `python -m local down`, then `up --from-package` again" in result.stderr


def test_a_package_for_another_python_is_not_run(build: Path, tmp_path: Path) -> None:
    """This Python could not import its compiled files."""
    text = (build / packaging.TEMPLATE).read_text(encoding="utf-8")
    (tmp_path / packaging.TEMPLATE).write_text(
        text.replace(f"Runtime: python{THIS_PYTHON}", "Runtime: python3.9")
    )
    (tmp_path / packaging.ZIP).symlink_to(build / packaging.ZIP)

    with pytest.raises(LocalCloudError, match="The package is not for python3"):
        code(tmp_path, tmp_path / "unpacked")


def test_a_release_without_its_bucket_names_the_template_for_it(plain: Path, packaged: LocalCloud) -> None:
    prod = Stack("ads-resources-stack-cf", "no-such-bucket", {})

    with pytest.raises(InfraError, match=r"no bucket no-such-bucket.*infra/bootstrap\.yaml creates it"):
        release(plain, prod, packaged.clients.any)


def test_without_a_package_release_and_up_name_the_command_for_it(tmp_path: Path) -> None:
    prod = Stack.of("prod", ACCOUNT, REGION, {})
    with pytest.raises(InfraError, match="run `make package` first"):
        release(tmp_path, prod, Clients("http://127.0.0.1:1", "none").any)
    result = LocalCloud(tmp_path / "state").run("up", "--from-package", str(tmp_path))
    assert (result.returncode, "run `make package` first" in result.stderr) == (1, True)
