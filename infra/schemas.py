"""The schemas of tables that a package can write: its migrations, which are in its zip, say which."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from chalicelib.warehouse.migrations import version_of

MIGRATION: Final = re.compile(r"sql/migrations/(\d+_\w+)\.sql")
"""A migration in a package, such as `sql/migrations/04_current_files.sql`."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """The migrations of a package in their order, such as `04_current_files`."""

    migrations: tuple[str, ...]

    @classmethod
    def of_files(cls, names: Iterable[str]) -> Self:
        """Return the schemas of a package by the names of its files."""
        matches = (MIGRATION.fullmatch(name) for name in names)
        return cls(tuple(sorted((match[1] for match in matches if match), key=_version)))

    @property
    def newest(self) -> int:
        """The only schema that the package's functions write; 0 without migrations."""
        return max(map(_version, self.migrations), default=0)

    @property
    def oldest(self) -> int:
        """The oldest schema of tables that the package brings to its newest one before it writes them."""
        # Migrations 2, 3, 4 -> 1; without number 3, tables of schema 3 are the oldest that can be migrated.
        version, versions = self.newest, set(map(_version, self.migrations))
        while version in versions:
            version -= 1
        return version

    @property
    def description(self) -> dict[str, Any]:
        """What a package says about itself in its template's metadata."""
        return {
            "OldestSchema": self.oldest,
            "NewestSchema": self.newest,
            "Migrations": list(self.migrations),
        }

    def after(self, version: int) -> list[str]:
        """Return the migrations that a release runs on tables of a version."""
        return [name for name in self.migrations if _version(name) > version]


def _version(migration: str) -> int:
    return version_of(Path(migration))
