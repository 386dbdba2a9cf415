"""One morning, written as different stores do, gives the same sales each time."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from chalicelib.errors import SettingsError
from chalicelib.model import Rules
from chalicelib.reading import formats
from chalicelib.reading.formats import DAY_TO_CARD, TIMESTAMP_TO_CARD, Column, Format
from local.reports import of_file
from local.state import PROJECT
from tests.support.staged_parts import Staged, stage

BASE = (
    '25/08/2021 09:00,Leeds,Jo Bloggs,"Regular Speciality Tea - Green - 1.60, Large Latte - 2.45",'
    "4.05,CARD,5494000000000000\n"
    "25/08/2021 09:05,Leeds,Ann Lee,Regular Frappes - Strawberries & Cream - 2.75,2.75,CASH,\n"
)
SET_OFF = BASE.replace("Regular ", "Regular - ").replace("Large ", "Large - ")
HEADER = "date,location,customer_name,products,total,payment_type,card_number\n"
TRIPLES = (
    "timestamp,branch,custumer,basket,method,price,card\n"
    "2021-08-25 09:00:00,Leeds,Jo Bloggs,"
    '"Regular,Speciality Tea - Green,1.6,Large,Latte,2.45",CARD,4.05,"visa,5494000000000000"\n'
    "timestamp,branch,custumer,basket,price,method,card\n"
    '2021-08-25 09:05:00,Leeds,Ann Lee,"Regular,Frappes - Strawberries & Cream,2.75",2.75,CASH,None\n'
)
WAYS = {
    "two decimals, a last line of one space": BASE + " \n",
    "header": HEADER + BASE,
    "size set off": HEADER + SET_OFF.replace("/", "-"),
    "triples, repeated headers": TRIPLES,
    "triples, no header": "".join(line for line in TRIPLES.splitlines(keepends=True) if "branch" not in line),
    "swapped, whatever the header says": TRIPLES.replace("CARD,4.05", "4.05,CARD"),
    "day and time": "date,time,location,customer_name,items_total,amount_paid,payment_method,card_number\n"
    + BASE.replace("2021 ", "2021,"),
    "day and time, no header": BASE.replace("2021 ", "2021,"),
    "long headings": "Timestamp of Purchase,Store Name,Customer Name,"
    '"Basket Items (Name, Size & Price)",Total Price,Cash/Card,Card Number (Empty if Cash)\n'
    + BASE.replace("5494000000000000", "9557000000000000.0"),
    "Excel": "date,branch_name,customer,orders,total_price,payment_method,card_number\r\n"
    + BASE.replace(" 09:", " 9:")
    .replace("/08/", "/8/")
    .replace("5494000000000000", "5.494E+15")
    .replace("\n", "\r\n"),
    "one order": "time, branch, name, order, price, payment, credit-card-number\n" + BASE,
    "items ordered": "Timestamp,Location,Customer Name,Items Ordered,Total Amount,Payment Method,Card Number\n"
    + BASE,
    "month first": BASE.replace("25/08", "08/25"),
    "no card column where it is empty": BASE.replace("CASH,", "CASH"),
    "pounds": BASE.replace(",4.05,", ",£4.05,").replace(",2.75,", ", 2.75 ,"),
    "ISO with a T": BASE.replace("25/08/2021 ", "2021-08-25T"),
    "a space before each field": BASE.replace(",Jo", ", Jo").replace(',"', ', "').replace(",4.05", ", 4.05"),
    "payments in words": BASE.replace("CARD", "Visa Debit").replace("CASH", "Paid in cash"),
    "short years": BASE.replace("/2021 ", "/21 "),
    "blank columns more": BASE.replace("CASH,", "CASH,,,"),
    "blank columns more in every row": BASE.replace("\n", ", ,\n"),
}


def figures(staged: Staged) -> tuple[list[list[str]], list[list[str]]]:
    """Return sales with their keys, and items, numbered in their order instead of by their lines."""
    places = {row[0]: str(place) for place, row in enumerate(staged.sales)}
    assert (staged.reason, staged.rejections) == ("", [])
    return [row[1:] for row in staged.sales], [[places[row[0]], *row[1:]] for row in staged.items]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_each_way_of_writing_gives_the_same_sales(way: str, encoding: str) -> None:
    assert figures(stage(WAYS[way].encode(encoding))) == figures(stage(BASE.encode()))


def test_a_later_header_moves_columns_from_its_line_on() -> None:
    first, second = BASE.splitlines()
    timestamp, store, name, rest = second.split(",", 3)
    new_header = "location,customer_name,date,products,total,payment_type,card_number\n"
    content = f"{HEADER}{first}\n{new_header}{store},{name},{timestamp},{rest}\n"

    assert figures(stage(content.encode())) == figures(stage(BASE.encode()))


@pytest.mark.parametrize("line_end", ["", "\r\n"])
def test_a_header_that_ran_into_the_only_sale_is_no_closed_day(line_end: str) -> None:
    """A header alone says that the store was closed; here a sale would be lost without a word."""
    header = "timestamp,branch,custumer,basket,method,price,"
    sale = '2021-08-25 09:01:00,Leeds,Jo Bloggs,"Large, Latte, 2.45, , Cookie, 1",CARD,3.45,"visa,0000"'

    assert stage(f'{header}"{sale}{line_end}'.encode()).reason == "unrecognised"
    assert stage(f"{header}{sale}{line_end}".encode()).reason == "unrecognised"
    assert (stage(f"{header}card{line_end}".encode()).reason, stage(header.encode()).sales) == ("", [])


@pytest.mark.parametrize(
    ("name", "day", "remark"),
    [
        ("leeds_05-06-2021_09-00-00.csv", "2021-06-05", ""),
        ("leeds-2021-05-06.csv", "2021-05-06", ""),
        ("leeds_05-06-2021_05-07-00.csv", "2021-06-05", ""),
        ("leeds-05-06-2021-05-07-00.csv", "2021-06-05", ""),
        ("2021.06.05_05-07-2021.csv", "2021-06-05", ""),
        ("31-02-2021_leeds_2021_5_6.csv", "2021-05-06", ""),
        ("till 7/2021_05_06 (in).csv", "2021-05-06", ""),
        ("leeds.csv", "2021-06-05", "Its dates can be read in two ways; they were read day first"),
    ],
)
def test_an_ambiguous_date_is_read_in_the_order_that_the_file_name_shows(
    name: str, day: str, remark: str
) -> None:
    """If the name has no date, the day comes first by default, and a remark says so."""
    staged = stage(BASE.replace("25/08/2021", "05/06/2021").encode(), object_key=name)

    assert {row[1][:10] for row in staged.sales} == {day}
    assert staged.request.remarks.startswith(remark)
    assert bool(staged.request.remarks) == bool(remark)


@pytest.mark.parametrize(
    ("clock", "is_remarked"),
    [("09:00:00Z", True), ("09:00:00 UTC", True), ("09:00:00+01:00", False), ("09:00", False)],
)
def test_times_in_utc_are_read_as_the_clock_of_the_store_with_a_remark(
    clock: str,
    is_remarked: bool,  # noqa: FBT001
) -> None:
    """An offset says that the clock is the store's; `Z` may have been written whatever the clock was."""
    staged = stage(
        BASE.replace("25/08/2021 09:00", f"2021-08-25 {clock}").encode(), object_key="leeds_25-08-2021.csv"
    )

    assert [row[1] for row in staged.sales] == ["2021-08-25 09:00:00", "2021-08-25 09:05:00"]
    assert (
        staged.request.remarks == "Its times are marked as UTC; they were read as the store's own clock."
    ) == is_remarked
    assert bool(staged.request.remarks) == is_remarked


@pytest.mark.parametrize(
    "name",
    [
        "uploads/25-08-2021.csv",
        "sales_25-08-2021 (in).csv",
        "leeds/till_25-08-2021.csv.gz",
        "LEEDS-25-08-2021.csv",
    ],
)
def test_a_file_name_without_a_different_store_gives_no_remark(name: str) -> None:
    """A folder may name the store, and words such as "sales" or "till" name none."""
    assert stage(BASE.encode(), object_key=name).request.remarks == ""


def test_a_file_name_that_differs_from_the_rows_gives_a_remark_and_the_rows_count() -> None:
    staged = stage(BASE.encode(), object_key="york_26-08-2021.csv")

    assert len(staged.sales) == len(BASE.splitlines())
    assert staged.request.remarks == (
        "The file's name gives a different store from its rows. "
        "The file's name says 2021-08-26, but its rows say 2021-08-25."
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEADER + BASE + HEADER.replace("location,customer_name", "x,y") + BASE, "unknown_header"),
        ("25/08/2021 09:00,Leeds,Jo Bloggs,Cake - 99999999.99,99999999.99,CASH,\n" * 101, "total_too_large"),
    ],
)
def test_a_file_that_is_refused_at_its_end_leaves_nothing(content: str, reason: str) -> None:
    """Its parts are empty and its figures 0: the ledger could not hold a total that is too large."""
    staged = stage(content.encode())

    assert (staged.reason, staged.sales, staged.rejections) == (reason, [], [])
    assert (staged.request.rows_read, staged.request.items, str(staged.request.total)) == (0, 0, "0.00")


def test_columns_may_change_places_a_few_times() -> None:
    """The rest of a block is read anew each time, so that many changes would take the square of a file's size."""
    turned_header = HEADER.replace("date,location", "location,date")
    turned = "".join(
        ",".join([row[1], row[0], *row[2:]])
        for row in (line.split(",", 2) for line in BASE.splitlines(keepends=True))
    )
    few, many = (HEADER + BASE + turned_header + turned) * 10, (HEADER + BASE + turned_header + turned) * 11

    assert len(stage(few.encode()).sales) == 20 * len(BASE.splitlines())
    assert stage(many.encode()).reason == "mixed_layouts"


def test_a_file_may_be_as_large_as_the_rules_say() -> None:
    """A file that is one byte larger is refused."""
    size = len(BASE.encode())

    assert stage(BASE.encode(), rules=Rules(max_file_bytes=size)).reason == ""
    assert stage(BASE.encode(), rules=Rules(max_file_bytes=size - 1)).reason == "too_large"


def test_a_format_is_added_by_a_declaration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The example in docs/adding-a-format.md is refused until it is declared, then accepted with and without header."""
    page = (PROJECT / "docs/adding-a-format.md").read_text(encoding="utf-8")
    [sample] = re.findall(r"^```csv\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    [declaration] = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    before, after = re.findall(r"^```text\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    path, bare = tmp_path / "quayside_14-03-2022.csv", tmp_path / "bare.csv"
    path.write_text(sample, encoding="utf-8")
    bare.write_text(sample.partition("\n")[2], encoding="utf-8")

    assert list(of_file(path, Rules(), rows=10).lines()) == before.splitlines()
    assert of_file(bare, Rules(), rows=10).reason == "unrecognised"

    added = eval(declaration, {"Format": Format, "Column": Column})  # noqa: S307 - our own page
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, added))

    assert list(of_file(path, Rules(), rows=10).lines()) == after.splitlines()
    report = of_file(bare, Rules(), rows=10)
    assert (report.outcome, report.items, str(report.total)) == ("accepted", 3, "5.30")


@pytest.mark.parametrize(
    ("columns", "header", "fault"),
    [
        (TIMESTAMP_TO_CARD, "date,location,who,items,total,payment", "it has 6 headings for 7 columns."),
        (TIMESTAMP_TO_CARD, f"{HEADER.strip()},table", "it has 8 headings for 7 columns."),
        (
            TIMESTAMP_TO_CARD,
            "date,Client,who,items,total,payment,card",
            "the heading `client` stands for the customer's name in other files.",
        ),
        (
            (None, *TIMESTAMP_TO_CARD),
            "Store,date,branch,who,items,total,payment,card",
            "the heading `store` stands for the store in other files.",
        ),
        (
            TIMESTAMP_TO_CARD,
            "date,location,who,items,Pan,payment,card",
            "the heading `pan` stands for the card in other files.",
        ),
        (
            TIMESTAMP_TO_CARD,
            "date,who,Who,items,total,payment,card",
            "it has the heading `who` twice.",
        ),
        (
            TIMESTAMP_TO_CARD,
            "date,-,who,items,total,payment,card",
            "the heading of the store has no letter or digit.",
        ),
    ],
)
def test_a_declaration_that_would_misread_files_is_refused(
    columns: tuple[Column | None, ...], header: str, fault: str
) -> None:
    """At once, with one sentence."""
    with pytest.raises(SettingsError, match=f"^The format tills cannot be used: {re.escape(fault)}$"):
        Format("tills", columns, header)


@pytest.mark.parametrize(
    ("columns", "header"),
    [
        (DAY_TO_CARD, "Order date,time,location,who,items,total,payment,card"),
        ((None, *TIMESTAMP_TO_CARD), "Card no,date,location,who,items,total,payment,card"),
        ((None, *TIMESTAMP_TO_CARD, None), "Note,date,location,who,items,total,payment,card,note"),
        ((None, *TIMESTAMP_TO_CARD), ",date,location,who,items,total,payment,card"),
        (TIMESTAMP_TO_CARD, ""),
    ],
)
def test_a_declaration_without_doubt_is_accepted(columns: tuple[Column | None, ...], header: str) -> None:
    """A day may be called like a timestamp, and two columns alike that are not read."""
    assert Format("tills", columns, header).columns == columns


def test_no_heading_stands_for_different_columns_in_two_formats() -> None:
    """But for a date and a time: whether both are there shows what they are."""
    times = {Column.SOLD_AT, Column.SOLD_ON, Column.SOLD_TIME}
    columns_of = defaultdict(set)
    for fmt in formats.FORMATS:
        for heading, column in zip(fmt.headings, fmt.columns, strict=bool(fmt.header)):
            columns_of[heading].add(column)

    assert [heading for heading, columns in columns_of.items() if len(columns - times) > 1] == []
