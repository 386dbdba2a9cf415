"""The columns of staged parts, against the staging tables that COPY fills from them."""

import re
from pathlib import Path

import pytest

from chalicelib.parts import COPIED, FILES, ITEM, Part
from chalicelib.warehouse.scripts import script, scripts, statements


def columns_of(path: Path) -> list[tuple[str, str, str]]:
    """Return name, type and `not null` of each column of the table that a script creates."""
    [table] = statements(path.read_text(encoding="utf-8"))
    return re.findall(r"^    (\w+) (.*?)( not null)?,?$", table, re.MULTILINE)


def test_the_fields_of_requests_have_the_types_of_the_ledgers_columns() -> None:
    """A request whose fields fit these types can be written into the ledger."""
    ledger = {name: kind for name, kind, _ in columns_of(script("schema/02_load_files"))}
    fields = {column.name: column.type for column in FILES.columns}

    assert {name: ledger.get(name, "bigint") for name in fields} == fields


@pytest.mark.parametrize("part", COPIED, ids=lambda part: part.name)
def test_parts_have_the_columns_of_their_staging_tables(part: Part) -> None:
    """Names, types and order are the same.

    A column that was added later may be null, unless it is text; so may an item, after the first row of its number.
    """
    [path] = [path for path in scripts("load/stage", "load/reject") if path.stem.endswith(part.table)]
    columns = columns_of(path)

    assert [(name, kind) for name, kind, _ in columns] == [
        (column.name, column.type) for column in part.columns
    ]
    may_be_null = [
        column.name
        for column in part.columns
        if column in ITEM or (not column.is_original and column.kind != "varchar")
    ]
    assert [name for name, _, not_null in columns if not not_null] == may_be_null
