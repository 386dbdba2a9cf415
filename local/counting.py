"""An independent count of sales files, and a search for names. It shares no code with the pipeline."""

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
    """Sales and revenue by store, and the customers' names."""

    sales: Counter[str] = field(default_factory=Counter)
    revenue: dict[str, Decimal] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def count(paths: list[Path]) -> Count:
    """Count files of the base format with nothing but `csv` and `Decimal`."""
    result = Count()
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if len(row) == COLUMNS:  # some tills end a file with a line of one space
                    _sold_at, store, name, _basket, total, _payment, _card = row
                    result.sales[store] += 1
                    result.revenue[store] = result.revenue.get(store, Decimal(0)) + Decimal(total)
                    result.names.add(name)
    return result


def places_of_names(names: set[str], url: str, clients: Clients) -> list[str]:
    """Return the tables and objects that contain one of the names, in upper or lower case."""
    folded = [name.casefold() for name in names]
    places = (*_tables(url), *_objects(clients))
    return [place for place, text in places if any(name in text.casefold() for name in folded)]


def _tables(url: str) -> Iterator[tuple[str, str]]:
    """Yield each table of the warehouse and all of its rows as text."""
    tables = warehouse.rows(
        url, "select table_name from information_schema.tables where table_schema = 'public'"
    )
    for name in (table["table_name"] for table in tables):
        rows = warehouse.rows(url, f'select cast(entry as text) as line from "{name}" as entry')  # noqa: S608
        yield f"table {name}", "\n".join(row["line"] for row in rows)


def _objects(clients: Clients) -> Iterator[tuple[str, str]]:
    """Yield each version of each object and its content as text."""
    for bucket in clients.s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for page in clients.s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for version in page.get("Versions", []):
                key, version_id = version["Key"], version["VersionId"]
                body = clients.s3.get_object(Bucket=name, Key=key, VersionId=version_id)["Body"].read()
                text = gzip.decompress(body) if key.endswith(".gz") else body
                yield f"s3://{name}/{key}", text.decode("utf-8", "replace")
