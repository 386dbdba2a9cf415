"""The event source mapping of `load`: it is changed when Lambda allows that, and it must report partial failures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import event_source, template
from infra.errors import InfraError
from tests.integration.local.test_local_delivery import Toy

FUNCTION = "batch"
PROPERTIES = template.load()["Resources"]["Load"]["Properties"]["Events"]["LoadSqsEventSource"]["Properties"]


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """Return a cloud in this process, with a function that polls a queue; its mapping was made just now."""
    toy = Toy(tmp_path)
    toy.create_queues(toy.create_function(FUNCTION))
    yield toy
    toy.cloud.stop()


def mapping(toy: Toy) -> Any:
    """Return the one mapping."""
    [described] = toy.clients.functions.list_event_source_mappings(FunctionName=FUNCTION)[
        "EventSourceMappings"
    ]
    return described


def test_a_mapping_that_is_updating_refuses_a_change(toy: Toy) -> None:
    """The local cloud does as Lambda does, so that the next test proves something."""
    for state in ("Creating", "Updating"):
        assert mapping(toy)["State"] == state
        with pytest.raises(ClientError, match="ResourceInUseException"):
            toy.clients.functions.update_event_source_mapping(UUID=mapping(toy)["UUID"], BatchSize=1)
        event_source.wait_until_steady(mapping(toy)["UUID"], toy.clients.any)
        toy.clients.functions.update_event_source_mapping(UUID=mapping(toy)["UUID"], BatchSize=1)


def test_a_mapping_that_is_updating_is_changed_as_soon_as_it_is_enabled(toy: Toy) -> None:
    assert mapping(toy)["State"] == "Creating"

    event_source.configure(FUNCTION, PROPERTIES, toy.clients.any)
    event_source.configure(FUNCTION, PROPERTIES, toy.clients.any)

    configured = mapping(toy)
    assert (configured["State"], configured["FunctionResponseTypes"]) == (
        "Enabled",
        ["ReportBatchItemFailures"],
    )
    assert configured["ScalingConfig"] == PROPERTIES["ScalingConfig"]


def test_a_mapping_that_an_operator_disabled_is_changed_and_stays_disabled(toy: Toy) -> None:
    event_source.wait_until_steady(mapping(toy)["UUID"], toy.clients.any)
    toy.clients.functions.update_event_source_mapping(UUID=mapping(toy)["UUID"], Enabled=False)

    event_source.configure(FUNCTION, PROPERTIES, toy.clients.any)

    assert (mapping(toy)["State"], mapping(toy)["FunctionResponseTypes"]) == (
        "Disabled",
        ["ReportBatchItemFailures"],
    )


def test_a_mapping_that_would_delete_failed_requests_is_an_error(toy: Toy) -> None:
    """Lambda takes a batch for loaded then, and deletes the messages that `load` names as failed."""
    with pytest.raises(
        InfraError, match="does not have ReportBatchItemFailures: Lambda would delete load requests"
    ):
        event_source.check(FUNCTION, toy.clients.any)

    event_source.configure(FUNCTION, PROPERTIES, toy.clients.any)
    event_source.check(FUNCTION, toy.clients.any)


def test_a_function_without_a_queue_is_an_error_unless_it_has_times_of_day(toy: Toy) -> None:
    arn = toy.create_function("nobody")
    with pytest.raises(InfraError, match="No queue is connected with nobody"):
        event_source.check("nobody", toy.clients.any)

    events = toy.clients.any("events")
    events.put_rule(Name="times", ScheduleExpression="cron(50 2/4 * * ? *)")
    events.put_targets(Rule="times", Targets=[{"Id": "1", "Arn": arn}])
    event_source.check("nobody", toy.clients.any)


def test_waiting_for_a_mapping_has_an_end() -> None:
    """Five minutes, with a sentence that names the mapping."""

    class Busy:
        def get_event_source_mapping(self, **_parameters: Any) -> dict[str, str]:
            return {"State": "Updating"}

    pauses: list[float] = []
    with pytest.raises(InfraError, match="The event source mapping 1-2 has been Updating for 5 minutes"):
        event_source.wait_until_steady("1-2", lambda _service: Busy(), pauses.append)
    assert 295 < sum(pauses) < 305
