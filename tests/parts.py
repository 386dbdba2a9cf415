"""What ingest stages of a file, read back by plain gzip and csv."""

import csv
import gzip
import io
from dataclasses import dataclass
from decimal import Decimal

from chalicelib import ingesting
from chalicelib.errors import SourceFileError
from chalicelib.staging import Staging

KEY = bytes(range(32))
INGEST_ID = 4_611_686_018_427_387_904


@dataclass
class Staged:
    """The rows of each part, without the ingest_id, and the code of the reason if the file is refused whole."""

    sales: list[list[str]]
    items: list[list[str]]
    rejections: list[list[str]]
    archive: list[list[str]]
    texts: dict[str, str]
    """The parts as text."""
    reason: str
    rows: int

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
        return [int(row[-1]) for row in self.sales]

    def prices(self) -> Decimal:
        """Return the sum of all items."""
        return sum((Decimal(row[-1]) for row in self.items), Decimal(0))


def stage(content: bytes, *, key: bytes = KEY) -> Staged:
    """Stage a file."""
    reason = ""
    with Staging(INGEST_ID) as staging:
        try:
            ingesting.stage(io.BytesIO(content), key, staging)
        except SourceFileError as exc:
            reason = exc.reason
        staging.finish()
        texts = {name: gzip.decompress(part.content.read()).decode() for name, part in staging.parts.items()}
        figures = staging.sales, staging.rejected, staging.items, staging.total
    rows = {name: list(csv.reader(io.StringIO(text, newline=""))) for name, text in texts.items()}
    for name in ("sales", "items", "rejections"):
        assert {row[0] for row in rows[name]} <= {str(INGEST_ID)}
        rows[name] = [row[1:] for row in rows[name]]
    found = Staged(**rows, texts=texts, reason=reason, rows=figures[0] + figures[1])
    total = sum((Decimal(row[5]) for row in found.sales), Decimal(0))
    counted = len(found.sales), len(found.rejections), len(found.items), int(total * 100)
    assert counted == figures, "the figures of the request are those of its parts"
    assert len(found.archive) == 1 + len(found.sales) + len(found.rejections)
    return found
