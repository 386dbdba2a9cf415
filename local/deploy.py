"""The real `chalice deploy --stage local`, run against the local endpoint."""

import fcntl
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from local.environment import deploy_environment
from local.errors import LocalCloudError
from local.resources import STAGE

COMMAND = "from chalice.cli import main; main()"
TAIL = 20


def deploy(project: Path, endpoint: str, report: Callable[[str], None]) -> None:
    """Deploy the project, one cloud of a checkout after the other; chalice's words go to `report`."""
    folder = project / ".chalice" / "deployments"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # What an earlier cloud had deployed is gone with it; chalice would look for it.
        (project / ".chalice" / "deployed" / f"{STAGE}.json").unlink(missing_ok=True)
        if not any(folder.glob("*.zip")):
            report("Packaging for Lambda; the first time takes a minute or two.")
        _run(project, endpoint, report)


def _run(project: Path, endpoint: str, report: Callable[[str], None]) -> None:
    tail: deque[str] = deque(maxlen=TAIL)
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "--project-dir", str(project), "deploy", "--stage", STAGE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=project,
        env=deploy_environment(endpoint),
        text=True,
        start_new_session=True,
    ) as process:
        try:
            for line in cast("IO[str]", process.stdout):
                tail.append(line.rstrip())
                report("  " + line.rstrip())
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise LocalCloudError("\n".join(["`chalice deploy --stage local` failed:", *tail]))
