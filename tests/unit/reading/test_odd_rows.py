"""An odd row costs itself alone, wherever it stands, in any layout."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import dialects
from tests.support.dialects import DIALECTS, Sale
from tests.support.staged_parts import Staged, stage_each_way

SALES = dialects.day(7)[:5]
ODD_ROWS = {
    "stray comma between items": "{at},Leeds,Jo Bloggs,Latte - 2.15, Tea - 1.45,3.60,CARD,",
    "comma in a name": '{at},Leeds,Moss, Ivy,"Latte - 2.15, Tea - 1.45",3.60,CASH,',
    "comma in a total": "{at},Leeds,Jo Bloggs,Cake - 1003.90,1,003.90,CARD,",
    "no store": '{at},Ivy Moss,"Latte - 2.15, Tea - 1.45",3.60,CARD,1234',
    "open quote before a name": '{at},Leeds,"Ivy Moss,Tea - 1.45,1.45,CASH,',
    "open quote before items": '{at},Leeds,Jo Bloggs,"Latte - 2.15, Tea - 1.45,3.60,CARD,',
    "refund of heading words": "{at},Cafe,Guest,Tea - 1.45,-1.45,Card,",
    "refund of heading words without a date": ",Cafe,Guest,Items,-1.45,Card,",
    "total of the day": "Total,,,,104.60,,",
    "cheque": "{at},Leeds,Jo Bloggs,Tea - 1.45,1.45,IOU,",
    "columns cut off": "{at},Leeds,Jo Bloggs",
    "headings of a summary": "Payment type,Items,Total",
    "heading words": "Cafe,Guest,Card",
    "more heading words": "Guest,Cafe,Date,Card,Items,Amount,",
    "rule of dashes": "-----,-----,-----,-----,-----,-----,-----",
    "rule of equals signs": "=====,=====,=====,=====,=====,=====,=====",
    "title": "Sales of the day",
    "title of three cells": "Leeds,Sales of the day,Till 1",
    "day in words": '"25 March 2021"',
    "words": "Closed early,snow,see the book,no cake left",
    "numbers": "1,2,3,4,5,6,7",
}
TABLES = {
    "payments": ["Payment type,Items,Total", "CARD,2,4.60", "CASH,1,2.15"],
    "stores": ["Store,Customers,Total", "Leeds,5,22.60"],
    "days": ["Date,Store,Items,Total,Payment", "25/08/2021,Leeds,34,104.60,CARD"],
    "titles": ["Leeds Coffee Ltd", "Sales", '"25 March 2021"'],
}


def figures(staged: Staged) -> list[list[str]]:
    """Return the sales without their lines."""
    return [row[1:-3] for row in staged.sales]


def rows_of(content: bytes) -> list[bytes]:
    """Return the rows of a file with their line ends; a row may take several lines."""
    rows: list[bytes] = []
    for line in content.splitlines(keepends=True):
        if rows and rows[-1].count(b'"') % 2:
            rows[-1] += line
        else:
            rows.append(line)
    return rows


def assert_costs_itself(sales: list[Sale], dialect: str, lines: list[str], place: int) -> None:
    """Assert that lines put before the row at a place are rejected, and that all sales are read as without them."""
    key = sales[0].at.strftime("sales_%d-%m-%Y.csv")
    content = DIALECTS[dialect](sales)
    whole = rows_of(content)
    place %= len(whole) + 1
    mark = content[:3] if place == 0 and content.startswith(b"\xef\xbb\xbf") else b""
    odd = "".join(f"{line.format(at='2021-08-25 09:00')}\r\n" for line in lines).encode()
    staged = stage_each_way(
        mark + b"".join([*whole[:place], odd, *whole[place:]]).removeprefix(mark), object_key=key
    )

    assert staged.reason == ""
    assert figures(staged) == figures(stage_each_way(content, object_key=key))
    rejected = list(staged.reasons)
    # The headings of a table may be those of sales: then they are a header, above rows that are rejected.
    first_line = 1 + len(b"".join(whole[:place]).splitlines())
    first, *rest = range(first_line, first_line + len(lines))
    assert rejected in ([first, *rest], rest or [first])


@pytest.mark.parametrize("odd", ODD_ROWS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_odd_first_row_costs_itself(dialect: str, odd: str) -> None:
    assert_costs_itself(SALES, dialect, [ODD_ROWS[odd]], place=0)


@settings(max_examples=200, deadline=None, database=None)
@given(
    seed=st.integers(0, 10**6),
    dialect=st.sampled_from(list(DIALECTS)),
    odd=st.sampled_from(list(ODD_ROWS)),
    place=st.integers(0, 40),
)
def test_an_odd_row_costs_itself_at_any_place(seed: int, dialect: str, odd: str, place: int) -> None:
    assert_costs_itself(dialects.day(seed), dialect, [ODD_ROWS[odd]], place)


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_small_table_costs_itself_above_among_and_below_the_sales(
    dialect: str, table: str, place: int
) -> None:
    assert_costs_itself(SALES, dialect, TABLES[table], place)
