"""Baskets that the tests write are split into the same items again."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.reading.baskets import split
from chalicelib.reading.sales import Sales

WORDS = st.text("abcdefghijklmnopqrstuvwxyzÉßø'&\"/", min_size=1, max_size=9)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
PRICES = st.integers(0, 9999)


@st.composite
def items(draw: st.DrawFn) -> tuple[str, str, str, Decimal, str]:
    """Draw an item: size, product, flavour, price, and how a store writes it."""
    size = draw(st.sampled_from(["Regular", "Large", ""]))
    product, flavour = draw(NAMES), draw(NAMES | st.just(""))
    price = Decimal(draw(PRICES)) / 100
    written = draw(st.sampled_from([f"{price:.2f}", f"{price.normalize():f}"]))
    return (
        size,
        product,
        flavour,
        price,
        " - ".join(filter(None, [f"{size} {product}".strip(), flavour, written])),
    )


def sales(baskets: list[str], totals: list[int]) -> Sales:
    """Return sales with the columns that `split` reads."""
    lines = list(range(1, len(baskets) + 1))
    return Sales({"line_number": lines, "basket": baskets, "total_price": totals})


@settings(max_examples=200, deadline=None, database=None)
@given(
    baskets=st.lists(st.lists(items(), min_size=1, max_size=12), min_size=1, max_size=6),
    wrong=st.integers(0, 5),
)
def test_baskets_come_back_as_they_were_written(
    baskets: list[list[tuple[str, str, str, Decimal, str]]], wrong: int
) -> None:
    """Each item comes back in its place, unless the total of its sale is a penny off: that sale is rejected."""
    totals = [int(sum(item[3] for item in basket) * 100) for basket in baskets]
    spoiled = [total + (place == wrong) for place, total in enumerate(totals)]

    result = split(sales([", ".join(item[4] for item in basket) for basket in baskets], spoiled))

    expected = [
        (line, number, size, product, flavour, int(price * 100))
        for line, basket in enumerate(baskets, 1)
        for number, (size, product, flavour, price, _) in enumerate(basket, 1)
        if line != wrong + 1
    ]
    items = [
        (line, number, item.size, item.product_name, item.flavour_name, item.unit_price)
        for line, number, code in zip(
            result.lines_of_items, result.numbers_of_items, result.codes.tolist(), strict=True
        )
        for item in [result.catalogue[code]]
    ]
    assert items == expected
    assert list(result.faults) == [wrong + 1] * (wrong < len(baskets))


def test_spaces_do_not_matter_and_case_does() -> None:
    """`Hot Chocolate` and `Hot chocolate` are two products on two menus."""
    baskets = split(sales([" Large  Hot  Chocolate - 2 ,Hot chocolate  -  1.5"], [350]))

    names = [(item.size, item.product_name, item.unit_price) for item in baskets.catalogue]
    assert (names, baskets.faults) == ([("Large", "Hot Chocolate", 200), ("", "Hot chocolate", 150)], {})


def test_no_sales_have_no_items() -> None:
    """A chunk may hold rejected rows alone."""
    baskets = split(sales([], []))

    assert (list(baskets.codes), baskets.faults) == ([], {})
