"""The oracle: a second reader of the base format, with plain csv and decimal and none of the project's code."""

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

SIZES = ("Regular ", "Large ")
TIME = re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}", re.ASCII)
AMOUNT = re.compile(r"\d+(\.\d*)?", re.ASCII)

Item = tuple[str, str, str, Decimal]
"""Product, size, flavour, price."""


@dataclass
class Reading:
    """The contents of a file: by line number each sale (time, store, payment, total) and its items; the bad lines."""

    sales: dict[int, tuple[str, str, str, Decimal]] = field(default_factory=dict)
    items: dict[int, list[Item]] = field(default_factory=dict)
    faults: set[int] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    """Names and cards."""


class BadRowError(Exception):
    """A row is no valid sale."""


def read(text: str) -> Reading:
    """Read a file in which every quotation mark is closed."""
    reading = Reading()
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines)
    first = 1
    for row in reader:
        line, first = first, reader.line_num + 1
        if not any(field.strip() for field in row):
            continue
        reading.secrets |= {row[at].strip() for at in (2, 6) if at < len(row) and row[at].strip()}
        try:
            sale, items = _sale(row)
        except BadRowError:
            reading.faults.add(line)
        else:
            reading.sales[line], reading.items[line] = sale, items
    return reading


def _sale(row: list[str]) -> tuple[tuple[str, str, str, Decimal], list[Item]]:
    if len(row) < 6 or any(cell.strip() for cell in row[7:]):
        raise BadRowError
    timestamp, store, name, basket, total, payment = (cell.strip() for cell in row[:6])
    if name[:1] in set("=+-@") or store[:1] in set("=+-@"):
        raise BadRowError
    if not store or not name or payment.upper() not in {"CARD", "CASH"} or not TIME.fullmatch(timestamp):
        raise BadRowError
    try:
        at = datetime.strptime(timestamp, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - stores tell no zone
    except ValueError as exc:
        raise BadRowError from exc
    items = [_item(piece) for piece in basket.split(",")]
    if amount(total) != sum(item[3] for item in items):
        raise BadRowError
    return (at.isoformat(" "), " ".join(store.split()), payment.upper(), amount(total)), items


def amount(text: str) -> Decimal:
    """Return an amount of pounds and whole pence, below a hundred million; raise `BadRowError` for any other text."""
    if not AMOUNT.fullmatch(text):
        raise BadRowError
    try:
        exact = Decimal(text)
        pounds = exact.quantize(Decimal("0.01"))
    except InvalidOperation as exc:
        raise BadRowError from exc
    if pounds != exact or pounds >= 10**8:
        raise BadRowError
    return pounds


def _item(text: str) -> Item:
    match [part.strip() for part in text.split(" - ")]:
        case [name, price]:
            flavour = ""
        case [name, flavour, price]:
            if AMOUNT.fullmatch((flavour.split() or [""])[0]):
                raise BadRowError
        case _:
            raise BadRowError
    size = next((size for size in SIZES if name.startswith(size)), "")
    product = name.removeprefix(size).strip()
    if not product:
        raise BadRowError
    return product, size.strip(), flavour, amount(price)
