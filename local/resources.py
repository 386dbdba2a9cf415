"""What a local cloud of the stage `local` needs beside what `chalice deploy` makes: the template says what."""

from typing import Final

from infra.deploying import surroundings
from infra.names import LOCAL, Names
from infra.resolving import Resource
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.state import PROJECT

STAGE: Final = LOCAL
TLS_ONLY: Final = "AWS::S3::BucketPolicy"
"""Moto holds clients to it, and they speak plain HTTP to it."""


def names(stage: str = STAGE) -> Names:
    """Return the names of a stage in the made-up account."""
    return Names.of(PROJECT, stage).within(ACCOUNT, REGION)


def resources(warehouse: str) -> dict[str, Resource]:
    """Return what Chalice does not make."""
    found = surroundings(PROJECT, STAGE, ACCOUNT, REGION, {"Warehouse": warehouse})
    return {name: resource for name, resource in found.items() if resource.type != TLS_ONLY}


def create_hash_key(name: str, clients: Clients, key: str) -> None:
    """Make the secret with a key that outlives the cloud."""
    clients.secrets.create_secret(Name=name, SecretString=key)
