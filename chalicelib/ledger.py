"""The ledger and requests: which of them it has settled, and what a load tells it of the others."""

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.model import LoadRequest, Outcome, SourceVersion, Status
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
    select object_key, content_sha256, last_modified, sequencer, version_id, status, reason, sentence
    from load_files
    where content_sha256 in %s
    order by file_id desc
"""


class Entry(NamedTuple):
    """What the ledger says of a version of a file."""

    object_key: str
    content_sha256: str
    last_modified: datetime
    sequencer: str
    version_id: str
    status: Status
    reason: str
    sentence: str

    def settles(self, request: LoadRequest) -> bool:
        """Tell whether a request brings nothing new: this content is known under its key, in no older a version.

        A refusal settles the same refusal only: what can be read today is decided anew.
        """
        is_same = (self.object_key, self.content_sha256) == (
            request.source.object_key,
            request.content_sha256,
        )
        is_decided = self.status != Status.REFUSED or self.reason == request.reason
        return is_same and is_decided and self._is_as_new_as(request.source)

    def _is_as_new_as(self, source: SourceVersion) -> bool:
        """Compare as `sql/load/10_file_decisions.sql` does."""
        if self.last_modified != source.last_modified:
            return self.last_modified > source.last_modified
        if self.sequencer and source.sequencer:
            return self.sequencer >= source.sequencer
        return self.version_id == source.version_id


def settled(requests: Iterable[LoadRequest], warehouse: Warehouse) -> list[Outcome]:
    """Return the outcomes of requests that the ledger has settled, so that their parts may be gone: one question."""
    wanted = list(requests)
    contents = tuple({request.content_sha256 for request in wanted})
    entries = [Entry(*row) for row in warehouse.execute(QUESTION, (contents,))]
    found = (
        (request, next((entry for entry in entries if entry.settles(request)), None)) for request in wanted
    )
    return [
        Outcome(request, Status(entry.status), entry.sentence, settled_before=True)
        for request, entry in found
        if entry is not None
    ]


def part(requests: Iterable[LoadRequest], loaded_at: datetime) -> bytes:
    """Return the part that fills `stage_files`, a row for each request, in the order of `COLUMNS`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)  # an empty field is no null
    for request in requests:
        fields = asdict(request) | asdict(request.source) | {"loaded_at": loaded_at}
        writer.writerow([fields[column] for column in COLUMNS])
    return gzip.compress(text.getvalue().encode(), compresslevel=1)
