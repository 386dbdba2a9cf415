"""The names of a stage's resources, by one rule unless its entry in `.chalice/config.json` has names of its own.

`template.yaml` writes the same names with its parameter `Stage`.
"""

import json
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Self

from infra.errors import InfraError

APP: Final = "cafe-etl"
"""The name of the app, with which names begin; `.chalice/config.json` has it, too."""

PROD: Final = "prod"
"""The stage whose buckets have no stage in their names."""

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
        by_rule = cls.by_rule(stage)
        return replace(
            by_rule,
            raw_bucket=_without_account(settings.get("RAW_BUCKET", ""), by_rule.raw_bucket),
            processed_bucket=_without_account(settings.get("PROCESSED_BUCKET", ""), by_rule.processed_bucket),
            load_queue=settings.get("LOAD_QUEUE", by_rule.load_queue),
            notice_topic=settings.get("NOTICE_TOPIC", by_rule.notice_topic).rsplit(":", 1)[-1],  # of its ARN
            store_topic=settings.get("STORE_TOPIC", by_rule.store_topic).rsplit(":", 1)[-1],
            hash_key_secret=settings.get("HASH_KEY_SECRET", by_rule.hash_key_secret),
            metrics_namespace=settings.get("METRICS_NAMESPACE", by_rule.metrics_namespace),
        )

    @classmethod
    def by_rule(cls, stage: str) -> Self:
        """Return the names that a stage has by default. `template.yaml` has the same rule."""
        part = "" if stage == PROD else f"-{stage}"
        return cls(
            raw_bucket=f"ads-raw-data{part}-${{AWS::AccountId}}-${{AWS::Region}}",
            processed_bucket=f"ads-processed{part}-${{AWS::AccountId}}-${{AWS::Region}}",
            load_queue=f"{APP}-{stage}-load",
            notice_topic=f"{APP}-{stage}-notices",
            store_topic=f"{APP}-{stage}-stores",
            hash_key_secret=f"{APP}/{stage}/hash-key",
            metrics_namespace=f"CafeEtl/{stage}",
            prefix=f"{APP}-{stage}-",
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


IN_TEMPLATE: Final = replace(
    Names.by_rule("${Stage}"), raw_bucket="${RawBucketName}", processed_bucket="${ProcessedDataBucket}"
)
"""The names as `template.yaml` writes them; a parameter may set those of the buckets."""


def _without_account(name: str, rule: str) -> str:
    """Return a bucket's name, or the rule if the name follows it: the entry may be from another account."""
    # "ads-raw-data-dev-123456789012-eu-west-1" -> "ads-raw-data-dev-${AWS::AccountId}-${AWS::Region}"
    pattern = re.escape(rule).replace(re.escape("${AWS::AccountId}"), r"\d{12}")
    pattern = pattern.replace(re.escape("${AWS::Region}"), r"[a-z]+(-[a-z]+)+-\d")
    return rule if not name or re.fullmatch(pattern, name) else name


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
