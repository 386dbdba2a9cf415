"""The settings, read once from the environment. Nothing else reads it, but for what decorators need at import."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from chalicelib.errors import SettingsError
from chalicelib.model import Rules

LOAD_TIMEOUT: Final = 300
"""The `lambda_timeout` of `load` in `.chalice/config.json`, in seconds."""


SWEEP_MINUTES: Final = 15
DEFAULTS: Final = Rules()


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. Every field is the environment variable of the same name, upper case."""

    raw_bucket: str
    processed_bucket: str
    load_queue: str
    ingest_function: str
    notice_topic: str
    hash_key_secret: str
    warehouse: str
    """Empty for a function that never enters it."""
    metrics_namespace: str
    copy_role: str = ""
    """The IAM role with which Redshift reads the staged parts; PostgreSQL needs none."""
    load_timeout: int = LOAD_TIMEOUT
    """Seconds after which Lambda ends a load."""
    admin_secret: str = ""
    """The secret of the warehouse's admin, as whom `create_database` enters a Redshift."""
    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    """The warehouse's users whom `create_database` lets load, and read."""
    sweep_minutes: int = SWEEP_MINUTES
    """Between two sweeps."""
    max_file_bytes: int = DEFAULTS.max_file_bytes
    """Of a file; larger ones are refused."""
    month_first_stores: frozenset[str] = frozenset()
    """The stores that write the month first, where their files do not show what comes first."""

    @property
    def rules(self) -> Rules:
        """What concerns the reading of files."""
        return Rules(self.max_file_bytes, self.month_first_stores)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raise `SettingsError` naming the first variable that is missing or empty."""

        def required(name: str) -> str:
            value = environment.get(name, "").strip()
            if not value:
                raise SettingsError(
                    f"The environment variable {name} is not set; README.md lists the settings."
                )
            return value

        known = rules(environment)
        return cls(
            raw_bucket=required("RAW_BUCKET"),
            processed_bucket=required("PROCESSED_BUCKET"),
            load_queue=required("LOAD_QUEUE"),
            ingest_function=required("INGEST_FUNCTION"),
            notice_topic=required("NOTICE_TOPIC"),
            hash_key_secret=required("HASH_KEY_SECRET"),
            warehouse=environment.get("WAREHOUSE", "").strip(),
            metrics_namespace=environment.get("METRICS_NAMESPACE", "CafeEtl"),
            copy_role=environment.get("COPY_ROLE", ""),
            load_timeout=_number(environment, "LOAD_TIMEOUT", LOAD_TIMEOUT, "seconds"),
            admin_secret=environment.get("ADMIN_SECRET", ""),
            writers=_names(environment, "WRITERS"),
            readers=_names(environment, "READERS"),
            sweep_minutes=_number(environment, "SWEEP_MINUTES", SWEEP_MINUTES, "minutes"),
            max_file_bytes=known.max_file_bytes,
            month_first_stores=known.month_first_stores,
        )


def rules(environment: Mapping[str, str] = os.environ) -> Rules:
    """Return what concerns the reading of files; raise `SettingsError` if it makes no sense."""
    return Rules(
        _number(environment, "MAX_FILE_BYTES", DEFAULTS.max_file_bytes, "bytes"),
        frozenset(_names(environment, "MONTH_FIRST_STORES")),
    )


def _names(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return what stands between commas."""
    names = (" ".join(told.split()) for told in environment.get(name, "").split(","))
    return tuple(filter(None, names))


def _number(environment: Mapping[str, str], name: str, default: int, unit: str) -> int:
    value = environment.get(name, "").strip() or str(default)
    if not value.isdecimal() or not int(value):
        raise SettingsError(f"The environment variable {name} is not a number of {unit}.")
    return int(value)
