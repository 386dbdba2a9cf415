"""The resources of the stage `local` that `chalice deploy` does not make; the template declares them."""

from typing import Final

from infra.names import LOCAL, Names
from infra.resolving import Resource
from local.account import ACCOUNT, REGION
from local.state import PROJECT

STAGE: Final = LOCAL


def names(stage: str = STAGE) -> Names:
    """Return the names of a stage in the made-up account."""
    return Names.of(PROJECT, stage).within(ACCOUNT, REGION)


def needed(warehouse: str) -> dict[str, Resource]:
    """Return the resources that Chalice does not make, by their names in the template."""
    from infra.deploying import surroundings  # noqa: PLC0415 - commands that only need names start sooner without it

    return surroundings(PROJECT, STAGE, ACCOUNT, REGION, {"Warehouse": warehouse})
