"""Blocks of whole lines, numbered as in an editor."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.reading import csv_blocks
from chalicelib.reading.csv_blocks import UNDECODABLE, Block, blocks

CONTENTS = st.lists(st.sampled_from(["a", "é,", "\n", "\r", "\r\n", "\u2028"]), max_size=40).map("".join)


def cut(content: bytes, size: int, lines: int = csv_blocks.BLOCK_LINES) -> list[Block]:
    """Return the blocks of a file that is read in pieces of this size, with so many lines at most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "BLOCK_BYTES", size)
        patch.setattr(csv_blocks, "BLOCK_LINES", lines)
        return list(blocks(io.BytesIO(content)))


@settings(max_examples=300, deadline=None, database=None)
@given(text=CONTENTS, size=st.integers(1, 40), lines=st.integers(1, 9))
def test_blocks_are_whole_lines_with_their_numbers(text: str, size: int, lines: int) -> None:
    """No line is cut, not even between a carriage return and its line feed, and none is counted twice."""
    content = text.encode()
    numbered = [
        (number, line)
        for block in cut(content, size, lines)
        for number, line in enumerate(block.raw_lines, block.first_line)
    ]

    assert numbered == list(enumerate(content.splitlines(keepends=True), 1))


@settings(max_examples=300, deadline=None, database=None)
@given(text=CONTENTS)
def test_lines_are_counted_without_making_them(text: str) -> None:
    block = Block(1, text.encode())

    assert block.line_count == len(block.raw_lines)


@settings(max_examples=300, deadline=None, database=None)
@given(text=CONTENTS, longest=st.integers(1, 5))
def test_a_block_says_if_a_line_is_long(text: str, longest: int) -> None:
    """A line's end may count as one of its bytes: then the slower way is taken, which reads the same."""
    block = Block(1, text.encode())
    lengths = [len(line.rstrip(b"\r\n")) for line in block.raw_lines]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "LONGEST_FIELD", longest)
        has_long_line = block.has_long_line

    assert has_long_line or max(lengths, default=0) <= longest
    assert not has_long_line or max(lengths) >= longest


def test_the_last_block_is_marked() -> None:
    assert [block.is_last for block in cut(b"a\nb\nc\n", 2)] == [False, False, True]
    assert cut(b"", 2) == []


def test_a_block_is_parted_at_a_line() -> None:
    block = Block(5, b"five\nsix\r\nseven\n")

    assert block.up_to_line(6) == Block(5, b"five\n", is_last=True)
    assert block.from_line(6) == Block(6, b"six\r\nseven\n")
    assert Block(7, b"seven\n").with_lines_before(b"five\nsix\n") == Block(5, b"five\nsix\nseven\n")


def test_each_line_is_decoded_by_itself() -> None:
    """A line that is not UTF-8 is Windows-1252; bytes that are neither become one mark, as do noncharacters."""
    content = "Café\n".encode() + "Café\n".encode("cp1252") + b"\x81\n" + "\ufdd1\n".encode()
    [block] = cut(b"\xef\xbb\xbf" + content, 100)

    assert block.lines == ["Café\n", "Café\n", f"{UNDECODABLE}\n", f"{UNDECODABLE}\n"]
    assert (block.is_utf8, block.in_utf8().is_utf8, block.in_utf8().is_clean) == (False, True, False)
