"""The question how long a commit takes: TEMP tables that are created one by one, and in one transaction."""

import time
from typing import Final

from psycopg2 import sql

from infra.probe.model import Finding, Question, judged
from infra.probe.sessions import Probe

TABLES: Final = 5
COMMITS_OF_A_BATCH: Final = 2
ASSUMED_SECONDS: Final = 10.0
"""The time of a batch that docs/scaling.md assumes; its commits alone must take less."""


def _commit_time(probe: Probe) -> Finding:
    alone = _create(probe, "alone")
    began_at = time.monotonic()
    with probe.main.transaction():
        _create(probe, "inside")
    inside = time.monotonic() - began_at
    # Five commits against one: the difference is four.
    commit = max(alone - inside, 0) / (TABLES - 1)
    return judged(
        commit * COMMITS_OF_A_BATCH < ASSUMED_SECONDS,
        f"{commit * 1000:.0f} ms for the CREATE of a TEMP table, so {commit * COMMITS_OF_A_BATCH:.1f} s for a batch",
    )


def _create(probe: Probe, name: str) -> float:
    """Create TEMP tables; return the seconds that it took."""
    began_at = time.monotonic()
    for number in range(TABLES):
        table = sql.Identifier(f"{name}_{number}")
        probe.main.execute(sql.SQL("create temp table {} (a integer)").format(table))
    return time.monotonic() - began_at


QUESTIONS: Final = (
    Question(
        "The two commits of a batch fit into the time that is assumed for all of it",
        _commit_time,
        "docs/scaling.md",
        "calculate the tables of the page again.",
    ),
)
