"""The error of a row that COPY cannot load: its code, its file, its line and its column, and nothing of its content."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from local.redshift.parts import Part
from local.redshift.protocol import Fields

PLACE: Final = re.compile(r"COPY [^,]+, line (\d+)(?:, column ([^:\n]+))?")

CODES: Final = [
    # SQLSTATE, a pattern in PostgreSQL's message, Redshift's code and its words
    ("22P04", "extra data", 1202, "Extra column(s) found"),
    ("22P04", "missing data", 1203, "Input data had fewer columns than were defined in the DDL"),
    ("22P04", "unterminated", 1214, "Delimited value missing end quote"),
    ("22001", "", 1204, "String length exceeds DDL length"),
    ("22003", "numeric", 1204, "Input data exceeded the acceptable range for the data type"),
    ("22003", "", 1222, "Integer value overflow"),
    ("22007", "", 1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
    ("22008", "", 1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
    ("22P02", "numeric", 1209, "Invalid decimal"),
    ("22P02", "", 1207, "Invalid digit"),
    ("23502", "", 1213, "Missing data for not-null field"),
    ("22021", "", 1220, "String contains invalid or unsupported UTF8 codepoints"),
    ("", "", 1200, "Unknown parse error"),
]


class LoadError(NamedTuple):
    """A row of `sys_load_error_detail`."""

    file_name: str
    line_number: int
    column_name: str
    error_code: int
    error_message: str


def load_error(fields: Fields, parts: Sequence[Part]) -> LoadError:
    """Return Redshift's error for PostgreSQL's, which counts the lines of all files as if they were one."""
    # 'COPY stage_sales, line 12, column sold_at: "25th"' -> line 12, column sold_at; the value is left
    place = PLACE.search(fields.get("W", ""))
    line = int(place[1]) if place else 0
    # PostgreSQL names the column in the context if it cannot read the value, and in a field if it breaks a rule.
    column = fields.get("c") or (place[2] if place else "") or ""
    code, message = next(
        (code, words)
        for state, pattern, code, words in CODES
        if fields.get("C", "").startswith(state) and pattern in fields.get("M", "")
    )
    # Files of 10 and 5 lines: line 12 is the second line of the second file.
    for part in parts:
        if line <= part.lines:
            return LoadError(part.url, line, column, code, message)
        line -= part.lines
    return LoadError("", line, column, code, message)
