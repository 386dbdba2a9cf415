"""The events of the function `remove`."""

from datetime import date
from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.operations.removal_task import Task

WITHDRAW = {"action": "withdraw", "object_key": "a.csv"}


def test_an_event_becomes_a_task() -> None:
    task = Task.from_event(WITHDRAW | {"store": "SOUTHEND-on-sea", "day": "2021-08-25", "dry_run": True})

    assert (task.object_key, task.store_key, task.date) == ("a.csv", "southend on sea", date(2021, 8, 25))
    assert task.dry_run


def test_fields_may_be_empty_or_null() -> None:
    assert Task.from_event(WITHDRAW | {"store": "", "day": None, "dry_run": False}) == Task.from_event(
        WITHDRAW
    )


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "must be one of withdraw, erase, erase_customer, discard"),
        ({"action": ["erase"]}, "must be one of"),
        ({"action": "erase"}, "The action erase needs the field object_key"),
        (
            {"action": "erase", "object_key": "a", "day": "2021-08-25"},
            "these fields alone: object_key, dry_run",
        ),
        ({"action": "discard", "object_key": "a\0"}, "object_key of a removal contains characters"),
        (WITHDRAW | {"day": "yesterday"}, "must be a day such as 2021-08-25"),
        (WITHDRAW | {"day": 20210825}, "day of a removal is not a text"),
        (WITHDRAW | {"store": "_-_"}, "has no letter or digit"),
        (WITHDRAW | {"dry_run": "no"}, "dry_run of a removal is not true or false"),
        (WITHDRAW | {"dry_run": 0}, "dry_run of a removal is not true or false"),
    ],
)
def test_an_invalid_event_is_refused_with_a_sentence(event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        Task.from_event(event)


def test_the_name_of_a_customer_is_not_in_the_text_of_a_task() -> None:
    task = Task.from_event({"action": "erase_customer", "store": "Leeds", "customer": "Jo Bloggs"})

    assert "Jo" not in repr(task)
