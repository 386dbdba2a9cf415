"""Figures at the end: in which queue the probe ran, and what it used. Nobody can call them right or wrong."""

from typing import Final

from chalicelib.errors import WarehouseError
from infra.probe.model import Finding, Question, Verdict
from infra.probe.sessions import Probe

QUEUES: Final = (
    "select trim(service_class_name), count(*), max(queue_time) / 1000 from sys_query_history"
    " where session_id in %s group by 1 order by 2 desc"
)
CHARGED: Final = "select sum(charged_seconds) from sys_serverless_usage where start_time >= %s"
ELAPSED: Final = "select sum(elapsed_time) / 1000000.0 from sys_query_history where session_id in %s"


def _queues(probe: Probe) -> Finding:
    rows = probe.observer.execute(QUEUES, (tuple(probe.pids),))
    queues = (f"{name or 'no queue'}: {count} queries, at most {wait} ms" for name, count, wait in rows)
    return Finding(Verdict.INFO, "; ".join(queues))


def _seconds(probe: Probe) -> Finding:
    try:
        # Only a superuser may read it, and only Serverless has it: a row for each minute.
        [(charged,)] = probe.observer.execute(CHARGED, (probe.began_at.replace(second=0, microsecond=0),))
    except WarehouseError:
        [(elapsed,)] = probe.observer.execute(ELAPSED, (tuple(probe.pids),))
        return Finding(Verdict.INFO, f"{elapsed:.0f} s of queries")
    return Finding(Verdict.INFO, f"{charged or 0} RPU-seconds charged so far, other users' included")


QUESTIONS: Final = (
    Question(
        "Queues that the probe ran in, and the longest wait",
        _queues,
        "ADR 22",
        "",
        is_information=True,
    ),
    Question(
        "Compute that the probe used",
        _seconds,
        "docs/costs.md",
        "",
        is_information=True,
    ),
)
