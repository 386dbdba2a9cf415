"""How tests are shared out when several workers run them."""

import pytest
from xdist.remote import Producer

from tests.workers import ByModule


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Have workers take tests by module."""
    return ByModule(config, log)
