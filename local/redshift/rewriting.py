"""Statements of Redshift as PostgreSQL understands them, so that they mean there what they mean on Redshift."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from local.redshift.tokens import Token, closing, normalised, statements

DEFAULT_LENGTH: Final = 256
"""The length of a VARCHAR or TEXT that says none."""

PHYSICAL: Final = re.compile(
    r"^(backup (yes|no)|diststyle (auto|even|all|key)|distkey( \( \S+ \))?"
    r"|((compound|interleaved) )?sortkey( auto| \( [^)]* \))?|encode \w+)"
)
"""How a table or a column is stored: clauses that mean nothing to PostgreSQL."""

USER_OPTIONS: Final = re.compile(r"^(password disable|session timeout \S+)")
"""How a user of Redshift enters, and when a session without statements ends."""

VARCHAR: Final = re.compile(r"(varchar|text|character varying)(?: \( (\d+) \))?(?= |$)")
VIEW: Final = ["create", "or", "replace", "view"]


class Edit(NamedTuple):
    """A piece of a text, and what it becomes."""

    start: int
    end: int
    text: str


def literal(text: str) -> str:
    """Return a text as SQL quotes it."""
    return "'{}'".format(text.replace("'", "''"))


def raising(message: str, code: str) -> str:
    """Return a statement that fails, so that an open transaction fails as it would by any other error."""
    return (
        f"do $redshift$ begin raise exception using message = {literal(message)}, errcode = {literal(code)};"
        " end $redshift$"
    )


def rewritten(text: str) -> str:
    """Return statements as PostgreSQL understands them."""
    # From the end, so that the places of the edits before stay right.
    result = text
    edits = [edit for statement in statements(text) for edit in _edits(statement, text)]
    for edit in sorted(edits, reverse=True):
        result = result[: edit.start] + edit.text + result[edit.end :]
    return result


def _edits(statement: Sequence[Token], text: str) -> Iterator[Edit]:
    if [token.text for token in statement[: len(VIEW)]] == VIEW:
        yield _replaced_view(statement, text)
        return
    yield from _inlined(statement)
    yield from _columns(statement)
    yield from _casts(statement)
    yield from _quoted_parts(statement)
    if statement[0].text in {"create", "alter"}:
        is_about_user = normalised(statement[1:2]) == "user"
        yield from _without(USER_OPTIONS if is_about_user else PHYSICAL, statement)


def _replaced_view(statement: Sequence[Token], text: str) -> Edit:
    """Have a view replaced by a function that looks at its columns, too."""
    name = statement[len(VIEW)].name
    view = rewritten("create " + text[statement[VIEW.index("view")].start : statement[-1].end])
    definition = view.replace("create", "create or replace", 1)
    call = f"perform redshift.replace_view({literal(name)}, {literal(definition)});"
    return Edit(statement[0].start, statement[-1].end, f"do $redshift$ begin {call} end $redshift$")


def _inlined(statement: Sequence[Token]) -> Iterator[Edit]:
    """Have each CTE computed as often as it is used: PostgreSQL computes one that is used twice only once."""
    # with a as (…), b as (…) -> with a as not materialized (…), b as not materialized (…)
    for place in range(2, len(statement) - 1):
        is_cte = statement[place - 2].text in {"with", "recursive", ","}
        if is_cte and [token.text for token in statement[place : place + 2]] == ["as", "("]:
            yield Edit(statement[place].end, statement[place].end, " not materialized")


def _columns(statement: Sequence[Token]) -> Iterator[Edit]:
    """Have the columns of a table compare without trailing blanks and count bytes."""
    for place in _definitions(statement):
        length, after = _varchar(statement, place + 1)
        if length:
            name = statement[place]
            # object_key varchar(9) -> object_key bpchar check (case when octet_length(object_key) > 9 then … end)
            too_long = f"redshift.too_long({length}, {literal(name.name)})"
            check = f"check (case when octet_length({name.text}) > {length} then {too_long} else true end)"
            yield Edit(statement[place + 1].start, statement[after - 1].end, f"bpchar {check}")


def _definitions(statement: Sequence[Token]) -> Iterator[int]:
    """Yield the places of the names of columns that a statement defines."""
    words = [token.text for token in statement]
    if re.match(r"create ((local )?temp(orary)? )?table ", " ".join(words)) and "(" in words:
        # create table t (a int, b numeric(4, 2)) -> the places after "(" and "," outside of inner parentheses
        opening = words.index("(")
        if "as" in words[:opening]:
            return
        depth = 0
        for place in range(opening, closing(statement, opening)):
            depth += {"(": 1, ")": -1}.get(words[place], 0)
            if depth == 1 and words[place] in {"(", ","}:
                yield place + 1
    elif words[:2] == ["alter", "table"] and "add" in words:
        yield words.index("add") + (2 if "column" in words else 1)


def _varchar(statement: Sequence[Token], place: int) -> tuple[int, int]:
    """Return the length of the VARCHAR that stands at a place, 0 if none does, and the place after it."""
    match = VARCHAR.match(normalised(statement[place : place + 5]))
    if not match:
        return 0, place
    return int(match[2] or DEFAULT_LENGTH), place + len(match[0].split())


def _casts(statement: Sequence[Token]) -> Iterator[Edit]:
    """Have the result of a cast compare without trailing blanks, too. As on Redshift, it cuts what is too long."""
    for place, token in enumerate(statement):
        if token.text == "cast" and place + 1 < len(statement):
            last = closing(statement, place + 1)
            # The last "as" of the cast: cast(cast(a as text) as varchar(9))
            kind = next((at for at in range(last, place, -1) if statement[at - 1].text == "as"), last)
            # cast(a as varchar(9)) -> cast(cast(a as varchar(9)) as bpchar)
            if _varchar(statement, kind)[0]:
                yield Edit(token.start, token.start, "cast(")
                yield Edit(statement[last].end, statement[last].end, " as bpchar)")
        if token.text == "::" and _varchar(statement, place + 1)[0]:
            end = statement[_varchar(statement, place + 1)[1] - 1].end
            yield Edit(end, end, "::bpchar")


def _quoted_parts(statement: Sequence[Token]) -> Iterator[Edit]:
    """Quote the part of a date that DATEADD names."""
    for place in range(2, len(statement)):
        part = statement[place]
        if statement[place - 2].text == "dateadd" and part.kind == "word":
            yield Edit(part.start, part.end, literal(part.text))


def _without(clauses: re.Pattern[str], statement: Sequence[Token]) -> Iterator[Edit]:
    """Leave out clauses that PostgreSQL does not have."""
    place = 0
    while place < len(statement):
        match = clauses.match(normalised(statement[place : place + 24]) + " ")
        length = len(match[0].split()) if match else 0
        if length:
            yield Edit(statement[place].start, statement[place + length - 1].end, "")
        place += length or 1
