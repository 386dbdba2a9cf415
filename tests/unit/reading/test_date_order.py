"""The order of day and month that a file's dates, its name, its store's setting or the default decide."""

from datetime import date

import pytest

from chalicelib.reading.date_order import DateEvidence, DateOrder, OrderReason
from chalicelib.reading.dates import Order

DAY_FIRST, MONTH_FIRST = Order.DAY_FIRST, Order.MONTH_FIRST


def decided(*texts: str, named_day: date | None = None, is_month_first_store: bool = False) -> DateOrder:
    """Return the order that is decided for a file with these dates."""
    evidence = DateEvidence()
    evidence.add(texts)
    return evidence.decide(named_day, is_month_first_store=is_month_first_store)


@pytest.mark.parametrize(
    ("texts", "order", "reason"),
    [
        (["25/08/2021 09:00", "05/06/2021 09:00"], DAY_FIRST, OrderReason.ROWS),
        (["08/25/2021 09:00", "05/06/2021 09:00"], MONTH_FIRST, OrderReason.ROWS),
        (["25/08/2021", "26/08/2021", "08/27/2021"], DAY_FIRST, OrderReason.ROWS),
        (["08/25/21 09:00", "05/06/2021 09:00"], MONTH_FIRST, OrderReason.ROWS),
        (["08/25/2021, 09:00:00", "05/06/21, 09:00:00"], MONTH_FIRST, OrderReason.ROWS),
        (["25.08.21", "05.06.21"], DAY_FIRST, OrderReason.ROWS),
        (["5 June 2021 09:00", "44352.375", "05/06/21 09:00"], DAY_FIRST, OrderReason.DEFAULT),
        (["2021-06-05 09:00", "05/05/2021 09:00", "soon", ""], DAY_FIRST, OrderReason.UNAMBIGUOUS),
        (["05/06/2021 09:00"], DAY_FIRST, OrderReason.DEFAULT),
        (["25/08/2021", "08/26/2021", "05/06/2021"], DAY_FIRST, OrderReason.DEFAULT),
    ],
)
def test_the_rows_decide_if_more_dates_exist_in_one_order(
    texts: list[str], order: Order, reason: OrderReason
) -> None:
    assert decided(*texts) == DateOrder(order, reason)


@pytest.mark.parametrize(
    ("named_day", "order", "reason"),
    [
        (date(2021, 6, 5), DAY_FIRST, OrderReason.FILE_NAME),
        (date(2021, 5, 6), MONTH_FIRST, OrderReason.FILE_NAME),
        (date(2021, 5, 7), MONTH_FIRST, OrderReason.STORE),
        (None, MONTH_FIRST, OrderReason.STORE),
    ],
)
def test_the_file_name_decides_before_the_setting_of_the_store(
    named_day: date | None, order: Order, reason: OrderReason
) -> None:
    """The row is 5 June or 6 May, and the store is set to write the month first."""
    assert decided("05/06/2021 09:00", named_day=named_day, is_month_first_store=True) == DateOrder(
        order, reason
    )


def test_a_name_that_fits_both_orders_does_not_decide() -> None:
    """Of these two rows either one may be the named day."""
    assert decided("05/06/2021", "06/05/2021", named_day=date(2021, 6, 5)).reason is OrderReason.DEFAULT


@pytest.mark.parametrize("reason", OrderReason)
def test_an_order_that_the_file_does_not_show_gives_a_remark(reason: OrderReason) -> None:
    remark = DateOrder(MONTH_FIRST, reason).remark

    assert bool(remark) == (reason in {OrderReason.STORE, OrderReason.DEFAULT})
    assert not remark or remark == f"Its dates can be read in two ways; they were read month first, {reason}."
