"""Random bytes and spoiled files: no error, no hang, no row that is neither loaded nor rejected."""

import os
import re
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import dialects
from tests.support.dialects import DIALECTS, IN_UTF_16
from tests.support.staged_parts import Staged, stage_each_way

CASES = int(os.environ.get("CAFE_SOAK_FILES") or 250)
LONGEST = timedelta(seconds=30)
FOLDER = Path(__file__).parent
GOOD = [write(dialects.day(seed)[:6]) for seed, write in enumerate((DIALECTS | IN_UTF_16).values())]
FILES = GOOD + [
    content
    for folder in ("bad", "odd")
    for path in sorted((FOLDER / folder).iterdir())
    if len(content := path.read_bytes()) < 2**14
]
PIECES = [
    *(b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\x81", b"\xef\xbb\xbf", b" - ", b"=", b"-"),
    *(
        b"2.45",
        b".70",
        b"2x ",
        b"; ",
        b"GBP ",
        b"['",
        b" \xe2\x80\x93 ",
        b"25-Aug-21, 09:00Z",
        b"44433.3764",
        b"Voucher",
        b"CARD",
        b"Large",
        b"25/08/2021 09:00",
        b"\xef\xb7\x90",
        b"\xe2\x80\xa8",
        b"\x1e",
        b"\x1f",
        b"\x85",
    ),
    *(b";", b"\t", b"|", b"2,45", b"1.003,90", b"sep=;\n", b"\xff\xfe", b"\xfe\xff", b"\xd8\x3d"),
    b"25/08/2021 09:00;Leeds;Jo;Tea - 1,20;1,20;CARD;\n",
    b"date,location,customer_name,products,total,payment_type,card_number\n",
    b"location,date,customer_name,products,total,payment_type,card_number\n",
    b"timestamp,branch,custumer,basket,price,method,card\n",
]
DIGITS_OF_A_DATE = len("1/1/2021") - len("//")
"""The fewest digits of a sale: it has a date, and more."""
SALE = re.compile(
    rb"\d{2}/\d{2}/\d{4} \d{2}:\d{2},[^,\"]+,[^,\"]+,[^,\"]+ - \d\.\d\d,\d\.\d\d,(CARD|CASH),\d*", re.ASCII
)
"""A line of the base format that is a sale or has to be rejected, whatever stands around it."""


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Draw a file in which some pieces are cut out, doubled or overwritten."""
    content = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=4) | st.just(content[start:end] * 2))
        content = content[:start] + piece + content[end:]
    return content + draw(st.sampled_from([b"", *FILES]))


def lines_of_sales(content: bytes) -> set[int]:
    """Return the numbers of the lines that look like sales, as an editor numbers them."""
    return {
        number
        for number, line in enumerate(content.splitlines(), 1)
        if SALE.fullmatch(line.lstrip(b"\xef\xbb\xbf"))
    }


def is_accounted_for(content: bytes, staged: Staged) -> bool:
    """Tell whether each row is loaded or rejected, once, under a line of the file."""
    loaded, rejected = [int(row[0]) for row in staged.sales], sorted(staged.reasons)
    accounted = [*loaded, *rejected]
    assert len(accounted) == len(set(accounted)) == staged.request.rows_read
    assert loaded == sorted(loaded)
    # A file is read without a sale only if it is a header alone: then the store was closed.
    assert staged.reason or loaded or len(re.findall(rb"[0-9]", content)) < DIGITS_OF_A_DATE
    is_not_plain = content.startswith((b"\x1f\x8b", b"PK", b"\xff\xfe", b"\xfe\xff"))
    return bool(staged.reason) or is_not_plain or lines_of_sales(content) <= set(accounted)


def check(content: bytes) -> None:
    """Stage a file and assert that every row is accounted for."""
    assert is_accounted_for(content, stage_each_way(content))


@settings(max_examples=CASES, deadline=LONGEST, database=None, suppress_health_check=list(HealthCheck))
@given(content=spoiled())
def test_a_spoiled_file_is_loaded_rejected_or_refused(content: bytes) -> None:
    check(content)


@settings(max_examples=CASES, deadline=LONGEST, database=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=400)
    | st.text(alphabet='0123/: ,;|\t"\n\r-.LATEcardsh£=', max_size=400).map(str.encode)
)
def test_random_bytes_are_loaded_rejected_or_refused(content: bytes) -> None:
    check(content)
