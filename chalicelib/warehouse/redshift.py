"""Where a Redshift is, and a password for it: asked of AWS."""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from chalicelib.errors import SettingsError

CERTIFICATES: Final = "amazon-trust-ca-bundle.crt"
ROOT: Final = Path(__file__).parents[2]
PLACES: Final = (ROOT / CERTIFICATES, ROOT / "vendor" / CERTIFICATES)
"""Where Amazon's roots are: in the package, and in the project after `make vendor`."""

CLUSTER_USER: Final = "cafe_etl"
"""Whom the functions enter a cluster as, unless the URL names another."""

SECONDS: Final = 900
"""For how long a temporary password lets in."""


def arguments(url: str, admin_secret: str = "") -> dict[str, Any]:
    """Ask AWS where the warehouse is and for a password; return what psycopg2 connects with.

    The password is a temporary one of the caller's role, or the admin's in the secret that is named. Raise
    `SettingsError` if the URL makes no sense or Amazon's certificates are not there.
    """
    parts = urlsplit(url)
    name, database = parts.hostname or "", parts.path.lstrip("/")
    if not name or not database:
        raise SettingsError(
            "WAREHOUSE names a cluster or workgroup and a database: redshift-serverless://workgroup/database."
        )
    find, enter = (
        (_find_workgroup, _enter_workgroup)
        if parts.scheme == "redshift-serverless"
        else (_find_cluster, _enter_cluster)
    )
    host, port = find(parts)
    user, password = _admin(parts, admin_secret) if admin_secret else enter(parts)
    return {
        "host": host,
        "port": port,
        "dbname": database,
        "user": user,
        "password": password,
        "sslmode": "verify-full",
        "sslrootcert": str(certificates()),
    }


def certificates() -> Path:
    """Return the file of the roots of Redshift's certificates; raise `SettingsError` if it is nowhere."""
    for place in PLACES:
        if place.is_file():
            return place
    raise SettingsError("Amazon's certificates are not there: run `make vendor`.")


def _client(service: str, parts: SplitResult) -> Any:
    import boto3  # noqa: PLC0415 - PostgreSQL needs none of it

    region = parse_qs(parts.query).get("region", [None])[0]
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]


def _find_workgroup(parts: SplitResult) -> tuple[str, int]:
    answer = _client("redshift-serverless", parts).get_workgroup(workgroupName=parts.hostname)
    endpoint = answer["workgroup"]["endpoint"]
    return endpoint["address"], endpoint["port"]


def _enter_workgroup(parts: SplitResult) -> tuple[str, str]:
    answer = _client("redshift-serverless", parts).get_credentials(
        workgroupName=parts.hostname, dbName=parts.path.lstrip("/"), durationSeconds=SECONDS
    )
    return answer["dbUser"], answer["dbPassword"]


def _find_cluster(parts: SplitResult) -> tuple[str, int]:
    answer = _client("redshift", parts).describe_clusters(ClusterIdentifier=parts.hostname)
    endpoint = answer["Clusters"][0]["Endpoint"]
    return endpoint["Address"], endpoint["Port"]


def _enter_cluster(parts: SplitResult) -> tuple[str, str]:
    answer = _client("redshift", parts).get_cluster_credentials(
        ClusterIdentifier=parts.hostname,
        DbName=parts.path.lstrip("/"),
        DbUser=parts.username or CLUSTER_USER,
        AutoCreate=False,
    )
    return answer["DbUser"], answer["DbPassword"]


def _admin(parts: SplitResult, secret: str) -> tuple[str, str]:
    answer = _client("secretsmanager", parts).get_secret_value(SecretId=secret)
    told = json.loads(answer["SecretString"])
    return told["username"], told["password"]
