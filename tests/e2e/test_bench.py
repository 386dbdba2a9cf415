"""The bench, on little: that it measures all it says, not how much that is."""

import re
import subprocess
import sys

from local.state import PROJECT

ON_LITTLE = (
    "from local import bench; bench.STORE_COUNT = 1; bench.DAYS = 2; bench.SALES = 30; bench.ROUNDS = 1; "
)
RATIO = re.compile(r"^(ingest|load) ÷ .*: \d+\.\d\d \(.*\); (?:within|MISSES) the bar of", re.MULTILINE)
PEAK = re.compile(r"peak memory of cafe-etl-local-(\w+): \d+ MiB")


def test_the_bench_prints_its_figures() -> None:
    """Two ratios, the whole job's pace, and the peak memory of each function."""
    command = [sys.executable, "-c", ON_LITTLE + "raise SystemExit(bench.main())"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=180, check=False)

    assert result.returncode == 0, result.stderr
    assert re.search(r"^2 files, \d+ sales, ", result.stdout)
    assert RATIO.findall(result.stdout) == ["ingest", "load"]
    assert re.search(r"^whole job: [\d,]+ sales a second", result.stdout, re.MULTILINE)
    assert PEAK.findall(result.stdout) == ["create_database", "ingest", "load"]
