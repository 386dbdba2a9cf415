"""Tables, views and their columns have the data dictionary's meanings as comments, on both engines."""

import re

import pytest

from chalicelib.warehouse import schema
from chalicelib.warehouse.comments import DICTIONARY, descriptions
from chalicelib.warehouse.grants import object_names
from tests.support.sql_loads import Loads

OBJECTS = """
    select pg_class.relname, obj_description(pg_class.oid, 'pg_class')
    from pg_class inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where pg_namespace.nspname = 'public' and pg_class.relkind in ('r', 'v')
"""
COLUMNS = """
    select pg_class.relname, pg_attribute.attname, col_description(pg_class.oid, pg_attribute.attnum)
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
    where
        pg_namespace.nspname = 'public'
        and pg_class.relkind in ('r', 'v')
        and pg_attribute.attnum > 0
        and not pg_attribute.attisdropped
"""


@pytest.mark.engines("postgres", "redshift")
def test_every_table_view_and_column_has_the_comment_of_the_dictionary(loads: Loads) -> None:
    """None is missing, and there is none besides."""
    described = descriptions()

    assert dict(loads.rows(OBJECTS)) == {name: about.meaning for name, about in described.items()}
    assert {row[:2]: row[2] for row in loads.rows(COLUMNS)} == {
        (name, column): meaning
        for name, about in described.items()
        for column, meaning in about.columns.items()
    }


@pytest.mark.engines("postgres", "redshift")
def test_a_comment_that_somebody_changed_is_written_anew(loads: Loads) -> None:
    loads.warehouse.execute("comment on column stores.store_name is 'outdated'")
    loads.warehouse.execute("comment on view daily_sales is null")

    schema.create(loads.warehouse)

    assert dict(loads.rows(OBJECTS))["daily_sales"] == descriptions()["daily_sales"].meaning
    comments = {row[:2]: row[2] for row in loads.rows(COLUMNS)}
    assert comments["stores", "store_name"] == descriptions()["stores"].columns["store_name"]


def test_the_descriptions_are_the_words_of_the_dictionary_without_its_marks() -> None:
    """Nothing of a description is cut off, and no link or mark is left in it."""
    words = " ".join(re.sub(r"\]\([^)]*\)", "", DICTIONARY.read_text(encoding="utf-8")).split())
    text = re.sub(r"[\[`]", "", words)
    described = descriptions()

    assert set(described) == {*object_names("schema"), *object_names("views")}
    for name, about in described.items():
        assert f"### {name} {about.meaning} | column |" in text
        for column, meaning in about.columns.items():
            assert re.search(rf"\| {column} \|( [\w(), ]+ \|)? {re.escape(meaning)} \|", text), (name, column)


def test_a_description_is_plain_text() -> None:
    described = descriptions()

    assert described["stores"].meaning == "One row per store."
    assert described["customers"].columns["store_id"] == "the store"
    assert described["load_files"].columns["reason"] == ("the reason of a refusal, or duplicate, else empty")
    texts = [text for about in described.values() for text in (about.meaning, *about.columns.values())]
    assert [text for text in texts if re.search(r"[`\[\]|\\\n]", text) or not text] == []
