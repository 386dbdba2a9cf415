"""The project as Chalice is to see it: its own files, a stage's names, and in vendor/ all that the zip shall hold.

Chalice would fetch the wheels itself, but leaves out what it finds none for, with a warning and exit code 0.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra import vendoring
from infra.errors import InfraError
from infra.names import config
from infra.policies import paths, policies
from infra.runtimes import Runtime, runtime

Fill = Callable[[str], str]
OPEN = "${AWS::"
"""What a name begins with that account or region is still to be put into."""


@contextmanager
def prepared(
    project: Path, stage: str, runtime: Runtime, settings: Mapping[str, Any] | None = None, fill: Fill = str
) -> Iterator[Path]:
    """Yield a folder that Chalice can package for a runtime; raise `InfraError` if a wheel is missing or unfit.

    `settings` of the stage are added, and `fill` puts account and region into names.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vendor = folder / "vendor"
        vendor.mkdir()
        vendoring.fill(vendor, runtime)
        vendoring.install(vendor, project / "requirements.txt", runtime)
        shutil.rmtree(vendor / "bin", ignore_errors=True)
        shutil.copytree(project / "sql", vendor / "sql")
        shutil.copytree(
            project / "chalicelib", folder / "chalicelib", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(project / "app.py", folder)
        (folder / "infra").symlink_to(project / "infra")  # which app.py asks for the driver
        (folder / "requirements.txt").touch()
        told = {"lambda_architecture": runtime.architecture, **(settings or {})}
        configure(folder, project, stage, told, fill)
        yield folder


def require_ready(environment: Mapping[str, str]) -> None:
    """End Chalice's command with a sentence if what it is about to deploy or package could not run.

    That is without the driver in vendor/, or in a stage whose names still want account and region.
    """
    if any(OPEN in value for value in environment.values()):
        raise SystemExit(
            "The names of this stage hold the account's number and the region: `make deploy` and `make package` put"
            " them in, and run Chalice."
        )
    try:
        vendoring.require(vendoring.PROJECT / "vendor", runtime())
    except InfraError as exc:
        raise SystemExit(str(exc)) from exc


def configure(folder: Path, project: Path, stage: str, settings: Mapping[str, Any], fill: Fill = str) -> None:
    """Write Chalice's configuration, with settings of a stage added, and the policies in its names.

    Variables whose names are not ready are left out: the template has them.
    """
    chosen = config(project)
    known = chosen["stages"][stage]["environment_variables"] | settings.get("environment_variables", {})
    filled = {name: fill(value) for name, value in known.items()}
    ready = {name: value for name, value in filled.items() if OPEN not in value}
    chosen["stages"] = {stage: {**settings, "environment_variables": ready}}
    own = folder / ".chalice"
    own.mkdir(exist_ok=True)
    (own / "config.json").write_text(json.dumps(chosen, indent=2), encoding="utf-8")
    written = policies(project, stage)
    for function, path in paths(project).items():
        (own / path.name).write_text(fill(json.dumps(written[function])), encoding="utf-8")
