"""`make vendor` unpacks what Lambda needs and the virtual environment cannot give."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.state import PROJECT

COPIED = ["Makefile", "requirements.txt", "requirements-dev.txt", ".ci", "sql", "vendor"]
X86_64 = (62).to_bytes(2, "little")
THIS = f"3.{sys.version_info.minor}"
OTHER = "3.12" if THIS == "3.13" else "3.13"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of what `make vendor` reads, nothing unpacked."""
    for name in COPIED:
        source, target = PROJECT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("psycopg2*"))
        else:
            shutil.copy(source, target)
    return tmp_path


def make_vendor(project: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Run it with the virtual environment of the tests, which it is not to make anew."""
    command = ["make", f"--old-file={sys.prefix}/.installed", "vendor", f"VENV={sys.prefix}", *variables]
    unasked = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(command, cwd=project, env=unasked, capture_output=True, text=True, check=False)


def driver(python: str) -> str:
    """Return the name of the extension module for a version of Python."""
    return f"_psycopg.cpython-{python.replace('.', '')}-x86_64-linux-gnu.so"


def drivers(project: Path) -> list[str]:
    """Return the names of the extension modules that were unpacked."""
    return sorted(path.name for path in (project / "vendor" / "psycopg2").glob("_psycopg*.so"))


def locked_version() -> str:
    """Return psycopg2's version in `requirements-dev.txt`."""
    text = (PROJECT / "requirements-dev.txt").read_text(encoding="utf-8")
    (version,) = re.findall(r"^psycopg2-binary==(\S+)", text, re.MULTILINE)
    return str(version)


def test_the_driver_is_built_for_lambda(project: Path) -> None:
    """For x86_64 and the Python of Chalice, which deploys for its own; the version is the locked one."""
    result = make_vendor(project)

    assert result.returncode == 0, result.stderr
    assert drivers(project) == [driver(THIS)]
    header = (project / "vendor" / "psycopg2" / driver(THIS)).read_bytes()[:20]
    assert (header[:5], header[18:]) == (b"\x7fELF\x02", X86_64)
    assert (project / "vendor" / f"psycopg2_binary-{locked_version()}.dist-info" / "WHEEL").is_file()


def test_another_runtime_takes_the_place_of_the_first(project: Path) -> None:
    """Two drivers side by side would be twice the size; the SQL and the readme stay."""
    make_vendor(project)

    result = make_vendor(project, f"LAMBDA_PYTHON={OTHER}")

    assert result.returncode == 0, result.stderr
    assert drivers(project) == [driver(OTHER)]
    assert sorted(path.name for path in (project / "vendor").iterdir()) == [
        "README.md",
        "psycopg2",
        f"psycopg2_binary-{locked_version()}.dist-info",
        "psycopg2_binary.libs",
        "sql",
    ]


def test_a_wheel_of_another_hash_is_refused(project: Path) -> None:
    """What is deployed is what was locked."""
    lock = project / "requirements-dev.txt"
    lock.write_text(
        re.sub(r"sha256:.{8}", "sha256:00000000", lock.read_text(encoding="utf-8")), encoding="utf-8"
    )

    result = make_vendor(project)

    assert result.returncode != 0
    assert "hash" in result.stderr.lower()
    assert drivers(project) == []


def test_a_lock_without_the_driver_is_said(project: Path) -> None:
    """And not passed over, which would be a function that cannot start."""
    (project / "requirements-dev.txt").write_text("six==1.17.0\n", encoding="utf-8")

    result = make_vendor(project)

    assert result.returncode != 0
    assert f"psycopg2 for Python {THIS} is not in vendor/" in result.stdout


def test_the_driver_is_deployed_from_vendor_alone() -> None:
    """In `requirements.txt` Chalice would package it a second time."""
    assert "psycopg2" not in (PROJECT / "requirements.txt").read_text(encoding="utf-8")


def test_the_sql_is_linked_into_vendor() -> None:
    """Chalice follows links here; in the zip the SQL stands beside chalicelib, as in the project."""
    link = PROJECT / "vendor" / "sql"

    assert link.is_symlink()
    assert link.resolve() == (PROJECT / "sql").resolve()
