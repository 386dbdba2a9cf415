"""What holds for the repository as a whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.state import PROJECT

FOLDERS = {
    "bench",
    ".chalice",
    ".ci",
    ".github",
    "chalicelib",
    "dashboards",
    "docs",
    "events",
    "infra",
    "local",
    "samples",
    "sql",
    "tests",
    "vendor",
}
LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    "infra/requirements-checkov.txt",
    ".ci/requirements-uv.txt",
]
IN_THE_RUNTIME = {"boto3", "botocore", "chalice", "psycopg2", "psycopg2-binary"}
"""What Lambda, Chalice or vendor/ bring along."""

MACHINE_PATH = re.compile(r"(?<![\w.}~-])/(?:home|root|tmp|Users|work)/")
SHELL = re.compile(rb"#!.*\b(?:ba|da|k|z)?sh\b")
GIVEN_BY_GIT = r" (?:--check|\.|sql|Dockerfile|\$\(SCRIPTS\))(?= |$)"
"""What `make check` names, and git hands to a hook."""

PANDAS_FREE = [
    "chalicelib.load.handler",
    "chalicelib.warehouse.schema",
    "chalicelib.warehouse.connection",
    "chalicelib.storage.buckets",
    "chalicelib.settings",
    "chalicelib.people.notices",
    "local.cli",
]


def tracked() -> list[Path]:
    """Return the files under version control, or skip where there is none."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("This is no clone.")
    return [Path(name) for name in listed.stdout.decode().split("\0") if name]


def requirements(lock: str) -> dict[str, list[str]]:
    """Return the lines after each requirement of a lock: its hashes, and whom it is for."""
    blocks: dict[str, list[str]] = {}
    for line in (PROJECT / lock).read_text(encoding="utf-8").splitlines():
        if line[:1].isspace():
            blocks[list(blocks)[-1]].append(line.strip())
        elif not line.startswith("#"):
            blocks[line] = []
    return blocks


def test_the_top_level_holds_the_folders_of_the_design_only() -> None:
    """What is new belongs in one of them."""
    assert {path.parts[0] for path in tracked() if len(path.parts) > 1} <= FOLDERS


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """Folders are found from the project's own, temporary ones made by whoever needs them."""
    texts = {path: PROJECT / path for path in tracked() if (PROJECT / path).is_file()}
    found = [
        str(path) for path, file in texts.items() if MACHINE_PATH.search(file.read_text("utf-8", "replace"))
    ]

    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    """And comes from whatever index the machine is set up for."""
    for requirement, lines in requirements(lock).items():
        assert re.match(r"[a-z0-9-]+==[^ ]+ (; .* )?\\$", requirement), requirement
        assert re.match(r"--hash=sha256:[0-9a-f]{64}", lines[0]), requirement


@pytest.mark.parametrize(
    "lock", [*LOCKS, "requirements.in", "requirements-dev.in", "infra/requirements-checkov.in"]
)
def test_no_requirement_names_an_index(lock: str) -> None:
    """A mirror is a setting of the machine, not of the project."""
    text = (PROJECT / lock).read_text(encoding="utf-8")

    assert not re.search(r"://|--(?!hash=)\w", text)


def test_what_the_runtime_has_is_not_deployed() -> None:
    """Shipped a second time, boto3 alone adds 14 MB."""
    names = {requirement.partition("==")[0] for requirement in requirements("requirements.txt")}

    assert "pandas" in names
    assert names.isdisjoint(IN_THE_RUNTIME)


def test_what_is_deployed_is_what_is_tested() -> None:
    """The laptop's lock holds the deployed one, line by line."""
    assert requirements("requirements.txt").keys() <= requirements("requirements-dev.txt").keys()


@pytest.mark.parametrize("module", PANDAS_FREE)
def test_what_load_and_the_command_line_need_does_without_pandas(module: str) -> None:
    """It takes a second to import, which a cold `load` would pay, and every command."""
    script = f"import {module}, sys; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False).returncode == 0


def test_a_commit_is_checked_as_make_check_does() -> None:
    """The same tools on the same settings; a commit may format, a check may not."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    checks = re.findall(r"^\t\$\(VENV\)/bin/(.*)$", recipe, re.MULTILINE)
    config = (PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooks = re.findall(r"^ +entry: \.venv/bin/(.*)$", config, re.MULTILINE)

    assert [re.sub(GIVEN_BY_GIT, "", check).replace("$(VENV)", ".venv") for check in checks] == [
        hook.removesuffix(" --force-exclude") for hook in hooks
    ]


def test_every_shell_script_is_checked() -> None:
    """Whether its name or its first line says that it is one."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    listed = re.search(r"^SCRIPTS := (.*)$", makefile, re.MULTILINE)
    files = [path for path in tracked() if (PROJECT / path).is_file()]
    scripts = [
        str(path) for path in files if path.suffix == ".sh" or SHELL.match((PROJECT / path).read_bytes())
    ]

    assert listed is not None
    assert listed[1].split() == scripts
