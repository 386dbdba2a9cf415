"""The day files that most measurements take."""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from bench.plan import Plan
from local.samples import generator
from local.samples.menu import STORES

FIRST_DAY: Final = date(2022, 3, 14)

Files = list[tuple[str, bytes]]
"""Names and contents."""


@contextlib.contextmanager
def written(plan: Plan) -> Iterator[list[Path]]:
    """Write the files to a folder of their own; yield their paths."""
    with tempfile.TemporaryDirectory() as folder:
        yield generator.write_files(
            Path(folder),
            stores=STORES[: plan.stores],
            first_day=FIRST_DAY,
            days=plan.days,
            sales=plan.sales,
            seed=1,
        )


def contents(plan: Plan) -> Files:
    """Return the files in memory."""
    with written(plan) as paths:
        return [(path.name, path.read_bytes()) for path in paths]
