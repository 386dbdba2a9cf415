"""The parts of one file, written chunk by chunk: sales, items and rejections, and the archive copy of all three.

No name and no card number is in any of them. `chalicelib/parts.py` declares their columns.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from textwrap import shorten
from typing import IO, Any, Final, Self

from chalicelib.errors import SourceFileError
from chalicelib.ingest.part_files import NULL, WRITERS, PartFile, fields, quoted
from chalicelib.ingest.sale_keys import SaleKeys
from chalicelib.memory import remembered
from chalicelib.model import LoadRequest, Parts, SourceVersion
from chalicelib.normalisation import store_key, store_keys
from chalicelib.parts import ARCHIVE, CUSTOMER_HASH, ITEM, REJECTION, SALE, WRITTEN_BY_INGEST
from chalicelib.reading.baskets import Baskets
from chalicelib.reading.fields import Fault, pounds
from chalicelib.reading.items import Item
from chalicelib.reading.sales import Sales
from chalicelib.warehouse.migrations import SCHEMA_VERSION

LONGEST_NOTE: Final = 500
"""Letters of `reading` and of `remarks`: the metadata of an archive copy has both, and S3 limits it to 2 KB."""

DAY_LETTERS: Final = len("YYYY-MM-DD")

BEFORE_REJECTION: Final = "," * (len(SALE) + 2)
"""The fields of a sale and its basket, which are empty in the archive's row of a rejection."""

AFTER_SALE: Final = "," * len(REJECTION)
"""The fields of a rejection, which are empty in the archive's row of a sale."""

NULL_ITEM: Final = f",{NULL}" * len(ITEM)
"""The fields of an item whose catalogue number stands in an earlier row: nulls."""


def part_keys(ingest_id: int) -> Parts:
    """Return the keys of the parts of one run of `ingest`."""
    return Parts(**{part.name: f"staged/{ingest_id}/{part.name}.csv.gz" for part in WRITTEN_BY_INGEST})


class Staging:
    """The parts of one file and its figures. `total` is in pence. The sale keys are made under `hash_key`."""

    def __init__(self, ingest_id: int, hash_key: bytes) -> None:
        self.ingest_id = ingest_id
        self.hash_key = hash_key
        self._begin()

    def _begin(self) -> None:
        self.parts = {part.name: PartFile() for part in WRITTEN_BY_INGEST}
        self.parts["archive"].write([",".join(ARCHIVE.column_names), "\n"])
        self.sales = self.rejected = self.items = self.total = 0
        self._different_items = 0
        """The number of different items of each chunk so far, added up."""
        self.stores: dict[str, str] = {}
        """The first spelling of each store, by its store key."""
        self._store_days: set[tuple[str, str]] = set()
        self._keys = SaleKeys(self.hash_key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts.values():
            part.close()

    def discard_sales(self) -> None:
        """Keep the rejected rows alone: a refused file has no staged sales, even if some of its rows were good.

        Its archive copy has no row then: a refused file is never archived.
        """
        rejections, rejected = self.parts.pop("rejections"), self.rejected
        self.__exit__()
        self._begin()
        self.parts["rejections"].close()
        self.parts["rejections"], self.rejected = rejections, rejected

    def packed(self, part: str) -> IO[bytes]:
        """Complete a part, and return its bytes. Threads may pack different parts at the same time."""
        return self.parts[part].packed()

    def request(  # noqa: PLR0913 - a request has all these besides the figures
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
        """Return the request to load the parts, or to write into the ledger why the file is refused."""
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
            store_name="".join(self.stores.values()) if len(self.stores) == 1 else "",
            reading=_shortened(reading),
            remarks=_shortened(remarks),
            archived_file_id=archived_file_id,
            schema_version=SCHEMA_VERSION,
        )

    def write(self, sales: Sales, customer_hashes: list[str], baskets: Baskets) -> None:
        """Add sales, the hashes of their customers and their items, all in the order of the lines."""
        if not len(sales):
            return
        lines, values = sales["line_number"], {**sales.columns, CUSTOMER_HASH.name: customer_hashes}
        keys_of_stores = store_keys(values["store_name"])
        self._note(values, keys_of_stores)
        item_texts = [item.text for item in baskets.catalogue]
        keys = self._keys.of(
            store_keys=keys_of_stores,
            times=values["sold_at"],
            customer_hashes=customer_hashes,
            payments=values["payment_type"],
            totals=values["total_price"],
            items=baskets.sums(self._keys.of_items(item_texts)),
        )
        # 2,2021-08-25 09:00:00,Leeds,<hash>,CARD,5.20: the same fields in the part and in the archive copy
        columns = [map(str, lines), *(fields(column, values[column.name]) for column in SALE)]
        rows = list(map(",".join, zip(*columns, strict=True)))
        sale_rows = zip(rows, keys.sale_keys, keys.visit_keys, map(quoted, keys_of_stores), strict=True)
        self._write("sales", [f"{row},{sale},{visit},{store}" for row, sale, visit, store in sale_rows])
        basket_texts = zip(rows, _basket_texts(item_texts, baskets), strict=True)
        self.parts["archive"].write([f'{row},"{basket}"{AFTER_SALE}\n' for row, basket in basket_texts])
        self._write_items(baskets)
        self.sales += len(lines)

    @property
    def store_days(self) -> frozenset[tuple[str, date]]:
        """The stores, by their keys, and the days of their sales."""
        return frozenset((key, date.fromisoformat(day)) for key, day in self._store_days)

    @property
    def days(self) -> set[str]:
        """The days of the sales."""
        return {day for _, day in self._store_days}

    def _note(self, values: dict[str, list[Any]], keys_of_stores: list[str]) -> None:
        """Remember the stores and days of sales, and add their totals."""
        for name in dict.fromkeys(values["store_name"]):
            self.stores.setdefault(store_key(name), name)
        days = [sold_at[:DAY_LETTERS] for sold_at in values["sold_at"]]
        self._store_days.update(zip(keys_of_stores, days, strict=True))
        self.total += sum(values["total_price"])

    def _write_items(self, baskets: Baskets) -> None:
        numbered_items = _NumberedItems(baskets.catalogue, self._different_items)
        texts = map(numbered_items.__getitem__, baskets.codes.tolist())
        rows = zip(baskets.lines_of_items, baskets.numbers_of_items, texts, strict=True)
        self._write("items", [f"{line},{number},{text}" for line, number, text in rows])
        self.items += len(baskets.codes)
        self._different_items += len(numbered_items)

    def _write(self, part: str, rows: Sequence[str]) -> None:
        """Write rows, each with the ingest_id before it."""
        if rows:
            start = f"{self.ingest_id},"
            self.parts[part].write([start, f"\n{start}".join(rows), "\n"])

    def reject(self, faults: dict[int, Fault]) -> None:
        """Add rejected rows by line number: the reasons, and nothing of the rows' content."""
        rows = [
            (line, ",".join(map(quoted, (fault.column, fault.reason, fault.sentence))))
            for line, fault in sorted(faults.items())
        ]
        self._write("rejections", [f"{line},{reason}" for line, reason in rows])
        self.parts["archive"].write(f"{line}{BEFORE_REJECTION}{reason}\n" for line, reason in rows)
        self.rejected += len(rows)


def _shortened(note: str) -> str:
    # `shorten` splits a note into words even if it is short enough, as almost all are.
    return note if len(note) <= LONGEST_NOTE else shorten(note, LONGEST_NOTE, placeholder=" etc.")


def _basket_texts(item_texts: list[str], baskets: Baskets) -> list[str]:
    """Return each sale's basket as the base format writes it, ready to be put in quotes."""
    escaped = [text.replace('"', '""') for text in item_texts]
    items = list(map(escaped.__getitem__, baskets.codes.tolist()))
    # starts [0, 2] of three items -> items[0:2] and items[2:3]
    return [", ".join(items[start:end]) for start, end in pairwise([*baskets.starts.tolist(), len(items)])]


class _NumberedItems(dict[int, str]):
    """The fields of items by code, from the catalogue number on: items are numbered as they are looked up.

    The first look-up gives number, names and price. What is kept for later ones has nulls instead, as menus are short.
    """

    def __init__(self, catalogue: list[Item], first_number: int) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._first_number = first_number

    def __missing__(self, code: int) -> str:
        # `Large Latte - 2.45`, twice -> 7,Latte,Large,,2.45 and 7,\N,\N,\N,\N
        number = self._first_number + len(self)
        self[code] = f"{number}{NULL_ITEM}"
        return f"{number},{_item_fields(self._catalogue[code])}"


@remembered()
def _item_fields(item: Item) -> str:
    return ",".join(WRITERS[column.kind](getattr(item, column.name)) for column in ITEM)
