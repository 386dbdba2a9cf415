"""vendor/, which Chalice packages as it is: psycopg2 built for Lambda, and the roots of Redshift's certificates."""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Final

from infra import binaries
from infra.errors import InfraError
from infra.runtimes import Runtime

PROJECT: Final = Path(__file__).resolve().parent.parent
REQUIREMENTS: Final = PROJECT / "infra" / "requirements-vendor.txt"
CERTIFICATES: Final = "amazon-trust-ca-bundle.crt"
"""The name under which AWS offers the roots for download. AWS's own driver for Redshift contains the same roots."""

BUNDLE: Final = "redshift_connector/files/redshift-ca-bundle.crt"
DRIVER: Final = "psycopg2*"


def fill(vendor: Path, runtime: Runtime) -> None:
    """Unpack driver and certificates into vendor/; raise `InfraError` if a wheel is missing or does not fit."""
    empty(vendor)
    with tempfile.TemporaryDirectory() as name:
        unpacked = Path(name)
        install(unpacked, REQUIREMENTS, runtime)
        require(unpacked, runtime)
        for path in unpacked.glob(DRIVER):
            shutil.copytree(path, vendor / path.name)
        shutil.copy(unpacked / BUNDLE, vendor / CERTIFICATES)
    binaries.check(vendor, runtime)


def empty(vendor: Path) -> None:
    """Remove driver and certificates from vendor/; its readme and the link to the SQL stay."""
    for path in vendor.glob(DRIVER):
        shutil.rmtree(path)
    (vendor / CERTIFICATES).unlink(missing_ok=True)


def install(target: Path, requirements: Path, runtime: Runtime) -> None:
    """Unpack the locked wheels that fit a runtime; raise `InfraError` if one is missing or has another hash."""
    # Exactly the locked wheels, for Lambda's system; a build from source would fit this machine's system only.
    command = [
        str(Path(sysconfig.get_path("scripts")) / "uv"),
        *("pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)),
        *("--requirements", str(requirements), "--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--python-platform", runtime.platform, "--python-version", runtime.python),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise InfraError(
            f"Could not install the wheels for Python {runtime.python}:\n{result.stderr.strip()}"
        )
    (target / ".lock").unlink(missing_ok=True)  # uv leaves it behind


def require(vendor: Path, runtime: Runtime) -> None:
    """Raise `InfraError` unless vendor/ has the driver for a runtime."""
    if not (vendor / runtime.driver).is_file():
        raise InfraError(
            f"vendor/ has no psycopg2 for Python {runtime.python} on {runtime.architecture}: run `make vendor` first."
        )
