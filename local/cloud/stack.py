"""The stack of a package: `up --from-package` releases it to the local CloudFormation, in place of `chalice deploy`."""

from pathlib import Path
from typing import Final

from infra import packaging
from infra.release import Stack, release
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.environment import stack_parameters
from local.errors import LocalCloudError

STAGE: Final = "prod"


def create(build: Path, clients: Clients, warehouse: str) -> None:
    """Make the stack, as `make release` does; raise `LocalCloudError` if there is no package."""
    if not (build / packaging.ZIP).is_file():
        raise LocalCloudError(f"{build / packaging.ZIP} is not there: run `make package` first.")
    stack = Stack.of(STAGE, ACCOUNT, REGION, {"Warehouse": warehouse, **stack_parameters()})
    clients.s3.create_bucket(Bucket=stack.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    release(build, stack, clients.any)
