"""What Redshift refuses and PostgreSQL takes, each with Redshift's message and SQLSTATE.

Most of it is found by patterns in the normalised statement, whose tokens stand one blank apart. A parser would help
little: those that know Redshift's dialect read SUBSTR as SUBSTRING and let FILTER pass.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from local.redshift.subqueries import correlated_name
from local.redshift.tokens import Token, closing, normalised

UNSUPPORTED: Final = "0A000"
SYNTAX: Final = "42601"
NO_FUNCTION: Final = "42883"


class Refusal(NamedTuple):
    """An error that takes the place of a statement."""

    message: str
    code: str


LEADER_ONLY: Final = r"(?<!\. )\b(now|substr|age|generate_series|(?:statement|transaction)_timestamp) \("
CLOCK: Final = r"(?<!\. )\b(current_timestamp|current_time|localtimestamp|localtime)\b"
"""Functions that Redshift's leader node knows and its compute nodes do not. In `t.now` it is a column."""

LEADER_ONLY_MESSAGE: Final = (
    "Specified types or functions (one per INFO message) not supported on Redshift tables."
    ' Function "{}()" not supported.'
)

UNKNOWN: Final = (
    r"(?<!\. )\b(string_agg|\w*array_agg|jsonb?_\w+|row_to_json|to_jsonb?|unnest|string_to_array|array_to_string"
    r"|regexp_matches|clock_timestamp|date_bin|make_date|make_timestamp|make_interval|gen_random_uuid|num_nulls"
    r"|num_nonnulls|nextval|format) \("
)
"""Functions of PostgreSQL that Redshift does not have."""

PATTERNS: Final = [
    (re.compile(pattern), Refusal(message, code))
    for pattern, message, code in (
        (LEADER_ONLY, LEADER_ONLY_MESSAGE, UNSUPPORTED),
        (CLOCK, LEADER_ONLY_MESSAGE, UNSUPPORTED),
        (UNKNOWN, "function {}() does not exist", NO_FUNCTION),
        (r"\breturning\b", 'syntax error at or near "returning"', SYNTAX),
        (r"\bon conflict\b", 'syntax error at or near "conflict"', SYNTAX),
        (r"\blateral\b", 'syntax error at or near "lateral"', SYNTAX),
        # Redshift has MERGE since 2023, but the project's one text of SQL does without it.
        (r"^merge\b", "MERGE is not supported on this target", UNSUPPORTED),
        (
            r"^with\b.*\b(insert into|delete from|update \S+ set)\b",
            'syntax error at or near "insert", "delete" or "update" after WITH',
            SYNTAX,
        ),
        (
            r"^copy\b.*\bfrom (stdin|program)\b|^copy\b.* to ",
            "LOAD source is not supported. (Hint: only S3 or DynamoDB or EMR based load is allowed)",
            UNSUPPORTED,
        ),
        (r"\bselect distinct on\b", "SELECT DISTINCT ON is not supported", UNSUPPORTED),
        # count(*) filter (where …)
        (r"\) filter \(", 'syntax error at or near "("', SYNTAX),
        (r"\bis (not )?distinct from\b", 'syntax error at or near "distinct"', SYNTAX),
        (r"\bfrom \( values\b", 'syntax error at or near "values"', SYNTAX),
        # array[1, 2], array(select …), int[], a[1]
        (
            r"\barray \[|\barray \( select|\[ \d* ?\]",
            "Arrays are not supported on Redshift tables",
            UNSUPPORTED,
        ),
        (r"\bjsonb?\b(?! \()", 'Type "json" is not supported on Redshift tables', UNSUPPORTED),
        (r"\b(big|small)?serial\b", 'Type "serial" is not supported on Redshift tables', UNSUPPORTED),
        (
            r"^create (unique )?(index|sequence|domain|type|rule|trigger|extension)\b|^do\b",
            "This SQL command is not supported on Redshift tables.",
            UNSUPPORTED,
        ),
        (r"^alter table\b.*\badd (column )?if not exists\b", 'syntax error at or near "not"', SYNTAX),
        (r"^alter table\b.*\badd\b.* , (add|drop|alter)\b", 'syntax error at or near ","', SYNTAX),
        (
            r"^alter table\b.*\b(drop|set) not null\b",
            "ALTER COLUMN SET/DROP NOT NULL is not supported",
            UNSUPPORTED,
        ),
        (
            r"^alter table\b.*\balter (column )?\S+ type (?!varchar\b|character varying\b)",
            "ALTER COLUMN TYPE is only supported for VARCHAR",
            UNSUPPORTED,
        ),
        (
            r"^alter table\b(?!.*\bdefault (?!null)).*\badd\b.*\bnot null\b",
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
            UNSUPPORTED,
        ),
    )
]

FRAMED: Final = re.compile(
    r"sum|count|avg|min|max|median|(stddev|var)(_samp|_pop)?|variance|first_value|last_value"
)
"""Window functions that need a frame beside an order."""


def refusal_of(statement: Sequence[Token]) -> Refusal | None:
    """Return the error with which Redshift refuses a statement; None if it takes it."""
    text = normalised(statement)
    for pattern, refusal in PATTERNS:
        if match := pattern.search(text):
            return Refusal(refusal.message.format(*match.groups()), refusal.code)
    return _window(statement) or _correlated(statement)


def _window(statement: Sequence[Token]) -> Refusal | None:
    """Refuse an aggregate over ordered rows that does not say which rows: `sum(a) over (order by b)`."""
    # The place of each closing parenthesis, with the function that it belongs to: in `sum(a) over` that before `over`.
    functions: dict[int, str] = {}
    for place, token in enumerate(statement[:-1]):
        if token.kind == "word" and statement[place + 1].text == "(":
            functions[closing(statement, place + 1)] = token.text
        if token.text == "over" and FRAMED.fullmatch(functions.get(place - 1, "")):
            window = normalised(statement[place : closing(statement, place + 1)])
            if "order by" in window and " rows " not in window:
                return Refusal(
                    "Aggregate window functions with an ORDER BY clause require a frame clause", UNSUPPORTED
                )
    return None


def _correlated(statement: Sequence[Token]) -> Refusal | None:
    """Refuse a subquery that reads a column of the query around it."""
    if correlated_name(statement):
        return Refusal("This type of correlated subquery pattern is not supported yet", UNSUPPORTED)
    return None
