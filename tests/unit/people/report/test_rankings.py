"""Rankings of products and flavours."""

from decimal import Decimal

from chalicelib.people.report.rankings import Rank, flavours, products
from chalicelib.people.report.rows import ProductRow

ROWS = [
    ProductRow("Latte", "Large", "Maple", 1, Decimal("3.00")),
    ProductRow("Latte", "Large", "", 2, Decimal("5.00")),
    ProductRow("Latte", "", "Maple", 3, Decimal("8.00")),
    ProductRow("Chai", "Large", "Vanilla", 4, Decimal("7.00")),
]


def test_a_product_in_a_size_is_one_whatever_its_flavours() -> None:
    """Of equal revenues the names decide."""
    assert products(ROWS) == [
        Rank("Latte", 3, Decimal("8.00")),
        Rank("Large Latte", 3, Decimal("8.00")),
        Rank("Large Chai", 4, Decimal("7.00")),
    ]


def test_a_flavour_is_one_whatever_its_product() -> None:
    """Of equal numbers of items the names decide; items without a flavour do not count."""
    assert flavours(ROWS) == [Rank("Maple", 4, Decimal("11.00")), Rank("Vanilla", 4, Decimal("7.00"))]
