"""`make package`: builds Chalice's template, merged with the project's own, and the zip that every function runs."""

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import IO, Final

import yaml

from infra import binaries, template
from infra.errors import InfraError
from infra.preparing import prepared
from infra.runtimes import Runtime
from infra.stages import require_stack

LARGEST: Final = 50 * 2**20
"""The most bytes of a zip that Lambda accepts."""

LARGEST_UNPACKED: Final = 250 * 2**20
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the zip, so that the same content is the same zip. A zip knows no older time."""

ANY_REGION: Final = "eu-west-1"
"""Chalice needs a region, even for a command that calls no AWS service."""

CHALICE: Final = "import gc, sys; gc.set_threshold(50_000); from chalice.cli import main; sys.exit(main())"
"""Runs Chalice. Its imports make many objects that stay, so Python looks for garbage less often than by default."""

STORED: Final = (
    "from zipfile import ZIP_STORED; from chalice.utils import OSUtils; OSUtils.ZIP_DEFLATED = ZIP_STORED; "
)
"""Goes before `CHALICE`: its zip is not compressed. That takes seconds, and `package` packs the files again anyway."""

TASK_ROOT: Final = "/var/task"
"""The folder that Lambda unpacks the zip into: bytecode is compiled for it, so that tracebacks name it."""

TEMPLATE: Final = "sam.yaml"
ZIP: Final = "deployment.zip"


def package(project: Path, stage: str, runtime: Runtime, out: Path) -> int:
    """Write `sam.yaml` and `deployment.zip` of a stage into a folder; return the zip's size in bytes.

    Raise `InfraError` if the stage is not a stack, if a wheel is missing or does not fit the runtime, or if the zip is
    too big.
    """
    require_stack(project, stage)
    with prepared(project, stage, runtime) as copy:
        output = copy / "out"
        options = ("--stage", stage, "--template-format", "yaml", "--merge-template", str(template.SOURCE))
        chalice(copy, "package", *options, str(output), script=STORED + CHALICE)
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("*.zip"):
            old.unlink()
        merged = yaml.safe_load((output / TEMPLATE).read_text(encoding="utf-8"))
        merged["Parameters"]["Stage"]["Default"] = stage
        (out / TEMPLATE).write_text(template.dump(merged), encoding="utf-8")
        _pack(output / ZIP, out / ZIP, runtime)
    return _within_limits(out / ZIP)


def chalice(project: Path, *arguments: str, region: str = ANY_REGION, script: str = CHALICE) -> None:
    """Run `chalice` in a region; raise `InfraError` with its output if it fails."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": region}
    command = [sys.executable, "-c", script, "--project-dir", str(project), *arguments]
    result = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise InfraError(f"`chalice {arguments[0]}` failed:\n{(result.stdout + result.stderr).strip()}")


def unpack(package: Path | IO[bytes], folder: Path) -> None:
    """Unpack a zip into a folder as Lambda does."""
    with zipfile.ZipFile(package) as packed:
        packed.extractall(folder)


def _pack(source: Path, target: Path, runtime: Runtime) -> None:
    """Write Chalice's zip again: with bytecode, which Lambda cannot save, and the same bytes for the same content."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(source, folder)
        for unused in list(_unused(folder)):
            shutil.rmtree(unused)
        # RECORD has digests of scripts that name this machine's interpreter, so it differs between machines.
        for record in folder.glob("*.dist-info/RECORD"):
            record.unlink()
        binaries.check(folder, runtime)
        _compile(folder)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH)
                entry.external_attr = 0o100644 << 16  # a regular file that everybody can read
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())


def _unused(folder: Path) -> Iterator[Path]:
    """Yield the folders of libraries that the functions do without: 25 MB of pandas, four fifths of Powertools."""
    yield from (path for path in folder.rglob("tests") if path.is_dir())
    # Lambda has it, as a part of boto3.
    yield from folder.glob("jmespath*")
    powertools = folder / "aws_lambda_powertools"
    yield from powertools.glob("event_handler")
    # The Logger imports this utility, and no other.
    yield from (
        path for path in powertools.glob("utilities/*") if path.is_dir() and path.name != "jmespath_utils"
    )


def _compile(folder: Path) -> None:
    """Write bytecode that Python never compares with its source: the times in the zip say nothing about it."""
    is_complete = compileall.compile_dir(
        folder,
        quiet=1,
        force=True,
        stripdir=str(folder),
        prependdir=TASK_ROOT,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not is_complete:
        raise InfraError("A module of the package could not be compiled: see above.")


def _within_limits(package: Path) -> int:
    """Return the zip's size in bytes; raise `InfraError` if Lambda would not accept it."""
    size = package.stat().st_size
    with zipfile.ZipFile(package) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
    if size > LARGEST or unpacked > LARGEST_UNPACKED:
        raise InfraError(
            f"The package has {size / 2**20:.1f} MiB, unpacked {unpacked / 2**20:.1f} MiB;"
            " Lambda accepts at most 50 and 250 MiB."
        )
    return size
