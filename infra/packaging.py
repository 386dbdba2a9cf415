"""`make package`: Chalice's template, merged with ours, and the zip that every function runs."""

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

import yaml

from infra import binaries, template
from infra.errors import InfraError
from infra.names import has_template
from infra.preparing import prepared
from infra.runtimes import Runtime

LARGEST: Final = 50 * 2**20
"""Bytes that Lambda takes directly."""

LARGEST_UNPACKED: Final = 250 * 2**20
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip can name; the same content shall be the same zip."""

ANY_REGION: Final = "eu-west-1"
"""Chalice wants to know one, even where it asks no AWS service."""

CHALICE: Final = "import sys; from chalice.cli import main; sys.exit(main())"
TASK_ROOT: Final = "/var/task"
"""Where Lambda unpacks the zip; tracebacks name files below it."""

TEMPLATE: Final = "sam.yaml"
ZIP: Final = "deployment.zip"


def package(project: Path, stage: str, runtime: Runtime, out: Path) -> int:
    """Write `sam.yaml` and `deployment.zip` of a stage into a folder; return the zip's size in bytes.

    Raise `InfraError` if there is no such stage, a wheel is missing or does not fit the runtime, or the zip is too big.
    """
    if not has_template(project, stage):  # before anything is built
        raise InfraError(f"The stage {stage} is no stack: it is deployed by `make deploy STAGE={stage}`.")
    with prepared(project, stage, runtime) as copy:
        merge = copy / "merge.yaml"
        merge.write_text(template.dump(template.build(project, stage)), encoding="utf-8")
        made = copy / "out"
        options = ("--stage", stage, "--template-format", "yaml", "--merge-template", str(merge))
        chalice(copy, "package", *options, str(made))
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("*.zip"):
            old.unlink()
        # CloudFormation takes no YAML aliases, of which Chalice writes some.
        written = yaml.safe_load((made / TEMPLATE).read_text(encoding="utf-8"))
        (out / TEMPLATE).write_text(template.dump(written), encoding="utf-8")
        _pack(made / ZIP, out / ZIP, runtime)
    return _within_limits(out / ZIP)


def chalice(project: Path, *arguments: str, region: str = ANY_REGION) -> None:
    """Run Chalice's command in a region; raise `InfraError` with what it said if it fails."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": region}
    command = [sys.executable, "-c", CHALICE, "--project-dir", str(project), *arguments]
    result = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise InfraError(f"`chalice {arguments[0]}` failed:\n{(result.stdout + result.stderr).strip()}")


def unpack(package: Path, folder: Path) -> None:
    """Unpack a zip into a folder as Lambda does."""
    with zipfile.ZipFile(package) as packed:
        packed.extractall(folder)


def _pack(made: Path, out: Path, runtime: Runtime) -> None:
    """Write Chalice's zip anew: with bytecode, since Lambda could not keep any, and the same for the same content."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(made, folder)
        for tests in [path for path in folder.rglob("tests") if path.is_dir()]:
            shutil.rmtree(tests)
        # Lists of what was unpacked: they have digests of scripts that name this machine's interpreter.
        for record in folder.glob("*.dist-info/RECORD"):
            record.unlink()
        binaries.check(folder, runtime)
        _compile(folder)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH)
                entry.external_attr = 0o100644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())


def _compile(folder: Path) -> None:
    """Write bytecode that is taken as it is: a zip keeps no time by which to tell whether it is of its source."""
    done = compileall.compile_dir(
        folder,
        quiet=1,
        force=True,
        stripdir=str(folder),
        prependdir=TASK_ROOT,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        raise InfraError("Not all of the package can be compiled; see above.")


def _within_limits(package: Path) -> int:
    """Return the zip's size; raise `InfraError` if Lambda would not take it."""
    size = package.stat().st_size
    with zipfile.ZipFile(package) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
    if size > LARGEST or unpacked > LARGEST_UNPACKED:
        raise InfraError(
            f"The package has {size / 2**20:.1f} MiB, unpacked {unpacked / 2**20:.1f} MiB; Lambda takes 50 and 250."
        )
    return size
