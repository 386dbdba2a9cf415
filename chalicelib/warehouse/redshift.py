"""The parts that only Redshift needs: the address of a cluster or workgroup, its password, and its COPY."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from chalicelib.errors import SettingsError, WarehouseError
from chalicelib.warehouse.credentials import user_and_password

CERTIFICATES: Final = "amazon-trust-ca-bundle.crt"
ROOT: Final = Path(__file__).parents[2]
PLACES: Final = (ROOT / CERTIFICATES, ROOT / "vendor" / CERTIFICATES)
"""The places of Amazon's root certificates: in the package, or in the project after `make vendor`."""

COPY: Final = (
    "copy {} from %s iam_role %s format as csv gzip manifest roundec maxerror 0 compupdate off statupdate off"
)
"""`roundec`: without it Redshift cuts decimals off. The two `off`s: a staging table is read once."""

LOAD_ERROR: Final = """
    select trim(file_name), line_number, trim(column_name), error_code from sys_load_error_detail
    where session_id = %s order by start_time desc, query_id desc limit 1
"""
"""The place of a session's newest error of COPY. `error_message` stays out: it may quote the row.

`pg_last_copy_id()` would not do: it is the query of the last COPY that was completed.
"""

CLUSTER_USER: Final = "cafe_etl"
"""The user as whom the functions connect to a cluster, unless the URL names another."""

PASSWORD_SECONDS: Final = 900
"""The time for which a temporary password is valid."""


def arguments(url: str, secret: str = "") -> dict[str, Any]:
    """Ask AWS for the warehouse's address and a password; return the arguments of `psycopg2.connect`.

    The password is a temporary one of the caller's role or, if a secret is named, that of the user in it. Raise
    `SettingsError` if the URL is invalid or Amazon's certificates are missing.
    """
    parts = urlsplit(url)
    name, database = parts.hostname or "", parts.path.lstrip("/")
    if not name or not database:
        raise SettingsError(
            "WAREHOUSE must name a cluster or workgroup and a database, such as redshift-serverless://workgroup/database."
        )
    find, enter = (
        (_find_workgroup, _enter_workgroup)
        if parts.scheme == "redshift-serverless"
        else (_find_cluster, _enter_cluster)
    )
    host, port = find(parts)
    user, password = user_and_password(secret, _option(parts, "region")) if secret else enter(parts)
    return {
        "host": host,
        "port": port,
        "dbname": database,
        "user": user,
        "password": password,
        "sslmode": "verify-full",
        "sslrootcert": _option(parts, "sslrootcert") or str(certificates()),
    }


def is_load_error(error: WarehouseError) -> bool:
    """Tell whether a COPY failed because of a row: only then does Redshift note the place of the error."""
    # Load into table 'stage_sales' failed.  Check 'stl_load_errors' system table for details.
    return "load_error" in str(error)


def load_error(table: str, file: str, line: int, column: str, code: int) -> str:
    """Return the sentence on a row that COPY could not load. docs/runbook.md explains the codes."""
    return f"COPY into {table} failed: {file}, line {line}, column {column or '(none)'}, code {code}."


def certificates() -> Path:
    """Return the file of Amazon's root certificates; raise `SettingsError` if it is in none of its places."""
    for place in PLACES:
        if place.is_file():
            return place
    raise SettingsError("Amazon's certificates are missing: run `make vendor`.")


def _client(service: str, parts: SplitResult) -> Any:
    from chalicelib.aws import new_client  # noqa: PLC0415 - PostgreSQL needs none of it

    return new_client(service, _option(parts, "region"))


def _option(parts: SplitResult, name: str) -> str | None:
    """Return an option of the URL: `region`, or `sslrootcert` for a server that Amazon has not certified."""
    # redshift://user@cluster/database?region=eu-west-2 -> "eu-west-2"
    return parse_qs(parts.query).get(name, [None])[0]


def _find_workgroup(parts: SplitResult) -> tuple[str, int]:
    response = _client("redshift-serverless", parts).get_workgroup(workgroupName=parts.hostname)
    endpoint = response["workgroup"]["endpoint"]
    return endpoint["address"], endpoint["port"]


def _enter_workgroup(parts: SplitResult) -> tuple[str, str]:
    response = _client("redshift-serverless", parts).get_credentials(
        workgroupName=parts.hostname, dbName=parts.path.lstrip("/"), durationSeconds=PASSWORD_SECONDS
    )
    return response["dbUser"], response["dbPassword"]


def _find_cluster(parts: SplitResult) -> tuple[str, int]:
    response = _client("redshift", parts).describe_clusters(ClusterIdentifier=parts.hostname)
    endpoint = response["Clusters"][0]["Endpoint"]
    return endpoint["Address"], endpoint["Port"]


def _enter_cluster(parts: SplitResult) -> tuple[str, str]:
    response = _client("redshift", parts).get_cluster_credentials(
        ClusterIdentifier=parts.hostname,
        DbName=parts.path.lstrip("/"),
        DbUser=parts.username or CLUSTER_USER,
        AutoCreate=False,
    )
    return response["DbUser"], response["DbPassword"]
