"""The API of a Redshift cluster: moto's, except that the cluster is the stand-in."""

from typing import Any, Final

from moto.redshift.models import Cluster, RedshiftBackend

from local.client import Clients
from local.cloud.ports import HOST
from local.redshift.credentials import Credentials

# The original, taken once at import: `create` must not wrap its own function again.
_get_cluster_credentials = RedshiftBackend.get_cluster_credentials

NODE_TYPE: Final = "ra3.large"


def create(name: str, database: str, port: int, credentials: Credentials, clients: Clients) -> None:
    """Create a cluster whose address and passwords are those of the stand-in on a port."""

    def get_cluster_credentials(self: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        issued: dict[str, Any] = _get_cluster_credentials(self, *arguments, **named)
        credentials.add(issued["DbUser"], issued["DbPassword"], issued["Expiration"])
        return issued

    # Moto's address is a name in the domain of AWS, and the passwords that it issues open nothing.
    Cluster.address = HOST  # type: ignore[assignment,method-assign]
    RedshiftBackend.get_cluster_credentials = get_cluster_credentials  # type: ignore[method-assign]
    clients.any("redshift").create_cluster(
        ClusterIdentifier=name,
        NodeType=NODE_TYPE,
        MasterUsername=credentials.admin,
        MasterUserPassword=credentials.password,
        DBName=database,
        Port=port,
    )
