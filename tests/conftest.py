"""How tests are named, and shared out when several workers run them."""

import pytest
from xdist.remote import Producer

from tests.support.workers import ByModule


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Give bytes a number for a name: gzip writes the time into them, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Have workers take tests by module."""
    return ByModule(config, log)
