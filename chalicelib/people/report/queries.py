"""The queries of a report, `sql/report`: all of them read as of one moment, and none reads a customer's hash."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from chalicelib.errors import RequestError
from chalicelib.normalisation import store_key
from chalicelib.people.report.periods import four_weeks, ledger_days, same_weekdays
from chalicelib.people.report.rows import (
    CustomersRow,
    ExpectedDay,
    FileWithoutSales,
    HourRow,
    PaymentRow,
    ProductRow,
    RejectedRow,
    ReportRows,
    StatedDay,
    SuspectRow,
)
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query

MOST_ROWS: Final = 1
"""Rejected rows of a file whose sentences are shown."""

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9998
"""The years of sales that are loaded, which leave room for the days before and after."""

NO_FILE: Final = 0
"""A number that no file has: a list of SQL cannot be empty."""

Row = TypeVar("Row")


def read_rows(warehouse: Warehouse, day: date | None, store: str) -> ReportRows | None:
    """Return the rows of a day's report; without a day, of the last day with sales, or None if there is none.

    Raise `RequestError` if no store has this name, whose case, hyphens and spaces do not matter, or if no sale can be
    of this day.
    """
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RequestError(
            f"The day of a report must be in the years {FIRST_YEAR} to {LAST_YEAR}, not {day}."
        )
    with warehouse.snapshot():
        store_keys: dict[str, str] = dict(warehouse.execute(query("report/stores")))
        store_name = _store_name(store, store_keys)
        if day is None:
            [(day,)] = warehouse.execute(query("report/last_day"), {"store_name": store_name})
        return None if day is None else _rows_of_day(warehouse, day, store_name, store_keys)


def refused_files(warehouse: Warehouse) -> list[FileWithoutSales]:
    """Return the files that are refused today, whenever they were uploaded."""
    rows = warehouse.execute(query("report/files_without_sales"), {"since": date.min})
    return [file for file in (FileWithoutSales(*row) for row in rows) if file.status == "refused"]


def _store_name(store: str, store_keys: dict[str, str]) -> str:
    """Return a store's name as the warehouse has it; an empty one means all stores."""
    if not store:
        return ""
    names = [name for name, key in store_keys.items() if key == store_key(store)]
    if not names:
        known = ", ".join(store_keys) or "none"
        raise RequestError(f"No store has the name {store}. The warehouse has these stores: {known}.")
    return names[0]


def _rows_of_day(warehouse: Warehouse, day: date, store_name: str, store_keys: dict[str, str]) -> ReportRows:
    weeks, ledger, weekdays = four_weeks(day), ledger_days(day), same_weekdays(day)
    one_day = {"store_name": store_name, "day": day, "before": day + timedelta(days=1)}
    back = {**one_day, "since": weekdays[-1], "until": day}

    def rows(name: str, row: Callable[..., Row], parameters: dict[str, Any]) -> list[Row]:
        return [row(*values) for values in warehouse.execute(query(f"report/{name}"), parameters)]

    stated_days = rows("stated_days", StatedDay, {**back, "since": weeks[0]})
    partly = {stated.file_id for stated in stated_days if stated.rows_rejected}
    [(next_day,)] = warehouse.execute(query("report/next_day"), one_day)
    [customers] = rows("customers", CustomersRow, back)
    return ReportRows(
        day=day,
        store_name=store_name,
        next_day=next_day,
        store_keys=store_keys,
        hours=rows("hours", HourRow, back),
        items=dict(warehouse.execute(query("report/items"), {**one_day, "days": tuple(weekdays)})),
        products=rows("products", ProductRow, one_day),
        payments=rows("payments", PaymentRow, one_day),
        customers=customers,
        expected_days=rows("expected_days", ExpectedDay, {**back, "since": ledger[0]}),
        stated_days=stated_days,
        files_without_sales=rows("files_without_sales", FileWithoutSales, {"since": weeks[0]}),
        rejected_rows=rows(
            "rejected_rows", RejectedRow, {"file_ids": tuple(partly) or (NO_FILE,), "most_rows": MOST_ROWS}
        ),
        suspect_sales=rows("suspect_sales", SuspectRow, one_day) if _is_shared(day, stated_days) else [],
    )


def _is_shared(day: date, stated_days: Iterable[StatedDay]) -> bool:
    """Tell whether two files state sales of one store on a day: without that no sale is suspect."""
    stores = [
        stated.store_name for stated in stated_days if stated.sold_on == day and stated.status == "loaded"
    ]
    return len(set(stores)) < len(stores)
