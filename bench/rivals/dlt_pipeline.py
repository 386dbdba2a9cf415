"""`python -m bench.rivals.dlt_pipeline [csv]`: dlt (https://dlthub.com) loads sales with items, all files in one run.

It makes a table of sales and one of items, and appends to them: it numbers no products, hashes no names, and would
load a file that comes again once more. By default it sends INSERT statements to PostgreSQL; with CSV it uses COPY.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import dlt

from bench.rivals.day_files import items, rows
from bench.rivals.worker import serve

# A benchmark of a library need not tell its makers about its runs.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"


def sales(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield a record for each sale, without the card's number."""
    for sold_at, store, customer, basket, total, payment, _card in rows(paths):
        yield {
            "sold_at": datetime.strptime(sold_at, "%d/%m/%Y %H:%M").replace(tzinfo=UTC),
            "store": store,
            "customer": customer,
            "total": Decimal(total),
            "payment": payment,
            "items": [
                {"product": item.product, "flavour": item.flavour, "price": Decimal(item.price)}
                for item in items(basket)
            ],
        }


def load(paths: Sequence[Path], url: str, file_format: Any = None) -> None:
    """Load all files in one run of a new pipeline. Without a file format dlt chooses its own."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "cafe", pipelines_dir=folder, destination=_destination(url), dataset_name="cafe"
        )
        pipeline.run(dlt.resource(sales(paths), name="sales"), loader_file_format=file_format)


def _destination(url: str) -> Any:
    """Return the database as dlt takes it: with a password, which nobody asks for, and by libpq's variables."""
    parts = urlsplit(url)
    address = parse_qs(parts.query)
    # dlt writes a URL of its own, in which the folder of a socket cannot be a host.
    os.environ |= {"PGHOST": address["host"][0], "PGPORT": address["port"][0]}
    return dlt.destinations.postgres(
        f"postgresql://{parts.username}:none@{quote(address['host'][0], safe='')}{parts.path}"
    )


if __name__ == "__main__":
    serve(partial(load, file_format=next(iter(sys.argv[1:]), None)))
