"""Ranges of values by which a load reads only the blocks of a table that it needs."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import adapt

from chalicelib.warehouse.ranges import MOST, Within, merged

RANGES = st.lists(st.tuples(st.integers(-99, 99), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair))))


@given(ranges=RANGES, most=st.integers(1, MOST))
def test_a_few_ranges_contain_all(ranges: list[tuple[int, int]], most: int) -> None:
    """They come in order, do not touch, and there are as few as asked for."""
    result = merged(ranges, most)

    assert len(result) <= most
    assert all(any(low <= first and last <= high for low, high in result) for first, last in ranges)
    assert all(before[1] < after[0] - 1 for before, after in itertools.pairwise(result))


def test_the_smallest_gaps_are_closed() -> None:
    assert merged([(1, 2), (2, 5), (7, 8), (900, 900)], 2) == [(1, 8), (900, 900)]


def test_one_far_range_widens_no_other() -> None:
    """A file that shares a day with the very first file reads two short ranges."""
    assert merged([(1, 1), *((number, number) for number in range(900, 990))]) == [(1, 1), (900, 989)]


def test_a_condition_has_its_values_and_is_false_without_any() -> None:
    """The driver puts it into a statement like any other parameter."""
    condition = adapt(Within("sales.day", [(1, 2), (5, 5)])).getquoted().decode()

    assert condition == "(sales.day >= 1 and sales.day <= 2 or sales.day >= 5 and sales.day <= 5)"
    assert adapt(Within("sales.day", [])).getquoted() == b"(1 = 0)"
