"""Statements as tokens: what stands in quotes and comments is no word."""

import pytest

from local.redshift.tokens import normalised, statements, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT  a.b\n FROM t", "select a . b from t"),
        ("select 'now()' -- now()", "select '?'"),
        ("select /* now() */ 1", "select 1"),
        ('select \'it\'\'s\', "a ""b"""', "select '?' , \"?\""),
        ("select E'a', $$now()$$, $x$ $$ $x$", "select '?' , '?' , '?'"),
        ("select a::int<>1.5", "select a :: int <> 1.5"),
    ],
)
def test_a_statement_is_normalised(text: str, expected: str) -> None:
    assert [normalised(statement) for statement in statements(text)] == [expected]


def test_a_semicolon_in_quotes_ends_no_statement() -> None:
    assert [normalised(statement) for statement in statements("begin; select ';' ; -- ;\n")] == [
        "begin",
        "select '?'",
    ]


def test_a_token_knows_its_place_and_its_name() -> None:
    text = "copy \"a \"\"b\" from 'it''s'"
    [_, table, _, source] = tokens(text)

    assert (table.name, source.name) == ('a "b', "it's")
    assert text[table.start : table.end] == '"a ""b"'
