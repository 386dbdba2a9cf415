"""A package unpacked as Lambda does it, and beside it what Lambda's runtime brings along: boto3 and what that needs."""

import importlib.metadata
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.packaging import TEMPLATE, ZIP, unpack
from infra.runtimes import THIS_PYTHON
from local.cloud.warm_worker import Code
from local.errors import LocalCloudError

BROUGHT: Final = "boto3"


def code(build: Path, folder: Path) -> Code:
    """Unpack the zip of a build into an empty folder; raise `LocalCloudError` if there is none."""
    if not (build / ZIP).is_file():
        raise LocalCloudError(f"{build / ZIP} is not there: run `make package` first.")
    wanted = f"python{THIS_PYTHON}"
    if f"Runtime: {wanted}\n" not in (build / TEMPLATE).read_text(encoding="utf-8"):
        raise LocalCloudError(f"The package is not for {wanted}: run `make package` once more.")
    shutil.rmtree(folder, ignore_errors=True)
    task, runtime = folder / "task", folder / "runtime"
    for part in (task, runtime):
        part.mkdir(parents=True)
    unpack(build / ZIP, task)
    for path in _files(BROUGHT):
        (runtime / path.name).symlink_to(path)
    return Code(task, runtime)


def _files(distribution: str) -> set[Path]:
    """Return the packages and modules of a distribution and of all that it requires."""
    found: set[Path] = set()
    for name in _required(distribution, set()):
        files = importlib.metadata.distribution(name).files or []
        tops = {file.parts[0] for file in files if file.suffix == ".py" and file.parts[0] != ".."}
        found |= {Path(str(importlib.metadata.distribution(name).locate_file(top))) for top in tops}
    return found


def _required(distribution: str, seen: set[str]) -> Iterator[str]:
    """Yield a distribution's name and, once each, those of what it requires without extras."""
    if distribution in seen:
        return
    seen.add(distribution)
    yield distribution
    for requirement in importlib.metadata.requires(distribution) or []:
        if "extra ==" not in requirement:
            yield from _required(re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower(), seen)
