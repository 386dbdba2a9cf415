"""Exports of tills that are no lists of sales with their items, known by the words of their headings. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading import heading_words
from chalicelib.reading.cell_tables import LETTER

LIST_OR_PRICE: Final = re.compile(r"[,;|\n]|[0-9][.,][0-9]")
"""Stands in a cell with several items, or with their prices."""

PRICE: Final = re.compile(r"[0-9][.,][0-9]")
TIME: Final = re.compile(r"[0-9]:[0-9]|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}")
"""A list of sales says when each was."""


def till_refusal(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> SourceFileError | None:
    """Return why a till's list is refused whose rows are single items, or lack the items; None if it is no such list.

    The caller has found no basket in the rows.
    """
    words_of = list(map(heading_words.words, headings))
    words = frozenset[str]().union(*words_of)
    if not words & heading_words.SALE:
        return None
    item_places = [place for place, of_heading in enumerate(words_of) if of_heading & heading_words.ITEM]
    cells = [row[place] for row in rows for place in item_places if place < len(row)]
    items = list(filter(LETTER.search, cells))
    if words & heading_words.QUANTITY or (items and not any(map(LIST_OR_PRICE.search, items))):
        return row_per_item()
    # Text with prices may be baskets in a way of writing that nobody knows: then the headings are to blame.
    texts = [cell for row in rows for cell in row]
    has_baskets = any(LETTER.search(text) and PRICE.search(text) for text in texts)
    if has_baskets or not any(map(TIME.search, texts)):
        return None
    return SourceFileError(
        "without_items",
        "This file has a row for each sale or payment, but lacks the items and their prices.",
    )


def row_per_item() -> SourceFileError:
    """Return the refusal of a file whose rows are single items."""
    return SourceFileError(
        "row_per_item",
        "This file has a row for each item sold; this warehouse takes a row for each sale.",
    )
