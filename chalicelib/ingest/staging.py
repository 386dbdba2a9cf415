"""Staged parts: what load copies into the warehouse, gzipped CSV without a header, and the archive copy with one.

Names and cards are in none of them. The columns are those of the staging tables in `sql/load`, in their order.
"""

import tempfile
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from textwrap import shorten
from typing import IO, Any, Final, Self

import pandas as pd
from isal import isal_zlib

from chalicelib.errors import SourceFileError
from chalicelib.ingest.sale_keys import SaleKeys, digests
from chalicelib.model import LoadRequest, Parts, SourceVersion
from chalicelib.reading.baskets import Baskets
from chalicelib.reading.fields import MEMORY, Fault, pounds
from chalicelib.reading.items import Item

MEMORY_LIMIT: Final = 8 * 2**20
"""Bytes of a part that are held in memory; what is more goes to an unlinked temporary file."""

TOLD_LETTERS: Final = 500
"""Of how a file was read, and of what is to be looked at: both stand in an archive copy's metadata too, of 2 KB."""

DAY_LETTERS: Final = len("YYYY-MM-DD")

GZIP: Final = 31
"""The window size with which zlib writes a gzip member."""

PARTS: Final = ("sales", "items", "rejections", "archive")
ARCHIVE_COLUMNS: Final = (
    "line_number",
    "sold_at",
    "store_name",
    "customer_hash",
    "payment_type",
    "total_price",
    "basket",
    "column_name",
    "reason",
    "sentence",
)


def part_keys(ingest_id: int) -> Parts:
    """Return where the parts of one run of ingest go."""
    return Parts(**{name: f"staged/{ingest_id}/{name}.csv.gz" for name in PARTS})


@lru_cache(MEMORY)
def quoted(text: str) -> str:
    """Return a CSV field, quoted where a reader might take it for something else, such as a null."""
    if any(letter in text for letter in ',"\r\n\\'):
        return '"' + text.replace('"', '""') + '"'
    return text


class Part:
    """A gzipped text that grows."""

    def __init__(self) -> None:
        self.content: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT)  # noqa: SIM115 - Staging closes it
        self._gzip = isal_zlib.compressobj(level=1, wbits=GZIP)

    def write(self, texts: Iterable[str]) -> None:
        """Append texts."""
        self.content.write(self._gzip.compress("".join(texts).encode()))

    def finish(self) -> None:
        """Write what is left and wind back."""
        self.content.write(self._gzip.flush())
        self.content.seek(0)


class Staging:
    """The parts of one file and its figures, growing chunk by chunk. `total` is in pence."""

    def __init__(self, ingest_id: int) -> None:
        self.ingest_id = ingest_id
        self._begin()

    def _begin(self) -> None:
        self.parts = {name: Part() for name in PARTS}
        self.parts["archive"].write([",".join(ARCHIVE_COLUMNS), "\n"])
        self.sales = self.rejected = self.items = self.total = 0
        self.stores: set[str] = set()
        self.days: set[str] = set()
        self._keys = SaleKeys()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts.values():
            part.content.close()

    def discard(self) -> None:
        """Begin anew: of a file that is refused though it has sales nothing is staged."""
        self.__exit__()
        self._begin()

    def finish(self) -> dict[str, IO[bytes]]:
        """Complete the parts and return their contents by name."""
        for part in self.parts.values():
            part.finish()
        return {name: part.content for name, part in self.parts.items()}

    def request(  # noqa: PLR0913 - what a request is made of besides its figures
        self,
        source: SourceVersion,
        *,
        content_sha256: str,
        hash_key_id: str,
        refusal: SourceFileError | None = None,
        reading: str = "",
        remarks: str = "",
        archived_file_id: int = 0,
    ) -> LoadRequest:
        """Return the request for the load of what is staged, or for the ledger to learn why it is refused whole."""
        return LoadRequest(
            ingest_id=self.ingest_id,
            source=source,
            content_sha256=content_sha256,
            hash_key_id=hash_key_id,
            rows_read=self.sales + self.rejected,
            rows_rejected=self.rejected,
            items=self.items,
            total=Decimal(pounds(self.total)),
            reason=refusal.reason if refusal else "",
            sentence=str(refusal or ""),
            parts=part_keys(self.ingest_id),
            store_name="".join(self.stores) if len(self.stores) == 1 else "",
            reading=shorten(reading, TOLD_LETTERS, placeholder=" etc."),
            remarks=shorten(remarks, TOLD_LETTERS, placeholder=" etc."),
            archived_file_id=archived_file_id,
        )

    def write(self, sales: pd.DataFrame, customers: list[str], baskets: Baskets) -> None:
        """Add sales, the hashes of their customers and their items, all in the order of lines."""
        if sales.empty:
            return
        lines, times, stores, totals, payments = _columns(
            sales, "line_number", "sold_at", "store_name", "total_price", "payment_type"
        )
        self.stores.update(stores)
        self.days.update(at[:DAY_LETTERS] for at in set(times))
        texts = [item.text for item in baskets.catalogue]
        keys = self._keys.of(stores, times, customers, payments, baskets.sums(digests(texts)))
        columns = lines, times, map(quoted, stores), customers, payments, map(pounds, totals)
        known = [
            f"{line},{at},{store},{customer},{payment},{amount}"
            for line, at, store, customer, payment, amount in zip(*columns, strict=True)
        ]
        self._write("sales", [f"{row},{key}" for row, key in zip(known, keys, strict=True)])
        contents = _contents(texts, baskets)
        self.parts["archive"].write(
            [f'{row},"{items}",,,\n' for row, items in zip(known, contents, strict=True)]
        )
        self._write_items(baskets)
        self.sales += len(lines)
        self.total += sum(totals)

    def _write_items(self, baskets: Baskets) -> None:
        catalogue = list(map(_item_fields, baskets.catalogue))
        lines, numbers, places = _columns(baskets.items, "line_number", "item_number", "item")
        rows = zip(lines, numbers, places, strict=True)
        self._write("items", [f"{line},{number},{catalogue[place]}" for line, number, place in rows])
        self.items += len(lines)

    def _write(self, part: str, rows: list[str]) -> None:
        """Write rows, each behind the ingest_id."""
        if rows:
            start = f"{self.ingest_id},"
            self.parts[part].write([start, f"\n{start}".join(rows), "\n"])

    def reject(self, faults: dict[int, Fault]) -> None:
        """Add refused rows by line number: why, and nothing of what they hold."""
        rows = [
            (line, f"{fault.column},{fault.reason},{quoted(fault.sentence)}")
            for line, fault in sorted(faults.items())
        ]
        self._write("rejections", [f"{line},{why}" for line, why in rows])
        self.parts["archive"].write(f"{line},,,,,,,{why}\n" for line, why in rows)
        self.rejected += len(rows)


def _columns(frame: pd.DataFrame, *names: str) -> list[list[Any]]:
    """Return columns as lists."""
    return [frame[name].tolist() for name in names]


def _contents(texts: list[str], baskets: Baskets) -> list[str]:
    """Return each sale's basket as the base format writes it, its quotes doubled."""
    escaped = [text.replace('"', '""') for text in texts]
    items = [escaped[place] for place in baskets.items["item"].tolist()]
    return [", ".join(items[start:end]) for start, end in pairwise([*baskets.starts.tolist(), len(items)])]


@lru_cache(MEMORY)
def _item_fields(item: Item) -> str:
    names = map(quoted, (item.product_name, item.size, item.flavour_name))
    return f"{','.join(names)},{pounds(item.unit_price)}"
