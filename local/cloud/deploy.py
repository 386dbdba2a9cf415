"""The real `chalice deploy --stage local`, run against the local endpoint."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from infra.packaging import CHALICE
from local.cloud.resources import STAGE
from local.environment import deploy_environment
from local.errors import LocalCloudError

TAIL = 12


def deploy(project: Path, endpoint: str, log: Path, report: Callable[[str], None]) -> None:
    """Deploy the project, one cloud of a checkout after the other; chalice's words go to `log`."""
    folder = project / ".chalice" / "deployments"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # What an earlier cloud had deployed is gone with it; chalice would look for it.
        (project / ".chalice" / "deployed" / f"{STAGE}.json").unlink(missing_ok=True)
        if not any(folder.glob("*.zip")):
            report("Packaging for Lambda; the first time takes a minute or two.")
        _run(project, endpoint, log)


def _run(project: Path, endpoint: str, log: Path) -> None:
    command = [sys.executable, "-c", CHALICE, "--project-dir", str(project), "deploy", "--stage", STAGE]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=project,
            env=deploy_environment(endpoint),
            start_new_session=True,
        )
        try:
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # its pip, too
            process.wait()
            raise
    if status:
        tail = log.read_text(encoding="utf-8").rstrip().splitlines()[-TAIL:]
        raise LocalCloudError("\n".join([f"`chalice deploy --stage {STAGE}` failed; see {log}:", *tail]))
