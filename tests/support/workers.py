"""Shares the tests out among the workers of `make test`."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

CHECKOUT: Final = "tests/e2e/"
"""These tests deploy the checkout. `chalice invoke` reads the last deployment: one worker runs them all."""

COPIES: Final = ("tests/e2e/test_readme.py", "tests/e2e/test_adding_a_column.py")
"""Those of them that make a copy of the checkout and work on it alone."""


class ByModule(LoadScopeScheduling):
    """Gives the tests of a module to one worker, which then shares their fixtures; and all of `CHECKOUT` to one."""

    def _split_scope(self, nodeid: str) -> str:
        is_of_checkout = nodeid.startswith(CHECKOUT) and not nodeid.startswith(COPIES)
        return CHECKOUT if is_of_checkout else nodeid.partition("::")[0]
