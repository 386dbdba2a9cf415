"""A copy of the project for Chalice to deploy or package: with a stage's names, and with every library in vendor/.

Chalice could download the wheels by itself. But it leaves out a library without a wheel, and only prints a warning.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib import chain
from chalicelib.errors import SettingsError
from infra import vendoring
from infra.errors import InfraError
from infra.names import config
from infra.runtimes import Runtime

NOT_COPIED = ("deployed", "deployments")
"""Chalice's records and its own packages."""


@contextmanager
def prepared(
    project: Path, stage: str, runtime: Runtime, entry: Mapping[str, Any] | None = None
) -> Iterator[Path]:
    """Yield a folder that Chalice can package for a runtime.

    Raise `InfraError` if a wheel is missing or does not fit, or if the chain's file has a bad entry: no function could
    start with it. `entry` replaces the stage's entry in `.chalice/config.json`.
    """
    try:
        chain.read((project / "chalicelib" / chain.FILE.name).read_text(encoding="utf-8"))
    except SettingsError as exc:
        raise InfraError(str(exc)) from exc
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vendor = folder / "vendor"
        vendor.mkdir()
        vendoring.fill(vendor, runtime)
        vendoring.install(vendor, project / "requirements.txt", runtime)
        shutil.rmtree(vendor / "bin", ignore_errors=True)  # scripts that name this machine's interpreter
        shutil.copytree(project / "sql", vendor / "sql")
        (vendor / "docs").mkdir()
        shutil.copy(project / "docs" / "data-dictionary.md", vendor / "docs")
        shutil.copytree(
            project / "chalicelib", folder / "chalicelib", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(project / "app.py", folder)
        (folder / "infra").symlink_to(project / "infra")  # app.py imports it to check for the driver
        (folder / "requirements.txt").touch()  # empty: everything is in vendor/ already
        own = folder / ".chalice"
        shutil.copytree(project / ".chalice", own, ignore=shutil.ignore_patterns(*NOT_COPIED))
        content = config(project)
        chosen = {**(entry or content["stages"][stage]), "lambda_architecture": runtime.architecture}
        content["stages"][stage] = chosen
        (own / "config.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
        yield folder
