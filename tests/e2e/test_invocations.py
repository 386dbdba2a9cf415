"""Every sample event goes through the real `chalice invoke`, and is answered as the events' readme says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.state import PROJECT
from tests.support.local_cloud import LocalCloud

EVENTS = PROJECT / "events"
ROW = re.compile(
    r"^\| `(?P<event>[\w.-]+)` \| `(?P<function>\w+)` \|.*\| `(?P<answer>\{.*\}|\w+Error: .*)` \|$",
    re.MULTILINE,
)
EXPECTED = [row.groups() for row in ROW.finditer((EVENTS / "README.md").read_text(encoding="utf-8"))]
ENCODED_KEY = "Été uploads/week 11+12/brackenford_14-03-2022_07-00-00.csv"
LEDGER = "select * from load_files order by file_id"


@pytest.fixture(scope="module")
def filled(cloud: LocalCloud) -> Iterator[LocalCloud]:
    """Return a cloud after `put samples/*.csv`."""
    cloud.reset()
    cloud.put(*sorted(PROJECT.glob("samples/*.csv")))
    yield cloud
    cloud.reset()


def invoke(cloud: LocalCloud, function: str, event: Path) -> Any:
    """Invoke a function as a user does after `env`; return its answer, or the error that it raises."""
    command = f"""
        eval "$('{sys.executable}' -m local --state '{cloud.state}' env)" &&
        chalice invoke --stage local -n {function} < '{event}'
    """
    result = subprocess.run(["bash", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=False)
    if result.returncode:
        *_, error, last_line = result.stderr.strip().splitlines()
        assert last_line == "Error: Unhandled exception in Lambda function, details above."
        return error
    return json.loads(result.stdout)


def test_the_readme_has_the_expected_answer_of_every_event() -> None:
    assert sorted(event for event, _, _ in EXPECTED) == sorted(path.name for path in EVENTS.glob("*.json"))


@pytest.mark.parametrize(("event", "function", "answer"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_an_event_is_answered_as_the_readme_says(
    filled: LocalCloud, event: str, function: str, answer: str
) -> None:
    """The totals in the warehouse do not change."""
    before = filled.totals()

    expected = json.loads(answer) if answer.startswith("{") else answer

    assert invoke(filled, function, EVENTS / event) == expected
    assert filled.totals() == before


def test_a_refused_file_that_is_ingested_again_is_in_the_ledger_once(filled: LocalCloud) -> None:
    """The object of the first record is gone; that of the last one is refused as before."""
    before = filled.query(LEDGER)
    invoke(filled, "ingest", EVENTS / "s3-several-records.json")
    again = filled.put(PROJECT / "samples" / "stock_list.csv")

    assert (again.returncode, again.stdout.count("refused")) == (1, 1)
    assert [row["object_key"] for row in filled.query(LEDGER)] == [row["object_key"] for row in before]


def test_an_object_under_the_encoded_key_is_found(filled: LocalCloud) -> None:
    """Ingest unquotes a key once. The refused file stays under it."""
    filled.put(PROJECT / "samples" / "stock_list.csv", key=ENCODED_KEY)

    assert invoke(filled, "ingest", EVENTS / "s3-encoded-key.json") == {"requested": 1}
