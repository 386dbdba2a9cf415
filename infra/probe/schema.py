"""The schema in which a probe works: created at the beginning, and dropped at the end, whatever happens between."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from psycopg2 import sql

from chalicelib.errors import CafeEtlError, WarehouseError
from infra.errors import InfraError
from infra.probe.sessions import Options, Probe, Session

FAILURES: Final = (CafeEtlError, BotoCoreError, ClientError, KeyboardInterrupt)
"""What may prevent a trace from being removed; the others are still tried."""


class SchemaNotCreatedError(InfraError):
    """The probe has no schema of its own, so there is nothing to drop."""


@contextmanager
def probed(options: Options, report: Callable[[str], None]) -> Iterator[Probe]:
    """Yield a probe with a schema of its own; at the end drop schema and users.

    Raise `SchemaNotCreatedError` if the schema exists already or may not be created: then nothing is dropped. A
    sentence for each trace that could not be removed goes to `report`.
    """
    probe = Probe(options)
    with closing(probe.observer):
        _check_absence(probe)
        try:
            _create(probe)
            yield probe
        except SchemaNotCreatedError:
            raise
        except BaseException:  # Ctrl-C, too, even while the schema is being created
            _end(probe, report)
            raise
        _end(probe, report)


def _check_absence(probe: Probe) -> None:
    """Refuse a schema that exists: all that happens from here on may end in dropping it."""
    schema = probe.options.schema
    if probe.observer.execute("select nspname from pg_namespace where nspname = %s", (schema,)):
        raise SchemaNotCreatedError(
            f"The schema {schema} exists already. The probe drops its schema at the end: choose another name."
        )


def _create(probe: Probe) -> None:
    schema = probe.options.schema
    try:
        probe.observer.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    except WarehouseError as exc:
        raise SchemaNotCreatedError(
            f"The schema {schema} could not be created: {exc}. An administrator may create it: set --admin-secret."
        ) from exc


def _end(probe: Probe, report: Callable[[str], None]) -> None:
    """Drop the schema, and then the users: a user with privileges cannot be dropped."""
    probe.close()
    schema = probe.options.schema
    _drop(probe, sql.SQL("drop schema if exists {} cascade"), schema, report)
    for user in probe.users:
        _drop(probe, sql.SQL("drop user if exists {}"), user, report)


def _drop(probe: Probe, statement: sql.SQL, name: str, report: Callable[[str], None]) -> None:
    try:
        _send(probe, statement.format(sql.Identifier(name)))
    except FAILURES as exc:
        report(f"{name} could not be dropped: {str(exc) or 'it was interrupted'}. Drop it by hand.")


def _send(probe: Probe, statement: sql.Composable) -> None:
    """Send a statement; once more on a fresh connection if it fails, since the observer's may be lost."""
    try:
        probe.observer.execute(statement)
    except WarehouseError:
        with closing(Session.of(probe.options)) as session:
            session.execute(statement)
