"""The settings, read once from the environment. Nothing else reads it, but for what decorators need at import."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from chalicelib.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. Every field is the environment variable of the same name, upper case."""

    raw_bucket: str
    processed_bucket: str
    load_queue: str
    notice_topic: str
    hash_key_secret: str
    warehouse: str
    metrics_namespace: str
    copy_role: str = ""
    """The IAM role with which Redshift reads the staged parts; PostgreSQL needs none."""

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

        return cls(
            raw_bucket=required("RAW_BUCKET"),
            processed_bucket=required("PROCESSED_BUCKET"),
            load_queue=required("LOAD_QUEUE"),
            notice_topic=required("NOTICE_TOPIC"),
            hash_key_secret=required("HASH_KEY_SECRET"),
            warehouse=required("WAREHOUSE"),
            metrics_namespace=environment.get("METRICS_NAMESPACE", "CafeEtl"),
            copy_role=environment.get("COPY_ROLE", ""),
        )
