"""Load requests travel as JSON through the queue."""

import json
from contextlib import nullcontext, suppress
from dataclasses import asdict
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import RequestError
from chalicelib.ingest.staging import part_keys
from chalicelib.model import LoadRequest, SourceVersion
from chalicelib.reading.reasons import FileReason
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
    "a total of digits that SQL does not know": {"total": "\uff11\uff12.30"},
    "a total with an exponent": {"total": "1E+3"},
    "a total with an underscore": {"total": "1_000.00"},
    "a total with a sign": {"total": "-0.00"},
    "a total between blanks": {"total": " 12.30 "},
    "no time": {"source__last_modified": "yesterday"},
    "a day that no calendar has": {"source__last_modified": "2021-02-30 19:00:01"},
    "a part of a second": {"source__last_modified": "2021-08-25 19:00:01.5"},
    "a time as a number": {"source__last_modified": 1629918001},
    "a reason that is not in the list": {"reason": "no_such_reason"},
    "a reason that is a list": {"reason": ["empty"]},
    "NUL in a part's key": {"parts__sales": "staged/7/\0"},
    "a part of another run": {"parts__sales": "staged/8/sales.csv.gz"},
    "a part of a run whose number begins alike": {"parts__items": "staged/70/items.csv.gz"},
    "a part in another folder": {"parts__archive": "archive/7/archive.csv.gz"},
    "a part that is too long": {"parts__archive": "staged/7/" + "a" * 1024},
    "a digest that is too long": {"content_sha256": "a" * 65},
    "a version that is too long": {"source__version_id": "é" * 513},
    "an etag that is too long": {"source__etag": "é" * 33},
    "a sequencer that is too long": {"source__sequencer": "0" * 65},
    "a hash key's id that is too long": {"hash_key_id": "a" * 65},
    "a truth in place of a schema": {"schema_version": True},
    "an archived file below zero": {"archived_file_id": -1},
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


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source__etag": []}, "etag is not a text that its column can hold."),
        ({"items": True}, "items is not a whole number that its column can hold."),
        ({"total": "secret"}, "total is not an amount of pounds."),
        ({"source__last_modified": "secret"}, "last_modified is not a time in whole seconds without a zone."),
        ({"reason": "secret"}, "reason is not one of its codes."),
        ({"secret": 1}, "it has a field that is not known."),
        ({"parts": "secret"}, "parts is not an object."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_the_error_names_the_field_that_is_wrong(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError) as caught:
        LoadRequest.from_json(changed(**changes))

    assert str(caught.value) == f"A message on the load queue is not a load request: {sentence}"
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


FIELDS = sorted(json.loads(REQUEST.to_json()))
OPTIONAL = {"store_name", "reading", "remarks", "archived_file_id", "is_withdrawn", "schema_version"}


@pytest.mark.parametrize("name", FIELDS)
def test_a_request_without_a_field_is_none_unless_the_field_has_a_default(name: str) -> None:
    message = json.loads(REQUEST.to_json())
    del message[name]

    with nullcontext() if name in OPTIONAL else pytest.raises(RequestError):
        LoadRequest.from_json(json.dumps(message))


@pytest.mark.parametrize("depth", [500, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"source":'])
def test_deep_json_is_no_request(opening: str, depth: int) -> None:
    with pytest.raises(RequestError):
        LoadRequest.from_json(opening * depth)


def test_a_number_of_too_many_digits_is_no_request() -> None:
    with pytest.raises(RequestError):
        LoadRequest.from_json(REQUEST.to_json().replace("7", "7" * 5000, 1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=5,
)
PLACES = [
    *FIELDS,
    *(f"{outer}__{inner}" for outer in ("source", "parts") for inner in json.loads(REQUEST.to_json())[outer]),
]


def request_or_none(body: Any) -> LoadRequest | None:
    """Return the request in a body; any error but `RequestError` fails the test."""
    with suppress(RequestError):
        return LoadRequest.from_json(body)
    return None


@given(value=JSON)
def test_any_json_makes_a_request_or_a_request_error(value: Any) -> None:
    assert request_or_none(json.dumps(value)) is None


@given(body=JSON | st.binary())
def test_anything_in_place_of_a_body_makes_a_request_or_a_request_error(body: Any) -> None:
    assert request_or_none(body) is None


@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_value_in_any_field_makes_a_request_that_the_ledger_can_hold(place: str, value: Any) -> None:
    if request := request_or_none(changed(**{place: value})):
        assert LoadRequest.from_json(request.to_json()) == request
        assert all(
            "\0" not in text and text.encode() for text in map(str, asdict(request.source).values()) if text
        )


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=16)
COUNT = st.integers(0, 2**31 - 1)
ID = st.integers(0, 2**63 - 1)

REQUESTS = st.builds(
    LoadRequest,
    ingest_id=st.just(7),
    source=st.builds(
        SourceVersion,
        object_key=TEXT,
        version_id=TEXT,
        etag=TEXT,
        last_modified=st.datetimes().map(lambda time: time.replace(microsecond=0)),
        sequencer=TEXT,
    ),
    content_sha256=TEXT,
    hash_key_id=TEXT,
    rows_read=COUNT,
    rows_rejected=COUNT,
    items=COUNT,
    total=st.decimals(0, Decimal("9999999999.99"), places=2),
    reason=st.sampled_from(["", *get_args(FileReason)]),
    sentence=TEXT,
    parts=st.just(part_keys(7)),
    store_name=TEXT,
    reading=TEXT,
    remarks=TEXT,
    archived_file_id=ID,
    schema_version=COUNT,
)


@given(request=REQUESTS)
def test_every_honest_request_comes_back_as_it_was_sent(request: LoadRequest) -> None:
    assert LoadRequest.from_json(request.to_json()) == request
