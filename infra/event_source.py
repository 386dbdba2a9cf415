"""The event source mapping, by which Lambda polls the load queue: what Chalice cannot set, and a check of it."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.errors import InfraError
from infra.provisioning import Client

STEADY: Final = frozenset({"Enabled", "Disabled"})
"""The states in which Lambda changes a mapping. In the others, such as Updating, it answers ResourceInUseException.

An operator may have disabled a mapping to stop loads: its settings can be changed all the same.
"""

PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0, *[5.0] * 59)
"""Seconds between two looks at the state, five minutes in all."""

PARTIAL: Final = "ReportBatchItemFailures"
"""With it SQS delivers the failed messages of a batch again. Without it Lambda deletes them like those of a success."""


def configure(
    function: str,
    properties: Mapping[str, Any],
    client: Client,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Set how the mapping of a function reports failures and how many loads run at once, and check it."""
    for mapping in mappings(function, client):
        wait_until_steady(mapping["UUID"], client, pause)
        client("lambda").update_event_source_mapping(
            UUID=mapping["UUID"],
            FunctionResponseTypes=properties["FunctionResponseTypes"],
            ScalingConfig=properties["ScalingConfig"],
        )
        wait_until_steady(mapping["UUID"], client, pause)
    check(function, client)


def wait_until_steady(uuid: str, client: Client, pause: Callable[[float], None] = time.sleep) -> None:
    """Wait until Lambda has created or updated a mapping; raise `InfraError` if it takes more than five minutes."""
    state = _state(uuid, client)
    for seconds in PAUSES:
        if state in STEADY:
            return
        pause(seconds)
        state = _state(uuid, client)
    raise InfraError(
        f"The event source mapping {uuid} has been {state} for {sum(PAUSES) / 60:.0f} minutes: deploy again when it is"
        f" Enabled (`aws lambda get-event-source-mapping --uuid {uuid}`)."
    )


def check(function: str, client: Client) -> None:
    """Raise `InfraError` if nothing invokes a function, or a mapping with which Lambda would delete failed requests.

    A function that runs at times of day, as a schedule says, needs no mapping.
    """
    present = mappings(function, client)
    if not present and not _has_schedule(function, client):
        raise InfraError(f"No queue is connected with {function}, so nothing is loaded: deploy again.")
    for mapping in present:
        if PARTIAL not in (mapping.get("FunctionResponseTypes") or []):
            uuid = mapping["UUID"]
            raise InfraError(
                f"The event source mapping {uuid} of {function} does not have {PARTIAL}: Lambda would delete load"
                " requests that failed as if they were loaded. Set it at once: `aws lambda update-event-source-mapping"
                f" --uuid {uuid} --function-response-types {PARTIAL}`."
            )


def _state(uuid: str, client: Client) -> str:
    return str(client("lambda").get_event_source_mapping(UUID=uuid)["State"])


def _has_schedule(function: str, client: Client) -> bool:
    arn = client("lambda").get_function_configuration(FunctionName=function)["FunctionArn"]
    return bool(client("events").list_rule_names_by_target(TargetArn=arn)["RuleNames"])


def mappings(function: str, client: Client) -> list[dict[str, Any]]:
    """Return the mappings of a function that exists."""
    pages = client("lambda").get_paginator("list_event_source_mappings").paginate(FunctionName=function)
    return [mapping for page in pages for mapping in page["EventSourceMappings"]]
