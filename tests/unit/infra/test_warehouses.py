"""The three places that say which URLs name a warehouse agree."""

import re

import pytest

from chalicelib.errors import SettingsError
from chalicelib.warehouse.connection import POSTGRES, REDSHIFT, Warehouse
from infra import template
from infra.errors import InfraError
from infra.warehouses import ACCEPTED, SCHEMES, check_warehouse

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
