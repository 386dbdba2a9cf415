"""The rows and items of well-formed day files, as a rival reads them: without a single check."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Item(NamedTuple):
    """An item of a basket. The size is part of the product; no flavour is None."""

    product: str
    flavour: str | None
    price: str


def rows(paths: Sequence[Path]) -> Iterator[list[str]]:
    """Yield the rows of files: time, store, customer, basket, total, payment and card."""
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            yield from csv.reader(file)


def items(basket: str) -> Iterator[Item]:
    """Yield the items of a basket."""
    # "Large Cold brew - Maple - 3.50, Regular Cortado - 2.35" -> two items, the second without a flavour
    for text in basket.split(", "):
        product, *flavour, price = text.split(" - ")
        yield Item(product, flavour[0] if flavour else None, price)
