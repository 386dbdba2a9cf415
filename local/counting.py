"""An independent count of sales files, and a search for names. Shares no code with the pipeline."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from local import warehouse
from local.client import Clients

COLUMNS = 7


@dataclass
class Count:
    """What files of the base format say, by plain csv and decimal."""

    sales: Counter[str] = field(default_factory=Counter)
    revenue: dict[str, Decimal] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def count(paths: list[Path]) -> Count:
    """Count the sales and their totals by store, and gather the customers' names."""
    found = Count()
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if len(row) == COLUMNS:
                    _moment, store, name, _basket, total, _payment, _card = row
                    found.sales[store] += 1
                    found.revenue[store] = found.revenue.get(store, Decimal(0)) + Decimal(total)
                    found.names.add(name)
    return found


def names_found(names: set[str], url: str, clients: Clients) -> list[str]:
    """Return where a name stands, in any letters' case: a table or an object."""
    folded = [name.casefold() for name in names]
    places = (*_tables(url), *_objects(clients))
    return [place for place, text in places if any(name in text.casefold() for name in folded)]


def _tables(url: str) -> Iterator[tuple[str, str]]:
    listed = "select table_name from information_schema.tables where table_schema = 'public'"
    for table in warehouse.rows(url, listed):
        name = table["table_name"]
        held = warehouse.rows(url, f'select cast(held as text) as line from "{name}" as held')  # noqa: S608
        yield f"table {name}", "\n".join(row["line"] for row in held)


def _objects(clients: Clients) -> Iterator[tuple[str, str]]:
    for bucket in clients.s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for page in clients.s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for version in page.get("Versions", []):
                key, version_id = version["Key"], version["VersionId"]
                body = clients.s3.get_object(Bucket=name, Key=key, VersionId=version_id)["Body"].read()
                text = gzip.decompress(body) if key.endswith(".gz") else body
                yield f"s3://{name}/{key}", text.decode("utf-8", "replace")
