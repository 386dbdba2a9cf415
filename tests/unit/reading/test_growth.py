"""The time of reading grows with the size of a file, and not with its square, whatever an enemy writes into it."""

import csv
import os
import time
from collections.abc import Callable, Iterator

import pytest

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
from chalicelib.reading.csv_blocks import LONGEST_FIELD, Block
from chalicelib.reading.decimal_commas import amount_with_point, basket_with_points
from chalicelib.reading.file_stores import StoreHints
from chalicelib.reading.formats import FORMATS
from tests.support.staged_parts import spent

MOST_GROWTH = 5
"""The time for four times as much, divided by the time."""

FLOOR = 0.1
"""Seconds below which a time may be noise. Quadratic time is far above: 60 s for 256 KiB, at a nanosecond a step."""

SIZES = [2**12, 2**14, 2**16, 2**18, *([2**20, 2**22] if os.environ.get("CAFE_SOAK_FILES") else [])]
"""Bytes. Quadratic time shows in each of them; the soak tries 1 and 4 MiB, too."""

ROWS = {
    "base": (
        '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,5494000000000000',
        "",
    ),
    "triples": (
        '2021-08-25 09:00:00,Leeds,Jo Bloggs,"Large,Latte,2.45,,Tea,1.2",CARD,3.65,None',
        FORMATS[1].header,
    ),
    "semicolons": (
        '25/08/2021 09:00;Leeds;Jo Bloggs;"Large Latte - 2,45; Tea - 1,20";3,65;CARD;5494000000000000',
        FORMATS[2].header.replace(",", ";"),
    ),
    "day and time": (
        '25/08/2021,09:00:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,5494000000000000',
        FORMATS[4].header,
    ),
}
SEPARATORS = {"semicolons": ";"}
FILLERS = (
    *(
        " ",
        "0",
        ",",
        "T",
        "\u00a3",
        "_",
        "\n",
        "\u0130",
        " - ",
        '""',
        "1/",
        "123,",
        "1.20 ",
        ",Tea,1.20",
        "Tea - 1.20, ",
    ),
    # Accents that are not in the order of NFC, a noncharacter, and a name of the menu with a comma
    *(";", ".000", " - 1,20;"),
    *("\u0315\u0300\u05b0", "\ufdd0", "Strawberries, Bananas & Cream"),
)
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
        limit = MOST_GROWTH * max(seconds, FLOOR)
        # The machine may be busy for a while: what is slow twice is slow.
        seconds = seconds_of(size)
        if seconds > limit:
            seconds = min(seconds, seconds_of(size))
        assert seconds <= limit, f"{seconds:.2f} s for {size:,} letters; the limit is {limit:.2f} s"


def filled(filler: str, letters: int) -> str:
    """Return a text of a filler that is repeated."""
    return filler * (letters // len(filler))


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


@pytest.mark.parametrize("layout", ROWS)
@pytest.mark.parametrize("filler", FILLERS)
def test_long_fields_are_read_in_linear_time(layout: str, filler: str) -> None:
    """In every field of every layout: the fields of a file of 1 MiB are as long as `csv` allows."""
    row, header = ROWS[layout]

    def content(size: int) -> Iterator[str]:
        yield f"{header}\n{row}\n"
        separator = SEPARATORS.get(layout, ",")
        cells = next(csv.reader([row], delimiter=separator))
        field = filled(filler, size // 8).replace('"', '""')[: LONGEST_FIELD - 1]
        for place in range(len(cells)):
            yield (
                separator.join(f'"{field if place == at else cell}"' for at, cell in enumerate(cells)) + "\n"
            )

    assert_linear(lambda size: spent("".join(content(size)).encode()))


HEADER = "date,location,customer_name,products,total,payment_type,card_number\n"
SALE = f"{ROWS['base'][0]}\n"
SEMICOLONS = f"{ROWS['semicolons'][0]}\n"
LINES: dict[str, Callable[[int], str]] = {
    "letters": lambda _: "a\n",
    "empty lines": lambda _: "\n",
    "carriage returns": lambda _: "\r",
    "commas": lambda _: ",\n",
    "many commas": lambda _: "," * 100_000 + "\n",
    "wrong totals": lambda _: SALE.replace("3.65", "3.66"),
    "different dates": lambda number: SALE.replace("25", str(number), 1),
    "different totals": lambda number: SALE.replace("3.65", str(number)),
    "different stores": lambda number: SALE.replace("Leeds", f"S{number}"),
    "different products": lambda number: SALE.replace("Tea", f"T{number}"),
    "equal sales": lambda _: SALE,
    "headers": lambda _: HEADER + SALE,
    "headers that move columns": lambda number: (
        HEADER if number % 2 else HEADER.replace("date,location", "location,date")
    ),
    "quotes that are never closed": lambda _: SALE.replace("Leeds", '"Leeds'),
    "quotes alone": lambda _: '"\n',
    "long lines after a quote": lambda _: f'"{"x" * 1_200}\n',
    "line breaks in quotes": lambda _: SALE.replace("Jo", '"Jo' + 90 * "\n" + '"'),
    "triples": lambda _: f'2021-08-25 09:00,Leeds,Jo,"{",Tea,0.00," * 1000},Tea,0.00",0.00,CARD,\n',
    "semicolons": lambda _: SEMICOLONS,
    "wrong totals with decimal commas": lambda _: SEMICOLONS.replace("3,65", "3,66"),
    "different prices with decimal commas": lambda number: SEMICOLONS.replace("1,20", f"{number % 1000},20"),
    "many semicolons": lambda _: ";" * 100_000 + "\n",
    "few semicolons": lambda _: "a;b;c;d\n",
    "quotes that are never closed among semicolons": lambda _: SEMICOLONS.replace("Leeds", '"Leeds'),
    "headers that move columns among semicolons": lambda number: (
        (
            FORMATS[2].header if number % 2 else FORMATS[2].header.replace("date,location", "location,date")
        ).replace(",", ";")
        + "\n"
    ),
    "no letters": lambda _: SALE.replace("Leeds", "\ufdd0"),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_many_lines_are_read_in_linear_time(line: Callable[[int], str]) -> None:
    """Good lines, bad ones, and some that are none."""

    def content(size: int) -> Iterator[str]:
        yield SEMICOLONS * 5 if ";" in line(0) else SALE
        letters = number = 0
        while letters < size:
            text = line(number)
            yield text
            letters, number = letters + len(text), number + 1

    assert_linear(lambda size: spent("".join(content(size)).encode()))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [SEMICOLONS, "\N{GOTHIC LETTER AHSA}\n", "\u0a0d\u0d0a", "\ufeff", "\n"])
def test_utf_16_is_read_in_linear_time(text: str, encoding: str) -> None:
    """With pairs of halves, marks in the midst, and letters whose bytes are those of line ends."""
    assert_linear(lambda size: spent(f"\ufeff{SALE}{filled(text, size // 2)}".encode(encoding)))
