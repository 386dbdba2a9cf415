"""Rows of Redshift's Data API as the lines of CSV that psql prints: `python -m local query` prints psql's own."""

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import click

from chalicelib.people.escapes import visible

QUOTED: Final = re.compile(r'[,"\r\n]')
FRACTION: Final = re.compile(r"\.(\d*?)0+(?=$|[+-])")
"""The fraction of a second, with zeros at its end that psql leaves out: 09:00:00.500 is 09:00:00.5."""

TIMES: Final = frozenset({"time", "timetz", "timestamp", "timestamptz"})
WRITTEN_OUT: Final = range(-4, 15)
"""The powers of ten of a float's first digit with which PostgreSQL writes it without an exponent."""

Field = Mapping[str, Any]
"""A value as the Data API has it: `{"longValue": 3}`, `{"stringValue": "Leeds"}`, `{"isNull": True}`."""


def print_line(values: Iterable[str], *, is_terminal: bool) -> None:
    """Print one line of CSV on standard output.

    Programs get it as it is. A terminal would execute what a name of a store may contain, so there it is escaped.
    """
    text = line(values)
    click.echo("\n".join(map(visible, text.split("\n"))) if is_terminal else text)


def sql_error(message: str) -> str:
    """Return the warehouse's own words on an error, without its position and hints."""
    # ERROR:  relation "sale" does not exist\nLINE 1: ... -> SQL error: relation "sale" does not exist
    first = message.strip().partition("\n")[0]
    return "SQL error: " + first.partition("ERROR:")[2].strip() if "ERROR:" in first else first


def line(values: Iterable[str]) -> str:
    """Return one line of CSV without its end."""
    return ",".join(map(_quoted, values))


def value(field: Field, type_name: str) -> str:
    """Return a value of a column's type as text."""
    # A null is an empty field, as an empty text is.
    if field.get("isNull"):
        return ""
    [(kind, content)] = field.items()
    if kind == "booleanValue":
        return "t" if content else "f"
    if kind == "doubleValue":
        return _float(content)
    if kind == "blobValue":
        return f"\\x{content.hex()}"
    text = str(content)
    return FRACTION.sub(_shortened, text) if type_name in TIMES else text


def _quoted(text: str) -> str:
    # psql also quotes the two characters that end the input of a COPY.
    if QUOTED.search(text) or text == "\\.":
        return '"' + text.replace('"', '""') + '"'
    return text


def _shortened(fraction: re.Match[str]) -> str:
    return f".{fraction[1]}" if fraction[1] else ""


def _float(number: float) -> str:
    """Return a float in the fewest digits that say which it is, as PostgreSQL writes it."""
    if not math.isfinite(number):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    place = len(digits) - 1 + int(exponent)
    if place in WRITTEN_OUT:  # 0.0001, 100000000000000
        return format(Decimal(repr(number)).normalize(), "f")
    mantissa = "".join(map(str, digits))
    mantissa = mantissa[0] + (f".{mantissa[1:]}" if mantissa[1:] else "")
    # 1e+15, 1.5e-07: the exponent has two digits at least
    return f"{'-' * sign}{mantissa}e{place:+03d}"
