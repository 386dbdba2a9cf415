"""The columns of each staged part and of the archive copy, declared once: name, type and order.

`ingest` writes the parts, COPY loads them and a replay reads archive copies by these declarations. A load request is
checked against the columns of the ledger. A test checks that the tables of `sql/load/stage` have
the same columns. This module must not import pandas: `load` imports it, too.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PartColumn:
    """A column of a part, with its type in the staging table."""

    name: str
    type: str
    is_original: bool = True
    """False for a column that a migration added: older archive copies do not have it."""

    @property
    def kind(self) -> str:
        """The type without its length: `varchar` of `varchar(200)`."""
        return self.type.partition("(")[0]

    @property
    def limit(self) -> int:
        """The smallest number that is too large for an `integer` or a `bigint`."""
        return 2**63 if self.kind == "bigint" else 2**31

    def can_hold(self, text: str) -> bool:
        """Tell whether both engines can hold a text in this column, a `char` or `varchar`."""
        longest = int(self.type.partition("(")[2].removesuffix(")"))
        try:
            # No warehouse holds NUL. Redshift counts bytes: "é" has two of them, and a lone surrogate has none.
            return "\0" not in text and len(text.encode()) <= longest
        except UnicodeEncodeError:
            return False


@dataclass(frozen=True, slots=True)
class Part:
    """A gzipped CSV. All parts but the archive have no header, and are copied into the staging table of their name."""

    name: str
    columns: tuple[PartColumn, ...]

    @property
    def table(self) -> str:
        """The staging table."""
        return f"stage_{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)


INGEST_ID: Final = PartColumn("ingest_id", "bigint")
LINE_NUMBER: Final = PartColumn("line_number", "integer")
CUSTOMER_HASH: Final = PartColumn("customer_hash", "char(64)")
SALE_KEY: Final = PartColumn("sale_key", "bigint")
VISIT_KEY: Final = PartColumn("visit_key", "bigint")
STORE_KEY: Final = PartColumn("store_key", "varchar(200)")
BASKET: Final = PartColumn("basket", "varchar")
OBJECT_KEY: Final = PartColumn("object_key", "varchar(1024)")

SALE: Final = (
    PartColumn("sold_at", "timestamp"),
    PartColumn("store_name", "varchar(200)"),
    CUSTOMER_HASH,
    PartColumn("payment_type", "varchar(16)"),
    PartColumn("total_price", "numeric(10, 2)"),
)
"""The columns of a sale that both its part and the archive copy have: a new one comes last."""

REJECTION: Final = (
    PartColumn("column_name", "varchar(32)"),
    PartColumn("reason", "varchar(64)"),
    PartColumn("sentence", "varchar(500)", is_original=False),
)

ITEM: Final = (
    PartColumn("product_name", "varchar(200)"),
    PartColumn("size", "varchar(20)"),
    PartColumn("flavour_name", "varchar(200)"),
    PartColumn("unit_price", "numeric(10, 2)"),
)

SALES: Final = Part("sales", (INGEST_ID, LINE_NUMBER, *SALE, SALE_KEY, VISIT_KEY, STORE_KEY))
ITEMS: Final = Part(
    "items",
    (
        INGEST_ID,
        LINE_NUMBER,
        PartColumn("item_number", "integer"),
        PartColumn("catalogue_number", "integer"),
        *ITEM,
    ),
)
"""Names and price stand only in the first row with their catalogue number, since menus are short; others have nulls."""

REJECTIONS: Final = Part("rejections", (INGEST_ID, LINE_NUMBER, *REJECTION))

ARCHIVE: Final = Part("archive", (LINE_NUMBER, *SALE, BASKET, *REJECTION))
"""One row for each row of the file: a sale, with its basket in one field, or a rejection. It has a header."""

FILES: Final = Part(
    "files",
    (
        INGEST_ID,
        OBJECT_KEY,
        PartColumn("content_sha256", "char(64)"),
        PartColumn("version_id", "varchar(1024)"),
        PartColumn("etag", "varchar(64)"),
        PartColumn("last_modified", "timestamp"),
        PartColumn("sequencer", "varchar(64)"),
        PartColumn("hash_key_id", "varchar(64)"),
        PartColumn("store_name", "varchar(200)"),
        PartColumn("rows_read", "integer"),
        PartColumn("rows_rejected", "integer"),
        PartColumn("items", "integer"),
        PartColumn("total", "numeric(12, 2)"),
        PartColumn("reason", "varchar(64)"),
        PartColumn("sentence", "varchar(2000)"),
        PartColumn("reading", "varchar(1000)"),
        PartColumn("remarks", "varchar(1000)"),
        PartColumn("archived_file_id", "bigint"),
    ),
)
"""The fields of a load request that the ledger must be able to hold. No part has them: they travel in the request."""

COPIED: Final = (SALES, ITEMS, REJECTIONS)
"""The parts that `ingest` writes and COPY loads, in the order in which they are loaded."""

WRITTEN_BY_INGEST: Final = (*COPIED, ARCHIVE)
