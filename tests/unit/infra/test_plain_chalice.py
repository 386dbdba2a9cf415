"""Plain Chalice's commands, as app.py judges them, and the names that `configure` writes for them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.accounts import Account
from infra.chalice_stage import Options, Stage
from infra.configuring import configure, entry_of
from infra.errors import InfraError
from infra.names import Names
from infra.plain_chalice import check_command
from infra.runtimes import runtime
from local.state import PROJECT
from tests.support.checkout import unconfigure

ACCOUNT, OTHER = "210987654321", "123456789012"
MERGE = {"merge_template": "infra/template.yaml"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project's configuration and policies alone."""
    shutil.copytree(PROJECT / ".chalice", tmp_path / ".chalice", ignore=shutil.ignore_patterns("deploy*"))
    unconfigure(tmp_path)
    return tmp_path


def stage(project: Path, account: str = ACCOUNT, region: str = "eu-west-1") -> Stage:
    """Return the stage dev in an account."""
    return Stage(project, "dev", Account(account, region, boto3.Session()), runtime())


def configured(project: Path, options: Options, account: str = ACCOUNT, workgroup: str = "") -> list[str]:
    """Configure the stage dev; return the names of the files that changed."""
    place = stage(project, account)
    return [path.name for path in configure(place, entry_of(place, options), workgroup)]


def entry(project: Path) -> dict[str, Any]:
    """Return the entry of the stage dev."""
    content = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8"))
    return dict(content["stages"]["dev"])


WAREHOUSE = Options("redshift-serverless://cafe/cafe")


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("deploy", {"stage": "prod"}, "The stage prod is a stack: `chalice package` and `make release`"),
        ("delete", {"stage": "prod"}, "The stage prod is a stack: `make destroy STAGE=prod` deletes it"),
        ("package", {"stage": "prod", "merge_template": None}, "add --merge-template infra/template.yaml"),
        ("package", {"stage": "dev", **MERGE}, "The stage dev is not a stack: `make deploy STAGE=dev`"),
        ("package", {"stage": "moon", **MERGE}, "There is no stage moon"),
        ("deploy", {"stage": "dev"}, "`make deploy STAGE=dev WAREHOUSE=…` makes its buckets"),
    ],
)
def test_a_command_that_does_not_fit_its_stage_names_the_one_that_does(
    project: Path, command: str, options: Mapping[str, Any], sentence: str
) -> None:
    with pytest.raises(InfraError, match=sentence):
        check_command(command, options, project)


def test_commands_that_fit_their_stage_pass(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A stage is deployed after `configure`; its deletion says what it leaves."""
    configured(project, WAREHOUSE)

    for command, options in [("package", {"stage": "prod", **MERGE}), ("deploy", {"stage": "dev"})]:
        check_command(command, options, project)
    assert capsys.readouterr().err == ""
    check_command("delete", {"stage": "dev"}, project)
    assert "`make destroy STAGE=dev` deletes queues" in capsys.readouterr().err


def test_a_stage_is_not_deployed_with_older_permissions(project: Path) -> None:
    """A pull may bring another policy."""
    configured(project, WAREHOUSE)
    policy = project / ".chalice" / "policy-load.json"
    policy.write_text(policy.read_text(encoding="utf-8").replace("sqs:DeleteMessage", "sqs:ChangeIt"))

    with pytest.raises(InfraError, match=r"policy-load\.json are not those .*infra configure --stage dev"):
        check_command("deploy", {"stage": "dev"}, project)
    assert configured(project, Options.of(stage(project), {})) == ["policy-load.json"]
    check_command("deploy", {"stage": "dev"}, project)


def test_a_stage_has_literal_names_and_permissions_after_configure(project: Path) -> None:
    """Chalice passes on whatever stands there."""
    changed = configured(project, WAREHOUSE)

    assert changed == ["config.json", *(path.name for path in sorted_policies(project, changed))]
    assert entry(project)["environment_variables"]["RAW_BUCKET"] == f"ads-raw-data-dev-{ACCOUNT}-eu-west-1"
    texts = [path.read_text(encoding="utf-8") for path in (project / ".chalice" / "dev").iterdir()]
    assert len(texts) == len(changed) - 1
    assert "${" not in json.dumps(entry(project)) + "".join(texts)
    assert ":*:*:" not in "".join(texts)


def sorted_policies(project: Path, changed: list[str]) -> list[Path]:
    """Return the policies of dev in the order in which they were written."""
    return sorted((project / ".chalice" / "dev").iterdir(), key=lambda path: changed.index(path.name))


def test_the_one_workgroup_that_a_stage_may_enter_is_known_to_the_check(project: Path) -> None:
    """Its ARN has an id that only AWS knows, and no plain command asks AWS for it."""
    workgroup = f"arn:aws:redshift-serverless:eu-west-1:{ACCOUNT}:workgroup/0f3c2a"
    configured(project, WAREHOUSE, workgroup=workgroup)

    check_command("deploy", {"stage": "dev"}, project)
    policy = (project / ".chalice" / "dev" / "policy-load.json").read_text(encoding="utf-8")
    assert workgroup in policy
    assert "workgroup/*" not in policy


def test_a_second_time_nothing_is_written(project: Path) -> None:
    """Git has nothing to commit."""
    configured(project, WAREHOUSE)

    assert configured(project, WAREHOUSE) == []


def test_settings_that_are_not_named_stay(project: Path) -> None:
    everything = Options(
        "redshift-serverless://cafe/cafe",
        subnets=("subnet-1", "subnet-2"),
        security_groups=("sg-1",),
        admin_secret="arn:aws:secretsmanager:eu-west-1:1:secret:admin-AbCdEf",
        month_first_stores="Leeds",
        store_folders="yes",
        stores="Leeds,York",
        readers="IAMR:grafana,ana",
        warehouse_secret=f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:cafe-etl/dev/warehouse-AbCdEf",
        ipv6="no",
        load_minutes="0",
        warehouse_checks="always",
    )
    configured(project, everything)

    assert Options.of(stage(project), {"stores": None}) == everything
    assert Options.of(stage(project), {"stores": ""}).stores == ""


def test_another_account_gets_its_own_names(project: Path) -> None:
    """The names follow a rule, so those of the first account are recognised; a name of one's own stays."""
    configured(project, WAREHOUSE)
    configured(project, WAREHOUSE, OTHER)

    assert ACCOUNT not in json.dumps(entry(project))
    assert entry(project)["environment_variables"]["RAW_BUCKET"] == f"ads-raw-data-dev-{OTHER}-eu-west-1"
    assert Names.of(project, "dev") == Names.by_rule("dev")
    content = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8"))
    content["stages"]["dev"]["environment_variables"]["RAW_BUCKET"] = "our-sales"
    (project / ".chalice" / "config.json").write_text(json.dumps(content), encoding="utf-8")
    configured(project, WAREHOUSE)
    assert entry(project)["environment_variables"]["RAW_BUCKET"] == "our-sales"


def test_a_password_is_never_written(project: Path) -> None:
    """The files are in git."""
    with pytest.raises(InfraError, match="WAREHOUSE has a password"):
        configured(project, Options("postgresql://etl:hunter2@db.example.org/cafe"))

    assert entry(project) == {"environment_variables": {"STAGE": "dev"}}


def test_a_stage_over_ipv6_is_left_to_make(project: Path) -> None:
    """Chalice sends the functions' network with each deployment, and knows no IPv6."""
    inside = replace(WAREHOUSE, subnets=("subnet-1",), security_groups=("sg-1",))
    configured(project, inside)

    with pytest.raises(InfraError, match=r"over IPv6, .*`make deploy STAGE=dev` deploys them"):
        check_command("deploy", {"stage": "dev"}, project)
    configured(project, replace(inside, ipv6="no"))
    check_command("deploy", {"stage": "dev"}, project)
