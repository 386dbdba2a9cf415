"""Names of parametrized tests, and how tests are shared out among workers."""

import gc
import signal
from collections.abc import Iterator

import pytest
from xdist.remote import Producer

# Before anything imports them: their assertions say which values differ.
pytest.register_assert_rewrite("tests.support.random_steps", "tests.support.simulation")

from chalicelib.log import log  # noqa: E402
from tests.support.workers import ByModule  # noqa: E402

# A worker keeps a gigabyte of modules, service descriptions and tests, in which Python would often look for garbage.
gc.set_threshold(50_000)

# A shell that starts tests in the background makes them ignore SIGINT, and with them every command that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Return pytest's own fixture, whose text has log lines as they are written, with all of their fields."""
    formatter = caplog.handler.formatter
    caplog.handler.setFormatter(log.logger_handler.formatter)
    yield caplog
    caplog.handler.setFormatter(formatter)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes after their parameter: gzip writes the time into them, and all workers must find the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Give workers whole modules: see `tests/support/workers.py`."""
    return ByModule(config, log)
