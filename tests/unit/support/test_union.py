"""The union of what files state: equal rows of two files are one sale, two rows of one file are two."""

from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest

from tests.support.overlapping_files import (
    ANN,
    BOB,
    BOB_AGAIN,
    CAT,
    CONTENTS,
    DAN,
    EVE,
    GUS,
    GUS_AGAIN,
    nameless,
)
from tests.support.reference_tables import split
from tests.support.stated_sales import Sale, numbered
from tests.support.union import union

[NOBODY] = nameless(CAT)
"""Cat's tea, without her name."""


def counted(*sales: Sale) -> Counter[tuple[object, ...]]:
    """Return what a union of one file is that states these sales."""
    return Counter((*sale.visit, sale.customer_key) for sale in sales)


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ([], []),
        ([[ANN, BOB], [BOB, CAT]], [ANN, BOB, CAT]),
        ([[CAT, CAT]], [CAT, CAT]),
        ([[CAT, CAT], [CAT, CAT, CAT]], [CAT, CAT, CAT]),
        ([[BOB], [BOB_AGAIN]], [BOB]),
        ([[GUS], [GUS_AGAIN]], [GUS]),
        ([[CAT], [EVE]], [CAT, EVE]),
        ([[CAT], [NOBODY]], [CAT]),
        ([[CAT], [NOBODY, NOBODY]], [CAT, NOBODY]),
        ([[CAT, EVE], [NOBODY]], [CAT, EVE]),
        ([[CAT, EVE], [NOBODY] * 3], [CAT, EVE, NOBODY]),
        ([[CAT, NOBODY], [EVE, NOBODY]], [CAT, EVE]),
        ([[CAT, NOBODY, NOBODY], [EVE]], [CAT, EVE, NOBODY]),
        ([[NOBODY], [NOBODY] * 2], [NOBODY] * 2),
        ([[CAT] * 2, [EVE] * 2, [NOBODY] * 5], [CAT, CAT, EVE, EVE, NOBODY]),
        ([[ANN, BOB, CAT, CAT, DAN], nameless(ANN, BOB, CAT, CAT, DAN)], [ANN, BOB, CAT, CAT, DAN]),
    ],
)
def test_each_sale_counts_once_in_any_order_of_the_files(
    contents: list[list[Sale]], expected: list[Sale]
) -> None:
    for files in permutations(contents):
        assert union(files) == counted(*expected)


def test_another_payment_total_or_store_is_another_sale() -> None:
    others = replace(CAT, payment="CASH"), replace(CAT, store="York"), replace(CAT, items=CAT.items * 2)

    assert union([[CAT], *([other] for other in others)]) == counted(CAT, *others)


def test_the_rows_that_count_are_those_of_the_union_and_all_others_are_kept_aside() -> None:
    contents = [[sale for _, sale in content.sales] for content in CONTENTS.values()]
    files = {number: numbered(sales) for number, sales in enumerate(contents, 1)}

    first, others = split(files)

    assert counted(*(sale for _, _, sale in first)) == union(contents)
    rows = [(number, line, sale) for number, lines in files.items() for line, sale in lines]
    assert Counter([*first, *others]) == Counter(rows)


def test_of_equal_rows_the_newest_file_s_counts() -> None:
    first, others = split({3: numbered([CAT, ANN]), 5: numbered([BOB, CAT]), 4: numbered([CAT, CAT])})

    assert sorted(first) == [(3, 2, ANN), (4, 2, CAT), (5, 1, BOB), (5, 2, CAT)]
    assert sorted(others) == [(3, 1, CAT), (4, 1, CAT)]
