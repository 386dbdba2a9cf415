"""A package, unpacked as Lambda does it, with the modules of Lambda's runtime: boto3 and its requirements."""

import base64
import hashlib
import importlib.metadata
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from infra.packaging import TEMPLATE, ZIP, unpack
from infra.runtimes import THIS_PYTHON
from local.cloud.warm_worker import Code, Function
from local.errors import LocalCloudError

IN_THE_RUNTIME: Final = "boto3"
"""The distribution that Lambda's runtime has, so that packages leave it out."""


class PackagedCode:
    """The code of functions that run packages: at first that of a build, later that of each release."""

    def __init__(self, build: Path, folder: Path, zip_of: Callable[[str], bytes]) -> None:
        """Unpack a build into a folder; `zip_of` returns the zip that a function has now."""
        self._folder = folder
        self._zip_of = zip_of
        self._first = code(build, folder)
        self._codes = {_digest((build / ZIP).read_bytes()): self._first}

    def __call__(self, function: Function) -> Code:
        """Return the code of a function, unpacked when it is needed for the first time.

        A release may have changed it since the function's settings were read: then it is the new code.
        """
        if function.code in self._codes:
            return self._codes[function.code]
        package = self._zip_of(function.name)
        digest = _digest(package)
        if digest not in self._codes:
            task = self._folder / f"release-{len(self._codes)}"
            unpack(io.BytesIO(package), task)
            self._codes[digest] = Code(task, self._first.runtime)
        return self._codes[digest]


def _digest(package: bytes) -> str:
    """Return the digest of a zip as Lambda states it."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def code(build: Path, folder: Path) -> Code:
    """Unpack the zip of a build into a folder, emptied first; raise `LocalCloudError` if there is none that fits."""
    if not (build / ZIP).is_file():
        raise LocalCloudError(f"{build / ZIP} is not there: run `make package` first.")
    runtime_name = f"python{THIS_PYTHON}"
    if f"Runtime: {runtime_name}\n" not in (build / TEMPLATE).read_text(encoding="utf-8"):
        raise LocalCloudError(f"The package is not for {runtime_name}: run `make package` once more.")
    shutil.rmtree(folder, ignore_errors=True)
    task, runtime = folder / "task", folder / "runtime"
    for part in (task, runtime):
        part.mkdir(parents=True)
    unpack(build / ZIP, task)
    # Links, and only these: a worker that imports anything else of this environment fails, as it would in Lambda.
    for path in _files(IN_THE_RUNTIME):
        (runtime / path.name).symlink_to(path)
    return Code(task, runtime)


def _files(distribution: str) -> set[Path]:
    """Return the top-level packages and modules of a distribution and of all its requirements."""
    paths: set[Path] = set()
    for name in _required(distribution, set()):
        files = importlib.metadata.distribution(name).files or []
        tops = {file.parts[0] for file in files if file.suffix == ".py" and file.parts[0] != ".."}
        # "boto3/session.py" -> "boto3", "six.py" -> "six.py"; "../../bin/jp.py" is a script outside of the environment.
        paths |= {Path(str(importlib.metadata.distribution(name).locate_file(top))) for top in tops}
    return paths


def _required(distribution: str, seen: set[str]) -> Iterator[str]:
    """Yield the names of a distribution and of its requirements without extras, each once."""
    if distribution in seen:
        return
    seen.add(distribution)
    yield distribution
    for requirement in importlib.metadata.requires(distribution) or []:
        if "extra ==" not in requirement:
            # "urllib3!=2.2.0,<3,>=1.25.4; python_version >= '3.10'" -> "urllib3"
            yield from _required(re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower(), seen)
