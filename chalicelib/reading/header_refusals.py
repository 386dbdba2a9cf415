"""Why a file is refused for its header: a sentence that names what is missing. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading import heading_words
from chalicelib.reading.basket_sums import has_baskets
from chalicelib.reading.card_numbers import has_card_number
from chalicelib.reading.formats import Column
from chalicelib.reading.headers import Header
from chalicelib.reading.inference import Inference
from chalicelib.reading.layouts import ColumnOrder
from chalicelib.reading.tills import till_refusal

MOST_HEADINGS: Final = 10
LONGEST_HEADING: Final = 40
"""The most headings that a sentence names, and the most characters of one."""


def header_refusal(header: Header, rows: Sequence[Sequence[str]], inference: Inference) -> SourceFileError:
    """Return the refusal of a file whose header, above these rows of its head, is not understood."""
    if not _has_baskets(rows, inference.columns) and (refusal := till_refusal(header.row, rows)):
        return refusal
    if inference.repeated:
        return SourceFileError(
            "unknown_header", f"The header has two headings for the {inference.repeated[0].words}."
        )
    if not header.is_known and not inference.inferred:
        return SourceFileError(
            "unknown_header", "The first row looks like a header, but few of its headings are known."
        )
    missing = _joined([f"the {column.words}" for column in inference.missing])
    if names := _unknown(header, rows, inference):
        return SourceFileError(
            "unknown_header",
            f"The header has no known heading for {missing}. Not known: {', '.join(names)}.",
        )
    return SourceFileError("unknown_header", f"The header has no known heading for {missing}.")


def has_row_per_item(header: Header, rows: Sequence[Sequence[str]], columns: ColumnOrder) -> bool:
    """Tell whether the rows are single items, though their header has all columns of a sale."""
    has_quantity = any(heading_words.QUANTITY & heading_words.words(heading) for heading in header.row)
    return has_quantity and bool(rows) and not _has_baskets(rows, columns)


def _has_baskets(rows: Sequence[Sequence[str]], columns: ColumnOrder) -> bool:
    if Column.BASKET not in columns:
        return False
    place = columns.index(Column.BASKET)
    return has_baskets([row[place] for row in rows if place < len(row)])


def _joined(words: list[str]) -> str:
    """Return words as a list: `the store`, `the store and the total`, `the store, the items and the total`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _unknown(header: Header, rows: Sequence[Sequence[str]], inference: Inference) -> list[str]:
    """Return the headings that are not known, the first ones if there are many.

    A row gone wrong may look like a header, so no heading is named that looks like a cell below, or has a word of one:
    it may be a customer's name; nor one whose digits may be a card number. Its column's number stands in its place.
    """
    unknown = [
        place
        for place, column in enumerate(inference.columns)
        if column is None and header.row[place].strip()
    ]
    cell_words = {word for row in rows for cell in row for word in heading_words.words(cell)}
    return [
        header.row[place].strip()
        if _may_be_named(header.row[place], place, rows, cell_words)
        else f"column {place + 1}"
        for place in unknown[:MOST_HEADINGS]
    ]


def _may_be_named(heading: str, place: int, rows: Sequence[Sequence[str]], cell_words: set[str]) -> bool:
    is_plain = heading.isprintable() and len(heading) <= LONGEST_HEADING and not has_card_number(heading)
    shapes = {_shape(row[place]) for row in rows if place < len(row)}
    return (
        is_plain
        and bool(rows)
        and _shape(heading) not in shapes
        and not heading_words.words(heading) & cell_words
    )


def _shape(text: str) -> str:
    """Return what a text looks like: `Jo Bloggs` -> `Aa Aa`, `buyer_name` -> `a_a`, `4.60` -> `0.0`."""
    text = re.sub(r"[^\W\d_]", lambda letter: "A" if letter[0].isupper() else "a", text.strip())
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[0-9]", "0", text))
