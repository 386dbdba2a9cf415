"""One SQL text for Redshift and PostgreSQL: no script has a word that only one of them understands."""

import re
from pathlib import Path

import pytest

from chalicelib.warehouse.scripts import SQL_FOLDER, statements

SCRIPTS = sorted(SQL_FOLDER.rglob("*.sql"))
ONE_ENGINE_ONLY = (
    r"identity",
    r"(big|small)?serial",
    r"sequence",
    r"nextval",
    r"returning",
    r"on\s+conflict",
    r"merge",
    r"array\w*",
    r"\w*\[\]",
    r"jsonb?",
    r"super",
    r"text",
    r"filter",
    r"distinct\s+on",
    r"now",
    r"current_timestamp",
    r"getdate",
    r"sysdate",
    r"substr",
    r"string_agg",
    r"listagg",
    r"is\s+(not\s+)?distinct\s+from",
    r"primary\s+key",
    r"unique",
    r"references",
    r"union\s+distinct",
    r"lateral",
    r"generate_series",
    r"truncate",
    r"vacuum",
    r"analyze",
    r"select\s+\*",
    r"\w+::\w+",
)
FORBIDDEN = re.compile(rf"(?<![\w:])(?:{'|'.join(ONE_ENGINE_ONLY)})(?!\w)", re.IGNORECASE)


def code(script: Path) -> str:
    """Return a script without comments and quoted texts."""
    return re.sub(r"--.*|'[^']*'", "", script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_uses_only_what_both_engines_know(script: Path) -> None:
    """Nor does it rely on a constraint, which Redshift would not enforce."""
    assert FORBIDDEN.findall(code(script)) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_begins_with_a_comment_that_says_what_it_is(script: Path) -> None:
    """The comment of a table's script begins with the name of the table."""
    header = script.read_text(encoding="utf-8").splitlines()[0]

    assert re.match(r"-- \w.{10,}", header)
    name = re.sub(r"^\d+_", "", script.stem)
    if "create" in code(script) or "insert" in code(script) or name == "reconciliation":
        assert header.startswith(f"-- {name}: ") or script.parent.name in {"tuning", "migrations"}


def test_the_pattern_finds_forbidden_words_but_not_within_longer_ones() -> None:
    forbidden = "select substr(a), now() from t on conflict; b jsonb, c text[], d::text"
    allowed = "select known, contextual, filtered, textual, sub_array_of, merged_at, uniqueness from contexts"

    assert len(FORBIDDEN.findall(forbidden)) >= 5
    assert FORBIDDEN.findall(allowed) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_semicolon_stands_only_at_the_end_of_a_line(script: Path) -> None:
    """Scripts are split into statements there, so another one would hide a statement."""
    for statement in statements(script.read_text(encoding="utf-8")):
        assert ";" not in re.sub(r"--.*|'[^']*'", "", statement)
