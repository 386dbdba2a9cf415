"""Baskets that some tills write in a way of their own."""

from decimal import Decimal

import pytest

from chalicelib.reading import counted_baskets
from chalicelib.reading.basket_texts import in_base_format
from chalicelib.reading.item_counts import BAD_COUNT
from tests.support.staged_parts import Staged, stage_each_way

ROW = '25/08/2021 09:00,Leeds,Jo Bloggs,"{}",{},CARD,5494000000000000\n'


def staged(basket: str, total: str) -> Staged:
    """Stage a file of a plain sale and one with this basket."""
    quoted = basket.replace('"', '""')
    return stage_each_way((ROW.format("Tea - 1.20", "1.20") + ROW.format(quoted, total)).encode())


def items(basket: str, total: str) -> list[tuple[str, ...]]:
    """Return size, product, flavour and price of each item of a basket; none if it is rejected."""
    rows = (row[1:] for row in staged(basket, total).items if row[0] != "1")
    return [(size, product, flavour, price) for _number, product, size, flavour, price in rows]


LATTES = [("Regular", "Latte", "", "2.15"), ("Large", "Latte", "Mint", "2.45")]


@pytest.mark.parametrize(
    "basket",
    [
        "Regular Latte - 2.15; Large Latte - Mint - 2.45",
        "Regular Latte - 2.15;Large Latte - Mint - 2.45;",
        "Regular Latte - 2.15 | Large Latte - Mint - 2.45",
        "Regular Latte - 2.15\nLarge Latte - Mint - 2.45\n",
        "Regular Latte - 2.15,\r\nLarge Latte - Mint - 2.45",
        "Regular Latte \N{EN DASH} 2.15, Large Latte \N{EN DASH} Mint \N{EN DASH} 2.45",
        "Regular Latte\N{EM DASH}2.15, Large Latte \N{EM DASH} Mint\N{EM DASH}2.45",
        "[Regular Latte - 2.15, Large Latte - Mint - 2.45]",
        "['Regular Latte - 2.15', 'Large Latte - Mint - 2.45']",
        '["Regular Latte - 2.15", "Large Latte - Mint - 2.45"]',
        "('Regular Latte - 2.15', \"Large Latte - Mint - 2.45\")",
        "'Regular Latte - 2.15'; 'Large Latte - Mint - 2.45'",
        "\u201cRegular Latte - 2.15\u201d, \u201cLarge Latte - Mint - 2.45\u201d",
        "['Regular Latte \N{EN DASH} £2.15'; 'LARGE Latte - Mint - GBP 2.45']",
        "Regular,Latte,2.15;Large,Latte - Mint,2.45",
        "['Regular', 'Latte', '2.15', 'Large', 'Latte - Mint', '2.45']",
        "regular Latte - 2.1500000000000001, large Latte - Mint - 2.4500000000000002",
    ],
)
def test_items_may_be_set_off_in_many_ways(basket: str) -> None:
    assert items(basket, "4.60") == LATTES


@pytest.mark.parametrize(
    "basket",
    [
        "Half\N{EN DASH}fat Milk - 1.20",
        "Latte - \N{EN DASH}Mint\N{EN DASH} - 1.20",
        "Tea (green; loose) - 1.20",
        "'Builder''s' Tea - 1.20",
        "[New] Tea - 1.20",
        "7 Seeds Loaf - 1.20",
        "2xl Mug - 1.20",
        "2XL Mug - 1.20",
        "7 Large Eggs - 1.20",
        "2 Larger Buns - 1.20",
        "(7) Buns - 1.20",
        "V60 x Chemex - 1.20",
    ],
)
def test_a_name_that_can_be_read_stays_as_it_is(basket: str) -> None:
    """Only a basket that cannot be read, or whose items do not add up, is read in other ways."""
    [(size, product, flavour, price)] = items(basket, "1.20")

    assert (size, price) == ("", "1.20")
    assert " - ".join(filter(None, [product, flavour])) == basket.removesuffix(" - 1.20")


def test_a_basket_in_the_base_format_is_not_changed() -> None:
    for basket in ("Large Latte - 2.45,  Tea - Mint - £1.20", "Large,Latte,2.45,,Tea,1.2", "", " Tea - 1 "):
        assert in_base_format(basket) == basket


@pytest.mark.parametrize(
    ("basket", "total", "expected"),
    [
        ("2x Regular Latte - 4.30, 1 x Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("2x Regular Latte - 2.15, 1 x Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("2 x Regular Latte - 4.30; Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("Regular Latte x2 - 4.30, Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("Regular Latte (2x) - 2.15, Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("Large,3x Latte,7.35", "7.35", ["2.45", "2.45", "2.45"]),
        ("2\N{MULTIPLICATION SIGN}Large Latte - 4.90", "4.90", ["2.45", "2.45"]),
        ("3x Large Latte - 0.00", "0.00", ["0.00", "0.00", "0.00"]),
        ("2xRegular Latte - 4.30, 1xlarge Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("2 Regular Latte - 2.15, 1 Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("(2) Regular Latte - 4.30, (1x) Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
        ("x2 Regular Latte - 4.30, x1 Large Latte - 2.45", "6.75", ["2.15", "2.15", "2.45"]),
    ],
)
def test_an_item_stands_as_often_as_its_count_says(basket: str, total: str, expected: list[str]) -> None:
    """The total shows whether the prices are for one item or for all."""
    result = items(basket, total)

    assert [price for *_, price in result] == expected
    assert {product for _, product, _, _ in result} == {"Latte"}
    assert all(size for size, *_ in result)


@pytest.mark.parametrize(
    ("basket", "total"),
    [
        ("2x Large Latte - 4.91", "4.91"),  # no whole pence for each
        ("2x Large Latte - 4.90", "4.91"),
        ("2x Latte - 4.90, 2x Tea - 1.20", "7.30"),  # one price for all, the other for each
        ("0x Large Latte - 0.00", "0.00"),
        ("1001x Large Latte - 0.00", "0.00"),
        ("600x Tea - 0.00, 600x Latte - 0.00", "0.00"),
        ("2x =SUM(A1) - 4.90", "4.90"),
        ("2xLatte - 4.91", "4.91"),
    ],
)
def test_counts_that_do_not_fit_the_total_have_a_sentence_of_their_own(basket: str, total: str) -> None:
    result = staged(basket, total)

    assert [row[1:] for row in result.rejections] == [["basket", "total_mismatch", BAD_COUNT.sentence]]


def test_a_product_whose_name_ends_like_a_count_stays_one_if_its_price_cannot_be_divided() -> None:
    assert items("Cookies x3 - 2.50", "2.50") == [("", "Cookies x3", "", "2.50")]


def test_a_basket_that_cannot_be_read_in_any_way_keeps_its_fault() -> None:
    """If all its items can be read in one way, the sentence has their sum."""
    cases = {
        "Large Latte; Tea 1.20": "An item has no price, or its price is not an amount in pounds such as 2.45.",
        "Large Latte - 2.45; Tea - 1.20": "The total is 9.99, but the items add up to 3.65.",
        "Large Latte - -2.45": "An item's price is negative: refunds and discounts are not loaded.",
    }
    for basket, sentence in cases.items():
        [rejection] = staged(basket, "9.99").rejections

        assert rejection[-1] == sentence


@pytest.mark.parametrize("most_items", [1, 3, 7])
def test_many_counts_are_read_in_portions_that_give_the_same_sales(
    most_items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a small file with large counts takes no more memory than a large file."""
    rows = [ROW.format(f"{count}x Tea - 1.20, Latte - 2", f"{count * 1.2 + 2:.2f}") for count in range(1, 12)]
    content = "".join([*rows, ROW.format("Tea - 1", "9"), ROW.format("2x Tea - 1", "9"), *rows]).encode()
    whole = stage_each_way(content)
    monkeypatch.setattr(counted_baskets, "MOST_ITEMS", most_items)

    portions = stage_each_way(content)

    assert (portions.sales, portions.items, portions.rejections) == (
        whole.sales,
        whole.items,
        whole.rejections,
    )
    assert (portions.archive, portions.request) == (whole.archive, whole.request)
    assert whole.reasons == {12: "total_mismatch", 13: "total_mismatch"}
    assert (
        whole.prices() == whole.request.total == 2 * sum(Decimal("1.2") * count + 2 for count in range(1, 12))
    )
