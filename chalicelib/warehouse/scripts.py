"""The scripts of `sql/`: where they are, and which statements they contain."""

from functools import cache
from pathlib import Path

SQL_FOLDER = Path(__file__).parents[2] / "sql"
"""Beside chalicelib, in the project and in the package that Lambda unpacks."""


def script(name: str) -> Path:
    """Return one script, such as `tuning/postgres`."""
    return SQL_FOLDER / f"{name}.sql"


def scripts(*folders: str) -> list[Path]:
    """Return the scripts of folders, such as `load/stage`: folder by folder, each in the order of its numbers."""
    return [path for folder in folders for path in sorted((SQL_FOLDER / folder).glob("*.sql"))]


def statements(text: str) -> list[str]:
    """Split a script. A statement ends with a semicolon at the end of a line; comments alone are not a statement."""
    pieces = (piece.strip() for piece in f"{text}\n".split(";\n"))
    return [piece for piece in pieces if any(not line.startswith("--") for line in piece.splitlines())]


@cache
def statements_of(path: Path) -> list[str]:
    """Return the statements of a script. It is read once: a warm function runs the same ones again and again."""
    return statements(path.read_text(encoding="utf-8"))


def query(name: str) -> str:
    """Return the one statement of a script that takes parameters, `%(name)s` in the driver's notation."""
    [statement] = statements_of(script(name))
    return statement
