"""docs/adding-a-column.md, carried out in a copy of the project: the new column goes from a store's file to a view."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local.state import PROJECT

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", ".local", "deployed", "deployments", "build", "generated", "__pycache__", ".*_cache"
)
BLOCK = re.compile(r"^```diff\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NEW_FILE = "/dev/null "
TESTS = (
    "tests/integration/load/test_till_numbers.py",
    "tests/integration/warehouse/test_migrations.py",
    "tests/unit/project/test_documents.py",
    "tests/unit/project/test_sql.py",
    "tests/unit/reading/test_columns.py",
)
"""Those that a new column may break, and its own. Running all of them would take minutes."""


def changes() -> list[tuple[str, list[str]]]:
    """Return the files that the page changes, each with its hunks; a hunk's lines begin with a blank, a + or a -."""
    page = (PROJECT / "docs" / "adding-a-column.md").read_text(encoding="utf-8")
    files = [
        file for block in BLOCK.findall(page) for file in re.split(r"^--- ", block, flags=re.MULTILINE)[1:]
    ]
    return [(name, hunks.split("@@\n")) for name, hunks in (file.split("\n", 1) for file in files)]


def change(folder: Path, name: str, hunks: list[str]) -> Path:
    """Make the changes of one file: what the blank and - lines say stands there once, and gives way to the others."""
    path = folder / name.removeprefix(NEW_FILE)
    text = "" if name.startswith(NEW_FILE) else path.read_text(encoding="utf-8")
    for hunk in hunks:
        lines = hunk.removesuffix("\n").split("\n")
        before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
        after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
        assert not before or text.count(before) == 1, f"{name} has this {text.count(before)} times:\n{before}"
        text = text.replace(before, after) if before else f"{after}\n"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_column_that_is_added_as_the_page_says_goes_from_file_to_view(tmp_path: Path) -> None:
    """Lint passes, too, and older warehouses, archive copies and load requests still work."""
    folder = tmp_path / "cafe-etl"
    shutil.copytree(PROJECT, folder, symlinks=True, ignore=NOT_COPIED)
    files = [change(folder, name, hunks) for name, hunks in changes()]
    scripts = [path for path in files if path.suffix == ".sql"]

    tools = Path(sys.executable).parent
    commands: tuple[list[str | Path], ...] = (
        [tools / "ruff", "check", "--no-cache", "chalicelib", "tests/integration/load"],
        [tools / "sqlfluff", "lint", "--disable-progress-bar", *scripts],
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "not killed and not dry and not voucher",
            *TESTS,
        ],
    )
    for command in commands:
        result = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTEST_DEBUG_TEMPROOT": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
