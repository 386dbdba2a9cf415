"""The errors of this application, and who has to act on each.

CafeEtlError
├── SettingsError            an operator: a setting is missing or invalid
├── SchemaError              an operator: the warehouse's tables or views do not allow this release
├── SourceFileError          a store manager: this file cannot be read; it is refused and never tried again
├── IngestError              nobody: S3 sends its event again, and then to the failure destination
├── UnexpectedError          a developer: reading or loading a file failed in an unexpected way
├── RequestError             the sender: a message that is not a load request, an invalid replay
└── WarehouseError           the driver's error, wrapped: the message is delivered again, or ends as a dead letter
    ├── TransientError       a conflict or a lost connection: tried again at once, on a fresh connection
    │   ├── ConflictError    another transaction got in the way of this one
    │   ├── TiedError        two versions are of one second, and S3 has to say which is newer
    │   └── UnreachableError the warehouse does not answer, so trying the files one by one is useless
    │       └── AwsUnreachableError an operator: AWS does not answer, mostly since a subnet has no way out
    ├── CanceledError        a statement took longer than its timeout
    ├── LockedError          other loads held the lock for too long; trying the files one by one is useless
    ├── LateError            the function's time is nearly over, so nothing new was begun
    ├── MissingPartError     a staged part is gone: the raw object is sent to `ingest` again
    ├── DamagedPartError     a staged part is not as `ingest` wrote it: likewise
    ├── PartsSchemaError     the parts have the columns of another release: likewise
    └── ReconciliationError  the figures of a file do not add up; nothing of it was committed
"""

import traceback
from pathlib import Path

from chalicelib.reading.reasons import FileReason


class CafeEtlError(Exception):
    """Any error that this application raises on purpose."""


class SettingsError(CafeEtlError):
    """A setting is missing or invalid; the message names the variable."""


class SchemaError(CafeEtlError):
    """The warehouse's tables or views do not allow this release; the message says what to do."""


class SourceFileError(CafeEtlError):
    """A whole file is refused. `reason` is a code; the message is a sentence for the store's manager."""

    def __init__(self, reason: FileReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class UnexpectedError(CafeEtlError):
    """Reading or loading a file failed in an unexpected way; the message names the kind of error and the line of code.

    The error itself is neither shown nor chained: its message may quote the file.
    """

    def __init__(self, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(Path(__file__).parent)]
        # The last line of our own, and the line that raised: "dates.py:94, _strptime.py:349"
        places = dict.fromkeys(
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in (own[-1:] + frames[-1:])
        )
        super().__init__(f"{type(error).__name__} at {', '.join(places)}")


class IngestError(CafeEtlError):
    """Some objects of an event could not be staged; the first one's error is the cause."""


class RequestError(CafeEtlError):
    """A message on the load queue is not a load request, or an event asks for an invalid replay."""


class WarehouseError(CafeEtlError):
    """The warehouse, or the way to it, failed; nothing was committed, so trying again is safe."""

    code = ""
    """The SQLSTATE, if the warehouse named one."""


class TransientError(WarehouseError):
    """A failure that may pass on a fresh connection: a serialization conflict, a deadlock, a lost connection."""


class ConflictError(TransientError):
    """Another transaction wrote what this one was about to write, or both waited for each other."""


class TiedError(TransientError):
    """Another version of a file, of the same second, was committed after the query to the ledger."""


class UnreachableError(TransientError):
    """No connection could be made."""


class AwsUnreachableError(UnreachableError):
    """No connection to a service of AWS could be made; the message says what a function's subnet needs."""


class CanceledError(WarehouseError):
    """A statement took longer than its timeout."""


class LockedError(WarehouseError):
    """Other loads held the lock for longer than this one may wait."""


class LateError(WarehouseError):
    """The function's time is nearly over, so a load was not begun."""


class MissingPartError(WarehouseError):
    """A staged part that a request names is no longer there."""


class DamagedPartError(WarehouseError):
    """A staged part that a request names, or an archive copy, is not as `ingest` wrote it."""


class PartsSchemaError(WarehouseError):
    """The staged parts that a request names have the columns of another version of the schema."""


class ReconciliationError(WarehouseError):
    """Rows, items or totals of a file do not add up; the message names files and figures."""
