"""What a local cloud of the stage `local` needs beside what `chalice deploy` makes: the template says what."""

from typing import Final

from infra.deploying import surroundings
from infra.names import LOCAL, Names
from infra.resolving import Resource
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.state import PROJECT

STAGE: Final = LOCAL


def names(stage: str = STAGE) -> Names:
    """Return the names of a stage in the made-up account."""
    return Names.of(PROJECT, stage).within(ACCOUNT, REGION)


def needed(warehouse: str) -> dict[str, Resource]:
    """Return what Chalice does not make."""
    return surroundings(PROJECT, STAGE, ACCOUNT, REGION, {"Warehouse": warehouse})


def create_hash_key(name: str, clients: Clients, key: str) -> None:
    """Make the secret with a key that outlives the cloud."""
    clients.secrets.create_secret(Name=name, SecretString=key)
