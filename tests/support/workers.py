"""What each worker of `make test` takes next."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

CHECKOUT: Final = "tests/e2e/"
"""Tests that deploy the checkout or copy it: `chalice invoke` reads what was deployed last, so one worker has them."""


class ByModule(LoadScopeScheduling):
    """A module stays together, for the sake of its fixtures, and so do all tests of the checkout."""

    def _split_scope(self, nodeid: str) -> str:
        return CHECKOUT if nodeid.startswith(CHECKOUT) else nodeid.partition("::")[0]
