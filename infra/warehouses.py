"""The check that a URL names a warehouse, before anything is deployed: the functions would find out too late."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from infra.errors import InfraError

# The same schemes are in chalicelib/warehouse/connection.py, which connects to them, and in infra/template.yaml, as
# the pattern of the parameter Warehouse. tests/unit/infra/test_warehouses.py compares the three.
SCHEMES: Final = ("postgresql", "postgres", "redshift", "redshift-serverless")
ACCEPTED: Final = "must start with postgresql://, redshift:// or redshift-serverless://."


def check_warehouse(url: str, setting: str) -> None:
    """Raise `InfraError` unless a URL, the value of a setting such as `WAREHOUSE`, can name a warehouse."""
    if not url:
        raise InfraError(
            f"Say which warehouse: {setting}=redshift-serverless://workgroup/database, for example. It {ACCEPTED}"
        )
    if urlsplit(url).scheme not in SCHEMES:
        raise InfraError(f"{setting} {ACCEPTED}")


def check_deployable(url: str, setting: str) -> None:
    """Raise `InfraError` unless a URL can name a warehouse, and has no password: it becomes a variable of functions."""
    check_warehouse(url, setting)
    if _has_password(url):
        raise InfraError(
            f"{setting} has a password, which everybody could read who may see the functions' variables. Put user and"
            " password into a secret, and give its ARN: see A password for the functions in docs/connect.md."
        )


def check_secret(arn: str, name: str) -> None:
    """Raise `InfraError` unless a text is empty or the ARN of the secret of a name: functions may read no other one."""
    # A secret's ARN ends in its name, a hyphen and six characters of AWS's own: …:secret:cafe-etl/dev/warehouse-a1B2c3
    if arn and not re.fullmatch(
        rf"arn:[\w-]+:secretsmanager:[\w-]+:\d{{12}}:secret:{re.escape(name)}-\w{{6}}", arn
    ):
        raise InfraError(f"The warehouse's secret must have the name {name}: give its whole ARN.")


def _has_password(url: str) -> bool:
    parts = urlsplit(url)
    # PostgreSQL's URLs take it at both places: postgresql://user:password@host/db and …/db?password=…
    in_the_address = ":" in parts.netloc.rpartition("@")[0]
    return in_the_address or any(name == "password" for name, _ in parse_qsl(parts.query))
