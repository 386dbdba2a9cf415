"""The tables of docs/costs.md, in Markdown. `python -m infra costs` prints them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from infra import prices
from infra.costs import TEN, THOUSAND, Chain, Line, bill, lines, postgres, redshift, total
from infra.prices import RPU_HOUR

LOAD_MINUTES: Final = (1440, 720, 360, 240, 120, 60, 30, 15, 5)
"""Values of the parameter `LoadMinutes`, the rarest loads first."""

DAY_MINUTES: Final = 1440
HUNDRED: Final = 100
"""Quantities from here on are shown as whole numbers."""


def document_tables() -> list[str]:
    """Return all tables of the page, in its order."""
    return [bill_table([TEN, THOUSAND]), loads_table(), limits_table(), postgres_table(), price_table()]


def bill_table(chains: Sequence[Chain]) -> str:
    """Return the bills of chains side by side; the last line has the sums."""
    head = [
        "line",
        "service",
        *(word for chain in chains for word in (f"{chain.stores:,} stores", "dollars")),
    ]
    rows = [_row(side_by_side) for side_by_side in zip(*map(bill, chains), strict=True)]
    sums = [word for chain in chains for word in ("", f"**{total(bill(chain)):.2f}**")]
    return _table(head, [*rows, ["**together**", "", *sums]])


def loads_table() -> str:
    """Return the price of loads by the parameter that says how often there are some."""
    rows = [
        [
            str(minutes),
            str(DAY_MINUTES // minutes),
            *(f"{_of_wakes(DAY_MINUTES // minutes, rpu):.2f}" for rpu in (4, 8)),
        ]
        for minutes in LOAD_MINUTES
    ]
    return _table(["`LoadMinutes`", "loads a day, at most", "dollars a month, 4 RPU", "8 RPU"], rows)


def limits_table() -> str:
    """Return what a day costs in which the warehouse never sleeps, without its limit and with it."""
    rows = [
        ["4 RPU, never asleep", f"{24 * 4 * RPU_HOUR.each:.2f}"],
        ["8 RPU, never asleep", f"{24 * 8 * RPU_HOUR.each:.2f}"],
        ["32 RPU (`MaxCapacity`), never asleep", f"{24 * 32 * RPU_HOUR.each:.2f}"],
        ["**any of them with the limit of 10 RPU-hours (`DailyRpuHours`)**", f"**{10 * RPU_HOUR.each:.2f}**"],
    ]
    return _table(["a day of", "dollars"], rows)


def postgres_table() -> str:
    """Return the bills with an RDS PostgreSQL in place of Redshift."""
    small, medium = postgres(prices.RDS_SMALL, 20), postgres(prices.RDS_MEDIUM, 100)
    rows = [
        ["all but the warehouse", f"{total(lines(TEN)):.2f}", f"{total(lines(THOUSAND)):.2f}"],
        [f"{_size(small)}, or {_size(medium)}", f"{total(small):.2f}", f"{total(medium):.2f}"],
    ]
    sums = [total([*lines(TEN), *small]), total([*lines(THOUSAND), *medium])]
    rows.append(["**together**", *(f"**{dollars:.2f}**" for dollars in sums)])
    return _table(["", *(f"{chain.stores:,} stores" for chain in (TEN, THOUSAND))], rows)


def price_table() -> str:
    """Return the prices with their sources."""
    rows = [
        [price.service, price.things, f"{price.per:,}", _dollars(price.dollars), price.source]
        for price in prices.PRICES
    ]
    return _table(["service", "what", "number", "dollars", "source"], rows)


def _row(side_by_side: Sequence[Line]) -> list[str]:
    """Return the same line of several bills as one row; they share the unit, and mostly the subject."""
    subject = "; ".join(dict.fromkeys(line.subject for line in side_by_side))
    figures = (word for line in side_by_side for word in (_quantity(line.quantity), f"{line.dollars:.2f}"))
    return [subject, str(side_by_side[0].price), *figures]


def _of_wakes(wakes: int, rpu: int) -> float:
    return redshift(replace(TEN, wakes=wakes, rpu=rpu))[0].dollars


def _size(server: Sequence[Line]) -> str:
    # "RDS PostgreSQL, db.t4g.micro" -> "db.t4g.micro with 20 GB"
    return f"{server[0].price.service.partition(', ')[2]} with {server[1].quantity:g} GB"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "|" + "|".join(f" {cell} " if cell != "---" else cell for cell in row) + "|" for row in cells
    )


def _quantity(quantity: float) -> str:
    # 52592.4 -> "52,592"; 730 -> "730"; 19.456 -> "19.5"; 0.069312 -> "0.0693"
    return f"{quantity:,.0f}" if quantity >= HUNDRED or not quantity % 1 else f"{quantity:.3g}"


def _dollars(dollars: float) -> str:
    # 0.4 -> "0.40"; 0.053 -> "0.053"; 0.0000166667 -> "0.0000166667"
    whole, _, decimals = f"{dollars:.10f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
