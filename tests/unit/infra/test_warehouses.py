"""The three places that say which URLs name a warehouse agree; the workgroup of a URL is looked up."""

import re
from contextlib import nullcontext
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import SettingsError
from chalicelib.warehouse.connection import POSTGRES, REDSHIFT, Warehouse
from infra import template
from infra.errors import InfraError
from infra.warehouses import ACCEPTED, SCHEMES, check_deployable, check_secret, check_warehouse
from infra.workgroups import with_workgroup, workgroup_arn

ARN = "arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/0f3c"
PARAMETER = template.load()["Parameters"]["Warehouse"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_accepted_by_command_and_template(scheme: str) -> None:
    url = f"{scheme}://name/database"

    check_warehouse(url, "WAREHOUSE")
    assert re.fullmatch(PARAMETER["AllowedPattern"], url)


def test_command_and_functions_have_the_same_schemes() -> None:
    assert set(SCHEMES) == POSTGRES | REDSHIFT


def test_the_template_accepts_no_other_scheme() -> None:
    [schemes] = re.findall(r"\(([\w|-]+)\)://", PARAMETER["AllowedPattern"])

    assert sorted(schemes.split("|")) == sorted(SCHEMES)


def test_command_template_and_functions_say_the_same_of_another_scheme() -> None:
    with pytest.raises(InfraError, match=re.escape(f"WAREHOUSE {ACCEPTED}")):
        check_warehouse("mysql://host/database", "WAREHOUSE")
    with pytest.raises(SettingsError, match=re.escape(f"WAREHOUSE {ACCEPTED}")):
        Warehouse.connect("mysql://host/database")
    assert PARAMETER["ConstraintDescription"].startswith(f"Warehouse {ACCEPTED}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://etl:s3cret@host/cafe",
        "postgres://etl:@host:5432/cafe",
        "postgresql://host/cafe?sslmode=verify-full&password=s3cret",
        "postgresql://etl@host/cafe?password=s3cret",
        "redshift://loader:s3cret@cafe-etl-1/cafe",
    ],
)
def test_a_password_never_becomes_a_variable(url: str) -> None:
    """Everybody who may look at a function may read its variables. Neither sentence quotes the password."""
    with pytest.raises(InfraError, match=r"^WAREHOUSE has a password, .* secret") as refusal:
        check_deployable(url, "WAREHOUSE")

    assert "s3cret" not in str(refusal.value)
    assert not re.fullmatch(PARAMETER["AllowedPattern"], url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://etl@host:5432/cafe?sslmode=verify-full&sslrootcert=/etc/pki/tls/cert.pem",
        "postgresql://host/cafe",
        "postgresql:///cafe?host=/run/postgresql",
        "redshift://loader@cafe-etl-1/cafe",
    ],
)
def test_an_address_without_a_password_is_accepted_by_command_and_template(url: str) -> None:
    check_deployable(url, "WAREHOUSE")

    assert re.fullmatch(PARAMETER["AllowedPattern"], url)


@pytest.mark.parametrize(
    ("secret", "is_accepted"),
    [
        ("", True),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:cafe-etl/dev/warehouse-a1B2c3", True),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:cafe-etl/dev/warehouse", False),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-a1B2c3", False),
        ("cafe-etl/dev/warehouse", False),
    ],
)
def test_the_warehouses_secret_is_one_that_functions_may_read(secret: str, *, is_accepted: bool) -> None:
    """Their policies name it, so another one would only fail later."""
    pattern = template.load()["Parameters"]["WarehouseSecret"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, secret)) is is_accepted
    with (
        nullcontext()
        if is_accepted
        else pytest.raises(InfraError, match="must have the name cafe-etl/dev/warehouse")
    ):
        check_secret(secret, "cafe-etl/dev/warehouse")


def test_the_secret_of_another_stage_is_refused() -> None:
    with pytest.raises(InfraError, match="must have the name cafe-etl/prod/warehouse"):
        check_secret(
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cafe-etl/dev/warehouse-a1B2c3",
            "cafe-etl/prod/warehouse",
        )


def test_a_missing_warehouse_is_asked_for_with_an_example() -> None:
    with pytest.raises(InfraError, match=r"^Say which warehouse: WAREHOUSE=redshift-serverless://"):
        check_warehouse("", "WAREHOUSE")


class Serverless:
    """Redshift Serverless with one workgroup."""

    def get_workgroup(self, *, workgroupName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Return it, or say that there is no such workgroup."""
        if workgroupName != "sales":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetWorkgroup")
        return {"workgroup": {"workgroupArn": ARN}}


@pytest.mark.parametrize(
    ("url", "arn"),
    [
        ("redshift-serverless://sales/cafe", ARN),
        ("redshift://cafe_etl@cafe-etl-1/cafe", ""),
        ("postgresql://db/cafe", ""),
        ("", ""),
    ],
)
def test_the_workgroup_of_a_url_is_looked_up(url: str, arn: str) -> None:
    """The functions may enter it and no other. A release without a URL leaves the parameter as it is."""
    assert workgroup_arn(url, lambda _service: Serverless()) == arn
    assert with_workgroup({"Warehouse": url}, lambda _service: Serverless()) == {
        "Warehouse": url,
        "WorkgroupArn": arn,
    }
    assert with_workgroup({"LogDays": "30"}, lambda _service: Serverless()) == {"LogDays": "30"}


def test_a_workgroup_that_is_named_is_not_looked_up() -> None:
    parameters = {"Warehouse": "redshift-serverless://other/cafe", "WorkgroupArn": "arn:of:another"}

    assert with_workgroup(parameters, lambda _service: Serverless()) == parameters


def test_a_workgroup_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(InfraError, match="There is no workgroup other in this account and region"):
        workgroup_arn("redshift-serverless://other/cafe", lambda _service: Serverless())
