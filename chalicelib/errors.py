"""What can go wrong, and who has to do something about it.

CafeEtlError
├── SettingsError            an operator: a setting is missing or makes no sense
├── SchemaError              an operator: the warehouse's tables are older than the code
├── SourceFileError          a store manager: this file can't be read; it is refused, never tried again
├── IngestError              nobody: S3's event comes again, then goes to the failure destination
├── UnexpectedError          a developer: reading a file failed where it should not; says where, and nothing of the file
├── RequestError             whoever asked: a message that is no load request, a replay that makes no sense
└── WarehouseError           the driver's error, wrapped: the message comes again, then the dead-letter queue
    ├── TransientError       a conflict or a lost connection: tried again at once, on a fresh connection
    │   ├── TiedError        two versions of one second, of which S3 has to tell the newer
    │   └── UnreachableError nobody answers, so it makes no sense to try the files one by one
    ├── CanceledError        a statement took longer than its timeout
    ├── LockedError          other loads held the lock for too long; nor does it make sense here
    ├── LateError            the function's time is nearly over: nothing new was begun
    ├── MissingPartError     a staged part is gone: the raw object is sent to ingest again
    ├── DamagedPartError     a staged part is not what ingest wrote: likewise
    └── ReconciliationError  the figures of a file do not add up; nothing of it was committed
"""

import traceback
from pathlib import Path

from chalicelib.reading.reasons import FileReason


class CafeEtlError(Exception):
    """Everything that this application raises on purpose."""


class SettingsError(CafeEtlError):
    """A setting is missing or makes no sense; the message names the variable."""


class SchemaError(CafeEtlError):
    """The warehouse's tables are of an older version; the message says what to do."""


class SourceFileError(CafeEtlError):
    """A whole file is refused. `reason` is a code, the message a sentence for the store's manager."""

    def __init__(self, reason: FileReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class UnexpectedError(CafeEtlError):
    """Reading a file failed in a way that nobody thought of: what kind of error it was, and in which line of code.

    The error itself is not shown, nor chained: its message may quote what the file holds.
    """

    def __init__(self, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(Path(__file__).parent)]
        places = dict.fromkeys(
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in (own[-1:] + frames[-1:])
        )
        super().__init__(f"{type(error).__name__} at {', '.join(places)}")


class IngestError(CafeEtlError):
    """Some objects of an event could not be staged; the first one's error is the cause."""


class RequestError(CafeEtlError):
    """A message on the load queue is no load request, or an event asks for a replay that makes no sense."""


class WarehouseError(CafeEtlError):
    """The warehouse, or the way to it, failed; nothing was committed, so trying again is safe."""


class TransientError(WarehouseError):
    """What may go better at once on a fresh connection: a serialization conflict, a deadlock, a lost connection."""


class TiedError(TransientError):
    """Another version of a file, of the same second, was committed since the ledger was asked."""


class UnreachableError(TransientError):
    """No connection could be made."""


class CanceledError(WarehouseError):
    """A statement took longer than its timeout."""


class LockedError(WarehouseError):
    """Other loads held the lock for longer than this one may wait."""


class LateError(WarehouseError):
    """The function's time is nearly over, so a load was not begun."""


class MissingPartError(WarehouseError):
    """A staged part that a request names is no longer there."""


class DamagedPartError(WarehouseError):
    """A staged part that a request names is no gzip, or breaks off."""


class ReconciliationError(WarehouseError):
    """Rows, items or totals of a file do not add up; the message names files and figures."""
