"""A PostgreSQL of one test, which can be stopped and started again."""

import os
import signal
import time
from pathlib import Path

from local.cloud.postgres import Guardian
from local.state import State
from tests.support.oracle import read

FIGURES = """
    select count(*), sum(total_price), (select count(*) from baskets), count(distinct file_id) from transactions
"""
"""The figures that `expected_figures` returns for files, as the warehouse has them."""


class Server:
    """A PostgreSQL of one test, which can be stopped and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self._state = State.open(folder)
        self._guardian = self._start()
        self.url = self._guardian.url

    def _start(self) -> Guardian:
        log = self._state.logs / "postgres.log"
        guardian = Guardian(self._state.warehouse, self._state.socket, log)
        assert guardian.wait_until_ready(), log.read_text(encoding="utf-8")
        return guardian

    def crash(self) -> None:
        """End the server at once, in the middle of its work."""
        pid = int((self._state.warehouse / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        while self._is_alive(pid):
            time.sleep(0.02)

    def _is_alive(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        # A zombie has ended, though its parent has not noticed.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"

    def start(self) -> None:
        """Start the server again."""
        self._guardian.stop()
        self._guardian = self._start()

    def stop(self) -> None:
        """End the server properly."""
        self._guardian.stop()


def expected_figures(files: dict[str, bytes]) -> tuple[object, ...]:
    """Return the number of sales, their total, and the numbers of items and files, as plain csv has them."""
    readings = [read(content.decode()) for content in files.values()]
    sales = [sale for reading in readings for sale in reading.sales.values()]
    items = sum(len(items) for reading in readings for items in reading.items.values())
    return len(sales), sum(sale[3] for sale in sales), items, len(files)
