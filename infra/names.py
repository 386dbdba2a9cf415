"""The names of a stage's resources, read from `.chalice/config.json`, so that functions and template use the same."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from infra.errors import InfraError

LOCAL: Final = "local"
"""The stage on a laptop. `.chalice/policy-*.json` is written in its names."""


def config(project: Path) -> dict[str, Any]:
    """Return a project's Chalice configuration."""
    content: dict[str, Any] = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8"))
    return content


def variables(project: Path, stage: str) -> dict[str, str]:
    """Return the environment variables of a stage's functions; raise `InfraError` if there is no such stage."""
    content = config(project)
    if stage not in content["stages"]:
        raise InfraError(
            f"There is no stage {stage} in .chalice/config.json, only {', '.join(content['stages'])}:"
            " add it there, with names of its own."
        )
    return {**content["environment_variables"], **content["stages"][stage]["environment_variables"]}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a stage. Those of buckets may contain `${AWS::AccountId}` and `${AWS::Region}`; see `within`."""

    raw_bucket: str
    processed_bucket: str
    load_queue: str
    notice_topic: str
    store_topic: str
    hash_key_secret: str
    metrics_namespace: str
    prefix: str
    """The beginning of the names of functions, roles and alarms, such as `cafe-etl-prod-`."""

    @classmethod
    def of(cls, project: Path, stage: str) -> Self:
        """Read the names of a stage; raise `InfraError` if there is no such stage."""
        settings = variables(project, stage)
        return cls(
            raw_bucket=settings["RAW_BUCKET"],
            processed_bucket=settings["PROCESSED_BUCKET"],
            load_queue=settings["LOAD_QUEUE"],
            notice_topic=settings["NOTICE_TOPIC"].rsplit(":", 1)[-1],  # the last part of its ARN
            store_topic=settings["STORE_TOPIC"].rsplit(":", 1)[-1],
            hash_key_secret=settings["HASH_KEY_SECRET"],
            metrics_namespace=settings["METRICS_NAMESPACE"],
            prefix=f"{config(project)['app_name']}-{stage}-",
        )

    @property
    def warehouse_secret(self) -> str:
        """The name of the secret with the password of a PostgreSQL, if an administrator makes one."""
        # "cafe-etl/prod/hash-key" -> "cafe-etl/prod/warehouse"
        return f"{self.hash_key_secret.rpartition('/')[0]}/warehouse"

    def within(self, account: str, region: str) -> Self:
        """Return the names with an account and a region filled in."""
        return type(self)(
            **{field.name: fill(getattr(self, field.name), account, region) for field in fields(self)}
        )

    @property
    def load_dead_letters(self) -> str:
        """The name of the queue for load requests that failed too often."""
        return f"{self.load_queue}-dead"

    @property
    def alarm_topic(self) -> str:
        """The name of the topic that CloudWatch's alarms are sent to."""
        return f"{self.prefix}alarms"

    @property
    def copy_role(self) -> str:
        """The name of the role that Redshift reads the staged parts with."""
        return f"{self.prefix}copy"

    @property
    def reader_role(self) -> str:
        """The name of the role that reads the warehouse for people."""
        return f"{self.prefix}reader"

    def function(self, name: str) -> str:
        """Return the name that Chalice gives a function in this stage; its role has the same name."""
        return self.prefix + name


def fill(text: str, account: str, region: str) -> str:
    """Replace CloudFormation's variables for account, region and partition in a text."""
    # "ads-raw-data-${AWS::Region}" -> "ads-raw-data-eu-west-1"
    values = {"AccountId": account, "Region": region, "Partition": partition(region)}
    for name, value in values.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def partition(region: str) -> str:
    """Return the partition of AWS that a region belongs to: `aws` for most of them."""
    # "us-gov-west-1" -> "us-gov" -> "aws-us-gov"
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
