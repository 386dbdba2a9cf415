"""The settings, read once from the environment. Nothing else reads it, except app.py for its decorators."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from chalicelib import schedules
from chalicelib.chain import CHAIN
from chalicelib.errors import SettingsError
from chalicelib.model import Rules
from chalicelib.normalisation import store_key

LOAD_TIMEOUT: Final = 900
"""The `lambda_timeout` of `load` in `.chalice/config.json`, in seconds."""

PROBLEMS: Final = "problems"
ALL: Final = "all"
"""The values of the variable NOTICES."""
DAILY: Final = "daily"
ALWAYS: Final = "always"
"""The values of the variable WAREHOUSE_CHECKS."""
DEFAULTS: Final = Rules()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a deployment. Each field is the environment variable of its name, in upper case."""

    raw_bucket: str
    processed_bucket: str
    load_queue: str
    ingest_function: str
    notice_topic: str
    hash_key_secret: str
    warehouse: str
    """Its URL; empty for a function that never connects to it."""
    metrics_namespace: str
    copy_role: str = ""
    """The IAM role with which Redshift reads the staged parts; PostgreSQL needs none."""
    load_timeout: int = LOAD_TIMEOUT
    """Seconds after which Lambda ends a load."""
    admin_secret: str = ""
    """The secret of the warehouse's admin, as whom `create_database` connects to Redshift."""
    warehouse_secret: str = ""
    """The ARN of the secret with the user and password of a warehouse that needs a password, such as PostgreSQL."""
    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    """The users to whom `create_database` gives the right to load, and to read."""
    sweep_minutes: int = schedules.sweep_minutes({})
    """The time between two sweeps."""
    warehouse_checks: str = DAILY
    """Whether a sweep looks for missing stores once a day, or always: each time it wakes the warehouse."""
    load_minutes: int = schedules.AT_ONCE
    """The time between two loads; 0 if each request is loaded at once."""
    stage: str = ""
    """The stage's name, for the subjects of mails."""
    store_topic: str = ""
    """The ARN of the topic of mails to stores; without it there are none."""
    notices: str = PROBLEMS
    """Whether head office gets a notice of each batch with something to look at, or of all."""
    summary_hour: int = schedules.summary_hour({})
    """The hour, in UTC, at which the day before is summed up."""
    rules: Rules = DEFAULTS
    """The settings for reading files: each field of `Rules` is a variable of its own."""

    @property
    def account(self) -> str:
        """The AWS account of the stage, which owns topics and buckets alike; raise `SettingsError` if none is named."""
        # arn:aws:sns:eu-west-1:123456789012:cafe-etl-notices -> 123456789012
        account = [*self.notice_topic.split(":"), *[""] * 5][4]
        if not account:
            raise SettingsError("The environment variable NOTICE_TOPIC is not the ARN of a topic.")
        return account

    @property
    def load_function(self) -> str:
        """The name of the function `load`."""
        # cafe-etl-prod-ingest -> cafe-etl-prod-load
        return f"{self.ingest_function.removesuffix('ingest')}load"

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
            ingest_function=required("INGEST_FUNCTION"),
            notice_topic=required("NOTICE_TOPIC"),
            hash_key_secret=required("HASH_KEY_SECRET"),
            warehouse=environment.get("WAREHOUSE", "").strip(),
            metrics_namespace=environment.get("METRICS_NAMESPACE", "CafeEtl"),
            copy_role=environment.get("COPY_ROLE", ""),
            load_timeout=_number(environment, "LOAD_TIMEOUT", LOAD_TIMEOUT, "seconds"),
            admin_secret=environment.get("ADMIN_SECRET", ""),
            warehouse_secret=environment.get("WAREHOUSE_SECRET", "").strip(),
            writers=_names(environment, "WRITERS"),
            readers=_names(environment, "READERS"),
            sweep_minutes=schedules.sweep_minutes(environment),
            warehouse_checks=_choice(environment, "WAREHOUSE_CHECKS", DAILY, ALWAYS),
            load_minutes=schedules.load_minutes(environment),
            stage=environment.get("STAGE", "").strip(),
            store_topic=environment.get("STORE_TOPIC", "").strip(),
            notices=_choice(environment, "NOTICES", PROBLEMS, ALL),
            summary_hour=schedules.summary_hour(environment),
            rules=rules(environment),
        )


def rules(environment: Mapping[str, str] = os.environ) -> Rules:
    """Return the settings that decide how files are read; raise `SettingsError` if they are invalid."""
    return Rules(
        _number(environment, "MAX_FILE_BYTES", DEFAULTS.max_file_bytes, "bytes"),
        frozenset(filter(None, map(store_key, _names(environment, "MONTH_FIRST_STORES"))))
        | CHAIN.month_first_stores,
        _yes(environment, "STORE_FOLDERS"),
        tuple(filter(store_key, _names(environment, "STORES"))),
    )


def _names(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, their spaces collapsed."""
    names = (" ".join(part.split()) for part in environment.get(name, "").split(","))
    return tuple(filter(None, names))


def _yes(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip()
    if value not in {"", "yes", "no"}:
        raise SettingsError(f"The environment variable {name} is neither yes nor no.")
    return value == "yes"


def _choice(environment: Mapping[str, str], name: str, default: str, alternative: str) -> str:
    value = environment.get(name, "").strip() or default
    if value not in {default, alternative}:
        raise SettingsError(f"The environment variable {name} is neither {default} nor {alternative}.")
    return value


def _number(environment: Mapping[str, str], name: str, default: int, unit: str) -> int:
    value = environment.get(name, "").strip() or str(default)
    if not value.isdecimal() or not int(value):
        raise SettingsError(f"The environment variable {name} is not a number of {unit}.")
    return int(value)
