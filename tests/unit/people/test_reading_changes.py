"""What changed in how a store's file is read."""

from datetime import date

import pytest

from chalicelib.people.reading_changes import changes

COLUMNS = "date and time, store, customer's name, items, total, payment, card (dropped)"
SINCE = date(2021, 8, 24)


def reading(
    columns: str = COLUMNS,
    *,
    name: str = "base",
    header: str = "with",
    encoding: str = "UTF-8",
    first: str = "day",
) -> str:
    """Return a text as the ledger has it."""
    return f"Format {name} {header} a header; columns {columns}; {encoding}; dates {first} first, as the rows show."


@pytest.mark.parametrize(
    ("now", "sentences"),
    [
        (reading(), []),
        (reading().replace("as the rows show", "by default"), []),
        (
            reading(COLUMNS.replace(" customer's name,", "")),
            ["The column of the customer's name is gone since 24/08/2021."],
        ),
        (reading(f"{COLUMNS}, not read"), []),
        (
            reading(COLUMNS.replace(" store,", "") + "; store Leeds, as the file's name says"),
            ["The column of the store is gone since 24/08/2021."],
        ),
        (reading(f"{COLUMNS}, day"), ["There is a column of the day since 24/08/2021."]),
        (
            reading(COLUMNS.replace("total", "total (inferred)")),
            ["The heading of the total is not known, so the values below it decide since 24/08/2021."],
        ),
        (
            reading(COLUMNS.replace("total, payment", "payment, total")),
            ["The columns are in another order since 24/08/2021."],
        ),
        (reading(header="without"), ["The header is gone since 24/08/2021."]),
        (
            reading(name="other headings"),
            ["The headings are those of other headings, not of base, since 24/08/2021."],
        ),
        (
            reading(encoding="Windows-1252"),
            ["The file is in Windows-1252, not in UTF-8, since 24/08/2021."],
        ),
        (
            reading().replace("; UTF-8", "; columns separated by semicolons, decimal commas; UTF-8"),
            ["The columns are separated by semicolons, decimal commas, not by commas, since 24/08/2021."],
        ),
        (reading(first="month"), ["The month comes first in dates, not the day, since 24/08/2021."]),
        ("", []),
        ("Read by another release.", []),
    ],
)
def test_a_change_is_said_with_the_day_of_the_last_file(now: str, sentences: list[str]) -> None:
    """How the order of dates was found out may differ from day to day, and is no change."""
    assert changes(reading(), now, SINCE) == sentences
