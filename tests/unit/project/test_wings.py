"""The order of imports: a wing imports from the shared files and from the wings before it, never back."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.state import PROJECT

WINGS = ("reading", "storage", "warehouse", "people", "ingest", "load", "operations")
"""In the order of imports. `people` stands before `load`, which tells people what it has committed."""

SHARED = {
    "aws",
    "chain",
    "errors",
    "json_fields",
    "log",
    "memory",
    "model",
    "normalisation",
    "parts",
    "schedules",
    "settings",
}
TYPES_OF_SHARED = {("errors", "reading"), ("model", "reading")}
"""A refusal and a load request have a reason, whose closed list is a type in `reading/reasons.py`."""

CHALICELIB = PROJECT / "chalicelib"
OUTSIDE = ("app", "bench", "infra", "local", "tests")


def imported(path: Path) -> Iterator[list[str]]:
    """Yield the dotted parts of each import of a module, including imports inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            # from chalicelib.load import ledger -> ["chalicelib", "load", "ledger"]
            yield from ([*node.module.split("."), alias.name] for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)


def wing_of(path: Path) -> str:
    """Return the wing of a module, or the name of a shared file."""
    parts = path.relative_to(CHALICELIB).with_suffix("").parts
    return parts[0]


def forbidden_imports(path: Path) -> list[str]:
    """Return the imports of a module that go against the order."""
    own = wing_of(path)
    allowed = SHARED | {own} | set(WINGS[: WINGS.index(own)] if own in WINGS else ())
    allowed |= {wing for shared, wing in TYPES_OF_SHARED if shared == own}
    return [
        ".".join(parts)
        for parts in imported(path)
        if parts[0] in OUTSIDE or (parts[0] == "chalicelib" and parts[1] not in allowed)
    ]


MODULES = sorted(CHALICELIB.rglob("[!_]*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(CHALICELIB)))
def test_a_module_imports_only_from_the_wings_before_its_own(path: Path) -> None:
    assert forbidden_imports(path) == []


def test_every_module_is_in_a_wing_or_is_a_shared_file() -> None:
    assert {wing_of(path) for path in MODULES} == {*WINGS, *SHARED}


def test_forbidden_imports_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be inside a function, or name a module by its wing."""
    path = tmp_path / "storage" / "raw.py"
    path.parent.mkdir()
    path.write_text(
        "from chalicelib.reading import fields\n"
        "from chalicelib import load\n"
        "def late():\n"
        "    from chalicelib.people.notices import send\n"
        "    import local.cli\n",
        encoding="utf-8",
    )
    monkeypatch.setitem(globals(), "CHALICELIB", tmp_path)

    assert forbidden_imports(path) == ["chalicelib.load", "chalicelib.people.notices.send", "local.cli"]


def test_every_init_file_is_empty() -> None:
    packages = ("bench", "chalicelib", "infra", "local")
    files = [path for package in packages for path in (PROJECT / package).rglob("__init__.py")]

    assert [path for path in files if path.read_text(encoding="utf-8")] == []
