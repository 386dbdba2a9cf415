"""`make vendor` unpacks the libraries for Lambda, which the virtual environment has only for this machine."""

import os
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from infra import binaries, vendoring
from infra.errors import InfraError
from infra.runtimes import ARCHITECTURES, GLIBC, runtime
from local.state import PROJECT
from tests.support.checkout import unconfigure

COPIED = [
    "Makefile",
    "requirements.txt",
    "requirements-dev.txt",
    ".ci",
    "infra",
    "vendor",
]
X86_64 = (62).to_bytes(2, "little")
THIS = f"3.{sys.version_info.minor}"
OTHER = "3.12" if THIS == "3.13" else "3.13"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the files that `make vendor` reads, with nothing unpacked yet."""
    for name in COPIED:
        source, target = PROJECT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("psycopg2*"))
        else:
            shutil.copy(source, target)
    return tmp_path


def make_vendor(project: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make vendor` with the virtual environment of the tests, which it shall not create again."""
    stamp = f"--old-file={sys.prefix}/.installed-{THIS}"
    command = ["make", stamp, "vendor", f"VENV={sys.prefix}", f"PYTHON={sys.executable}", *variables]
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def driver(python: str) -> str:
    """Return the name of the extension module for a version of Python."""
    return f"_psycopg.cpython-{python.replace('.', '')}-x86_64-linux-gnu.so"


def drivers(project: Path) -> list[str]:
    """Return the names of the extension modules that were unpacked."""
    return sorted(path.name for path in (project / "vendor" / "psycopg2").glob("_psycopg*.so"))


def locked_version() -> str:
    """Return psycopg2's version in `requirements-dev.txt`, which the tests run with."""
    text = (PROJECT / "requirements-dev.txt").read_text(encoding="utf-8")
    (version,) = re.findall(r"^psycopg2-binary==(\S+)", text, re.MULTILINE)
    return str(version)


def test_the_driver_is_built_for_lambda(project: Path) -> None:
    """By default it is for x86_64 and this Python, since Chalice deploys for the Python that runs it."""
    result = make_vendor(project)

    assert result.returncode == 0, result.stderr
    assert drivers(project) == [driver(THIS)]
    header = (project / "vendor" / "psycopg2" / driver(THIS)).read_bytes()[:20]
    assert (header[:5], header[18:]) == (b"\x7fELF\x02", X86_64)
    assert (project / "vendor" / f"psycopg2_binary-{locked_version()}.dist-info" / "WHEEL").is_file()


def test_a_new_runtime_replaces_the_driver_of_the_old_one(project: Path) -> None:
    """Two drivers would double the size; the links and the readme stay."""
    make_vendor(project)

    vendoring.fill(project / "vendor", runtime(OTHER))

    assert drivers(project) == [driver(OTHER)]
    assert sorted(path.name for path in (project / "vendor").iterdir()) == [
        "README.md",
        "amazon-trust-ca-bundle.crt",
        "docs",
        "psycopg2",
        f"psycopg2_binary-{locked_version()}.dist-info",
        "psycopg2_binary.libs",
        "sql",
    ]


@pytest.mark.parametrize("python", GLIBC)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_runtime_is_filled_or_refused(tmp_path: Path, python: str, architecture: str) -> None:
    """psycopg2 for arm64 needs a newer glibc than the runtime of Python 3.11 has."""
    target = runtime(python, architecture)
    if target == runtime("3.11", "arm64"):
        with pytest.raises(InfraError, match=r"needs glibc 2\.27, but the runtime has 2\.26"):
            vendoring.fill(tmp_path, target)
        return

    vendoring.fill(tmp_path, target)

    assert (tmp_path / target.driver).is_file()
    assert binaries.check(tmp_path, target) > 10


def test_a_missing_wheel_is_an_error(tmp_path: Path) -> None:
    """Chalice by itself would print a warning, and package without it."""
    text = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    [newest] = re.findall(r"^numpy==2\.[5-9].*?(?=^\w)", text, re.MULTILINE | re.DOTALL)
    lock = tmp_path / "requirements.txt"
    lock.write_text(re.sub(r" ;.* \\$", " \\\\", newest, count=1, flags=re.MULTILINE), encoding="utf-8")

    with pytest.raises(InfraError, match=r"Could not install the wheels for Python 3\.11(.|\n)*numpy"):
        vendoring.install(tmp_path / "target", lock, runtime("3.11"))


def test_amazons_roots_are_there(project: Path) -> None:
    """All four roots of today's certificates are there; two older ones have expired, and do no harm."""
    make_vendor(project)

    context = ssl.create_default_context(cafile=project / "vendor" / vendoring.CERTIFICATES)
    subjects = [dict(part[0] for part in root["subject"]) for root in context.get_ca_certs()]  # type: ignore[misc]
    names = {subject.get("commonName") for subject in subjects}
    assert {f"Amazon Root CA {number}" for number in range(1, 5)} <= names
    assert len(names) < 10


def test_a_file_that_needs_a_missing_library_is_refused(project: Path) -> None:
    """Lambda's system has only a few libraries of its own."""
    make_vendor(project)
    for library in (project / "vendor" / "psycopg2_binary.libs").glob("libpq*"):
        library.unlink()

    with pytest.raises(InfraError, match=r"psycopg2/_psycopg\S+ needs libpq\S+, which is not in the package"):
        binaries.check(project / "vendor", runtime())


def test_a_file_for_another_processor_is_refused(project: Path) -> None:
    """Otherwise the functions would only fail in the cloud."""
    make_vendor(project)

    with pytest.raises(InfraError, match="is built for x64"):
        binaries.check(project / "vendor", runtime(architecture="arm64"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["deploy", "--stage", "local"], "run `make vendor` first."),
        (["package", "--stage", "prod", "--merge-template", "x.yaml", "out"], "run `make vendor` first."),
        (["package", "--stage", "prod", "out"], "add --merge-template infra/template.yaml."),
        (["package", "--stage", "local", "out"], "`python -m local up` starts it."),
        (["package", "out"], "`make deploy STAGE=dev` deploys it."),
        (["deploy"], "and writes their names there."),
        (["deploy", "--stage", "prod"], "`chalice package` and `make release` deploy it."),
    ],
)
def test_chalice_is_stopped_where_functions_could_not_run(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    """It would package or deploy functions without a driver, or without names. By default it takes the stage dev."""
    project = make_copy(tmp_path)
    unconfigure(project)

    result = chalice(project, *arguments)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.endswith(f"{sentence}\n")
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def make_copy(folder: Path) -> Path:
    """Return a copy of the files that Chalice packages, with an empty vendor/."""
    for name in ("chalicelib", "infra", "sql", ".chalice"):
        ignored = shutil.ignore_patterns("__pycache__", "deployed", "deployments")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(PROJECT / name, folder)
    (folder / "vendor").mkdir()
    return folder


def chalice(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real `chalice`, without credentials."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}
    path = Path(sys.executable).with_name("chalice")
    return subprocess.run(
        [path, *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_a_wheel_of_another_hash_is_refused(project: Path) -> None:
    """Only the files that were locked are deployed."""
    lock = project / "infra" / "requirements-vendor.txt"
    lock.write_text(
        re.sub(r"sha256:.{8}", "sha256:00000000", lock.read_text(encoding="utf-8")), encoding="utf-8"
    )

    result = make_vendor(project)

    assert result.returncode != 0
    assert "hash" in result.stderr.lower()
    assert drivers(project) == []


def test_a_lock_without_the_driver_is_an_error(project: Path) -> None:
    """Otherwise the functions could not start."""
    lock = project / "infra" / "requirements-vendor.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(text[text.index("redshift-connector") :], encoding="utf-8")

    result = make_vendor(project)

    assert result.returncode != 0
    assert f"vendor/ has no psycopg2 for Python {THIS} on x86_64" in result.stderr


def test_the_driver_is_deployed_from_vendor_alone() -> None:
    """If it were in `requirements.txt`, Chalice would package it a second time."""
    assert "psycopg2" not in (PROJECT / "requirements.txt").read_text(encoding="utf-8")


def test_the_sql_is_linked_into_vendor() -> None:
    """Chalice follows the link, so that the SQL stands beside chalicelib in the zip, too."""
    link = PROJECT / "vendor" / "sql"

    assert link.is_symlink()
    assert link.resolve() == (PROJECT / "sql").resolve()
