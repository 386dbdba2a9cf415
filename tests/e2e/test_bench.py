"""The bench on a few small files: it prints every figure, whatever the figures are."""

import re
import subprocess
import sys

from local.state import PROJECT

ON_LITTLE = (
    "from bench import __main__ as bench; bench.STORE_COUNT = 1; bench.DAYS = 2; bench.SALES = 30; bench.ROUNDS = 1; "
    "bench.LARGE_ROWS = 50; bench.LARGEST_ROWS = 1200; "
    "bench.growth.ROUNDS = 1; bench.growth.SIZE = bench.growth.full_warehouse.Size(6, 2); "
)
RATIO = re.compile(
    r"^(ingest|load|parse and split 50 rows) ÷ .*: \d+\.\d\d \(.*\); (?:within|MISSES) the bar of",
    re.MULTILINE,
)
LARGEST = re.compile(
    r"^peak memory of ingest, 1,200 rows: 0\.\d\d of 381 MiB \(\d+ MiB\); within", re.MULTILINE
)
PEAK = re.compile(r"peak memory of cafe-etl-local-(\w+): \d+ MiB")


GROWTH = re.compile(
    r"^load of (1|10) files with 1,824 sales ÷ into an empty warehouse(.*): \d+\.\d\d ", re.MULTILINE
)


def test_the_bench_prints_its_figures() -> None:
    """It prints ratios, the memory for the largest file, the speed of the whole job, and each function's memory."""
    command = [sys.executable, "-c", ON_LITTLE + "raise SystemExit(bench.main())"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=180, check=False)

    assert result.returncode == 0, result.stderr
    assert re.search(r"^2 files, \d+ sales, ", result.stdout)
    assert RATIO.findall(result.stdout) == ["ingest", "load", "parse and split 50 rows"]
    assert GROWTH.findall(result.stdout) == [
        ("1", ", right after the rush"),
        ("10", ", right after the rush"),
        ("1", ""),
        ("10", ""),
    ]
    assert LARGEST.search(result.stdout)
    assert re.search(r"^whole job: [\d,]+ sales a second", result.stdout, re.MULTILINE)
    assert PEAK.findall(result.stdout) == ["create_database", "ingest", "load"]
