"""Correlated subqueries, found by the names of tables that they use and do not read themselves."""

import re
from collections.abc import Sequence
from typing import Final

from local.redshift.tokens import Token, groups

NAMES: Final = {"word", "quoted"}
NO_ALIAS: Final = re.compile(
    r"on|using|where|group|order|having|limit|inner|left|right|full|cross|join|natural|union|except|intersect|set"
    r"|values|select|when|window|and|or|not|is|in|between|then|else|end|case"
)
"""Words that may follow a table and are no alias of it."""

BEFORE_TABLES: Final = frozenset({"from", "join", "using", "update", "into", "as", ",", ")"})


def correlated_name(statement: Sequence[Token]) -> str | None:
    """Return the name of a table that a subquery uses, but only a query around it reads; None if there is none.

    `select 1 from a where exists (select 1 from b where b.x = a.x)` -> `a`
    """
    outer = _tables(statement)
    for first, last in groups(statement, "select"):
        subquery = statement[first : last + 1]
        inner = _tables(subquery)
        for name in _used(subquery):
            if name not in inner and name in outer:
                return name
    return None


def _used(query: Sequence[Token]) -> list[str]:
    """Return the names before a dot: `a` of `a.x`. The schema of a table, `from s.t`, is none of a table."""
    return [
        token.name
        for place, token in enumerate(query[1:-1], 1)
        if token.kind in NAMES
        and query[place + 1].text == "."
        and query[place - 1].text not in {"from", "join", "."}
    ]


def _tables(query: Sequence[Token]) -> set[str]:
    """Return the tables that a query or one inside it reads or writes, by their aliases if they have any."""
    names: set[str] = set()
    for place, token in enumerate(query[:-1]):
        if token.text not in BEFORE_TABLES:
            continue
        rest = [part for part in query[place + 1 : place + 7] if part.text != "as"]
        if token.text in {"from", "join"} and [part.text for part in rest[1:2]] == ["."]:
            rest = rest[2:]  # from s.t -> t
        # `, c.x` in a list of columns reads no table: a dot follows. In `from t as u` the alias hides the table.
        named = []
        for name, following in zip(rest[:2], [*rest[1:], *query[-1:]], strict=False):
            if not _is_name(name) or following.text == ".":
                break
            named.append(name.name)
        names.update(named[-1:])
    return names


def _is_name(token: Token) -> bool:
    return token.kind in NAMES and not NO_ALIAS.fullmatch(token.text)
