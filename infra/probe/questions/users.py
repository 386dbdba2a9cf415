"""Questions about users that only an administrator can ask."""

from typing import Final

from psycopg2 import sql

from infra.probe.model import Finding, Need, Question, judged
from infra.probe.sessions import Probe

CREATE: Final = "create user {} password disable session timeout 300"


def _session_timeout(probe: Probe) -> Finding:
    user = probe.add_user("timeout")
    probe.main.execute(sql.SQL(CREATE).format(sql.Identifier(user)))
    return judged(holds=True, details="300 s")


QUESTIONS: Final = (
    Question(
        "A user may have a session timeout",
        _session_timeout,
        "ADR 12",
        "a lost session stays until another load ends it; no setting of the user does.",
        (Need.ADMIN, Need.REDSHIFT),
    ),
)
