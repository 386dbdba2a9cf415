"""The columns of the dashboards' queries: how people read their names, and their units."""

from typing import Final, NamedTuple

POUNDS: Final = "prefix:£"
"""With all its digits, as £12345.60: Grafana's own unit for pounds would round it to £12.3K."""

COUNT: Final = "locale"
"""A whole number as 1,234."""

SECONDS: Final = "s"
DAY: Final = "time:YYYY-MM-DD"
TIME: Final = "time:YYYY-MM-DD HH:mm"
WORDS: Final = "string"


class Column(NamedTuple):
    """How a column is shown. decimals: None for words, times and days."""

    title: str
    unit: str
    decimals: int | None = None


def _pounds(title: str) -> Column:
    return Column(title, POUNDS, 2)


def _count(title: str) -> Column:
    return Column(title, COUNT, 0)


COLUMNS: Final = {
    "store_name": Column("Store", WORDS),
    "revenue": _pounds("Revenue"),
    "sales": _count("Sales"),
    "items": _count("Items"),
    "average_ticket": _pounds("Average ticket"),
    "items_a_sale": Column("Items a sale", "none", 2),
    "days": _count("Days with sales"),
    "hour_of_day": Column("Hour", WORDS),
    **{
        day.lower(): _pounds(day)
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    },
    "product_name": Column("Product", WORDS),
    "size": Column("Size", WORDS),
    "flavour_name": Column("Flavour", WORDS),
    "payment_type": Column("Payment", WORDS),
    "sold_on": Column("Day", DAY),
    "last_sold_on": Column("Last day with sales", DAY),
    "loaded_at": Column("Time of load", TIME),
    "newest_file": Column("Newest load", TIME),
    "object_key": Column("File", WORDS),
    "status": Column("Status", WORDS),
    "reason": Column("Reason", WORDS),
    "sentence": Column("What is wrong", WORDS),
    "remarks": Column("Please check", WORDS),
    "column_name": Column("Column", WORDS),
    "files": _count("Files"),
    "refused": _count("Refused files"),
    "rows_read": _count("Rows read"),
    "rows_loaded": _count("Rows loaded"),
    "rows_rejected": _count("Rows rejected"),
    "total": _pounds("Total"),
    "longest": Column("Longest", SECONDS, 1),
    "average": Column("Average", SECONDS, 1),
}
"""By their names in `sql/dashboards`. `time`, the day of a row in a chart, has a meaning for Grafana itself."""
