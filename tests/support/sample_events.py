"""The walk through the sample events, as `events/README.md` describes it: one after the other, on a fresh cloud."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from infra.names import Names
from local.account import ACCOUNT, REGION
from local.state import PROJECT
from local.uploads import without_events
from tests.support.local_cloud import LocalCloud

EVENTS: Final = PROJECT / "events"
SAMPLES: Final = PROJECT / "samples"
SMOKE_TEST_KEY: Final = "smoke_test_14-03-2022_07-00-00.csv"
ROW: Final = re.compile(
    r"^\| `(?P<event>[\w.-]+)` \| `(?P<function>\w+)` \|.*\| `(?P<answer>\{.*\}|\w+Error: .*)` \| (?P<effect>.*) \|$",
    re.MULTILINE,
)
LEDGER: Final = "select object_key, status from load_files"
SECONDS: Final = 30.0
"""The time after which an effect should be there; it takes one or two."""

Ledger = Counter[tuple[str, str]]
"""The keys and statuses of the ledger's rows."""


class Row(NamedTuple):
    """A line of the readme's table: an event, its function, the answer, and the ledger's rows that it changes."""

    event: str
    function: str
    answer: str
    effect: str

    @property
    def changes(self) -> Ledger:
        """The rows that the ledger has afterwards and did not have before."""
        # "`stock_list.csv` is refused" -> {("stock_list.csv", "refused"): 1}
        return Counter(re.findall(r"`([^`]+)` is (\w+)", self.effect))


ROWS: Final = [Row(**match.groupdict()) for match in ROW.finditer((EVENTS / "README.md").read_text("utf-8"))]


@contextmanager
def walk(cloud: LocalCloud, stage: str) -> Iterator[None]:
    """Upload the samples for the walk, first the one of the smoke test; empty the cloud before and after."""
    cloud.reset()
    names = Names.of(PROJECT, stage).within(ACCOUNT, REGION)
    brackenford, dunley, alder = (
        next(SAMPLES.glob(f"{store}*")).read_bytes() for store in ("brackenford", "dunley", "alder")
    )
    s3 = cloud.client("s3")
    s3.put_object(Bucket=names.raw_bucket, Key=SMOKE_TEST_KEY, Body=dunley)
    _wait(lambda: _ledger(cloud) == Counter({(SMOKE_TEST_KEY, "loaded"): 1}))
    with without_events(s3, names.raw_bucket):
        for path in SAMPLES.glob("*.csv"):
            s3.put_object(Bucket=names.raw_bucket, Key=path.name, Body=path.read_bytes())
        for key, content in {
            "Été uploads/week 11+12/brackenford_14-03-2022_07-00-00.csv": brackenford,
            "late/alder_cross_14-03-2022_08-00-00.csv": alder,
        }.items():
            s3.put_object(Bucket=names.raw_bucket, Key=key, Body=content)
    yield
    cloud.reset()


def check(cloud: LocalCloud, project: Path, stage: str, row: Row) -> None:
    """Invoke a function by the real `chalice invoke`; compare its answer, and the ledger before and after."""
    names = Names.of(PROJECT, stage).within(ACCOUNT, REGION)
    before = _ledger(cloud)
    answer = _invoke(cloud, project, stage, row)
    if row.answer.startswith("{"):
        # The readme has the names of the stage local.
        expected = json.loads(row.answer.replace("s3://ads-processed/", f"s3://{names.processed_bucket}/"))
        assert _is_like(answer, expected), (answer, expected)
    else:
        assert answer == row.answer
    _wait(lambda: row.changes <= _ledger(cloud) - before)
    # Nothing else changes, and a row never stands there twice.
    assert _ledger(cloud) - before == row.changes
    assert max(Counter(key for key, _ in _ledger(cloud)).values(), default=1) == 1


def _is_like(value: Any, expected: Any) -> bool:
    """Compare two values; "…" stands for any value."""
    if expected == "…":
        return True
    if isinstance(expected, dict) and isinstance(value, dict):
        return value.keys() == expected.keys() and all(
            _is_like(value[name], expected[name]) for name in value
        )
    if isinstance(expected, list) and isinstance(value, list):
        return len(value) == len(expected) and all(map(_is_like, value, expected))
    return bool(value == expected)


def _ledger(cloud: LocalCloud) -> Ledger:
    return Counter((row["object_key"], row["status"]) for row in cloud.query(LEDGER))


def _wait(condition: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)


def _invoke(cloud: LocalCloud, project: Path, stage: str, row: Row) -> Any:
    """Invoke a function as a user does after `env`; return its answer, or the error that it raises."""
    command = f"""
        eval "$('{sys.executable}' -m local --state '{cloud.state}' env)" &&
        chalice --project-dir '{project}' invoke --stage {stage} -n {row.function} < '{EVENTS / row.event}'
    """
    result = subprocess.run(["bash", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=False)
    if result.returncode:
        *_, error, last_line = result.stderr.strip().splitlines()
        assert last_line == "Error: Unhandled exception in Lambda function, details above."
        return error
    return json.loads(result.stdout)
