"""The real `chalice deploy --stage local`, run against the local endpoint."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from infra.packaging import CHALICE
from local.cloud.resources import STAGE
from local.errors import LocalCloudError

TAIL = 12
"""The number of log lines that a failure shows."""

PACKAGE_UMASK: Final = 0o022
"""Chalice keeps its package for other stages, and Lambda cannot run files that only their owner may read."""


def deploy(
    project: Path, environment: Mapping[str, str], log: Path, report: Callable[[str], None], *, afresh: bool
) -> None:
    """Deploy the project; chalice's output goes to `log`. Two clouds of one checkout take turns.

    `afresh` says that the cloud has no functions yet, whatever chalice's record in the checkout says. Raise
    `LocalCloudError` with the end of chalice's output if it fails.
    """
    folder = project / ".chalice" / "deployments"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if afresh:
            # Moto keeps functions in memory: those of an earlier cloud are gone, and chalice would look for them.
            (project / ".chalice" / "deployed" / f"{STAGE}.json").unlink(missing_ok=True)
        if not any(folder.glob("*.zip")):
            report("Packaging for Lambda; the first time takes a minute or two.")
        _run(project, environment, log)


def _run(project: Path, environment: Mapping[str, str], log: Path) -> None:
    command = [sys.executable, "-c", CHALICE, "--project-dir", str(project), "deploy", "--stage", STAGE]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=project,
            env=environment,
            umask=PACKAGE_UMASK,
            start_new_session=True,
        )
        try:
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # chalice, and the pip that it may have started
            process.wait()
            raise
    if status:
        tail = log.read_text(encoding="utf-8").rstrip().splitlines()[-TAIL:]
        raise LocalCloudError("\n".join([f"`chalice deploy --stage {STAGE}` failed; see {log}:", *tail]))
