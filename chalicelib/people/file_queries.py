"""The queries for mails about files: the mistakes of rejected rows, and the stores that a name may speak of."""

from collections.abc import Iterable

from chalicelib.people.file_lines import FaultCount, File
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query


def faults_of(files: Iterable[File], warehouse: Warehouse) -> list[FaultCount]:
    """Return the mistakes of the rejected rows of loaded files."""
    file_ids = tuple(file.file_id for file in files if file.rows_rejected and not file.reason)
    if not file_ids:
        return []
    return [FaultCount(*row) for row in warehouse.execute(query("queries/faults"), {"file_ids": file_ids})]


def known_stores(files: Iterable[File], warehouse: Warehouse) -> list[str]:
    """Return the names of all stores, if the name of a file is needed to find its store; otherwise none."""
    if all(file.store_name for file in files):
        return []
    return [store_name for (store_name,) in warehouse.execute(query("queries/store_names"))]
