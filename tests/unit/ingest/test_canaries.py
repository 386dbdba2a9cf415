"""A made-up name and card in every column of every layout: nothing that leaves `ingest` has them."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support import dialects
from tests.support.dialects import Sale
from tests.support.layouts import INFERRED, KNOWN, LAYOUTS, key_of
from tests.support.staged_parts import Staged, stage

NAME, CARD = "Quentin Canarybird", "4111111111111111"
CANARY = re.compile(r"quentin|canarybird|4111\W?1111|11111111|4\.1111\d+e", re.IGNORECASE)
STORE = "Leeds"
LAYOUTS_WITH_ORDER = [layout for layout in LAYOUTS if layout not in {"nameless", "all_unknown"}]
"""Elsewhere there is no column of customers, or no heading says which column is theirs."""


def sold(count: int) -> list[Sale]:
    """Return sales of one store to different customers, who all have the name and the card."""
    seed = next(seed for seed in range(1000) if len(dialects.day(seed)) >= count)
    return [
        replace(sale, store=STORE, customer=f"{NAME} {chr(65 + place)}", card=CARD if sale.card else "")
        for place, sale in enumerate(dialects.day(seed)[:count])
    ]


def swapped(sales: list[Sale]) -> list[Sale]:
    """Return the sales with store and customer in each other's place."""
    return [replace(sale, store=sale.customer, customer=sale.store) for sale in sales]


def has_canary(staged: Staged) -> bool:
    """Tell whether a part, or the request, which notice, log and ledger are made of, has the name or the card."""
    return bool(CANARY.search(f"{staged.text} {staged.request.to_json()}"))


def with_cards(layout: str, sales: list[Sale]) -> Iterator[bytes]:
    """Yield files of sales, in each of which another cell of the third line is a card, or ends in one."""
    encoding = "cp1252" if layout == "windows" else "utf-8"
    lines = LAYOUTS[layout](sales).decode(encoding).split("\n")
    cells = lines[2].split(",")
    for place in range(len(cells)):
        line = ",".join([*cells[:place], f"{'x ' * (place % 2)}{CARD}", *cells[place + 1 :]])
        yield "\n".join([*lines[:2], line, *lines[3:]]).encode(encoding)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_names_and_cards_in_their_columns_are_nowhere(layout: str) -> None:
    sales = sold(6)
    staged = stage(LAYOUTS[layout](sales), object_key=key_of(layout, sales))

    assert (staged.reason, len(staged.sales)) == ("", 6)
    assert not has_canary(staged)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_card_in_any_column_is_nowhere(layout: str) -> None:
    sales = [replace(sale, customer=f"Ann Lee {place}") for place, sale in enumerate(sold(6))]
    for content in with_cards(layout, sales):
        assert not has_canary(stage(content, object_key=key_of(layout, sales))), content


@pytest.mark.parametrize("layout", LAYOUTS_WITH_ORDER)
def test_a_file_whose_stores_and_customers_changed_places_is_refused(layout: str) -> None:
    """Whatever its name, and if that names the store, however small it is."""
    many = sold(24)
    for sales, key in (
        (many, key_of(layout, many)),
        (many, "sales.csv"),
        (sold(3), f"{STORE}_01-02-2021.csv"),
    ):
        staged = stage(LAYOUTS[layout](swapped(sales)), object_key=key)

        assert (staged.reason in {"swapped", "unknown_header"}, staged.sales) == (True, []), key
        assert not has_canary(staged)


def test_only_the_files_name_says_which_column_below_unknown_headings_is_the_store() -> None:
    sales = sold(24)
    content = LAYOUTS["all_unknown"](swapped(sales))
    by_name, without_name = stage(content, object_key=f"{STORE}.csv"), stage(content, object_key="sales.csv")

    assert (len(by_name.sales), has_canary(by_name)) == (24, False)
    # Of a column of one value and another one of many, the first is the store.
    assert not has_canary(without_name)


@pytest.mark.parametrize("layout", [*KNOWN, *INFERRED, "set_off", "long_headings"])
def test_a_header_of_a_name_is_not_told(layout: str) -> None:
    """In place of each heading in turn: the file is read without it, or refused."""
    sales = sold(6)
    header, *rows = LAYOUTS[layout](sales).split(b"\n")
    cells = header.split(b",")
    for place in range(len(cells)):
        line = b",".join([*cells[:place], f"{NAME} {CARD}".encode(), *cells[place + 1 :]])
        assert not has_canary(stage(b"\n".join([line, *rows]), object_key=key_of(layout, sales)))
