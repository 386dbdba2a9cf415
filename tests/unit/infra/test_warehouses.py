"""The three places that say which URLs name a warehouse agree; the workgroup of a URL is looked up."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import SettingsError
from chalicelib.warehouse.connection import POSTGRES, REDSHIFT, Warehouse
from infra import template
from infra.errors import InfraError
from infra.warehouses import ACCEPTED, SCHEMES, check_warehouse
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
    assert PARAMETER["ConstraintDescription"] == f"Warehouse {ACCEPTED}"


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
