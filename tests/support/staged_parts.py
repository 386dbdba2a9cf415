"""Stages a file as ingest does, and reads the parts back with plain gzip and csv."""

import csv
import gzip
import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.ingest.intake import staged_request
from chalicelib.ingest.part_files import NULL
from chalicelib.ingest.staging import Staging
from chalicelib.model import LoadRequest, Rules, SourceVersion
from chalicelib.reading import csv_blocks
from chalicelib.storage.raw import MEMORY_LIMIT, RawObject

KEY = bytes(range(32))
UPLOADED_AT = datetime.fromisoformat("2026-01-01")
RULES = Rules()
INGEST_ID = 4_611_686_018_427_387_904


@dataclass
class Staged:
    """The rows of each part, without the ingest_id, and the request."""

    sales: list[list[str]]
    items: list[list[str]]
    """Each with its names, and without its catalogue number."""
    rejections: list[list[str]]
    archive: list[list[str]]
    texts: dict[str, str]
    """The parts as text."""
    request: LoadRequest

    @property
    def reason(self) -> str:
        """The code of why the file is refused; empty if it is not."""
        return self.request.reason

    @property
    def text(self) -> str:
        """All parts as one text."""
        return "\n".join(self.texts.values())

    @property
    def reasons(self) -> dict[int, str]:
        """The reason of each rejected line."""
        return {int(line): reason for line, _, reason, _ in self.rejections}

    @property
    def keys(self) -> list[int]:
        """The sale keys."""
        return [int(row[-3]) for row in self.sales]

    @property
    def visit_keys(self) -> list[int]:
        """The visit keys."""
        return [int(row[-2]) for row in self.sales]

    @property
    def store_keys(self) -> list[str]:
        """The store keys."""
        return [row[-1] for row in self.sales]

    def prices(self) -> Decimal:
        """Return the sum of all items."""
        return sum((Decimal(row[-1]) for row in self.items), Decimal(0))


def stage(
    content: bytes,
    *,
    key: bytes = KEY,
    object_key: str = "",
    uploaded_at: datetime = UPLOADED_AT,
    rules: Rules = RULES,
) -> Staged:
    """Stage a file, and assert that the figures of its request are those of its parts."""
    version = SourceVersion(object_key, "", "", uploaded_at, "")
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT) as stream, Staging(INGEST_ID, key) as staging:
        stream.write(content)
        stream.seek(0)
        raw = RawObject(version, stream, "", len(content))
        request = staged_request(raw, staging, rules)
        texts = {name: gzip.decompress(staging.packed(name).read()).decode() for name in staging.parts}
    rows = {name: list(csv.reader(io.StringIO(text, newline=""))) for name, text in texts.items()}
    for name in ("sales", "items", "rejections"):
        assert {row[0] for row in rows[name]} <= {str(INGEST_ID)}
        rows[name] = [row[1:] for row in rows[name]]
    rows["items"] = list(_with_names(rows["items"]))
    staged = Staged(**rows, texts=texts, request=request)
    figures = request.rows_read - request.rows_rejected, request.rows_rejected, request.items, request.total
    total = sum((Decimal(row[5]) for row in staged.sales), Decimal(0))
    counted = len(staged.sales), len(staged.rejections), len(staged.items), total
    assert counted == figures, "the figures of the request are those of its parts"
    # A refused file is never archived.
    assert staged.reason or len(staged.archive) == 1 + len(staged.sales) + len(staged.rejections)
    return staged


def _with_names(items: list[list[str]]) -> Iterator[list[str]]:
    """Yield the rows of items, each with the names and the price that only its catalogue number's first row has."""
    catalogue: dict[str, list[str]] = {}
    for line, position, number, *item in items:
        is_repeated = set(item) == {NULL}
        assert is_repeated is (number in catalogue), "names and price stand in the first row, and only there"
        yield [line, position, *catalogue.setdefault(number, item)]


def spent(content: bytes) -> float:
    """Stage a file without reading its parts back; return the seconds of computing that it took."""
    version = SourceVersion("leeds.csv", "", "", UPLOADED_AT, "")
    with Staging(INGEST_ID, KEY) as staging:
        began_at = time.process_time()
        staged_request(RawObject(version, io.BytesIO(content), "", len(content)), staging, RULES)
        for part in staging.parts:
            staging.packed(part)
        return time.process_time() - began_at


def stage_each_way(content: bytes, **options: Any) -> Staged:
    """Stage a file as a small one by `csv` and as a large one by pandas; assert that both give the same parts."""
    staged = stage(content, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "SMALL_BYTES", 0)
        assert stage(content, **options) == staged
    return staged
