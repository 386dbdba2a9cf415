"""What the resources of a stage are called: read from `.chalice/config.json`, where the functions are told the same."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from infra.errors import InfraError

LOCAL: Final = "local"
"""The stage on a laptop. Its names are those in `.chalice/policy-*.json`."""


def config(project: Path) -> dict[str, Any]:
    """Return a project's Chalice configuration."""
    found: dict[str, Any] = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8"))
    return found


def variables(project: Path, stage: str) -> dict[str, str]:
    """Return the variables of a stage's functions; raise `InfraError` if there is no such stage."""
    found = config(project)
    if stage not in found["stages"]:
        raise InfraError(
            f"There is no stage {stage} in .chalice/config.json, only {', '.join(found['stages'])}:"
            " add it there, with names of its own."
        )
    return {**found["environment_variables"], **found["stages"][stage]["environment_variables"]}


def has_template(project: Path, stage: str) -> bool:
    """Whether a stage is a stack, and not deployed by Chalice; raise `InfraError` if there is no such stage."""
    return variables(project, stage).get("RAW_NOTIFICATION") == "template"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a stage. Those of buckets may hold `${AWS::AccountId}` and `${AWS::Region}`."""

    raw_bucket: str
    processed_bucket: str
    load_queue: str
    notice_topic: str
    hash_key_secret: str
    metrics_namespace: str
    prefix: str
    """What the names of functions, roles and alarms begin with, such as `cafe-etl-prod-`."""

    @classmethod
    def of(cls, project: Path, stage: str) -> Self:
        """Read them; raise `InfraError` if there is no such stage."""
        known = variables(project, stage)
        return cls(
            raw_bucket=known["RAW_BUCKET"],
            processed_bucket=known["PROCESSED_BUCKET"],
            load_queue=known["LOAD_QUEUE"],
            notice_topic=known["NOTICE_TOPIC"].rsplit(":", 1)[-1],
            hash_key_secret=known["HASH_KEY_SECRET"],
            metrics_namespace=known["METRICS_NAMESPACE"],
            prefix=f"{config(project)['app_name']}-{stage}-",
        )

    def within(self, account: str, region: str) -> Self:
        """Return the names as they are in an account and a region."""
        return type(self)(
            **{field.name: fill(getattr(self, field.name), account, region) for field in fields(self)}
        )

    @property
    def load_dead_letters(self) -> str:
        """The queue of the load requests that failed too often."""
        return f"{self.load_queue}-dead"

    @property
    def copy_role(self) -> str:
        """The role with which Redshift reads the staged parts."""
        return f"{self.prefix}copy"

    def function(self, name: str) -> str:
        """Return the name that Chalice gives a function in this stage; its role is called the same."""
        return self.prefix + name


def fill(text: str, account: str, region: str) -> str:
    """Put account, region and partition in the place of CloudFormation's words for them."""
    known = {"AccountId": account, "Region": region, "Partition": partition(region)}
    for name, value in known.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def partition(region: str) -> str:
    """Return the partition of AWS that a region is in."""
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
