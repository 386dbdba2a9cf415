"""One file taken in: unpacked, recognised, read, its names hashed, its baskets split, and all of it staged."""

from chalicelib.errors import SourceFileError, UnexpectedError
from chalicelib.ingest import customers
from chalicelib.ingest.staging import Staging
from chalicelib.model import LoadRequest, Rules
from chalicelib.reading import file_names, formats, sales_file
from chalicelib.reading.baskets import split
from chalicelib.reading.sales_file import SalesFile, Witnesses
from chalicelib.reading.unpacking import too_large, unpacked
from chalicelib.storage.raw import RawObject

LONGEST_KEY = 900
"""Bytes of an object's key: S3 takes 1,024, and the archive's key is longer than the file's own."""

LARGEST_TOTAL = 10**12
"""Pence: a file's total is numeric(12, 2)."""


def staged_request(raw: RawObject, staging: Staging, key: bytes, rules: Rules) -> LoadRequest:
    """Stage an object; return the request for its load, refused whole or not.

    Raise `UnexpectedError` for any other failure: here is where what a file holds ends.
    """
    taken = Intake(raw, rules)
    refusal = None
    try:
        taken.stage(staging, key)
    except SourceFileError as exc:
        refusal = exc
        if staging.sales:
            staging.discard()
    except Exception as exc:  # noqa: BLE001 - whatever it is, its message may quote a row
        raise UnexpectedError(exc) from None
    return staging.request(
        raw.version,
        content_sha256=raw.content_sha256,
        hash_key_id=customers.key_id(key),
        refusal=refusal,
        reading=taken.reading,
        remarks=taken.remarks(staging),
    )


class Intake:
    """A raw object that is taken in, and how it is read."""

    def __init__(self, raw: RawObject, rules: Rules) -> None:
        self._raw = raw
        self._rules = rules
        self._file: SalesFile | None = None

    def stage(self, staging: Staging, key: bytes) -> None:
        """Write the parts; raise `SourceFileError` if the file is refused whole, which may show at its end only."""
        if len(self._raw.version.object_key.encode()) > LONGEST_KEY:
            raise SourceFileError("long_key", f"The file's name is longer than {LONGEST_KEY} letters.")
        if self._raw.size > self._rules.max_file_bytes:
            raise too_large(self._rules.max_file_bytes)
        with unpacked(self._raw.content, self._rules.max_file_bytes) as content:
            self._file = sales_file.recognise(content, self._witnesses(), formats.FORMATS)
            for chunk in sales_file.read(self._file):
                _stage(chunk, staging, key)
        if staging.total >= LARGEST_TOTAL:
            raise SourceFileError(
                "total_too_large", "The totals of the file's sales add up to ten billion pounds."
            )
        if not staging.sales:
            raise SourceFileError(
                "no_valid_row", f"None of the file's {staging.rejected:,} rows is a sale without a mistake."
            )

    @property
    def reading(self) -> str:
        """How the file was read; empty if it was not."""
        return str(self._file or "")

    def remarks(self, staging: Staging) -> str:
        """Return what somebody should look at, in sentences."""
        if self._file is None or not staging.sales:
            return ""
        told = file_names.remarks(self._raw.version.object_key, staging.stores, staging.days)
        return " ".join(filter(None, [self._file.dates.remark, *told]))

    def _witnesses(self) -> Witnesses:
        version = self._raw.version
        return Witnesses(
            version.last_modified,
            file_names.named_day(version.object_key),
            self._rules.month_first_stores,
        )


def _stage(chunk: sales_file.Chunk, staging: Staging, key: bytes) -> None:
    baskets = split(chunk.sales)
    sales = chunk.sales
    if baskets.faults:
        sales = sales[~sales["line_number"].isin(baskets.faults)]
    staging.write(sales, customers.customer_hashes(sales["customer_name"].tolist(), key), baskets)
    staging.reject(chunk.faults | baskets.faults)
