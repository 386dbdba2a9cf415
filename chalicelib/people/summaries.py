"""The mails of a morning on the day before: one to head office, and one to each store. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.people.escapes import visible
from chalicelib.people.file_lines import FaultCount, File, refused_lines, rejected_lines
from chalicelib.people.mails import Mail, shortened, titled
from chalicelib.people.quantities import quantity
from chalicelib.people.stores import Kind, StoreMail

BEST_SELLERS: Final = 5
"""Products that a store's summary names."""

LONGEST_PRODUCT: Final = 60

SEND_IT: Final = "  What to do: Upload its file. Was the store closed? Upload the header alone."


class Figures(NamedTuple):
    """A store's figures of a day; the revenue in pounds."""

    sales: int
    items: int
    revenue: Decimal


NOTHING: Final = Figures(0, 0, Decimal(0))


class BestSeller(NamedTuple):
    """A product in a size, and how many were sold."""

    items: int
    product: str


class State(StrEnum):
    """What the warehouse has of a store and day."""

    SOLD = "sold"
    CLOSED = "closed"
    MISSING = "missing"
    NOT_EXPECTED = "not expected"


@dataclass(frozen=True, slots=True)
class StoreDay:
    """A store's day, with its files that need a person."""

    store_name: str
    state: State
    figures: Figures = NOTHING
    week_before: Figures = NOTHING
    best_sellers: Sequence[BestSeller] = ()
    files: Sequence[File] = ()
    """Its refused files, and its files with rejected rows."""
    changes: Sequence[str] = ()
    """What changed in how its file is read, in sentences."""


@dataclass(frozen=True, slots=True)
class Morning:
    """All that the mails of a morning say."""

    day: date
    store_days: Sequence[StoreDay]
    files: Sequence[File]
    """The refused files, and those with rejected rows, of all stores and of none."""
    faults: Sequence[FaultCount]
    suspect_sales: int
    new_suspect_sales: int
    """Those in files that came since the morning before."""

    def of(self, state: State) -> list[StoreDay]:
        """Return the stores' days in a state."""
        return [store for store in self.store_days if store.state is state]


def to_stores(morning: Morning, stage: str) -> list[StoreMail]:
    """Return the mail to each store."""
    return [
        StoreMail.of(
            store.store_name,
            Kind.SUMMARY,
            titled(stage, f"summary of {morning.day:%d/%m/%Y}"),
            _store_lines(store, morning),
        )
        for store in morning.store_days
    ]


def _store_lines(store: StoreDay, morning: Morning) -> list[str]:
    lines = [f"{morning.day:%A %d/%m/%Y}", ""]
    match store.state:
        case State.SOLD:
            lines += _table(store.figures, store.week_before)
            lines += ["", "Best sellers", *map(_best_seller, store.best_sellers)]
        case State.CLOSED:
            lines += ["The store was closed: its file has no sales."]
        case State.MISSING:
            lines += ["No sales of this day have come.", SEND_IT]
        case State.NOT_EXPECTED:
            lines += ["No sales of this day are loaded."]
    return [*lines, *_file_lines(store.files, morning.faults), *_change_lines([store])]


def _table(now: Figures, before: Figures) -> list[str]:
    """Return the figures of a day, those of the same day of the week before, and the changes."""
    return [
        f"{'':16}{'this day':>14}{'a week before':>16}{'change':>9}",
        _row(
            "Revenue, pounds",
            f"{now.revenue:,.2f}",
            f"{before.revenue:,.2f}",
            _change(now.revenue, before.revenue),
        ),
        _row("Sales", f"{now.sales:,}", f"{before.sales:,}", _change(now.sales, before.sales)),
        _row("Items", f"{now.items:,}", f"{before.items:,}", _change(now.items, before.items)),
    ]


def _row(name: str, now: str, before: str, change: str) -> str:
    return f"{name:16}{now:>14}{before:>16}{change:>9}".rstrip()


def _change(now: Decimal | int, before: Decimal | int) -> str:
    """Return a change such as `+20%` of 12 after 10; empty if there was nothing before."""
    if not before:
        return ""
    percent = round((Decimal(now) / Decimal(before) - 1) * 100)
    return f"{percent:+d}%" if percent else "0%"


def _best_seller(seller: BestSeller) -> str:
    return f"{seller.items:>7,}  {shortened(visible(seller.product), LONGEST_PRODUCT)}"


def _file_lines(files: Sequence[File], faults: Sequence[FaultCount]) -> list[str]:
    lines: list[str] = []
    for file in files:
        lines += [""]
        if file.reason:
            lines += refused_lines(file.object_key, file.reason, file.sentence, file.remarks)
        else:
            lines += rejected_lines(file, faults)
    return ["", "Files to correct", *lines] if lines else []


def _change_lines(stores: Sequence[StoreDay], *, is_named: bool = False) -> list[str]:
    lines = [
        f"  {store.store_name}: {sentence}" if is_named else f"  {sentence}"
        for store in stores
        for sentence in store.changes
    ]
    return ["", "Changes in files since the last ones", *lines] if lines else []


def to_head_office(morning: Morning, stage: str, report: str) -> Mail:
    """Return the mail to head office. `report` is the address of the day's report; empty if there is none."""
    sold, missing = morning.of(State.SOLD), morning.of(State.MISSING)
    revenue = sum((store.figures.revenue for store in sold), Decimal(0))
    figures = [f"{quantity(len(sold), 'store')} sold {revenue:,.2f} pounds"]
    figures += [f"{len(missing)} missing"] if missing else []
    refused = sum(bool(file.reason) for file in morning.files)
    figures += [f"{quantity(refused, 'file')} refused"] if refused else []
    return Mail(
        titled(stage, f"{morning.day:%d/%m/%Y}: {', '.join(figures)}"),
        [
            f"{morning.day:%A %d/%m/%Y}",
            f"Report: {report or 'it could not be written; the log of summarise says why'}",
            "",
            *_table(_total(sold), _total(morning.store_days, is_before=True)),
            *_missing_lines(missing),
            *_suspect_lines(morning),
            *_file_lines(morning.files, morning.faults),
            *_change_lines(morning.store_days, is_named=True),
            *_store_list(sold, morning.of(State.CLOSED)),
        ],
    )


def _store_list(sold: Sequence[StoreDay], closed: Sequence[StoreDay]) -> list[str]:
    lines = [
        f"{store.figures.revenue:>12,.2f} {store.figures.sales:>7,}  {store.store_name}" for store in sold
    ]
    lines += [f"{'closed':>20}  {store.store_name}" for store in closed]
    return ["", "Revenue, sales and store", *lines] if lines else []


def _missing_lines(missing: Sequence[StoreDay]) -> list[str]:
    if not missing:
        return []
    return ["", "Missing: no sales of this day have come", *(f"  {store.store_name}" for store in missing)]


def _suspect_lines(morning: Morning) -> list[str]:
    if not morning.new_suspect_sales:
        return []
    new, count = quantity(morning.new_suspect_sales, "sale"), quantity(morning.suspect_sales, "sale")
    line = (
        f"Suspect: {new} in files that came since the morning before, {count} in all. Such a sale may be in two"
        " files, and counts twice then. The view suspect_sales lists them."
    )
    return ["", line]


def _total(stores: Sequence[StoreDay], *, is_before: bool = False) -> Figures:
    days = [store.week_before if is_before else store.figures for store in stores]
    return Figures(
        sum(day.sales for day in days),
        sum(day.items for day in days),
        sum((day.revenue for day in days), Decimal(0)),
    )
