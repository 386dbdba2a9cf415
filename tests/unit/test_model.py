"""Load requests travel as JSON through the queue."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import RequestError
from chalicelib.model import LoadRequest
from tests.support.load_requests import REQUEST


def test_a_request_comes_back_from_the_queue_as_it_was_sent() -> None:
    assert LoadRequest.from_json(REQUEST.to_json()) == REQUEST


@pytest.mark.parametrize(
    "body",
    ["", "secret", "[]", "null", "{}", REQUEST.to_json()[:-1], REQUEST.to_json().replace("12.30", "secret")],
)
def test_the_error_about_a_message_that_is_no_request_does_not_quote_it(body: str) -> None:
    """The message may hold anything, and the error goes into the log."""
    with pytest.raises(RequestError) as caught:
        LoadRequest.from_json(body)
    assert "secret" not in str(caught.value)


def changed(**changes: Any) -> str:
    """Return the example's body with other values in some fields; `source__etag` is the field `etag` of `source`."""
    message = json.loads(REQUEST.to_json())
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if inner:
            message[outer][inner] = value
        else:
            message[outer] = value
    return json.dumps(message)


BROKEN: dict[str, dict[str, Any]] = {
    "a list in place of a text": {"sentence": []},
    "an object in place of a text": {"source__object_key": {}},
    "a number in place of a text": {"reason": 7},
    "null in place of a text": {"hash_key_id": None},
    "a text in place of a number": {"items": "4"},
    "a truth in place of a number": {"rows_read": True},
    "a fraction": {"rows_read": 3.0},
    "a number below zero": {"rows_read": -1},
    "a number that is too large for its column": {"rows_read": 2**31},
    "an id that is too large": {"ingest_id": 2**63},
    "infinity": {"items": float("inf")},
    "a total as a number": {"total": 12.3},
    "a total of three decimals": {"total": "12.305"},
    "a total below zero": {"total": "-12.30"},
    "a total that is none": {"total": "NaN"},
    "a total that is too large": {"total": "10000000000.00"},
    "a time with a zone": {"source__last_modified": "2021-08-25 19:00:01+01:00"},
    "no time": {"source__last_modified": "yesterday"},
    "NUL in a key": {"source__object_key": "leeds\0.csv"},
    "a lone surrogate": {"source__object_key": "leeds\ud800.csv"},
    "a key that is too long in bytes": {"source__object_key": "é" * 513},
    "a list in place of an object": {"parts": ["s", "i", "r", "a"]},
    "a field that nobody knows": {"price": 1},
    "a field that nobody knows inside": {"parts__price": "p"},
}


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_a_value_of_the_wrong_kind_is_no_request(changes: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        LoadRequest.from_json(changed(**changes))


@pytest.mark.parametrize("name", ["total", "source", "ingest_id"])
def test_a_request_without_a_field_is_none(name: str) -> None:
    message = json.loads(REQUEST.to_json())
    del message[name]

    with pytest.raises(RequestError):
        LoadRequest.from_json(json.dumps(message))


def test_deep_json_is_no_request() -> None:
    with pytest.raises(RequestError):
        LoadRequest.from_json("[" * 100_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=5,
)


@given(field=st.sampled_from(sorted(json.loads(REQUEST.to_json()))), value=JSON)
def test_any_value_in_any_field_makes_a_request_or_a_request_error(field: str, value: Any) -> None:
    with suppress(RequestError):
        LoadRequest.from_json(changed(**{field: value}))
