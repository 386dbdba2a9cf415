"""The columns of a file: those that are never read, and those that a file may lack."""

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from chalicelib.model import Rules
from chalicelib.reading import chunks, columns, csv_blocks, formats, sales_file
from chalicelib.reading.csv_blocks import Block
from chalicelib.reading.date_order import DateHints
from chalicelib.reading.fields import OPTIONAL_READERS, Fault
from chalicelib.reading.formats import FORMATS, TIMESTAMP_TO_CARD, Column, Format, Use
from chalicelib.reading.layouts import Layout
from chalicelib.reading.sales import Sales
from local.reports import of_file
from tests.support.staged_parts import stage_each_way

HEADER = "date,location,customer_name,products,total,payment_type"
SALE = "25/08/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,2.45,CASH"


def made_up_column() -> Column:
    """Return a member of `Column` that no declaration has: a table's number, which a file may lack."""
    column = str.__new__(Column, "table_number")
    column._name_, column._value_ = "TABLE_NUMBER", "table_number"
    column.words, column.use = "table", Use.OPTIONAL
    return column


TABLE = made_up_column()
BAD_TABLE = Fault(TABLE, "bad_text", "There is no such table.")
TABLES = Format("tables", (TABLE, *TIMESTAMP_TO_CARD[:6]), f"table,{HEADER}", is_header_optional=True)


def table_number(text: str) -> str | Fault:
    """Read a table's number; none begins with a zero."""
    return BAD_TABLE if text.startswith("0") else text.strip()


@pytest.fixture(params=[0, csv_blocks.SMALL_BYTES], ids=["by pandas", "by csv"])
def optional_column(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the made-up column as a real one is declared, with its format and its reader."""
    monkeypatch.setattr(csv_blocks, "SMALL_BYTES", request.param)
    monkeypatch.setattr(columns, "OPTIONAL_READERS", {**OPTIONAL_READERS, TABLE: table_number})
    monkeypatch.setattr(columns, "READ", (*columns.READ, TABLE))
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, TABLES))


def read(*lines: str) -> tuple[Sales, dict[int, Fault]]:
    """Return the sales and the faults of a file of one chunk."""
    content = io.BytesIO("\n".join(lines).encode())
    hints = DateHints(datetime.fromisoformat("2026-01-01"))
    [chunk] = chunks.read(sales_file.recognise(content, hints, formats.FORMATS))
    return chunk.sales, chunk.faults


def tables(lines: Sequence[str]) -> list[str]:
    """Return the tables of a file's sales."""
    sales, faults = read(*lines)
    assert faults == {}
    return sales["table_number"]


def test_every_column_is_read_unless_it_is_dropped() -> None:
    assert len(columns.READ) == len(set(columns.READ))
    assert set(columns.READ) == {column for column in Column if column.use is not Use.DROPPED}
    assert Column.CARD_NUMBER.use is Use.DROPPED


def test_optional_readers_are_those_of_optional_columns() -> None:
    assert {column.use for column in OPTIONAL_READERS} <= {Use.OPTIONAL}


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_every_format_has_the_needed_columns(fmt: Format) -> None:
    """A day and a time stand for the timestamp."""
    present = set(fmt.columns)
    if {Column.SOLD_ON, Column.SOLD_TIME} <= present:
        present.add(Column.SOLD_AT)

    assert {column for column in Column if column.is_needed} <= present


def test_a_card_number_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is not among those that are asked for, and a large block's cards are not even made into text."""
    monkeypatch.setattr(csv_blocks, "SMALL_BYTES", 0)
    layout = Layout("base", TIMESTAMP_TO_CARD, has_header=False)

    rows, _ = sales_file.read_rows(Block(1, f"{SALE},5494000000000000\n".encode(), is_last=True), layout)

    assert columns.places(layout) == {0, 1, 2, 3, 4, 5}
    assert rows.cells[6] == []


@pytest.mark.usefixtures("optional_column")
@pytest.mark.parametrize(
    "lines",
    [
        [f"table,{HEADER}", f" 7,{SALE}", f"12,{SALE}", f",{SALE}"],
        [f"{HEADER},table", f"{SALE},7", f"{SALE},12", SALE],
        [f"7,{SALE}", f"12,{SALE}", f",{SALE}"],
    ],
    ids=["header", "another order", "no header"],
)
def test_an_optional_column_is_read_where_a_file_has_it(lines: list[str]) -> None:
    assert tables(lines) == ["7", "12", ""]


@pytest.mark.usefixtures("optional_column")
@pytest.mark.parametrize(
    "lines", [[HEADER, SALE, SALE], [f"{SALE},", f"{SALE},1234"]], ids=["header", "base"]
)
def test_an_optional_column_that_a_file_lacks_is_empty_and_not_read(
    lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is called would fail."""
    monkeypatch.setattr(columns, "OPTIONAL_READERS", {**OPTIONAL_READERS, TABLE: None})
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, Format("tables", TABLES.columns, TABLES.header)))

    assert tables(lines) == ["", ""]


@pytest.mark.usefixtures("optional_column")
def test_an_optional_column_that_a_later_header_adds_is_read_from_there_on() -> None:
    content = io.BytesIO("\n".join([HEADER, SALE, f"table,{HEADER}", f"7,{SALE}"]).encode())
    hints = DateHints(datetime.fromisoformat("2026-01-01"))
    file = sales_file.recognise(content, hints, formats.FORMATS)

    assert [chunk.sales["table_number"] for chunk in chunks.read(file)] == [[""], ["7"]]
    assert "columns table, date and time, store" in str(file)


@pytest.mark.usefixtures("optional_column")
def test_a_fault_of_an_optional_column_counts_after_those_of_all_others() -> None:
    sales, faults = read(f"{HEADER},table", f"{SALE},01", f"{SALE.replace('CASH', 'IOU')},01", f"{SALE},1")

    assert sales["table_number"] == ["1"]
    assert {line: fault.column for line, fault in faults.items()} == {2: TABLE, 3: Column.PAYMENT_TYPE}


@pytest.mark.usefixtures("optional_column")
def test_check_names_an_optional_column(tmp_path: Path) -> None:
    path = tmp_path / "leeds.csv"
    path.write_text(f"{HEADER},table\n{SALE},1\n{SALE},01\n", encoding="utf-8")

    lines = list(of_file(path, Rules(), rows=10).lines())

    assert lines[3] == "  columns date and time, store, customer's name, items, total, payment, table"
    assert lines[-1] == "  line 3, table_number: There is no such table."


@pytest.mark.parametrize("name", ["-", "--", " - "])
def test_a_dash_in_place_of_a_customers_name_is_no_formula(name: str) -> None:
    """Some tills write it where nobody gave a name."""
    content = f"{HEADER}\n{SALE}\n{SALE.replace('Jo Bloggs', name)}\n"

    assert len(stage_each_way(content.encode()).sales) == len([SALE, SALE])
