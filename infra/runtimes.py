"""The runtimes of Lambda: the glibc of each, and the name that uv has for the wheels that fit."""

import sys
from dataclasses import dataclass
from typing import Final

from infra.errors import InfraError

ARCHITECTURES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""The processors: Lambda's name of each, and that of Linux."""

Glibc = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Runtime:
    """A version of Python as Lambda runs it, on one of its processors."""

    python: str
    architecture: str
    glibc: Glibc

    @property
    def platform(self) -> str:
        """The name that uv has for it.

        uv knows no glibc between 2.17 and 2.28, and some wheels for 2.24 are tagged for both. So it may pick a wheel
        that is too new for Amazon Linux 2; `infra.binaries` checks the unpacked files.
        """
        return f"{self.machine}-manylinux_2_28"

    @property
    def machine(self) -> str:
        """The name that Linux has for the processor."""
        return ARCHITECTURES[self.architecture]

    @property
    def driver(self) -> str:
        """The extension module that psycopg2 cannot be imported without, as a path in vendor/."""
        return f"psycopg2/_psycopg.cpython-{self.python.replace('.', '')}-{self.machine}-linux-gnu.so"


GLIBC: Final[dict[str, Glibc]] = {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34)}
"""Python 3.11 is on Amazon Linux 2, the later ones are on Amazon Linux 2023."""

THIS_PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The version of this Python. Chalice deploys for the Python that runs it."""


def runtime(python: str = THIS_PYTHON, architecture: str = "x86_64") -> Runtime:
    """Return a runtime; raise `InfraError` for one that Lambda does not have or Chalice does not know."""
    if python not in GLIBC:
        raise InfraError(
            f"The package can be built for Python {', '.join(GLIBC)}, not for {python}:"
            " choose one, with PYTHON=python3.13 for example."
        )
    if architecture not in ARCHITECTURES:
        raise InfraError(f"Lambda has the processors {' and '.join(ARCHITECTURES)}, not {architecture}.")
    return Runtime(python, architecture, GLIBC[python])
