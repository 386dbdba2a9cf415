"""The time that `create_database` may wait for other sessions: less than its own function lives."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.errors import CanceledError, SchemaError
from chalicelib.warehouse.connection import STATEMENT_SHARE, Warehouse


class Deadline:
    """The end of the time that all steps have together. It begins with this object."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._end = time.monotonic() + warehouse.timeout * STATEMENT_SHARE

    @contextmanager
    def step(self, task: str) -> Iterator[None]:
        """Limit a step's statements to the time that is left; raise `SchemaError` if one of them waits for longer."""
        self._warehouse.limit_statements(max(self._end - time.monotonic(), 1))
        try:
            yield
        except CanceledError as exc:
            raise SchemaError(
                f"There was not enough time to {task}: mostly another session is using it. Wait until that session"
                " has finished, or end it (docs/runbook.md, The schema), and call create_database again."
            ) from exc
