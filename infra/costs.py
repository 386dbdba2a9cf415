"""What a chain costs a month, line by line: each line is a quantity times a price. docs/costs.md has it as tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from infra import prices
from infra.prices import DAYS, HOURS, Price

SWEEPS: Final = 96
"""Sweeps a day, one every 15 minutes. Those that find nothing leave the warehouse asleep."""

LOAD_GB: Final = 1.0
INGEST_GB: Final = 1.73
SMALL_GB: Final = 0.5
"""The most memory of `load`, of `ingest`, and of `sweep` and `summarise`: a test reads Chalice's settings."""

ALARMS: Final = 10
METRICS: Final = 10
FREE: Final = 10
"""Alarms and metrics of a stage (at most), and how many of each an account has for nothing."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of cafes. The assumptions are its fields; none of them was measured on AWS."""

    stores: int
    loads: int
    """Loads a day."""

    wakes: int
    """Times a day that the warehouse wakes: loads, and whatever else asks it."""

    wake_seconds: int
    """Seconds that a wake is billed for. Redshift Serverless bills 60 at least."""

    load_seconds: int
    """Seconds that `load` runs each time."""

    sales_gb: float
    """Storage in the warehouse after a year, as measured on PostgreSQL."""

    rpu: int = 4
    """The workgroup's base capacity."""

    nat: bool = False

    @property
    def files(self) -> float:
        """Files a month: one for each store and day."""
        return self.stores * DAYS

    @property
    def mails(self) -> float:
        """Mails a month: a summary for each store and for head office, and a notice for a tenth of the files."""
        return (self.stores + 1) * DAYS + self.files / 10

    @property
    def rpu_hours(self) -> float:
        """RPU-hours a month."""
        return self.wakes * DAYS * self.wake_seconds / 3600 * self.rpu


TEN: Final = Chain(10, loads=6, wakes=8, wake_seconds=70, load_seconds=20, sales_gb=0.42)
"""Ten stores with the defaults: six loads a day, the morning's report and checks, and one to spare."""

THOUSAND: Final = Chain(1_000, loads=24, wakes=25, wake_seconds=120, load_seconds=60, sales_gb=42)
"""A thousand stores with hourly loads, `LoadMinutes=60`, and the morning's report."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill: what it is for, its price, and how many things of that price a month has."""

    subject: str
    price: Price
    quantity: float

    @property
    def dollars(self) -> float:
        """The price of the quantity, in whole cents as the tables show it."""
        return round(self.quantity * self.price.each, 2)


def lines(chain: Chain) -> list[Line]:
    """Return the lines of a chain's month but those of its warehouse."""
    loads, sweeps = chain.loads * DAYS, SWEEPS * DAYS
    writes = 6 * chain.files + 5 * loads
    return [
        Line("`ingest`, 1 s a file", prices.LAMBDA_TIME, chain.files * INGEST_GB),
        Line(f"`load`, {LOAD_GB:g} GB", prices.LAMBDA_TIME, loads * LOAD_GB * chain.load_seconds),
        Line("`sweep`, 5 s, and `summarise`, 20 s", prices.LAMBDA_TIME, (sweeps * 5 + DAYS * 20) * SMALL_GB),
        Line("all functions", prices.LAMBDA_CALLS, chain.files + loads + sweeps + DAYS),
        Line("at most 6 writes a file, 5 a load; 3 lists a sweep", prices.S3_WRITES, writes + 3 * sweeps),
        Line("a read for each write, and two a sweep", prices.S3_READS, writes + 2 * sweeps),
        Line("the archive after a year, 19 kB a file", prices.S3_STORAGE, chain.files * 12 * 19e-6),
        Line("4 requests a file, 10 a load", prices.SQS, 4 * chain.files + 10 * loads),
        Line("a summary a store and day, and a notice for every tenth file", prices.MAILS, chain.mails),
        Line(f"{ALARMS} alarms of one metric, {FREE} of them free", prices.ALARM, ALARMS - FREE),
        Line(f"{METRICS} metrics, {FREE} of them free", prices.METRIC, METRICS - FREE),
        Line("one dashboard, three are free", prices.DASHBOARD, 0),
        Line("3 kB a file, 2 kB a sweep", prices.LOG, (3 * chain.files + 2 * sweeps) / 1e6),
        Line("the hash key, Redshift's administrator", prices.SECRET, 2),
        Line("the hash key for each file", prices.SECRET_CALLS, chain.files),
        Line("the functions' way out", *(prices.NAT, HOURS) if chain.nat else (prices.EGRESS_ONLY, HOURS)),
        Line("the way to S3", prices.GATEWAY_ENDPOINT, HOURS),
    ]


def redshift(chain: Chain) -> list[Line]:
    """Return the lines of a chain's Redshift Serverless."""
    subject = f"{chain.wakes} wakes a day of {chain.wake_seconds} s, {chain.rpu} RPU"
    return [
        Line(subject, prices.RPU_HOUR, chain.rpu_hours),
        Line("a year of sales", prices.REDSHIFT_STORAGE, chain.sales_gb),
    ]


def postgres(instance: Price, gigabytes: float) -> list[Line]:
    """Return the lines of an RDS PostgreSQL in one zone, in place of Redshift's. It is billed asleep and awake."""
    return [
        Line("one instance, in one zone", instance, HOURS),
        Line("room for a year of sales", prices.RDS_STORAGE, gigabytes),
    ]


def total(bill: Iterable[Line]) -> float:
    """Return the sum of lines, as the tables show them."""
    return round(sum(line.dollars for line in bill), 2)


def bill(chain: Chain) -> list[Line]:
    """Return all lines of a chain's month with Redshift Serverless."""
    return [*lines(chain), *redshift(chain)]
