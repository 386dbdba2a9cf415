"""The settings, read once from the environment. Nothing else reads it, but for what decorators need at import."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from chalicelib.errors import SettingsError

LOAD_TIMEOUT: Final = 300
"""The `lambda_timeout` of `load` in `.chalice/config.json`, in seconds."""


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
    metrics_namespace: str
    copy_role: str = ""
    """The IAM role with which Redshift reads the staged parts; PostgreSQL needs none."""
    load_timeout: int = LOAD_TIMEOUT
    """Seconds after which Lambda ends a load."""

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

        def seconds(name: str, default: int) -> int:
            value = environment.get(name, "").strip() or str(default)
            if not value.isdecimal() or not int(value):
                raise SettingsError(f"The environment variable {name} is not a number of seconds.")
            return int(value)

        return cls(
            raw_bucket=required("RAW_BUCKET"),
            processed_bucket=required("PROCESSED_BUCKET"),
            load_queue=required("LOAD_QUEUE"),
            ingest_function=required("INGEST_FUNCTION"),
            notice_topic=required("NOTICE_TOPIC"),
            hash_key_secret=required("HASH_KEY_SECRET"),
            warehouse=required("WAREHOUSE"),
            metrics_namespace=environment.get("METRICS_NAMESPACE", "CafeEtl"),
            copy_role=environment.get("COPY_ROLE", ""),
            load_timeout=seconds("LOAD_TIMEOUT", LOAD_TIMEOUT),
        )
