"""The resources of the stage `local` that `chalice deploy` does not make; the template declares them."""

from dataclasses import replace
from typing import Final

from infra.names import LOCAL, Names
from infra.resolving import Resource
from local.account import ACCOUNT, REGION
from local.environment import stack_parameters
from local.state import PROJECT

STAGE: Final = LOCAL

MOST_RECEIVES: Final = 5
"""A laptop has no night to wait for a warehouse, and whoever practises with dead letters does not want to wait."""


def names(stage: str = STAGE) -> Names:
    """Return the names of a stage in the made-up account."""
    return Names.of(PROJECT, stage).within(ACCOUNT, REGION)


def needed(warehouse: str) -> dict[str, Resource]:
    """Return the resources that Chalice does not make, by their names in the template."""
    from infra.surroundings import surroundings  # noqa: PLC0415 - commands that only need names start sooner without it

    resources = surroundings(PROJECT, STAGE, ACCOUNT, REGION, {"Warehouse": warehouse, **stack_parameters()})
    queue = resources["LoadQueue"]
    redrive = queue.properties["RedrivePolicy"] | {"maxReceiveCount": MOST_RECEIVES}
    return resources | {"LoadQueue": replace(queue, properties=queue.properties | {"RedrivePolicy": redrive})}
