"""The time of reading grows with the size of a file, and not with its square, whatever an enemy writes into it."""

import os
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

import chalicelib
from chalicelib import ingest, reading
from chalicelib.normalisation import store_key
from chalicelib.reading import (
    dates,
    fields,
    headers,
    items,
    pieces,
    punctuation_votes,
    recognition,
    timestamps,
)
from chalicelib.reading.card_numbers import has_card_number
from chalicelib.reading.csv_blocks import Block
from chalicelib.reading.decimal_commas import amount_with_point, basket_with_points
from chalicelib.reading.file_stores import StoreHints
from chalicelib.reading.formats import FORMATS
from tests.support.crafted import FILLERS, LINES, ROWS, SALE, SEMICOLONS, filled, of_lines, of_long_fields
from tests.support.staged_parts import spent

MOST_GROWTH = 5
"""The time for `STEP` times as much, divided by the time."""

FLOOR = 0.25
"""Seconds below which a time may be noise. Quadratic time is far above: 60 s for 256 KiB, at a nanosecond a step."""

STEP = 4
TRIES = 3

IS_SOAK = bool(os.environ.get("CAFE_SOAK_FILES"))
SIZES = [STEP**power for power in ([6, 7, 8, 9, 10, 11] if IS_SOAK else [6, 7, 8, 9])]
"""Bytes, from 4 KiB. Quadratic time shows in each of them; the soak tries 1 and 4 MiB, too."""

MOST_USED = ("base", "triples", "day and time")
"""The layouts whose fields are long in all ways in every test run, and not in the soak alone."""

GOOD_ROW = ["25/08/2021 09:00", "Leeds", "Jo Bloggs", "Tea - 1.20", "1.20", "CARD", ""]
READERS: dict[str, Callable[[str], object]] = {
    "the beginning of a sale": dates.BEGINS_WITH_DATE.match,
    "halves": dates.halves,
    "a day": lambda text: dates.day(text, dates.Order.DAY_FIRST),
    "a timestamp": timestamps.is_timestamp,
    "a time": timestamps.is_time,
    "a total": fields.total_price,
    "a payment": fields.payment_type,
    "a store": fields.store_name,
    "a store's key": store_key,
    "a card number": has_card_number,
    "a customer": fields.customer_fault,
    "an item": items.read_item,
    "baskets": lambda text: pieces.cut([text, text]),
    "a header": lambda text: headers.Header.of([text], FORMATS),
    "an amount": amount_with_point,
    "prices": basket_with_points,
    "the separator": lambda text: punctuation_votes.elected(
        Block(1, f"{text};{text};{text}".encode()), FORMATS
    ),
    "a head": lambda text: recognition.recognise([[text, *"123456"], GOOD_ROW], FORMATS, StoreHints()),
}


def assert_linear(seconds_of: Callable[[int], float]) -> None:
    """Assert that four times the size takes no more than five times as long."""
    seconds = FLOOR
    for size in SIZES:
        before, seconds = seconds, seconds_of(size)
        for _ in range(TRIES):
            if seconds <= MOST_GROWTH * max(before, FLOOR):
                break
            # The machine may have become busy: the two sizes are compared within the same moments.
            before, seconds = seconds_of(size // STEP), seconds_of(size)
        limit = MOST_GROWTH * max(before, FLOOR)
        assert seconds <= limit, f"{seconds:.2f} s for {size:,} letters; the limit is {limit:.2f} s"


@pytest.mark.parametrize("filler", FILLERS)
def test_a_text_is_read_in_linear_time(filler: str) -> None:
    """By every pattern and parser: a text that begins well and ends badly, and its middle."""
    for reader in READERS.values():

        def seconds_of(size: int, reader: Callable[[str], object] = reader) -> float:
            text = f"25/08/2021{filled(filler, size)}x"
            began_at = time.process_time()
            reader(text)
            reader(text[10:-1])
            return time.process_time() - began_at

        assert_linear(seconds_of)


@pytest.mark.parametrize(
    ("layout", "filler"),
    [
        (layout, filler)
        for layout in ROWS
        for filler in (FILLERS if IS_SOAK or layout in MOST_USED else FILLERS[::5])
    ],
)
def test_long_fields_are_read_in_linear_time(layout: str, filler: str) -> None:
    """In every field of every layout: the fields of a file of 1 MiB are as long as `csv` allows."""
    assert_linear(lambda size: spent(of_long_fields(layout, filler, size)))


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_many_lines_are_read_in_linear_time(line: Callable[[int], str]) -> None:
    """Good lines, bad ones, and some that are none."""
    assert_linear(lambda size: spent(of_lines(line, size)))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [SEMICOLONS, "\N{GOTHIC LETTER AHSA}\n", "\u0a0d\u0d0a", "\ufeff", "\n"])
def test_utf_16_is_read_in_linear_time(text: str, encoding: str) -> None:
    """With pairs of halves, marks in the midst, and letters whose bytes are those of line ends."""
    assert_linear(lambda size: spent(f"\ufeff{SALE}{filled(text, size // 2)}".encode(encoding)))


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the name of each pattern for text of the code that reads files, and the pattern."""
    for package in (chalicelib, reading, ingest):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{module.name}.{name}", value


@pytest.mark.parametrize("pattern", [pytest.param(pattern, id=name) for name, pattern in patterns()])
def test_a_pattern_is_matched_in_linear_time(pattern: re.Pattern[str]) -> None:
    """Against each filler, after a beginning of a sale and alone."""
    for filler in FILLERS:

        def seconds_of(size: int, filler: str = filler) -> float:
            text = filled(filler, size)
            began_at = time.process_time()
            for whole in (text, f"25/08/2021{text}x", f"7x {text}-"):
                pattern.match(whole)
                pattern.fullmatch(whole)
            return time.process_time() - began_at

        assert_linear(seconds_of)
