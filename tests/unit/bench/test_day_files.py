"""The rivals' reading of day files, and the independent count that all contestants are checked against."""

from decimal import Decimal
from pathlib import Path

import pytest

from bench import day_files
from bench.plan import Plan
from bench.rivals.day_files import Item, items, rows
from bench.rivals.race import Loaded, stated_by


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Return two files of three sales and six items."""
    first = (
        '14/03/2022 08:00,Leeds,Jo,"Large Latte - 2.45, Regular Cold brew - Maple - 3.50",5.95,CARD,1\n'
        "14/03/2022 08:01,Leeds,Al,Regular Tea - 1.05,1.05,CASH,\n"
    )
    second = (
        '14/03/2022 09:00,York,Jo,"Large Latte - 2.45, Large Latte - 2.45, Regular Tea - 1.05",5.95,CASH,\n'
    )
    files = [tmp_path / f"{number}.csv" for number in (1, 2)]
    for file, text in zip(files, (first, second), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def test_the_count_has_sales_items_and_total(paths: list[Path]) -> None:
    assert stated_by(paths) == Loaded(3, 6, Decimal("12.95"))


def test_a_basket_is_split_into_items_with_and_without_a_flavour() -> None:
    assert list(items("Large Latte - 2.45, Regular Cold brew - Maple - 3.50")) == [
        Item("Large Latte", None, "2.45"),
        Item("Regular Cold brew", "Maple", "3.50"),
    ]


def test_rivals_read_what_the_count_counts() -> None:
    """In the files of the bench, the prices of a sale's items add up to its total."""
    with day_files.written(Plan(stores=2, days=2, sales=40)) as written:
        read = [(Decimal(row[4]), list(items(row[3]))) for row in rows(written)]
        stated = stated_by(written)

    assert len(read) == stated.sales > 100
    assert sum(len(each) for _, each in read) == stated.items
    assert sum(total for total, _ in read) == stated.total
    assert all(total == sum(Decimal(item.price) for item in each) for total, each in read)
