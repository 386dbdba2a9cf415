"""The comments on tables, views and columns, which database tools show. The data dictionary is their only source."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple

from psycopg2 import sql

from chalicelib.warehouse.connection import Warehouse

DICTIONARY: Final = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
"""Beside chalicelib, in the project and in the package that Lambda unpacks."""

SECTION: Final = re.compile(r"^### `(\w+)`\n(.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE)
COLUMN: Final = re.compile(r"^\| `(\w+)` \|.*$", re.MULTILINE)
LINK: Final = re.compile(r"\[([^]]*)\]\s?\([^)]*\)")


class Description(NamedTuple):
    """What a table or view has a row for, and what its columns mean, as plain text."""

    meaning: str
    columns: dict[str, str]


def descriptions() -> dict[str, Description]:
    """Return the descriptions of all tables and views by their names, from the sections of the data dictionary."""
    text = DICTIONARY.read_text(encoding="utf-8")
    return {name: _description(section) for name, section in SECTION.findall(text)}


def _description(section: str) -> Description:
    # "One row per store.\n\n| column | …\n| `store_id` | bigint | number, from 1 |\n"
    # -> Description("One row per store.", {"store_id": "number, from 1"})
    meaning, _, _ = section.partition("\n|")
    columns = {match[1]: match[0].rstrip("| ").rpartition(" | ")[2] for match in COLUMN.finditer(section)}
    return Description(_plain(meaning), {name: _plain(cell) for name, cell in columns.items()})


def _plain(markdown: str) -> str:
    """Return a text without marks of Markdown and line breaks."""
    # "the [reason](#reasons), or `duplicate`" -> "the reason, or duplicate"
    return " ".join(LINK.sub(r"\1", markdown).replace("`", "").split())


def comment_on(kind: Literal["table", "view"], names: Iterable[str], warehouse: Warehouse) -> None:
    """Write the comments on tables or views and on their columns, all of them or none; may be repeated."""
    described = descriptions()
    # One message: on Redshift each statement would take its time.
    warehouse.execute(
        sql.SQL(";\n").join(comment for name in names for comment in _comments(kind, name, described[name]))
    )


def _comments(kind: str, name: str, description: Description) -> Iterable[sql.Composable]:
    comment = sql.SQL("comment on {} {} is {}")
    yield comment.format(sql.SQL(kind), sql.Identifier(name), sql.Literal(description.meaning))
    for column, meaning in description.columns.items():
        yield comment.format(sql.SQL("column"), sql.Identifier(name, column), sql.Literal(meaning))
