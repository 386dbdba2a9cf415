"""The codes of the reasons for which a row is rejected or a file refused, as two closed lists.

The data dictionary lists each code with its sentence: a test compares it with the code.
"""

from typing import Literal

RowReason = Literal[
    "ambiguous_item",
    "bad_customer",
    "bad_header",
    "bad_payment",
    "bad_product",
    "bad_store",
    "bad_text",
    "bad_time",
    "bad_total",
    "card_number",
    "formula",
    "missing_comma",
    "missing_item",
    "missing_price",
    "missing_product",
    "missing_store",
    "open_quote",
    "time_out_of_range",
    "total_mismatch",
    "wrong_columns",
]

FileReason = Literal[
    "bad_key",
    "damaged",
    "empty",
    "glacier",
    "long_key",
    "long_line",
    "mixed_layouts",
    "no_valid_row",
    "not_text",
    "other_store",
    "password",
    "row_per_item",
    "several_files",
    "swapped",
    "too_large",
    "too_many_names",
    "too_many_rejected",
    "total_too_large",
    "unknown_header",
    "unrecognised",
    "utf_16",
    "without_items",
    "without_store",
    "workbook",
]
