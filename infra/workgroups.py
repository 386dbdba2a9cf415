"""The workgroup of Redshift Serverless that a warehouse's URL names: the functions may enter it and no other."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.provisioning import Client


def workgroup_arn(url: str, client: Client) -> str:
    """Return the ARN of the workgroup that a warehouse's URL names, or an empty text if it names none.

    Raise `InfraError` if there is no such workgroup.
    """
    # redshift-serverless://sales/cafe -> arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/0f3c…
    parts = urlsplit(url)
    if parts.scheme != "redshift-serverless":
        return ""
    try:
        response = client("redshift-serverless").get_workgroup(workgroupName=parts.hostname or "")
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise InfraError(f"There is no workgroup {parts.hostname} in this account and region.") from exc
    return str(response["workgroup"]["workgroupArn"])


def with_workgroup(parameters: Mapping[str, str], client: Client) -> dict[str, str]:
    """Return a stack's parameters with the ARN of the workgroup that they name, unless they have it already."""
    if "Warehouse" not in parameters or "WorkgroupArn" in parameters:
        return dict(parameters)
    return {**parameters, "WorkgroupArn": workgroup_arn(parameters["Warehouse"], client)}
