"""Rules for the repository as a whole: folders, requirements, hooks, shell scripts."""

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
    "bench/requirements-rivals.txt",
    ".ci/requirements-uv.txt",
]
SOURCES = [
    "requirements.in",
    "requirements-dev.in",
    "infra/requirements-checkov.in",
    "bench/requirements-rivals.in",
]
IN_THE_RUNTIME = {"boto3", "botocore", "chalice", "psycopg2", "psycopg2-binary"}
"""Packages that Lambda, Chalice or vendor/ provides."""

MACHINE_PATH = re.compile(r"(?<![\w.}~-])/(?:home|root|tmp|Users|work)/")
SHELL = re.compile(rb"#!.*\b(?:ba|da|k|z)?sh\b")
GIVEN_BY_GIT = r" (?:--check|\.|sql|Dockerfile|\$\(SCRIPTS\))(?= |$)"
"""Arguments of `make check` that a hook leaves out: git passes it the files."""

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
    """Return the files under version control, or skip the test where there is none."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("This is no clone.")
    return [Path(name) for name in listed.stdout.decode().split("\0") if name]


def requirements(lock: str) -> dict[str, list[str]]:
    """Return the indented lines after each requirement of a lock: its hashes, and which package needs it."""
    blocks: dict[str, list[str]] = {}
    for line in (PROJECT / lock).read_text(encoding="utf-8").splitlines():
        if line[:1].isspace():
            blocks[list(blocks)[-1]].append(line.strip())
        elif not line.startswith("#"):
            blocks[line] = []
    return blocks


def test_the_top_level_has_the_folders_of_the_design_only() -> None:
    """New files belong in one of them."""
    assert {path.parts[0] for path in tracked() if len(path.parts) > 1} <= FOLDERS


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """Folders are found relative to the project, and temporary ones are created where they are needed."""
    texts = {path: PROJECT / path for path in tracked() if (PROJECT / path).is_file()}
    naming_one = [
        str(path) for path, file in texts.items() if MACHINE_PATH.search(file.read_text("utf-8", "replace"))
    ]

    assert naming_one == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    for requirement, lines in requirements(lock).items():
        assert re.match(r"[a-z0-9-]+==[^ ]+ (; .* )?\\$", requirement), requirement
        assert re.match(r"--hash=sha256:[0-9a-f]{64}", lines[0]), requirement


@pytest.mark.parametrize("lock", [*LOCKS, *SOURCES])
def test_no_requirement_names_an_index(lock: str) -> None:
    """A mirror is a setting of the machine, not of the project."""
    text = (PROJECT / lock).read_text(encoding="utf-8")

    assert not re.search(r"://|--(?!hash=)\w", text)


def test_packages_that_the_runtime_has_are_not_deployed() -> None:
    """boto3 alone would add 14 MB."""
    names = {requirement.partition("==")[0] for requirement in requirements("requirements.txt")}

    assert "pandas" in names
    assert names.isdisjoint(IN_THE_RUNTIME)


def test_the_versions_that_are_deployed_are_the_ones_that_are_tested() -> None:
    assert requirements("requirements.txt").keys() <= requirements("requirements-dev.txt").keys()


@pytest.mark.parametrize("module", PANDAS_FREE)
def test_load_and_the_command_line_do_not_import_pandas(module: str) -> None:
    """The import takes a second, at every cold start of load and for every command."""
    script = f"import {module}, sys; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False).returncode == 0


@pytest.mark.parametrize("module", ["load", "ingest"])
def test_only_the_report_imports_its_templates(module: str) -> None:
    """Load and ingest would start later."""
    script = f"import chalicelib.{module}.handler, sys; sys.exit('jinja2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False).returncode == 0


def test_ingest_does_not_import_the_warehouses_driver() -> None:
    """It never enters the warehouse; of that wing it reads only the number of the schema."""
    script = "import chalicelib.ingest.handler, sys; sys.exit('psycopg2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False).returncode == 0


def test_the_hooks_of_a_commit_run_the_commands_of_make_check() -> None:
    """Only a hook may reformat files; `make check` never does."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    checks = re.findall(r"^\t\$\(VENV\)/bin/(.*)$", recipe, re.MULTILINE)
    config = (PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooks = re.findall(r"^ +entry: \.venv/bin/(.*)$", config, re.MULTILINE)

    assert [re.sub(GIVEN_BY_GIT, "", check).replace("$(VENV)", ".venv") for check in checks] == [
        hook.removesuffix(" --force-exclude") for hook in hooks
    ]


def test_every_shell_script_is_checked() -> None:
    """Its name or its first line says that it is one."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    listed = re.search(r"^SCRIPTS := (.*)$", makefile, re.MULTILINE)
    files = [path for path in tracked() if (PROJECT / path).is_file()]
    scripts = [
        str(path) for path in files if path.suffix == ".sh" or SHELL.match((PROJECT / path).read_bytes())
    ]

    assert listed is not None
    assert listed[1].split() == scripts
