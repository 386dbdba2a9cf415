"""A random day gives the same sales in every format of the stores; the tests know them, as they wrote the files."""

import os
from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.support import dialects
from tests.support.dialects import DIALECTS, IN_UTF_16, KEEP_SECONDS, SEPARATORS, Sale, hashed
from tests.support.staged_parts import KEY, Staged, stage, stage_each_way

SEEDS = range(int(os.environ.get("CAFE_SOAK_DAYS") or 12))

SEPARATOR_WORDS = {";": "semicolons", "\t": "tabs", "|": "bars"}

Figures = list[tuple[object, ...]]


def expected_figures(sales: Sequence[Sale], *, with_seconds: bool) -> Figures:
    """Return the figures of the sales that were written."""
    return [
        (
            (sale.at if with_seconds else sale.at.replace(second=0)).isoformat(" "),
            sale.store,
            hashed(sale.store, sale.customer, KEY),
            sale.payment,
            sale.total,
            tuple((item.product, item.size, item.flavour, item.price) for item in sale.items),
        )
        for sale in sales
    ]


def staged_figures(staged: Staged) -> Figures:
    """Return the same figures of the sales that are staged, with items in their order in the basket."""
    items: dict[str, list[tuple[str, str, str, Decimal]]] = {}
    for line, _number, product, size, flavour, price in staged.items:
        items.setdefault(line, []).append((product, size, flavour, Decimal(price)))
    return [
        (at, store, customer, payment, Decimal(total), tuple(items[line]))
        for line, at, store, customer, payment, total, *_keys in staged.sales
    ]


def staged_as(dialect: str, sales: list[Sale]) -> Staged:
    """Stage a day under a file name that has its date."""
    write = (DIALECTS | IN_UTF_16)[dialect]
    return stage_each_way(write(sales), object_key=f"store_{sales[0].at:%d-%m-%Y_%H-%M-%S}.csv")


@pytest.mark.parametrize("dialect", DIALECTS | IN_UTF_16)
def test_a_random_day_gives_the_same_sales_in_every_format(dialect: str) -> None:
    """Times, stores, customers, totals and items are the same, and sale keys are those of the base format."""
    for seed in SEEDS:
        sales = dialects.day(seed)
        staged = staged_as(dialect, sales)

        assert (staged.reason, staged.rejections) == ("", []), seed
        assert staged_figures(staged) == expected_figures(sales, with_seconds=False), seed
        assert staged.keys == staged_as("base", sales).keys, seed
        assert staged.prices() == sum(sale.total for sale in sales), seed


@pytest.mark.parametrize("dialect", DIALECTS)
def test_some_formats_lose_seconds_and_nothing_else(dialect: str) -> None:
    """Sale keys agree among the formats that keep seconds, and among those that lose them."""
    for seed in SEEDS[:4]:
        sales = dialects.day(seed, with_seconds=True)
        staged = staged_as(dialect, sales)
        alike = "day_and_time" if dialect in KEEP_SECONDS else "base"

        assert staged_figures(staged) == expected_figures(sales, with_seconds=dialect in KEEP_SECONDS), seed
        assert staged.keys == staged_as(alike, sales).keys, seed


@pytest.mark.parametrize("dialect", sorted(DIALECTS.keys() - {"month_first"}))
def test_a_file_of_any_name_gives_the_same_sales(dialect: str) -> None:
    """Where neither rows nor file name show the order of dates, the day comes first."""
    for seed in SEEDS[:4]:
        sales = dialects.day(seed)
        staged = stage_each_way(DIALECTS[dialect](sales), object_key="export (1).csv")

        assert staged_figures(staged) == expected_figures(sales, with_seconds=False), seed


@pytest.mark.parametrize("dialect", sorted(DIALECTS.keys() - SEPARATORS.keys() - {"windows", "month_first"}))
def test_any_format_may_have_another_separator_and_another_encoding(dialect: str) -> None:
    """The parts are those of the file with commas in UTF-8, but for the sentence on how it was read."""
    for seed, (separator, words) in enumerate(SEPARATOR_WORDS.items()):
        content = DIALECTS[dialect](dialects.day(seed)).removeprefix(b"\xef\xbb\xbf")
        written = dialects.separated(content, separator)
        plain, staged = stage(content), stage_each_way(written)
        wide = stage(("\ufeff" + written.decode()).encode("utf-16-le"))

        assert staged.texts == wide.texts == plain.texts, seed
        assert f"columns separated by {words}" in staged.request.reading
        assert "UTF-16" in wide.request.reading
