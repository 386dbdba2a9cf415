"""Where a Redshift is, and a temporary password for it: asked of AWS."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.errors import SettingsError


def arguments(url: str) -> dict[str, Any]:
    """Ask AWS where the warehouse is and for a temporary password; return what psycopg2 connects with."""
    import boto3  # noqa: PLC0415 - PostgreSQL needs none of it
    from botocore.httpsession import DEFAULT_CA_BUNDLE  # noqa: PLC0415 - Amazon's roots are among its own

    parts = urlsplit(url)
    name, database = parts.hostname or "", parts.path.lstrip("/")
    if not name or not database:
        raise SettingsError(
            "WAREHOUSE names a cluster or workgroup and a database: redshift-serverless://workgroup/database."
        )
    region = parse_qs(parts.query).get("region", [None])[0]
    if parts.scheme == "redshift-serverless":
        serverless: Any = boto3.client("redshift-serverless", region_name=region)
        endpoint = serverless.get_workgroup(workgroupName=name)["workgroup"]["endpoint"]
        credentials = serverless.get_credentials(workgroupName=name, dbName=database, durationSeconds=900)
        host, port, user, password = (
            endpoint["address"],
            endpoint["port"],
            credentials["dbUser"],
            credentials["dbPassword"],
        )
    else:
        provisioned: Any = boto3.client("redshift", region_name=region)
        endpoint = provisioned.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["Endpoint"]
        credentials = provisioned.get_cluster_credentials(
            ClusterIdentifier=name, DbName=database, DbUser=parts.username or "cafe_etl", AutoCreate=False
        )
        host, port, user, password = (
            endpoint["Address"],
            endpoint["Port"],
            credentials["DbUser"],
            credentials["DbPassword"],
        )
    return {
        "host": host,
        "port": port,
        "dbname": database,
        "user": user,
        "password": password,
        "sslmode": "verify-full",
        "sslrootcert": DEFAULT_CA_BUNDLE,
    }
