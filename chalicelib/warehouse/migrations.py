"""The migrations of the schema: `sql/migrations/NN_name.sql` brings a warehouse of version NN - 1 to version NN.

No driver is imported here: `ingest` reads the version, too, and never connects to the warehouse.
"""

from pathlib import Path
from typing import Final

from chalicelib.warehouse.scripts import scripts


def version_of(migration: Path) -> int:
    """Return the version that a migration leads to: 2 for `02_store_name.sql`."""
    return int(migration.stem.partition("_")[0])


def migrations_after(version: int) -> list[Path]:
    """Return the migrations, in order, that bring a warehouse of a version to this code's version."""
    return [migration for migration in scripts("migrations") if version_of(migration) > version]


SCHEMA_VERSION: Final = max(map(version_of, scripts("migrations")))
"""The version that this code needs. `sql/schema` creates it at once; each new migration adds one."""
