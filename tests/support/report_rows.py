"""Rows of a report as the warehouse would return them, for tests that need no warehouse."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.normalisation import store_key
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

SUNDAY = date(2022, 4, 3)
ODD_STORES = ("<script>alert(1)</script>", "Zoë & Söhne")


def days_before(days: int) -> date:
    """Return the day that is this many days before the report's."""
    return SUNDAY - timedelta(days=days)


def hour_row(
    store: str = "Leeds", days: int = 0, hour: int = 9, sales: int = 2, revenue: str = "5.00"
) -> HourRow:
    """Return a store's sales of an hour, this many days before the report's."""
    return HourRow(store, days_before(days), hour, sales, Decimal(revenue))


def stated_day(store: str = "Leeds", days: int = 0, **changes: Any) -> StatedDay:
    """Return a file of a store and day, which came at 19:00 of that day."""
    day = days_before(days)
    stated = StatedDay(
        file_id=1000 - days,
        object_key=f"{store.lower()}_{day:%d-%m-%Y}.csv",
        status="loaded",
        last_modified=datetime.combine(day, datetime.min.time()) + timedelta(hours=19),
        rows_read=2,
        rows_rejected=0,
        total=Decimal("5.00"),
        store_name=store,
        sold_on=day,
    )
    return stated._replace(**changes)


def file_without_sales(object_key: str, status: str = "refused", **changes: Any) -> FileWithoutSales:
    """Return a refused file, or one of a closed day, uploaded on the evening of the report's day."""
    arrived_at = datetime.combine(SUNDAY, datetime.min.time()) + timedelta(hours=19)
    return FileWithoutSales(object_key, status, "The file is empty.", arrived_at)._replace(**changes)


def report_rows(**changes: Any) -> ReportRows:
    """Return the rows of a Sunday on which nothing happened, but for some changes."""
    values: dict[str, Any] = {
        "day": SUNDAY,
        "store_name": "",
        "next_day": None,
        "store_keys": {"Leeds": "leeds", "York": "york"},
        "hours": [],
        "items": {},
        "products": [],
        "payments": [],
        "customers": CustomersRow(0, 0),
        "expected_days": [],
        "stated_days": [],
        "files_without_sales": [],
        "rejected_rows": [],
        "suspect_sales": [],
    }
    return ReportRows(**(values | changes))


def busy_day(stores: int = 20, hours: int = 12) -> ReportRows:
    """Return the rows of a day with many stores, two of them with odd names, and with points of all kinds."""
    names = [*ODD_STORES, *(f"Store number {number}" for number in range(3, stores + 1))]
    sold = [(name, days) for name in names for days in range(29)]
    return report_rows(
        store_keys={name: store_key(name) for name in names},
        hours=[
            hour_row(name, days, 7 + hour, 3 + hour * 7 % 30 + days % 4, f"{20 + hour * 9 % 70}.15")
            for name, days in sold
            for hour in range(hours)
        ],
        items={days_before(days): 900 + days for days in (7, 14, 21, 28)},
        products=[
            ProductRow(
                f"Flavoured iced latte {number}",
                "Large",
                f"Flavour {number % 20}",
                90 - number,
                Decimal(900 - 9 * number),
            )
            for number in range(30)
        ],
        payments=[PaymentRow("CARD", 700, Decimal("6000.00")), PaymentRow("CASH", 300, Decimal("2000.00"))],
        customers=CustomersRow(1072, 331),
        expected_days=[
            ExpectedDay(name, days_before(days), days % 9 == 8) for name, days in sold if days < 14
        ],
        stated_days=[
            *(stated_day(name, days) for name, days in sold),
            *(
                stated_day(
                    name,
                    file_id=number,
                    object_key=f"store_{number}_03-04-2022_08-00-00.csv",
                    rows_read=300,
                    rows_rejected=5,
                )
                for number, name in enumerate(names[:5])
            ),
        ],
        files_without_sales=[
            file_without_sales(
                f"store_number_{number}_02-04-2022_08-00-00.csv",
                sentence="The header has no known heading for the store, and the column that may be it has several"
                " values.",
            )
            for number in range(3, 9)
        ],
        rejected_rows=[
            RejectedRow(
                number, 17, "An item has no price, or its price is not an amount in pounds such as 2.45."
            )
            for number in range(5)
        ],
        suspect_sales=[SuspectRow(ODD_STORES[0], 2, Decimal("9.30"))],
    )


def large_day() -> ReportRows:
    """Return the rows of a day with names as long as they may be, and figures as large."""
    store, product = "W" * 200, "Flavoured-iced-latte-" * 9
    return report_rows(
        store_keys={store: store_key(store)},
        hours=[hour_row(store, days, hour, 12345, "1234567.89") for days in range(29) for hour in range(24)],
        items={days_before(days): 900_000 for days in (7, 14, 21, 28)},
        products=[ProductRow(product, "Regular", "Z" * 200, 123_456, Decimal("12345678.90"))],
        payments=[PaymentRow("CARD", 300_000, Decimal("29629629.36"))],
        customers=CustomersRow(123_456, 65_432),
        expected_days=[ExpectedDay(store, days_before(days), is_missing=False) for days in range(14)],
    )
