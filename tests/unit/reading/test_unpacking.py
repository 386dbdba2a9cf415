"""Packed files give the same sales as their text, or are refused for a plain reason."""

import gzip
import io
import random
import struct
import tracemalloc
import zipfile

import pytest

from chalicelib.model import Rules
from tests.support.staged_parts import stage

DAY = b"25/08/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,2.45,CASH,\n"
MEBIBYTE = 2**20


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return content.getvalue()


def with_flag(content: bytes, flag: int) -> bytes:
    """Set a flag of a zip's only member, in its own header and in the directory."""
    changed = bytearray(content)
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", changed, content.index(magic) + place, flag)
    return bytes(changed)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(DAY),
        gzip.compress(DAY[:20]) + gzip.compress(DAY[20:]),
        gzip.compress(DAY) + bytes(512),
        zipped(("leeds.csv", DAY)),
        zipped(("leeds.csv", DAY), method=zipfile.ZIP_STORED),
        zipped(("days/", b""), ("days/leeds.csv", DAY), ("__MACOSX/days/._leeds.csv", b"\0\5\x16\7")),
        zipped((".DS_Store", b"\0\0\0\1Bud1"), ("days/.DS_Store", b"\0\0\0\1Bud1"), ("days/leeds.csv", DAY)),
        # A name ends at its first NUL: this one is empty.
        zipped(("leeds.csv", DAY)).replace(b"leeds.csv", b"\0eeds.csv"),
        gzip.compress(b"\xef\xbb\xbf" + DAY),
        gzip.compress(DAY.decode().encode("utf-16")),
        zipped(("leeds.txt", ("\ufeff" + DAY.decode()).encode("utf-16-be"))),
    ],
)
@pytest.mark.parametrize("object_key", ["leeds.csv", "leeds.csv.gz", "leeds.zip"])
def test_a_packed_file_is_loaded_like_its_text(packed: bytes, object_key: str) -> None:
    """Its name need not say that it is packed."""
    plain, staged = stage(DAY), stage(packed, object_key=object_key)

    assert (staged.sales, staged.items) == (plain.sales, plain.items)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (gzip.compress(DAY)[:-9], "damaged"),
        (gzip.compress(DAY)[:-8] + bytes(8), "damaged"),
        (gzip.compress(DAY) + b"more", "damaged"),
        (b"\x1f\x8b", "damaged"),
        (zipped(("leeds.csv", DAY))[:-9], "damaged"),
        (zipped(("leeds.csv", DAY), method=zipfile.ZIP_STORED).replace(b"Jo", b"Mo"), "damaged"),
        (zipped(("leeds.csv", DAY), method=zipfile.ZIP_LZMA), "damaged"),
        (b"PK\x03\x04" + bytes(40), "damaged"),
        (with_flag(zipped(("leeds.csv", DAY)), 1), "password"),
        (zipped(), "several_files"),
        (zipped(("leeds.csv", DAY), ("york.csv", DAY)), "several_files"),
        (zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"")), "workbook"),
        (zipped(("mimetype", b"application/vnd.oasis"), ("content.xml", b"")), "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "workbook"),
        (gzip.compress(gzip.compress(DAY)), "not_text"),
        (gzip.compress(DAY.decode().encode("utf-16")[:-1]), "utf_16"),
        (("\ufeff" + DAY.decode()).encode("utf-16-be") + b"\xd8\x3d", "utf_16"),
        (b"\xff\xfe" + b"\x3d\xd8" + DAY.decode().encode("utf-16-le"), "utf_16"),
        (DAY.decode().encode("utf-32"), "not_text"),
        (("x" * (MEBIBYTE + 1)).encode("utf-16"), "long_line"),
        (b"\xff\xfe", "empty"),
        (DAY.decode().encode("utf-16-le"), "not_text"),
        (DAY.decode().encode("utf-16-be"), "not_text"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(b"x" * (MEBIBYTE + 1)), "long_line"),
    ],
)
def test_a_file_that_cannot_be_unpacked_is_refused(packed: bytes, reason: str) -> None:
    staged = stage(packed)

    assert (staged.reason, staged.sales) == (reason, [])


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped(("bomb.csv", text))])
def test_a_bomb_is_refused_before_it_is_unpacked(pack: object) -> None:
    """No more of its text than the limit is ever in memory."""
    packed = pack(DAY * MEBIBYTE)  # type: ignore[operator]
    tracemalloc.start()

    staged = stage(packed, rules=Rules(max_file_bytes=MEBIBYTE))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (staged.reason, staged.sales) == ("too_large", [])
    assert len(packed) < MEBIBYTE
    assert peak < 8 * MEBIBYTE


def test_damage_anywhere_ends_in_a_refusal_or_in_the_same_sales() -> None:
    """A changed or missing byte never ends in an error or in different sales."""
    dice = random.Random(5)  # noqa: S311 - it hides nothing
    plain = stage(DAY * 40)
    for packed in (gzip.compress(DAY * 40), zipped(("leeds.csv", DAY * 40))):
        for _ in range(150):
            place = dice.randrange(len(packed))
            changed = packed[:place] + bytes([dice.randrange(256)]) * dice.randrange(2) + packed[place + 1 :]
            staged = stage(changed)
            assert staged.reason or staged.sales == plain.sales
