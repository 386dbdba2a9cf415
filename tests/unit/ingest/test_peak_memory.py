"""The memory of `ingest` depends on the size of a file, and hardly on what an enemy writes into it."""

import os
from functools import cache

import pytest

from tests.support import dialects
from tests.support.crafted import FILLERS, LINES, ROWS, of_lines, of_long_fields
from tests.support.peak_memory import peak_of

MOST = 3
"""The memory that a crafted file may take, divided by that of an honest one of the same size."""

IS_SOAK = bool(os.environ.get("CAFE_SOAK_FILES"))
SIZE = 2**22
"""Bytes. A block is bounded in lines, so that what many short lines take does not grow beyond it: it weighs more in a
smaller file, where it is a hundred megabytes at most.
"""

FEW_LINES = ("empty lines", "quotes alone", "triples")
LONG_FIELDS = [(layout, filler) for layout in ROWS for filler in FILLERS] if IS_SOAK else [("base", ",")]


@cache
def honest() -> int:
    """Return the memory that days of sales take: what ingest itself takes is not counted."""
    content, seed = b"", 0
    while len(content) < SIZE:
        content += dialects.base(dialects.day(seed))
        seed += 1
    return peak_of(content)


@pytest.mark.parametrize("line", LINES if IS_SOAK else FEW_LINES)
def test_many_lines_take_little_memory(line: str) -> None:
    assert peak_of(of_lines(LINES[line], SIZE)) <= MOST * honest()


@pytest.mark.parametrize(("layout", "filler"), LONG_FIELDS)
def test_long_fields_take_little_memory(layout: str, filler: str) -> None:
    assert peak_of(of_long_fields(layout, filler, SIZE)) <= MOST * honest()
