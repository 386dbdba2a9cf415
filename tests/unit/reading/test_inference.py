"""Headings that are not known: their values say what they are, and a name is never taken for a store."""

import random

import pytest

from chalicelib.reading import file_names
from tests.support import dialects
from tests.support.staged_parts import Staged, stage, stage_each_way

COLUMNS = ("date", "location", "customer_name", "products", "total", "payment_type", "card_number")
SALES = [sale for sale in dialects.day(11) if sale.customer.replace(" ", "").isalpha()]
CANARY = "Zebediah Quartzmane"
ROWS = [
    ["25/08/2021 09:00", "Leeds", "Jo Bloggs", "Large Latte - 2.45, Tea - 1.60", "4.05", "CARD", ""],
    ["25/08/2021 09:05", "Leeds", "Ann Lee", "Tea - 1.60", "1.60", "CASH", ""],
]


def written(header: list[str], rows: list[list[str]]) -> bytes:
    """Return a file of rows below a header."""
    return dialects.text([header, *rows]).encode()


def figures(staged: Staged) -> list[list[str]]:
    """Return the sales without their lines; the file is not refused, and no row is rejected."""
    assert (staged.reason, staged.rejections) == ("", [])
    return [row[1:] for row in staged.sales]


@pytest.mark.parametrize("heading", ["x", "Field 7", "zzz_column"])
@pytest.mark.parametrize("column", COLUMNS)
def test_the_values_say_what_one_unknown_heading_is(column: str, heading: str) -> None:
    header = [heading if known == column else known for known in COLUMNS]
    rows = [dialects.base_row(sale) for sale in SALES]
    staged = stage_each_way(written(header, rows))

    assert figures(staged) == figures(stage(written(list(COLUMNS), rows)))
    assert ("(inferred)" in staged.request.reading) == (column != "card_number")


def test_the_values_say_what_all_headings_are_if_the_name_says_the_store() -> None:
    """Whatever the order of the columns."""
    rows = [dialects.base_row(sale) for sale in SALES]
    store = "_".join(SALES[0].store.split())
    for seed in range(20):
        order = list(range(len(COLUMNS)))
        random.Random(seed).shuffle(order)  # noqa: S311 - it hides nothing
        header = [f"field {'abcdefg'[place]}" for place in order]
        shuffled = [[row[place] for place in order] for row in rows]
        staged = stage(written(header, shuffled), object_key=f"{store}_export.csv")

        assert figures(staged) == figures(stage(written(list(COLUMNS), rows)))


def test_day_and_time_and_the_right_total_are_inferred() -> None:
    """Of several amounts the total is the one that is the sum of the items."""
    header = ["ref", "day of sale", "clock", "location", "customer_name", "lines", "tip", "due", "means"]
    rows = [
        [
            "1001",
            "25/08/2021",
            "09:00",
            "Leeds",
            "Jo Bloggs",
            "Large Latte - 2.45, Tea - 1.60",
            "1.00",
            "4.05",
            "CARD",
        ],
        ["1002", "25/08/2021", "09:05", "Leeds", "Ann Lee", "Tea - 1.60", "0.00", "1.60", "CASH"],
    ]

    assert figures(stage_each_way(written(header, rows))) == figures(stage(written(list(COLUMNS), ROWS)))


@pytest.mark.parametrize(
    ("header", "rows", "key"),
    [
        # Both columns have one value, and the name says neither.
        (["date", "x", "y", *COLUMNS[3:]], [["Leeds", CANARY]], "sales.csv"),
        (["date", "branch_x", "y", *COLUMNS[3:]], [["Leeds", CANARY]], "sales.csv"),
        (["date", "x", "y", *COLUMNS[3:]], [["Leeds", CANARY], ["York", CANARY]], "sales.csv"),
        (["date", "x", "y", *COLUMNS[3:]], [[CANARY, "Leeds"], [CANARY, "York"]], "leeds_25-08-2021.csv"),
        (["date", "branch_x", "y", *COLUMNS[3:]], [[CANARY, "Leeds"], [CANARY, "Leeds"]], "sales.csv"),
        (["date", "staff", "customer_name", *COLUMNS[3:]], [[CANARY, "Jo"], [CANARY, "Ann"]], "sales.csv"),
        (["date", "x", "customer_name", *COLUMNS[3:]], [[CANARY, "Jo"], ["Ann Lee", "Jo"]], "sales.csv"),
        (["date", CANARY, "y", *COLUMNS[3:]], [[CANARY, "Leeds"], ["Jo", "Leeds"]], "sales.csv"),
        (["date", "location", "branch", *COLUMNS[3:]], [["Leeds", CANARY], ["Leeds", "Jo"]], "leeds.csv"),
    ],
)
def test_a_column_that_may_be_the_customers_is_never_the_store(
    header: list[str], rows: list[list[str]], key: str
) -> None:
    """The file is refused, and nothing that leaves `ingest` has the name."""
    sale = ROWS[0]
    staged = stage_each_way(written(header, [[sale[0], *row, *sale[3:]] for row in rows]), object_key=key)

    assert (staged.reason, staged.sales) == ("unknown_header", [])
    assert CANARY not in f"{staged.text} {staged.request.to_json()}"


@pytest.mark.parametrize("place", range(len(COLUMNS)))
def test_no_name_in_a_header_is_told(place: int) -> None:
    """A row gone wrong may look like a header; the name is neither in a sentence nor taken for a store."""
    header = [CANARY if at == place else known for at, known in enumerate(COLUMNS)]
    rows = [[row[0], "Leeds", CANARY, *row[3:]] for row in ROWS]
    for below in (rows, rows[:1], [], [[*row[:4], "?", "?", ""] for row in rows]):
        staged = stage_each_way(written(header, below), object_key="sales.csv")

        assert CANARY not in f"{staged.text} {staged.request.to_json()}"


@pytest.mark.parametrize("payments", ["Card", "CASH"])
@pytest.mark.parametrize("headers_at", [(0,), (0, 1), (0, 2, 4)])
def test_unknown_headings_stay_headings_if_they_come_again_or_one_is_a_payment(
    headers_at: tuple[int, ...], payments: str
) -> None:
    """Else the columns would be those of the base format, in which the store comes before the customer."""
    header = ["w", "x", "y", "z", "sum", payments, "nr"]
    rows = [[*row[:5], payments, ""] for row in ROWS]
    rows = [[row[0], f"{CANARY} {number}", "Leeds", *row[3:]] for number, row in enumerate(rows * 3)]
    lines = list(rows)
    for place in reversed(headers_at):
        lines.insert(place, header)
    unsure = stage_each_way(written(lines[0], lines[1:]), object_key="sales.csv")
    named = stage_each_way(written(lines[0], lines[1:]), object_key="leeds_25-08-2021.csv")

    assert (unsure.reason, unsure.sales) == ("unknown_header", [])
    assert {row[2] for row in named.sales} == {"Leeds"}
    assert len(figures(named)) == len(rows)
    assert CANARY not in f"{unsure.text} {unsure.request.to_json()} {named.text} {named.request.to_json()}"


@pytest.mark.parametrize(
    "card",
    [
        "5494x0056x7812x0008",
        "\u2464\u2463\u2468\u2463\u24ea\u24ea\u2464\u2465\u2466\u2467\u2460\u2461\u24ea\u24ea\u24ea\u2467",
    ],
)
def test_no_card_in_a_header_is_told(card: str) -> None:
    """Digits apart, or in circles, are no part of a sale, so that the row may look like a header."""
    staged = stage_each_way(written(["date", "x", card, *COLUMNS[3:]], ROWS), object_key="sales.csv")

    assert staged.reason == "unknown_header"
    assert staged.request.sentence.endswith("Not known: x, column 3.")


@pytest.mark.parametrize("cards", [["5494000000000000", ""], ["visa,5494000000000000", "None"], ["0000", ""]])
@pytest.mark.parametrize("header", [list(COLUMNS[:6]), ["x", "location", "customer_name", "y", "z", "means"]])
def test_cards_at_the_end_of_the_rows_need_no_heading(header: list[str], cards: list[str]) -> None:
    rows = [[*row[:6], card] for row, card in zip(ROWS, cards, strict=True)]
    staged = stage_each_way(dialects.text([header, *rows, header, *rows]).encode())

    assert figures(staged) == figures(stage(written(list(COLUMNS), 2 * ROWS)))
    assert "card (dropped)" in staged.request.reading or "not read" in staged.request.reading


def test_all_missing_columns_and_unknown_headings_are_named() -> None:
    header = ["date", "place", "Jo Smith", "products", "how much", "payment_type"]
    rows = [["25/08/2021 09:00", city, "Ann Lee", "Tea for 1.60", "?", "CARD"] for city in ("Leeds", "York")]

    staged = stage(written(header, rows))

    assert staged.reason == "unknown_header"
    assert staged.request.sentence == (
        "The header has no known heading for the store, the total and the customer's name. "
        "Not known: place, column 3, how much."
    )


def test_the_store_is_the_column_whose_value_the_name_says() -> None:
    rows = [[row[0], "Owner", *row[1:]] for row in ROWS]
    header = ["date", "x", "y", *COLUMNS[2:]]

    assert stage(written(header, rows)).reason == "unknown_header"
    staged = stage(written(header, rows), object_key="leeds_25-08-2021.csv")
    assert {row[2] for row in staged.sales} == {"Leeds"}


@pytest.mark.parametrize("header", [["", *COLUMNS], list(COLUMNS), []])
def test_the_numbers_of_the_rows_need_no_heading(header: list[str]) -> None:
    """Some programs number the rows of a table, with a blank heading, or none at all."""
    rows = [[str(number), *row] for number, row in enumerate(ROWS)]
    staged = stage_each_way(dialects.text([header, *rows] if header else rows).encode())

    assert figures(staged) == figures(stage(written(list(COLUMNS), ROWS)))


def test_a_header_alone_whose_customers_are_unknown_is_a_closed_day() -> None:
    header = ["who" if known == "customer_name" else known for known in COLUMNS]

    assert (stage(written(header, [])).reason, stage(written(header, [])).sales) == ("", [])


@pytest.mark.parametrize(
    ("key", "store", "is_named"),
    [
        ("london_soho_25-08-2021_09-00-00.csv", "London Soho", True),
        ("2021-02-23-isle-of-mull.csv", "Isle of Mull", True),
        ("uploads/leeds/25-08-2021.csv", "LEEDS", True),
        ("chesterlestreet.csv", "Chester-le-Street", True),
        ("sales.csv", "Al", False),
        ("leeds.csv", "", False),
        ("leeds_25-08-2021.csv", "Lee", False),
    ],
)
def test_a_name_says_a_store_by_whole_words(key: str, store: str, is_named: bool) -> None:  # noqa: FBT001
    assert file_names.names_store(key, store) is is_named


def test_an_odd_row_below_a_header_without_the_total_costs_itself() -> None:
    """The columns that are known lack store and total, so no basket can be compared with its total."""
    staged = stage(
        b"date,field b,customer_name,products,,payment_type,card_number\n"
        b"\"O'Hara's, Quay\",Jo Li,Tea - 6.52,6.52,CASH,\n"
        b"25/08/2021 07:05,\"O'Hara's, Quay\",Jo Bloggs,Large Latte - 1.59,1.59,OTHER,\n"
    )

    assert (staged.reason, len(staged.sales)) == ("", 1)
    assert 2 in staged.reasons
