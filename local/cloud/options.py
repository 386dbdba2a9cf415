"""The options of a start: whose code runs, and which warehouse it loads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.errors import LocalCloudError
from local.state import State

POSTGRES: Final = "postgres"
REDSHIFT: Final = "redshift"
WAREHOUSES: Final = (POSTGRES, REDSHIFT)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `up`."""

    build: Path | None = None
    """The folder of the package that runs; without one, the project's own functions run."""
    over_tcp: bool = False
    """Whether PostgreSQL also listens on TCP, for database tools."""
    warehouse: str | None = None
    """One of `WAREHOUSES`; None is the one that the state has already."""

    def arguments(self) -> list[str]:
        """Return the options as a command line has them."""
        return [
            *(["--from-package", str(self.build)] if self.build else []),
            *(["--tcp"] if self.over_tcp else []),
            *(["--warehouse", self.warehouse] if self.warehouse else []),
        ]


def chosen_warehouse(state: State, options: Options) -> str:
    """Return the warehouse of a state, which never changes; raise `LocalCloudError` if the options ask for another."""
    existing = _existing_warehouse(state)
    warehouse = options.warehouse or existing or POSTGRES
    if existing and warehouse != existing:
        raise LocalCloudError(
            f"The warehouse in {state.folder} is {existing} and cannot become {warehouse}:"
            " give another folder by `--state FOLDER`, or delete this one."
        )
    if warehouse == REDSHIFT and options.over_tcp:
        raise LocalCloudError("`--warehouse redshift` always listens on TCP: leave out `--tcp`.")
    state.warehouse_kind.write_text(warehouse, encoding="ascii")
    return warehouse


def _existing_warehouse(state: State) -> str:
    """Return the warehouse that a state has; empty if it has none yet."""
    if not state.warehouse.exists():
        return ""
    # A state of an earlier release has no such file.
    kind = state.warehouse_kind
    return kind.read_text(encoding="ascii") if kind.exists() else POSTGRES
