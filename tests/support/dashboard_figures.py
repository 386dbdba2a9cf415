"""Files with sales, rejected rows and a refusal, and what the dashboards must show of them: plain csv and decimal."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from local.samples.sales import generate_day, to_csv
from tests.support.grafana import Range
from tests.support.plain_figures import Item, Row, grouped, items_of, store_days

FIRST = date(2022, 3, 1)
STORES = {
    "Brackenford": [*range(36)],
    "O'Hara's Corner": [*range(2, 20), *range(24, 36)],
    "Zoë & Söhne": [*range(10, 33)],
}
"""The days on which each store sells."""

TIMES = Range(
    datetime.combine(FIRST + timedelta(days=5), time(), UTC),
    datetime.combine(FIRST + timedelta(days=32), time.max, UTC).replace(microsecond=999000),
)
"""Four weeks, as the dashboards have them: from midnight to the last millisecond of a day."""

BAD_ROWS = {"Brackenford": ("total_price", "total_price"), "Zoë & Söhne": ("payment_type",)}
"""The rows of the last file of a store that are rejected, by the column at fault."""


def day_text(store: str, day: int) -> str:
    """Return a store's file of a day."""
    when = FIRST + timedelta(days=day)
    return to_csv(store, generate_day(store, when, sales=7 + day % 3, seed=5))


def good_texts() -> list[str]:
    """Return all valid rows, store by store."""
    return [day_text(store, day) for store, days in STORES.items() for day in days]


def rejected_row(store: str, column: str) -> str:
    """Return a row with a mistake in one column."""
    text = io.StringIO()
    total, payment = ("1.00", "CARD") if column == "total_price" else ("2.45", "BARTER")
    row = ["01/03/2022 09:00", store, "Ann", "Large Latte - 2.45", total, payment, ""]
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue()


def files() -> dict[str, bytes]:
    """Return a file a store with all its days, and a refused file."""
    texts = {
        store: "".join(day_text(store, day) for day in days)
        + "".join(rejected_row(store, column) for column in BAD_ROWS.get(store, ()))
        for store, days in STORES.items()
    }
    named = {f"{number}.csv": text.encode() for number, text in enumerate(texts.values())}
    return named | {"empty.csv": b""}


def items_in(times: Range, stores: Sequence[str]) -> list[Item]:
    """Return the items of the chosen stores and days."""
    return [
        item
        for item in items_of(good_texts())
        if times.start.date() <= item.day <= times.end.date() and item.store in (stores or STORES)
    ]


def quotient(one: Decimal | int, other: int) -> Decimal:
    """Return a quotient with two decimals."""
    return (Decimal(one) / other).quantize(Decimal("0.01"), ROUND_HALF_UP)


def midnight(day: date) -> datetime:
    """Return a day as Grafana wants it."""
    return datetime.combine(day, time())


def by(items: Iterable[Item], key: Callable[[Item], Any]) -> list[tuple[Any, int, int, Decimal]]:
    """Return for each value of a key, in order: the value, sales, items and pounds."""
    return sorted((*row[0], *row[1:]) for row in grouped(items, lambda item: ((key(item),),)))


def most(rows: Iterable[Row], column: int) -> list[Row]:
    """Return the twenty rows with most in a column; rows with as much in the order of their names."""
    return sorted(rows, key=lambda row: (-row[column], row))[:20]


def expected_sales(times: Range, stores: Sequence[str]) -> dict[str, list[Row]]:
    """Return the rows of each query of the sales dashboard, for some stores or, if none is named, for all."""
    items = items_in(times, stores)
    [(_, sales, count, revenue)] = by(items, lambda _: "")
    hours = by(items, lambda item: item.at.hour)
    week = {
        key: pounds for key, _, _, pounds in by(items, lambda item: (item.at.hour, item.day.isoweekday()))
    }
    return {
        "Totals": [(revenue, sales, quotient(revenue, sales), quotient(count, sales))],
        "Revenue by day": [
            (midnight(day), store, pounds)
            for (day, store), _, _, pounds in by(items, lambda item: (item.day, item.store))
        ],
        "Sales and items by day": [
            (midnight(day), sales, count) for day, sales, count, _ in by(items, lambda item: item.day)
        ],
        "Stores": most(
            (
                (store, pounds, sales, quotient(pounds, sales), quotient(count, sales), days_of(items, store))
                for store, sales, count, pounds in by(items, lambda item: item.store)
            ),
            1,
        ),
        "Missing days": [
            (midnight(day), store, midnight(last))
            for store, day, last, is_missing in sorted(
                store_days(items_of(good_texts())), key=lambda row: (-row[1].toordinal(), row[0])
            )
            if is_missing and store in (stores or STORES) and times.start.date() <= day <= times.end.date()
        ],
        "Revenue by hour": [(f"{hour:02}:00", pounds) for hour, _, _, pounds in hours],
        "Payments": most(((name, pounds) for name, _, _, pounds in by(items, lambda item: item.payment)), 1),
        "Revenue by weekday and hour": [
            (f"{hour:02}:00", *(week.get((hour, weekday), 0) for weekday in range(1, 8)))
            for hour, *_ in hours
        ],
        "Products": most(
            (
                (*names, count, pounds)
                for names, _, count, pounds in by(items, lambda item: (item.product, item.size))
            ),
            3,
        ),
        "Flavours": most(
            ((name, count) for name, _, count, _ in by(items, lambda item: item.flavour) if name), 1
        ),
        "store": [(store,) for store in sorted(STORES)],
    }


def days_of(items: Iterable[Item], store: str) -> int:
    """Return on how many days a store sold something."""
    return len({item.day for item in items if item.store == store})


class Entry(NamedTuple):
    """What the ledger should have of a file. day: that of its load, None for today."""

    key: str
    store: str
    status: str
    text: str
    bad_rows: tuple[str, ...] = ()
    day: date | None = None

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return len(self.text.splitlines())

    @property
    def loaded(self) -> int:
        """How many rows are sales in the warehouse by this file, or could be."""
        return self.rows - len(self.bad_rows) if self.status == "loaded" else 0

    @property
    def total(self) -> Decimal:
        """The pounds of all valid rows."""
        rows = list(csv.reader(io.StringIO(self.text)))
        return sum((Decimal(row[4]) for row in rows[: len(rows) - len(self.bad_rows)]), Decimal(0))


OLD_DAY = date(2022, 4, 1)
THAT_DAY = Range(datetime(2022, 4, 1, tzinfo=UTC), datetime(2022, 4, 1, 23, 59, 59, 999000, UTC))
NOW = Range(datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1))


def entries(times: Range, stores: Sequence[str]) -> list[Entry]:
    """Return the files that were loaded in a time range: those of the chosen stores, and those of no store."""
    texts = {name: content.decode() for name, content in files().items()}
    everything = [
        Entry("0.csv", "Brackenford", "loaded", texts["0.csv"], BAD_ROWS["Brackenford"]),
        Entry("1.csv", "O'Hara's Corner", "loaded", texts["1.csv"], day=OLD_DAY),
        Entry("2.csv", "Zoë & Söhne", "loaded", texts["2.csv"], BAD_ROWS["Zoë & Söhne"]),
        Entry("copy.csv", "Brackenford", "duplicate", texts["0.csv"], BAD_ROWS["Brackenford"]),
        Entry("empty.csv", "", "refused", ""),
    ]
    return [
        entry
        for entry in everything
        if (entry.day == OLD_DAY) == (times is THAT_DAY) and entry.store in ("", *(stores or STORES))
    ]


def expected_ledger(files: list[Entry]) -> dict[str, list[Row]]:
    """Return the rows of each query of the ledger's dashboard; None stands for a time of today."""
    rows, bad = sum(file.rows for file in files), sum(len(file.bad_rows) for file in files)
    day = None if files[0].day is None else midnight(files[0].day)
    at = None if files[0].day is None else datetime.combine(files[0].day, time(10))
    statuses = Counter(file.status for file in files)
    faults = Counter((file.key, column) for file in files for column in file.bad_rows)
    reasons = {"total_price": "total_mismatch", "payment_type": "bad_payment"}
    return {
        "Totals": [(len(files), statuses["refused"], rows, bad)],
        "Refused files": [
            (at, file.key, "empty", "The file is empty.") for file in files if file.status == "refused"
        ],
        "Files by day": [(day, status, count) for status, count in sorted(statuses.items())],
        "Rows by day": [(day, rows, bad)],
        "Stores": sorted(
            (
                store,
                at,
                len(own := [file for file in files if file.store == store]),
                sum(file.rows for file in own),
                sum(len(file.bad_rows) for file in own),
            )
            for store in {file.store for file in files}
        ),
        "Files with rejected rows": [
            (at, file.key, file.store, file.rows, len(file.bad_rows))
            for file in sorted(files, key=lambda file: (-len(file.bad_rows), file.key))
            if file.bad_rows
        ],
        "Rejected rows by reason": [
            (
                column,
                reasons[column],
                sum(count for (_, name), count in faults.items() if name == column),
                sum(name == column for _, name in faults),
            )
            for column in ("total_price", "payment_type")
            if any(name == column for _, name in faults)
        ],
        "Newest files": sorted(
            (at, file.key, file.status, file.rows, file.loaded, len(file.bad_rows), file.total, "")
            for file in files
        ),
        "store": [(store,) for store in sorted(STORES)],
    }
