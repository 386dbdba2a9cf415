"""The advice on each reason for which a file is refused: what its sender does about it. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

USUAL: Final = "Correct the file, and upload it again under the same name."

RENAME: Final = "Give the file a short name without special characters, and upload it again."
SAVE_AS_CSV: Final = "Save the sales as CSV in UTF-8, and upload that file under the same name."
SPLIT: Final = "Split the file into several ones, and upload each under a name of its own."
EXPORT: Final = (
    "Export the sales with a row for each sale, with its items and their prices, and upload that file."
)
HEADER: Final = (
    "Compare its first rows with those of the last file that was loaded, correct the file, and upload it again under"
    " the same name."
)

BY_REASON: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_key": RENAME,
        "long_key": RENAME,
        "damaged": "Upload the file once more, if need be without compressing it.",
        "empty": "Export the sales again, and upload that file. Was the store closed? Upload the header alone.",
        "glacier": "Upload the file again in the storage class STANDARD.",
        "no_sales_left": "Upload a file with the right sales, or ask head office to withdraw the earlier file.",
        "no_valid_row": HEADER,
        "not_text": SAVE_AS_CSV,
        "utf_16": SAVE_AS_CSV,
        "workbook": SAVE_AS_CSV,
        "other_store": "Upload each store's sales to the folder of that store.",
        "password": "Upload the file without a password.",
        "row_per_item": EXPORT,
        "without_items": EXPORT,
        "without_store": (
            "Name the file after its store, such as leeds_25-08-2021.csv, and upload it again."
            " Is the store new? Tell head office first."
        ),
        "several_files": "Upload each file of the zip by itself.",
        "mixed_layouts": SPLIT,
        "too_large": SPLIT,
        "too_many_names": SPLIT,
        "swapped": HEADER,
        "too_many_rejected": HEADER,
        "unknown_header": HEADER,
        "unrecognised": HEADER,
    }
)
"""By the codes of `reading/reasons.py`, and of the one refusal by a load; `USUAL` is for all others."""


def advice(reason: str) -> str:
    """Return what the sender of a refused file does, as a sentence."""
    return BY_REASON.get(reason, USUAL)
