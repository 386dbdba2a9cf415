"""What the bench measures, and how much of it; tests give a smaller plan."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.full_warehouse import Size
from local.state import PROJECT

RIVALS_PYTHON: Final = PROJECT / ".venv-rivals/bin/python"

MILLION: Final = Size(files=3_300, stores=110)
TEN_MILLION: Final = Size(files=33_000, stores=110)
"""Sales of so many: some 5 GB on disk while they are measured."""

MILLION_OF_TEN_STORES: Final = Size(files=3_300, stores=10)


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes of all measurements."""

    stores: int = 6
    days: int = 25
    sales: int = 309
    """The mean of a day file; all stores and days together are 45,995 sales."""

    rounds: int = 7
    """A round before these warms up caches and connections, and is left out of the figures."""

    large_rows: int = 300_000
    largest_rows: int = 3_000_000
    warehouses: tuple[Size, ...] = (MILLION, TEN_MILLION)
    dashboards: Size = MILLION_OF_TEN_STORES
    race_rounds: int = 5
    rivals: tuple[str, ...] = ("in turn", "archived", "dlt", "dlt by COPY")
    """The contestants of the race besides ours; `in turn` is ours in one process."""

    rivals_python: Path = RIVALS_PYTHON
    """The Python of the rivals' own environment, which `make bench` makes."""

    many_files: int = 100
    """Files of one load in the cloud: a full batch."""
