"""The ledger and requests: which of them it has settled, and what a load tells it of the others."""

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Final

from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.warehouse import Warehouse

COLUMNS: Final = (
    "ingest_id",
    "object_key",
    "content_sha256",
    "version_id",
    "etag",
    "last_modified",
    "sequencer",
    "hash_key_id",
    "rows_read",
    "rows_rejected",
    "items",
    "total",
    "reason",
    "sentence",
    "loaded_at",
)
"""Of `stage_files`."""

QUESTION: Final = """
    select object_key, content_sha256, version_id, last_modified, sequencer, status, reason, sentence
    from load_files
    where content_sha256 in %s
    order by file_id
"""


def settled(requests: Iterable[LoadRequest], warehouse: Warehouse) -> list[Outcome]:
    """Return the outcomes of requests whose version of a file the ledger knows already, in one question.

    A version that was refused counts only for the same refusal: what can be read today is decided anew.
    """
    wanted = list(requests)
    contents = tuple({request.content_sha256 for request in wanted})
    rows = warehouse.execute(QUESTION, (contents,))
    known = {
        tuple(version): (Status(status), reason, sentence) for *version, status, reason, sentence in rows
    }
    found = ((request, known.get(_version(request))) for request in wanted)
    return [
        Outcome(request, entry[0], entry[2], settled_before=True)
        for request, entry in found
        if entry is not None and (entry[0] is not Status.REFUSED or entry[1] == request.reason)
    ]


def _version(request: LoadRequest) -> tuple[object, ...]:
    source = request.source
    return (
        source.object_key,
        request.content_sha256,
        source.version_id,
        source.last_modified,
        source.sequencer,
    )


def part(requests: Iterable[LoadRequest], loaded_at: datetime) -> bytes:
    """Return the part that fills `stage_files`, a row for each request, in the order of `COLUMNS`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)  # an empty field is no null
    for request in requests:
        fields = asdict(request) | asdict(request.source) | {"loaded_at": loaded_at}
        writer.writerow([fields[column] for column in COLUMNS])
    return gzip.compress(text.getvalue().encode(), compresslevel=1)
