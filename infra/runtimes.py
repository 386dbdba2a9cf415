"""The Lambda runtimes: which glibc each has, and what uv calls the wheels that fit it."""

import sys
from dataclasses import dataclass
from typing import Final

from infra.errors import InfraError

ARCHITECTURES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's names, and those of Linux."""

Glibc = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Runtime:
    """A version of Python as Lambda runs it, on one of its processors."""

    python: str
    architecture: str
    glibc: Glibc

    @property
    def platform(self) -> str:
        """What uv calls it.

        uv knows no glibc between 2.17 and 2.28, and some wheels for 2.24 are tagged for both: what it picks for Amazon
        Linux 2 is held against that system's glibc afterwards.
        """
        return f"{self.machine}-manylinux_2_28"

    @property
    def machine(self) -> str:
        """What Linux calls the processor."""
        return ARCHITECTURES[self.architecture]

    @property
    def driver(self) -> str:
        """The file without which psycopg2 cannot be imported."""
        return f"psycopg2/_psycopg.cpython-{self.python.replace('.', '')}-{self.machine}-linux-gnu.so"


GLIBC: Final[dict[str, Glibc]] = {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34)}
"""Python 3.11 is on Amazon Linux 2, the later ones are on Amazon Linux 2023."""

THIS_PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Chalice deploys for the Python that runs it."""


def runtime(python: str = THIS_PYTHON, architecture: str = "x86_64") -> Runtime:
    """Return a runtime; raise `InfraError` for one that Lambda has not, or Chalice does not know."""
    if python not in GLIBC:
        raise InfraError(
            f"The package is built for Python {', '.join(GLIBC)}, and not for {python}:"
            " say which with PYTHON=python3.13."
        )
    if architecture not in ARCHITECTURES:
        raise InfraError(f"Lambda's processors are {' and '.join(ARCHITECTURES)}; {architecture} is none.")
    return Runtime(python, architecture, GLIBC[python])
