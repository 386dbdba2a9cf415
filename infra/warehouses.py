"""The check that a URL names a warehouse, before anything is deployed: the functions would find out too late."""

from typing import Final
from urllib.parse import urlsplit

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
