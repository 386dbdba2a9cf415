"""`python -m bench [MEASUREMENT...]`: how fast the job is, as ratios within one run, and how much memory it takes.

Each measurement is a module. It yields its figures as soon as it has them; at the end all of them stand in one table,
and in build/bench.json. A figure that misses its bar is a result like others: the exit code is 0.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import cold_imports, dashboards, file_way, growth, ingest, load, reading, whole_job
from bench.figures import Figure, sentence, table, to_json
from bench.plan import Plan
from bench.rivals import race
from local.state import PROJECT

MEASUREMENTS: Final[dict[str, Callable[[Plan], Iterator[Figure]]]] = {
    "ingest": ingest.measure,
    "reading": reading.measure,
    "load": load.measure,
    "rivals": race.measure,
    "growth": growth.measure,
    "file-way": file_way.measure,
    "whole-job": whole_job.measure,
    "cold-imports": cold_imports.measure,
    "dashboards": dashboards.measure,
}
REPORT: Final = PROJECT / "build" / "bench.json"


def run(plan: Plan, names: Iterable[str], report: Path) -> None:
    """Do measurements, print each figure as it comes and all in a table, and write them to a file."""
    figures: list[Figure] = []
    start = time.monotonic()
    try:
        for name in names:
            for figure in MEASUREMENTS[name](plan):
                print(sentence(figure), flush=True)
                figures.append(figure)
    finally:
        # An error in the last of these minutes must not cost what was measured before it.
        print(f"\n{table(figures)}\n\nAll took {(time.monotonic() - start) / 60:.1f} minutes.")
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(to_json(figures, datetime.now(UTC)), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Do the measurements that are named, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory.")
    parser.add_argument("names", nargs="*", metavar="MEASUREMENT", help=", ".join(MEASUREMENTS))
    names = parser.parse_args(arguments).names or list(MEASUREMENTS)
    if unknown := sorted(set(names) - MEASUREMENTS.keys()):
        parser.error(f"{unknown[0]} is none of {', '.join(MEASUREMENTS)}.")
    run(Plan(), names, REPORT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
