"""Random bytes and spoiled files: no error, no hang, no row that is neither loaded nor rejected."""

import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import dialects
from tests.support.dialects import IN_UTF_16
from tests.support.layouts import LAYOUTS
from tests.support.staged_parts import Staged, stage_each_way

CASES = int(os.environ.get("CAFE_SOAK_FILES") or 250)
LONGEST = timedelta(seconds=30)
FOLDER = Path(__file__).parent
GOOD = [write(dialects.day(seed)[:6]) for seed, write in enumerate((LAYOUTS | IN_UTF_16).values())]
GOOD_IN_BYTES = GOOD[: len(LAYOUTS)]
"""Those with a letter in a byte: their rows may be cut at the bytes of line breaks and commas."""
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
CELLS = [
    *(b"", b" ", b'"', b"=1+1", b"None", b"0", b"-1.45", b"1,003.90", b"9" * 40, b"9" * 200_000, b"\xff\xfe"),
    *(
        b"25/08/2021 09:00",
        b"08/25/21",
        b"44433.3764",
        b"09:00",
        b"2021-02-30",
        b"Leeds",
        b"Ann Lee",
        b"Cafe",
    ),
    *(b'"Large Latte - 2.45, Tea - 1.20"', b"2x Tea - 2.40", b"2.45", b"CARD", b"IOU", b"4111111111111111"),
    *(b"Date", b"Total", b"Customer Name", b"\xe3\x85\xa4", b"a\nb", b'"a\nb"', b"\xe2\x80\xae"),
]
DIGITS_OF_A_DATE = len("1/1/2021") - len("//")
"""The fewest digits of a sale: it has a date, and more."""
SALE = re.compile(
    rb"\d{2}/\d{2}/\d{4} \d{2}:\d{2},[^,\"]+,[^,\"]+,[^,\"]+ - \d\.\d\d,\d\.\d\d,(CARD|CASH),\d*", re.ASCII
)
"""A line of the base format that is a sale or has to be rejected, whatever stands around it."""


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip with one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("sales.csv", content)
    return packed.getvalue()


PACKERS: list[Callable[[bytes], bytes]] = [
    gzip.compress,
    zipped,
    lambda content: zipped(content, zipfile.ZIP_STORED),
    lambda content: gzip.compress(content[:20]) + gzip.compress(content[20:]),
]


@st.composite
def spoiled(draw: st.DrawFn, contents: st.SearchStrategy[bytes], most: int = 6) -> bytes:
    """Draw a file in which some pieces are cut out, doubled or overwritten."""
    content = draw(contents)
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=4) | st.just(content[start:end] * 2))
        content = content[:start] + piece + content[end:]
    return content


@st.composite
def of_spoiled_rows(draw: st.DrawFn) -> bytes:
    """Draw a file in which rows are doubled, left out or moved, and cells are replaced, added or left out."""
    rows = [line.split(b",") for line in draw(st.sampled_from(GOOD_IN_BYTES)).splitlines()]
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(rows) - 1))
        cells = list(rows[place])
        cell = draw(st.integers(0, len(cells)))
        taken = draw(st.integers(0, 2))
        added = draw(st.lists(st.sampled_from([*CELLS, *cells]), max_size=2))
        cells[cell : cell + taken] = added
        changed = draw(st.sampled_from([[cells], [cells], [rows[place], cells], [cells, rows[place]]]))
        rows[place : place + 1] = changed
        if draw(st.booleans()):
            rows.insert(draw(st.integers(0, len(rows))), rows.pop(place))
    end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    return end.join(map(b",".join, rows)) + end


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
    is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16", errors="replace").encode(errors="replace") if is_utf_16 else content
    assert staged.reason or loaded or len(re.findall(rb"[0-9]", text)) < DIGITS_OF_A_DATE
    is_not_plain = content.startswith((b"\x1f\x8b", b"PK", b"\xff\xfe", b"\xfe\xff"))
    return bool(staged.reason) or is_not_plain or lines_of_sales(content) <= set(accounted)


def check(content: bytes) -> None:
    """Stage a file and assert that every row is accounted for."""
    assert is_accounted_for(content, stage_each_way(content))


def fuzz(cases: int) -> settings:
    """Return the settings of so many cases, of which none may take long."""
    return settings(
        max_examples=cases, deadline=LONGEST, database=None, suppress_health_check=list(HealthCheck)
    )


@fuzz(CASES)
@given(content=spoiled(st.sampled_from(FILES)), more=st.sampled_from([b"", *FILES]))
def test_a_spoiled_file_is_loaded_rejected_or_refused(content: bytes, more: bytes) -> None:
    check(content + more)


@fuzz(CASES)
@given(content=of_spoiled_rows())
def test_a_file_of_spoiled_rows_is_loaded_rejected_or_refused(content: bytes) -> None:
    check(content)


@fuzz(CASES // 5)
@given(content=spoiled(st.sampled_from(GOOD)) | of_spoiled_rows(), pack=st.sampled_from(PACKERS))
def test_a_packed_file_is_read_as_it_is_without_packing(
    content: bytes, pack: Callable[[bytes], bytes]
) -> None:
    """Whatever is wrong with it, but for its digest."""
    if content.startswith((b"PK", b"\x1f\x8b")):
        return
    plain, packed = stage_each_way(content), stage_each_way(pack(content))

    assert (packed.texts, packed.reason) == (plain.texts, plain.reason)
    assert is_accounted_for(content, packed)


@fuzz(CASES // 5)
@given(
    content=st.sampled_from([pack(content) for content in GOOD for pack in PACKERS]).flatmap(
        lambda packed: spoiled(st.just(packed), most=3)
    )
)
def test_a_spoiled_archive_is_loaded_or_refused(content: bytes) -> None:
    check(content)


@fuzz(CASES)
@given(
    content=st.binary(max_size=400)
    | st.text(alphabet='0123/: ,;|\t"\n\r-.LATEcardsh£=', max_size=400).map(str.encode)
)
def test_random_bytes_are_loaded_rejected_or_refused(content: bytes) -> None:
    check(content)
