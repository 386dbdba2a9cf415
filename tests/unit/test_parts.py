"""The columns of staged parts, against the staging tables that COPY fills from them."""

import re

import pytest

from chalicelib.parts import COPIED, FILES, Part
from chalicelib.warehouse.scripts import scripts, statements


@pytest.mark.parametrize("part", [FILES, *COPIED], ids=lambda part: part.name)
def test_parts_have_the_columns_of_their_staging_tables(part: Part) -> None:
    """Names, types and order are the same. A column that was added later may be null, unless it is text."""
    [path] = [path for path in scripts("load/stage") if path.stem.endswith(part.table)]
    [table] = statements(path.read_text(encoding="utf-8"))
    columns = re.findall(r"^    (\w+) (.*?)( not null)?,?$", table, re.MULTILINE)

    assert [(name, kind) for name, kind, _ in columns] == [
        (column.name, column.type) for column in part.columns
    ]
    may_be_null = [
        column.name for column in part.columns if not column.is_original and column.kind != "varchar"
    ]
    assert [name for name, _, not_null in columns if not not_null] == may_be_null
