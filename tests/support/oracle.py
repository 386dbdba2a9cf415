"""The oracle: a second reader of the base format, with plain csv and decimal and none of the project's code."""

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

SIZES = ("Regular ", "Large ")
TIME = re.compile(r"\d{1,2}[ /-]\w+[ /-]\d{2,4},? \d{1,2}:\d{2}(:\d{2})?", re.ASCII)
TIMES = ("%d/%m/%Y %H:%M", "%d/%m/%y %H:%M", "%d-%b-%Y %H:%M", "%d %B %Y %H:%M", "%d/%m/%Y, %H:%M:%S")
AMOUNT = re.compile(r"(\d+\.?\d*|\.\d+)", re.ASCII)
CURRENCIES = ("GBP ", "£", "Â£")
PAYMENTS = {"card": "CARD", "visa": "CARD", "credit card": "CARD", "cash": "CASH", "gift card": "OTHER"}
COUNT = re.compile(r"(\d+)x (.+)", re.ASCII)

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


def read(text: str, separator: str = ",") -> Reading:
    """Read a file in which every quotation mark is closed."""
    reading = Reading()
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator)
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
    # Dashes alone stand in place of a name.
    if (name.strip(" -") and name[0] in set("=+-@")) or store[:1] in set("=+-@"):
        raise BadRowError
    if not store or payment.lower() not in PAYMENTS:
        raise BadRowError
    items = _items(basket.replace(" \N{EN DASH} ", " - "), amount(total))
    return (_time(timestamp), " ".join(store.split()), PAYMENTS[payment.lower()], amount(total)), items


def _time(text: str) -> str:
    if TIME.fullmatch(text):
        for form in TIMES:
            try:
                return datetime.strptime(text, form).isoformat(" ")  # noqa: DTZ007 - stores tell no zone
            except ValueError:
                continue
    raise BadRowError


def _items(basket: str, total: Decimal) -> list[Item]:
    """Return the items, each as often as its count says: the total shows whether prices are for one or for all."""
    counts, items = [], []
    for piece in basket.split(";" if ";" in basket else ","):
        match = COUNT.fullmatch(piece.strip())
        counts.append(int(match[1]) if match else 1)
        items.append(_item(match[2] if match else piece))
    for are_for_all in (False, True):
        prices = [item[3] / (count if are_for_all else 1) for count, item in zip(counts, items, strict=True)]
        are_whole = all(price == price.quantize(Decimal("0.01")) for price in prices)
        if are_whole and total == sum(price * count for price, count in zip(prices, counts, strict=True)):
            return [
                (*item[:3], price)
                for item, price, count in zip(items, prices, counts, strict=True)
                for _ in range(count)
            ]
    raise BadRowError


def amount(text: str) -> Decimal:
    """Return an amount of pounds and whole pence, below a hundred million; raise `BadRowError` for any other text.

    A float that was written out is a millionth of a pound from a penny at most.
    """
    for currency in CURRENCIES:
        text = text.removeprefix(currency)
    if not AMOUNT.fullmatch(text):
        raise BadRowError
    try:
        exact = Decimal(text)
        pounds = exact.quantize(Decimal("0.01"))
    except InvalidOperation as exc:
        raise BadRowError from exc
    if abs(pounds - exact) > Decimal("0.000001") or pounds >= 10**8:
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
