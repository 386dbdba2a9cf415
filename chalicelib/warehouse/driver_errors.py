"""The driver's errors, wrapped: they name the kind of failure, but nothing of the row that the driver quotes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg2

from chalicelib.errors import CanceledError, ConflictError, TransientError, WarehouseError

DATA_ERRORS: Final = ("22", "23")
"""Classes of SQLSTATE whose messages quote a value: bad data, a constraint that a row does not meet."""

CANCELED: Final = "57014"
CONFLICTS: Final = frozenset({"40001", "40P01"})
CONNECTION_LOST: Final = ("08", "57P")

REDSHIFT_CONFLICT: Final = re.compile(
    r"\b1023\b|Serializable isolation violation|conflict with concurrent transaction"
)
"""Redshift gives its serialization failures the SQLSTATE of internal errors, so only their text shows them."""


@contextmanager
def wrapped(error: type[WarehouseError] | None = None) -> Iterator[None]:
    """Raise the driver's errors as a `WarehouseError`: of the class `error`, or of the class that fits."""
    try:
        yield
    except psycopg2.Error as exc:
        # Only the first line: DETAIL and CONTEXT, which follow it, quote the row.
        message = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        if (exc.pgcode or "").startswith(DATA_ERRORS):
            # 'invalid input syntax for type integer: "Jo Bloggs"' -> 'invalid input syntax for type integer'
            message = message.partition('"')[0].rstrip(": ")
        failure = (error or _kind(exc))(f"{message} ({exc.pgcode or type(exc).__name__})")
        failure.code = exc.pgcode or ""
        # `from None` on purpose: a traceback with the driver's exception would show the row that it quotes.
        raise failure from None


def _kind(exc: psycopg2.Error) -> type[WarehouseError]:
    if exc.pgcode == CANCELED:
        return CanceledError
    if exc.pgcode in CONFLICTS or REDSHIFT_CONFLICT.search(str(exc)):
        return ConflictError
    # A connection that breaks in the middle of a statement has no SQLSTATE at all.
    is_lost = isinstance(exc, psycopg2.OperationalError | psycopg2.InterfaceError) and (
        exc.pgcode is None or exc.pgcode.startswith(CONNECTION_LOST)
    )
    return TransientError if is_lost else WarehouseError
