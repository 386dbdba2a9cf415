"""A copy of the project as a fresh clone has it after `make venv`, for commands that write into the project."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.vendoring import CERTIFICATES, DRIVER
from local.environment import cloud_environment, no_proxy
from local.state import PROJECT
from tests.support.local_cloud import LocalCloud


def checkout(folder: Path) -> Path:
    """Copy the files in git, what `make venv` puts into vendor/, and Chalice's packages, which save a minute."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name, follow_symlinks=False)
    for path in (PROJECT / "vendor").glob(DRIVER):
        shutil.copytree(path, folder / "vendor" / path.name)
    shutil.copy(PROJECT / "vendor" / CERTIFICATES, folder / "vendor")
    unconfigure(folder)
    packages = PROJECT / ".chalice" / "deployments"
    if packages.is_dir():
        shutil.copytree(packages, folder / ".chalice" / "deployments")
    return folder


def unconfigure(project: Path) -> None:
    """Take the names of an account out of the stage dev, which a team may have committed."""
    path = project / ".chalice" / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["stages"]["dev"] = {"environment_variables": {"STAGE": "dev"}}
    path.write_text(json.dumps(content), encoding="utf-8")
    shutil.rmtree(project / ".chalice" / "dev", ignore_errors=True)


def run_chalice(
    project: Path, *arguments: str, cloud: LocalCloud | None = None, sent: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run plain `chalice` in a project, with an AWS that is the local cloud, or with none."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    aws = (
        cloud_environment(cloud.endpoint, cloud.running.access_key)
        if cloud
        else {"AWS_DEFAULT_REGION": "eu-west-1"}
    )
    return subprocess.run(
        [str(Path(sys.executable).with_name("chalice")), *arguments],
        cwd=project,
        input=sent,
        env={**own, **no_proxy(), **aws},
        capture_output=True,
        text=True,
        check=False,
    )
