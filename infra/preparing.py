"""A copy of the project for Chalice to deploy or package: with a stage's names, and with every library in vendor/.

Chalice could download the wheels by itself. But it leaves out a library without a wheel, and only prints a warning.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib import chain
from chalicelib.errors import SettingsError
from infra import vendoring
from infra.errors import InfraError
from infra.names import config
from infra.policies import paths, policies
from infra.runtimes import Runtime, runtime

Fill = Callable[[str], str]
OPEN = "${AWS::"
"""Part of a name in which account or region is not filled in yet."""


@contextmanager
def prepared(
    project: Path, stage: str, runtime: Runtime, settings: Mapping[str, Any] | None = None, fill: Fill = str
) -> Iterator[Path]:
    """Yield a folder that Chalice can package for a runtime.

    Raise `InfraError` if a wheel is missing or does not fit, or if the chain's file has a bad entry: no function could
    start with it.
    `settings` are added to those of the stage in `.chalice/config.json`; `fill` puts account and region into names.
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
        all_settings = {"lambda_architecture": runtime.architecture, **(settings or {})}
        configure(folder, project, stage, all_settings, fill)
        yield folder


def require_ready(environment: Mapping[str, str]) -> None:
    """End Chalice's command with a sentence if the functions that it is about to deploy or package could not run.

    They could not if vendor/ has no driver, or if account and region are not filled in in the stage's names yet.
    """
    if any(OPEN in value for value in environment.values()):
        raise SystemExit(
            "The names of this stage contain the account's number and the region. Use `make deploy` or `make package`:"
            " they fill them in and run Chalice."
        )
    try:
        vendoring.require(vendoring.PROJECT / "vendor", runtime())
    except InfraError as exc:
        raise SystemExit(str(exc)) from exc


def configure(folder: Path, project: Path, stage: str, settings: Mapping[str, Any], fill: Fill = str) -> None:
    """Write Chalice's configuration, with settings added to those of a stage, and the policies in the stage's names.

    Variables in which account or region is still open are left out: the template sets them.
    """
    chosen = config(project)
    variables = chosen["stages"][stage]["environment_variables"] | settings.get("environment_variables", {})
    filled = {name: fill(value) for name, value in variables.items()}
    ready = {name: value for name, value in filled.items() if OPEN not in value}
    chosen["stages"] = {stage: {**settings, "environment_variables": ready}}
    own = folder / ".chalice"
    own.mkdir(exist_ok=True)
    (own / "config.json").write_text(json.dumps(chosen, indent=2), encoding="utf-8")
    written = policies(project, stage)
    for function, path in paths(project).items():
        (own / path.name).write_text(fill(json.dumps(written[function])), encoding="utf-8")
