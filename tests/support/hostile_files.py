"""Files, keys, messages and events as an enemy would send them, as far as the reference ledger can understand them."""

import gzip
import hashlib
import io
import json
import warnings
import zipfile
from dataclasses import dataclass
from typing import Any, Final

from tests.support.overlapping_files import ANN, BOB, CAT, CONTENTS, DAN, row
from tests.support.pipeline import csv_of
from tests.support.stated_sales import Content, numbered

Row = tuple[str, ...]

SWAPPED: Final = [
    (
        f"25/08/2021 10:{place:02}",
        f"Quentin Canarybird {chr(65 + place)}",
        "Leeds",
        "Tea - 1.20",
        "1.20",
        "CASH",
        "",
    )
    for place in range(24)
]
"""Customers in the column of the store."""


@dataclass(frozen=True)
class UnderBadKey(Content):
    """A content under a key with a control character: refused, and not told from others by its bytes alone."""

    key: str = ""

    @property
    def sha256(self) -> str:
        """The digest of key and digest."""
        return hashlib.sha256(f"{self.key}\n{super().sha256}".encode()).hexdigest()


def zipped(**members: bytes) -> bytes:
    """Return a zip; `a_csv` becomes a member of the name `a.csv`, and so does `a__csv`, a second one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", "_").replace("_", ".")), content)
    return packed.getvalue()


def packed(content: bytes) -> bytes:
    """Return a gzip that is the same at any time."""
    return gzip.compress(content, mtime=0)


def changed(place: int, text: str) -> Row:
    """Return the row of a sale with another text in one of its columns."""
    cells = row(CAT)
    return *cells[:place], text, *cells[place + 1 :]


def beside_sales(*bad: Row, end: bytes = b"") -> Content:
    """Return a file of two sales with rows in between, and lines at the end, that have to be rejected."""
    lines = tuple(range(2, 2 + len(bad)))
    sales = ((1, ANN), (2 + len(bad), BOB))
    after = 3 + len(bad)
    ends = tuple(range(after, after + len(end.splitlines())))
    return Content(csv_of(row(ANN), *bad, row(BOB)) + end, sales=sales, rejected=lines + ends)


HOSTILE: Final = {
    "swapped columns": Content(csv_of(*SWAPPED), reason="swapped"),
    "swapped columns, packed": Content(packed(csv_of(*SWAPPED)), reason="swapped"),
    "bomb in a bomb": Content(packed(packed(bytes(2**20))), reason="not_text"),
    "zeros": Content(packed(bytes(2**20)), reason="not_text"),
    "two members of one name": Content(
        zipped(a_csv=csv_of(row(ANN)), a__csv=csv_of(row(BOB))), reason="several_files"
    ),
    "absolute path": Content(zipped(**{"/etc/passwd": csv_of(row(ANN))}), sales=numbered([ANN])),
    "cut off": Content(packed(csv_of(row(ANN), row(BOB)))[:-9], reason="damaged"),
    "packed day": Content(packed(CONTENTS["day"].data), sales=CONTENTS["day"].sales),
    "workbook": Content(b"\xd0\xcf\x11\xe0" + bytes(99), reason="workbook"),
    "long line": Content(b"x" * (2**20 + 1), reason="long_line"),
    "commas": Content(csv_of(("",) * 9) * 2_000 + csv_of(row(ANN)), sales=((2_001, ANN),)),
    "cards": beside_sales(
        changed(1, "4111111111111111"),
        changed(3, "4111-1111-1111-1111 - 1.20"),
        changed(3, "Tea - 5494123456781234 - 1.20"),
        changed(4, "41111111.11"),
    ),
    "formulas": beside_sales(
        *(changed(1, "=1+1"), changed(1, "\uff1d1+1"), changed(2, "@SUM(A1)"), changed(3, "x - -1 - 1.20"))
    ),
    "letters that nobody sees": beside_sales(
        *(changed(1, "Leeds\u3164"), changed(1, "Le\u200beds"), changed(1, "L\u0435eds"))
    ),
    "shifted rows": beside_sales(row(CAT)[1:], ("", *row(CAT)), row(CAT) * 2),
    "lost quotes": beside_sales(end=b'25/08/2021 09:00,Leeds,"Jo,Tea - 1.20,1.20,CASH,\n'),
    "repeated blanks": beside_sales(changed(0, '"' + " " * 20_000 + "x"), changed(4, " " * 20_000 + "x")),
    "long field": beside_sales(changed(5, "9" * 140_000)),
    "refunds": Content(
        csv_of(*[changed(4, "-1.20")] * 50), rejected=tuple(range(1, 51)), reason="no_valid_row"
    ),
    "voucher and no row more": Content(csv_of(row(DAN)), sales=numbered([DAN])),
}
"""Contents by name, each with the sales and the rejected lines that it has to have."""

KEYS: Final = (
    "=cmd|' /C calc'!A0.csv",
    "../../etc/passwd",
    "%2e%2e/%00+.csv",
    "<img src=x onerror=alert(1)>.csv",
    "staged/1/sales.csv.gz",
    f"{'k' * 880}.csv",
    "gpj.\u202evsc",
)
"""Keys that are allowed."""

BAD_KEYS: Final = ("a\x01b.csv", "\x1b[2Jq.csv", "tab\t25-08-2021.csv", "leeds_25-08-2021.csv ", "\u2028.csv")
"""Keys under which any file is refused."""

MESSAGES: Final = {
    "nothing": "",
    "no JSON": "no JSON",
    "null": "null",
    "a number of 5,000 digits": "7" * 5000,
    "deep lists": "[" * 100_000,
    "deep objects": '{"source":' * 100_000,
    "an empty object": "{}",
    "half an object": '{"source": []}',
    "some fields": json.dumps(
        {"source": {"object_key": "leeds_25-08-2021_09-00-00.csv"}, "total": "1E+999999"}
    ),
}
"""Messages to `load` that are no requests."""

RECORDS: Final[dict[str, Any]] = {
    "null": None,
    "a list": [],
    "an empty object": {},
    "no object": {"s3": {}},
    "a list as the key": {"s3": {"object": {"key": []}}},
    "a number as what happened": {"eventName": 7, "s3": {"object": {"key": "sales.csv"}}},
    "half a message": {"body": "{"},
    "a deep message": {"Sns": {"Message": "[" * 100_000}},
    "a message in a message": {"body": json.dumps({"Records": [{"body": "no event"}]})},
}
"""Records of events that are not of S3."""


def under(key: str, content: Content) -> Content:
    """Return what becomes of a content under a key."""
    return UnderBadKey(content.data, reason="bad_key", key=key) if key in BAD_KEYS else content
