"""vendor/: what Chalice packages as it is. psycopg2 as Lambda needs it, and the roots of Redshift's certificates."""

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
"""What AWS calls it where it is offered for download; its own driver for Redshift brings the same roots along."""

BROUGHT: Final = "redshift_connector/files/redshift-ca-bundle.crt"
DRIVER: Final = "psycopg2*"


def fill(vendor: Path, runtime: Runtime) -> None:
    """Unpack driver and certificates for a runtime; raise `InfraError` if a wheel is missing or cannot be loaded."""
    empty(vendor)
    with tempfile.TemporaryDirectory() as name:
        unpacked = Path(name)
        install(unpacked, REQUIREMENTS, runtime)
        require(unpacked, runtime)
        for path in unpacked.glob(DRIVER):
            shutil.copytree(path, vendor / path.name)
        shutil.copy(unpacked / BROUGHT, vendor / CERTIFICATES)
    binaries.check(vendor, runtime)


def empty(vendor: Path) -> None:
    """Remove what `fill` unpacked."""
    for path in vendor.glob(DRIVER):
        shutil.rmtree(path)
    (vendor / CERTIFICATES).unlink(missing_ok=True)


def install(target: Path, requirements: Path, runtime: Runtime) -> None:
    """Unpack locked wheels that fit a runtime; raise `InfraError` if there is none, or one of another hash."""
    command = [
        str(Path(sysconfig.get_path("scripts")) / "uv"),
        *("pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)),
        *("--requirements", str(requirements), "--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--python-platform", runtime.platform, "--python-version", runtime.python),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise InfraError(
            f"The wheels for Python {runtime.python} are not to be had:\n{result.stderr.strip()}"
        )
    (target / ".lock").unlink(missing_ok=True)


def require(vendor: Path, runtime: Runtime) -> None:
    """Raise `InfraError` unless a folder holds the driver for a runtime."""
    if not (vendor / runtime.driver).is_file():
        raise InfraError(
            f"vendor/ has no psycopg2 for Python {runtime.python} on {runtime.architecture}: run `make vendor` first."
        )
