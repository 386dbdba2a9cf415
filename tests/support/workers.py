"""Shares the tests out among the workers of `make test`."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

CHECKOUT: Final = "tests/e2e/"
"""These tests deploy the checkout or copy it. `chalice invoke` reads the last deployment: one worker runs them all."""


class ByModule(LoadScopeScheduling):
    """Gives the tests of a module to one worker, which then shares their fixtures; and all of `CHECKOUT` to one."""

    def _split_scope(self, nodeid: str) -> str:
        return CHECKOUT if nodeid.startswith(CHECKOUT) else nodeid.partition("::")[0]
