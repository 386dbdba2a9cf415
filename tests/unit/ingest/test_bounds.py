"""The bounds on one file: rejected rows, names, lines and letters."""

import io

import pytest

from chalicelib.ingest import bounds
from chalicelib.reading import csv_blocks, csv_rows
from tests.support.staged_parts import stage, stage_each_way

SALE = '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45",2.45,CASH,\n'
BAD = SALE.replace("CASH", "CHEQUE")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bound files to 10 rejected rows and to 2 names of a kind; a block has 4 lines."""
    monkeypatch.setattr(bounds, "MOST_REJECTED", 10)
    monkeypatch.setattr(bounds, "MOST_NAMES", 2)
    monkeypatch.setattr(csv_blocks, "BLOCK_LINES", 4)


def sales(count: int, **replacements: str) -> str:
    """Return sales in which texts are replaced; `#` in the new text is the number of the sale."""
    lines = []
    for number in range(count):
        line = SALE
        for old, new in replacements.items():
            line = line.replace(old, new.replace("#", str(number)))
        lines.append(line)
    return "".join(lines)


@pytest.mark.usefixtures("few")
def test_a_file_of_rejected_rows_is_refused_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of it is not read."""
    lines_read = []
    rows = csv_rows.rows

    def counted(block: csv_blocks.Block, *arguments: object) -> object:
        lines_read.append(block.line_count)
        return rows(block, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("chalicelib.reading.sales_file.rows", counted)
    staged = stage((BAD * 1_000).encode())

    assert staged.reason == "too_many_rejected"
    assert staged.request.sentence.startswith("More than 10 rows of the file are rejected")
    assert 10 < staged.request.rows_rejected < 20
    assert sum(lines_read) < 30


@pytest.mark.usefixtures("few")
def test_rejected_rows_may_be_many_if_there_are_as_many_sales() -> None:
    staged = stage_each_way(((SALE + BAD) * 30).encode())

    assert (staged.reason, len(staged.sales), staged.request.rows_rejected) == ("", 30, 30)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Leeds", "Store #", "stores"),
        ("Latte", "Latte #", "products"),
        ("Latte", "Latte - Syrup #", "flavours"),
    ],
)
def test_a_file_has_a_bounded_number_of_different_names(old: str, new: str, words: str) -> None:
    """A column of customers or cards in their place has more."""
    refused = stage(sales(9, **{old: new}).encode())

    assert (refused.reason, refused.sales) == ("too_many_names", [])
    assert f"more than 2 different {words}" in refused.request.sentence
    assert stage((sales(2, **{old: new}) * 9).encode()).reason == ""


@pytest.mark.usefixtures("few")
def test_names_of_rejected_rows_do_not_count() -> None:
    names = {"Latte": "Latte #", "Leeds": "Store #", "2.45,CASH": "2.46,CASH"}

    assert stage((sales(9, **names) + SALE * 9).encode()).reason == ""


def test_short_lines_make_small_blocks() -> None:
    """A row takes hundreds of bytes of memory, however short it is."""
    content = io.BytesIO(b"a\n" * 3 * csv_blocks.BLOCK_LINES)

    counts = [block.line_count for block in csv_blocks.blocks(content)]

    assert sum(counts) == 3 * csv_blocks.BLOCK_LINES
    # A block may also have the line that the piece before it left open.
    assert max(counts) <= csv_blocks.BLOCK_LINES + 1


@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize("line", [1, 2, 5])
def test_a_field_that_is_too_long_rejects_its_line_alone(column: int, line: int) -> None:
    """In the first line, too, and whatever the size of the file."""
    cells = SALE.strip().split(",")
    cells[column] = "9" * (csv_blocks.LONGEST_FIELD + 1)
    lines = [SALE] * 5
    lines[line - 1] = ",".join(cells) + "\n"

    for sales_after in (0, 4_000):
        staged = stage_each_way("".join([*lines, SALE * sales_after]).encode())
        assert (staged.reason, staged.reasons) == ("", {line: "open_quote"})
        assert len(staged.sales) == 4 + sales_after


def test_a_field_of_the_greatest_length_is_read() -> None:
    """A card number is never read, whatever its length."""
    lines = [SALE, SALE.replace("CASH,", f"CARD,{'9' * csv_blocks.LONGEST_FIELD}"), SALE]

    assert len(stage_each_way("".join(lines).encode()).sales) == 3


def test_a_file_of_nothing_but_long_fields_is_not_empty() -> None:
    assert stage(b"9" * (csv_blocks.LONGEST_FIELD + 1)).reason == "unrecognised"


@pytest.mark.usefixtures("few")
def test_a_refused_file_keeps_its_rejected_rows_and_their_count_but_no_sale() -> None:
    """Whether it is refused for a row after them, or at its end."""
    content = BAD + sales(3) + BAD + sales(9, Leeds="Store #") + BAD
    staged = stage(content.encode())

    assert (staged.reason, staged.sales, staged.items) == ("too_many_names", [], [])
    rejected = stage((BAD + sales(3) + BAD).encode()).rejections
    assert [row for row in staged.rejections if row in rejected] == rejected
    assert staged.request.rows_read == staged.request.rows_rejected == len(staged.rejections)
