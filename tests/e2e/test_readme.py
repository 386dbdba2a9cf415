"""The README and the runbook hold: their commands run in a copy of the project, and print what they say."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.state import PROJECT

NOT_COPIED = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".venv-*",
    ".local",
    "deployed",
    "build",
    "generated",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
)
DEMO = "make demo"
"""It would first install everything anew in the copy, so the command that it runs takes its place; CI runs it."""

ELSEWHERE = "Roll back"
"""The section whose commands need a stack: tests/e2e/test_package.py runs them in a cloud that has one."""

TIMEOUT_SECONDS = 200
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXIT_CODE = re.compile(r"# exit code (\d+)$", re.MULTILINE)
FAILED, BLOCK_END = "a command failed with ", "end of block"
BLOCK_SCRIPT = """
trap 'printf "\\n{failed}%s\\n" "$?"' ERR
{commands}
trap - ERR
printf '\\n{end}\\n'
"""


@dataclass(frozen=True)
class Block:
    """Commands of a document and what it shows of their output, if anything."""

    commands: str
    shown: list[str]

    @property
    def failures(self) -> list[str]:
        """The exit codes that the document says, but for 0."""
        return EXIT_CODE.findall(self.commands)


def blocks(document: str, section: str = "") -> list[Block]:
    """Return the shell blocks of a document, each with the text block that follows it, if one does.

    These are the blocks of one section of the document; without a section, those of all but `ELSEWHERE`.
    """
    parts = re.split("^(?=## )", (PROJECT / document).read_text(encoding="utf-8"), flags=re.MULTILINE)
    heading = f"## {section or ELSEWHERE}\n"
    text = "".join(part for part in parts if part.startswith(heading) == bool(section))
    found = BLOCK.findall(text)
    following = [*found[1:], ("", "")]
    return [
        Block(text, shown.splitlines() if kind == "text" else [])
        for (language, text), (kind, shown) in zip(found, following, strict=True)
        if language == "sh"
    ]


def script(found: list[Block]) -> str:
    """Return a script that runs the blocks in one shell and tells of each which commands failed."""
    commands = [block.commands.replace(DEMO, ".venv/bin/python -m local demo") for block in found]
    return "".join(BLOCK_SCRIPT.format(failed=FAILED, end=BLOCK_END, commands=text) for text in commands)


@contextmanager
def deployments_at_rest() -> Iterator[None]:
    """Keep another worker from deploying the checkout meanwhile: a copy of half a package would be of no use."""
    folder = PROJECT / ".chalice" / "deployments"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """Return a copy of the project with a cloud of its own, which is stopped whatever happens."""
    folder = tmp_path / "cafe-etl"
    with deployments_at_rest():
        shutil.copytree(PROJECT, folder, symlinks=True, ignore=NOT_COPIED)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    yield folder
    for state in (folder / ".local", folder / ".local" / "demo"):
        command = [".venv/bin/python", "-m", "local", "--state", str(state), "down"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)


def run(found: list[Block], copy: Path) -> list[list[str]]:
    """Run blocks as a user does who stands in the project's folder; return the lines that each prints."""
    with subprocess.Popen(
        ["bash", "-c", script(found)],
        cwd=copy,
        env=os.environ | {"CAFE_LOCAL_STATE": str(copy / ".local"), "CAFE_LOCAL_RETRY_SECONDS": "0.2"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            out, err = shell.communicate(timeout=TIMEOUT_SECONDS)
        except BaseException:
            os.killpg(shell.pid, signal.SIGKILL)
            raise
    *printed, rest = out.split(f"\n{BLOCK_END}\n")
    assert (shell.returncode, len(printed), rest) == (0, len(found), ""), out + err
    return [block.splitlines() for block in printed]


def check(document: str, copy: Path) -> None:
    """Run a document's commands; each exits with 0 or as the document says, and prints what the document shows."""
    found = blocks(document)
    for block, printed in zip(found, run(found, copy), strict=True):
        failures = [line.removeprefix(FAILED) for line in printed if line.startswith(FAILED)]
        assert failures == block.failures, "\n".join([block.commands, *printed])
        missing = Counter(block.shown) - Counter(printed)
        assert not missing, "\n".join([block.commands, *printed])


def test_the_readmes_commands_do_what_it_says(copy: Path) -> None:
    """What it shows is printed, line by line; files may come in another order."""
    check("README.md", copy)


def test_the_readme_shows_env_before_anything_that_reaches_aws() -> None:
    """Without it, the reader's own account would be meant."""
    commands = "".join(block.commands for block in blocks("README.md"))
    reaching = re.search(r"^(?:aws|chalice|\.venv/bin/chalice)\b", commands, re.MULTILINE)

    assert reaching is not None
    assert 'eval "$(.venv/bin/python -m local env)"\n' in commands[: reaching.start()]


def test_the_runbooks_commands_run_as_they_stand(copy: Path) -> None:
    """In order, on a cloud that the first of them starts."""
    check("docs/runbook.md", copy)
