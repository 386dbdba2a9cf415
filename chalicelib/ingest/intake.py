"""The intake of one file: unpack, recognise and read it, hash the names, split the baskets, stage the parts."""

import hashlib
import unicodedata

from chalicelib.errors import SourceFileError, UnexpectedError
from chalicelib.ingest import bounds, customers
from chalicelib.ingest.named_items import NAMED_ITEM, named_items
from chalicelib.ingest.staging import Staging
from chalicelib.ingest.swapped import Swapped
from chalicelib.model import LoadRequest, Rules
from chalicelib.normalisation import store_keys
from chalicelib.people.recipients import SEVERAL_STORES
from chalicelib.reading import chunks, file_names, formats, sales_file
from chalicelib.reading.date_order import DateHints
from chalicelib.reading.fields import Fault
from chalicelib.reading.file_stores import StoreHints
from chalicelib.reading.sales import Sales
from chalicelib.reading.unpacking import too_large, unpacked
from chalicelib.reading.written_baskets import portions
from chalicelib.storage.raw import RawObject

LONGEST_KEY = 900
"""The most bytes of an object's key. S3 allows 1,024, and the archive's key is longer than the raw one."""

CONTROLS = frozenset({"Cc", "Zl", "Zp"})
"""Categories of Unicode: control characters, such as tabs and line breaks; separators of lines and of paragraphs."""

MAY_BE_LOST = (
    "The bucket keeps no versions, so the next file of this name replaces this one even if it has not been read yet:"
    " put the day into the file's name."
)

TOTAL_LIMIT = 10**12
"""In pence, the smallest total that is too large: the ledger keeps a file's total as numeric(12, 2)."""


def staged_request(raw: RawObject, staging: Staging, rules: Rules) -> LoadRequest:
    """Stage an object and return the request for its load; a refused file has a request, too.

    Raise `UnexpectedError` for any other failure: no error that may quote the file's contents leaves this function.
    """
    intake = Intake(raw, rules)
    refusal, has_several_stores = None, False
    try:
        intake.stage(staging)
    except SourceFileError as exc:
        # A file may be refused at its end, for its total or a late header: none of its sales may be loaded then.
        refusal = exc
        # Where columns changed places, the stores may be customers.
        has_several_stores = len(staging.stores) > 1 and exc.reason != "swapped"
        if staging.sales:
            staging.discard_sales()
    except Exception as exc:  # noqa: BLE001 - whatever it is, its message may quote a row
        raise UnexpectedError(exc) from None
    return staging.request(
        raw.version,
        content_sha256=_content_sha256(raw),
        hash_key_id=customers.key_id(staging.hash_key),
        refusal=refusal,
        reading=intake.reading,
        remarks=SEVERAL_STORES if has_several_stores else intake.remarks(staging),
    )


class Intake:
    """A raw object that is being staged, and how it is read."""

    def __init__(self, raw: RawObject, rules: Rules) -> None:
        self._raw = raw
        self._rules = rules
        self._file: sales_file.SalesFile | None = None

    def stage(self, staging: Staging) -> None:
        """Write the parts; raise `SourceFileError` if the file is refused, which may happen as late as its end."""
        if not _is_plain(self._raw.version.object_key):
            raise SourceFileError(
                "bad_key",
                "The file's name ends in a blank, or contains a line break or another control character:"
                " rename it, and upload it again.",
            )
        if len(self._raw.version.object_key.encode()) > LONGEST_KEY:
            raise SourceFileError("long_key", f"The file's name is longer than {LONGEST_KEY} characters.")
        if storage_class := self._raw.storage_class:
            raise SourceFileError(
                "glacier",
                f"The file is in the storage class {storage_class}, from which nobody can read it at once:"
                " upload it again in the class STANDARD.",
            )
        if self._raw.size > self._rules.max_file_bytes:
            raise too_large(self._rules.max_file_bytes)
        with unpacked(self._raw.content, self._rules.max_file_bytes) as text:
            store_hints = self._store_hints()
            encoding = "UTF-16" if text.was_utf_16 else sales_file.UTF_8
            self._file = sales_file.recognise(
                text.content, self._date_hints(), formats.FORMATS, store_hints, encoding
            )
            names, swapped = bounds.Names(), Swapped()
            for chunk in chunks.read(self._file):
                _stage(chunk, names, swapped, staging)
                bounds.check_rejected(staging.rejected, staging.sales)
            sales_file.check_store(self._file, len(staging.stores))
            swapped.check(store_hints.names)
        if staging.total >= TOTAL_LIMIT:
            raise SourceFileError(
                "total_too_large", "The totals of the file's sales come to ten billion pounds or more."
            )
        store = file_names.folder_store(self._raw.version.object_key) if self._rules.store_folders else ""
        if store and not staging.stores.keys() <= {store}:
            # The sentence names no store of the rows: where columns changed places, that may be a customer.
            raise SourceFileError(
                "other_store",
                "The file is in the folder of one store, but has sales of another:"
                " put each store's sales into its own folder.",
            )
        # A header without any row is no mistake: the store was closed. `recognise` refuses a file without a header.
        if staging.rejected and not staging.sales:
            raise SourceFileError(
                "no_valid_row", f"The file has no valid sale; rejected rows: {staging.rejected:,}."
            )

    @property
    def reading(self) -> str:
        """A sentence on how the file was read; empty if it was not read."""
        return str(self._file or "")

    def remarks(self, staging: Staging) -> str:
        """Return sentences that ask a person to check the file; empty if there is no need, or it is refused."""
        if self._file is None or not staging.sales:
            return ""
        version = self._raw.version
        # In such a bucket an upload replaces the one before, whether that has been read or not.
        may_be_lost = not version.version_id and file_names.is_rolling(version.object_key)
        remarks = file_names.remarks(version.object_key, staging.stores.values(), staging.days)
        warning = MAY_BE_LOST if may_be_lost else ""
        return " ".join(filter(None, [*self._file.remarks, *remarks, warning]))

    def _date_hints(self) -> DateHints:
        version = self._raw.version
        return DateHints(
            version.last_modified,
            file_names.named_day(version.object_key),
            self._rules.month_first_stores,
        )

    def _store_hints(self) -> StoreHints:
        key, rules = self._raw.version.object_key, self._rules
        return StoreHints.of(key, rules.stores, in_folders=rules.store_folders)


def _stage(chunk: chunks.Chunk, names_of_file: bounds.Names, swapped: Swapped, staging: Staging) -> None:
    """Write a chunk to the parts. Customers' names end here: only their hashes reach the staging."""
    unnamed, named_faults = _without_named_items(chunk.sales)
    faults = chunk.faults | named_faults
    try:
        for sales, baskets in portions(unnamed):
            if baskets.faults:
                faults = faults | baskets.faults
                sales = sales.without(baskets.faults)  # noqa: PLW2901 - the rest of the same sales
            keys, customer_names = store_keys(sales["store_name"]), sales["customer_name"]
            names_of_file.add(set(keys), baskets.items_of_sales)
            swapped.add(keys, customer_names)
            hashes = customers.customer_hashes(keys, customer_names, staging.hash_key)
            staging.write(sales, hashes, baskets)
    finally:
        # Of a file that is refused here, the rejected rows count as well.
        staging.reject(faults)


def _without_named_items(sales: Sales) -> tuple[Sales, dict[int, Fault]]:
    """Return the sales of which no item has the customer's name, and the faults of the others by line number."""
    places = named_items(sales["customer_name"], sales["basket"])
    if not places:
        return sales, {}
    faults = {sales["line_number"][place]: NAMED_ITEM for place in places}
    return sales.without(faults), faults


def _is_plain(key: str) -> bool:
    """Tell whether a key can be told apart from all others: on Redshift, blanks at its end do not count."""
    is_plain = key.isprintable() or not any(unicodedata.category(char) in CONTROLS for char in key)
    return is_plain and key == key.rstrip()


def _content_sha256(raw: RawObject) -> str:
    """Return the digest of a file's bytes; if its key is not plain, of key and digest.

    The ledger on Redshift takes "leeds.csv " for "leeds.csv". If both had one content, neither would be refused or
    loaded for itself.
    """
    if _is_plain(raw.version.object_key):
        return raw.content_sha256
    return hashlib.sha256(f"{raw.version.object_key}\n{raw.content_sha256}".encode()).hexdigest()
