"""Data that earlier releases have written, one set for each version of the schema: see `tests/frozen/README.md`."""

import gzip
import json
from pathlib import Path
from typing import Any

from local.state import PROJECT

FOLDERS = sorted(
    (PROJECT / "tests" / "frozen").glob("schema_*"), key=lambda path: int(path.stem.split("_")[1])
)
VERSIONS = [int(folder.stem.split("_")[1]) for folder in FOLDERS]


def folder(version: int) -> Path:
    """Return the folder of a version of the schema."""
    return PROJECT / "tests" / "frozen" / f"schema_{version}"


def warehouse_script(version: int) -> str:
    """Return the SQL that creates a warehouse of a version, with one file loaded."""
    return (folder(version) / "warehouse.sql").read_text(encoding="utf-8")


def request_body(version: int) -> str:
    """Return the load request of that file, as it was sent."""
    return (folder(version) / "request.json").read_text(encoding="utf-8")


def archive_copy(version: int) -> dict[str, Any]:
    """Return the arguments that put the archive copy of that file into a bucket."""
    description = json.loads((folder(version) / "copy.json").read_text(encoding="utf-8"))
    body = gzip.compress((folder(version) / "copy.csv").read_bytes())
    return {"Key": description["key"], "Metadata": description["metadata"], "Body": body}
