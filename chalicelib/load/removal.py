# ruff: noqa
# mypy: ignore-errors
"""Removals from the warehouse. PLACEHOLDER until the load's new rules are here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.model import Status
from chalicelib.warehouse.connection import Warehouse


class Entry(NamedTuple):
    """A row of the ledger that a removal concerns."""

    file_id: int
    object_key: str
    content_sha256: str
    version_id: str
    etag: str
    last_modified: datetime
    status: Status


class Removed(NamedTuple):
    """A file that was removed."""

    file_id: int
    object_key: str
    status: Status
    sales: int
    restated: int


def rows_to_remove(
    warehouse: Warehouse, object_key: str, status: Status, *, store_key: str = "", day: date | None = None
) -> list[Entry]:
    """Return the rows that a removal of a key concerns."""
    rows = [
        Entry(*row[:6], Status(row[6]))
        for row in warehouse.execute(
            "select file_id, object_key, content_sha256, version_id, etag, last_modified, status from load_files"
            " order by file_id"
        )
    ]
    own = [row for row in rows if row.object_key == object_key]
    if status is Status.ERASED:
        keys = {
            row.object_key for row in rows if row.content_sha256 in {entry.content_sha256 for entry in own}
        }
        return [row for row in rows if row.object_key in keys]
    if status is Status.WITHDRAWN:
        stated = {
            file_id
            for (file_id,) in warehouse.execute(
                "select distinct file_id from transactions inner join stores using (store_id)"
                " where (%s = '' or store_name = %s) and (%s is null or sold_at::date = %s)",
                (store_key, store_key, day, day),
            )
        }
        return [
            row
            for row in own
            if row.status is status
            or (
                row.status in {Status.LOADED, Status.DUPLICATE}
                and (row.file_id in stated or not (store_key or day))
            )
        ]
    return [row for row in own if row.status in {Status.REFUSED, Status.DISCARDED}]


def remove(entries: Sequence[Entry], status: Status, warehouse: Warehouse) -> list[Removed]:
    """Remove files in one locked transaction."""
    result = []
    with warehouse.locked_transaction():
        for entry in entries:
            [(sales,)] = warehouse.execute(
                "select count(*) from transactions where file_id = %s", (entry.file_id,)
            )
            warehouse.execute(
                "delete from baskets where transaction_id in (select transaction_id from transactions where file_id = %s)",
                (entry.file_id,),
            )
            for table in ("transactions", "rejected_rows"):
                warehouse.execute(f"delete from {table} where file_id = %s", (entry.file_id,))
            warehouse.execute(
                "update load_files set status = %s where file_id = %s", (str(status), entry.file_id)
            )
            result.append(Removed(entry.file_id, entry.object_key, entry.status, sales, 0))
    return result


def erase_customer(store_key: str, customer_hash: str, warehouse: Warehouse) -> int:
    """Move the sales of a customer to the store's unknown customer."""
    with warehouse.locked_transaction():
        [(count,)] = warehouse.execute(
            "select count(*) from transactions inner join customers using (customer_id) where customer_hash = %s",
            (customer_hash,),
        )
        warehouse.execute(
            "update customers set customer_hash = '' where customer_hash = %s", (customer_hash,)
        )
    return int(count)


def store_key(name: str) -> str:
    """Return the key of a store's name."""
    return name
