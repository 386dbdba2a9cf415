"""The whole job in a local cloud, with S3, SQS and the functions' processes: its speed, and the memory of each."""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from bench import day_files
from bench.figures import Figure
from bench.memory import peak
from bench.plan import Plan
from bench.timing import seconds
from local.cloud.options import Options
from local.commands.down import down
from local.commands.put import put
from local.commands.up import up
from local.errors import LocalCloudError
from local.state import State

TIMEOUT_SECONDS: Final = 600.0


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield the sales a second, and the peak memory of each function."""
    with day_files.written(plan) as paths:
        sales = sum(path.read_bytes().count(b"\n") for path in paths)
        taken, peaks = run(paths)
    yield Figure("the local cloud's whole job, upload included", [sales / taken], unit="sales/s")
    for name, size in sorted(peaks.items()):
        function = name.rpartition("-")[2]
        yield Figure(f"peak memory of {function} in the whole job", [size], unit="MB")


def run(paths: list[Path]) -> tuple[float, dict[str, float]]:
    """Upload all files to a local cloud; return the seconds, and the peak memory of each function's workers in MB."""
    with running(Options()) as state:
        with contextlib.redirect_stdout(io.StringIO()) as output:
            taken = seconds(partial(put, state, paths, None, TIMEOUT_SECONDS))
        if output.getvalue().count(": loaded (") != len(paths):
            raise LocalCloudError(f"Not all files were loaded:\n{output.getvalue()}")
        return taken, _peaks(state.running().pid)


@contextlib.contextmanager
def running(options: Options) -> Iterator[State]:
    """Run a local cloud of its own."""
    with tempfile.TemporaryDirectory() as folder:
        state = State.open(Path(folder))
        with contextlib.redirect_stdout(io.StringIO()) as output:
            code = up(state, options, detach=True)
        if code:
            raise LocalCloudError(f"The local cloud did not start:\n{output.getvalue()}")
        try:
            yield state
        finally:
            down(state)


def _peaks(supervisor: int) -> dict[str, float]:
    peaks: dict[str, float] = {}
    for process in psutil.Process(supervisor).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # processes of PostgreSQL come and go
            if name := process.environ().get("AWS_LAMBDA_FUNCTION_NAME"):
                peaks[name] = max(peaks.get(name, 0), peak(process.pid))
    return peaks
