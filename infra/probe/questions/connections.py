"""Questions about the connection: what answers, whether TLS is checked, who we are, how the database isolates."""

from contextlib import closing
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from chalicelib.warehouse.isolation import LEVEL
from chalicelib.warehouse.redshift import CLUSTER_USER
from infra.probe.model import Finding, Need, Question, judged
from infra.probe.sessions import Probe, Session


def _version(probe: Probe) -> Finding:
    [(version,)] = probe.observer.execute("select version()")
    # "PostgreSQL 8.0.2 on i686-pc-linux-gnu, …, Redshift 1.0.98765" -> "Redshift 1.0.98765"
    return judged("Redshift" in version, version.rpartition(", ")[2])


def _tls(probe: Probe) -> Finding:
    mode = probe.observer.sslmode
    return judged(mode == "verify-full", f"sslmode {mode}" if mode else "no TLS")


def _user(probe: Probe) -> Finding:
    # Without the admin's secret: the functions have none.
    with closing(Session.of(replace(probe.options, admin_secret=""))) as session:
        [(user,)] = session.execute("select current_user")
    parts = urlsplit(probe.options.url)
    if parts.scheme == "redshift-serverless":
        # A role is IAMR:name; an engineer with an access key of their own is IAM:name.
        return judged(user.startswith(("IAMR:", "IAM:")), user)
    return judged(user == (parts.username or CLUSTER_USER), user)


def _isolation(probe: Probe) -> Finding:
    [(database,)] = probe.observer.execute("select current_database()")
    [(level,)] = probe.observer.execute(LEVEL, (database,))
    return judged(level.lower().startswith("snapshot"), level)


QUESTIONS: Final = (
    Question(
        "The warehouse is a Redshift",
        _version,
        "ADR 1",
        "the lines below say nothing about Redshift.",
    ),
    Question(
        "TLS checks the server's certificate",
        _tls,
        "docs/deploy.md",
        "do not deploy: the passwords of the functions travel to a server that nobody has checked.",
    ),
    Question(
        "A temporary password opens a session as the expected user",
        _user,
        "docs/deploy.md",
        "change the names of the users under `An existing warehouse`, and the policy of the caller.",
        (Need.REDSHIFT,),
    ),
    Question(
        "The database isolates transactions by snapshots",
        _isolation,
        "ADR 2",
        "set it by `alter database … isolation level snapshot`: create_database refuses another level.",
    ),
)
