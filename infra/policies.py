"""What each function may do: `.chalice/policy-<function>.json`, written for the stage `local`, in another's names."""

import json
from pathlib import Path
from typing import Any

from infra.names import LOCAL, Names, config

Policy = dict[str, Any]


def policies(project: Path, stage: str) -> dict[str, Policy]:
    """Return the policy of each function, in the stage's names; account and region are CloudFormation's words."""
    exchanged = _exchanged(Names.of(project, LOCAL), Names.of(project, stage))
    return {name: _policy(path, exchanged) for name, path in paths(project).items()}


def paths(project: Path) -> dict[str, Path]:
    """Return the file of each function's policy."""
    functions = config(project)["lambda_functions"]
    return {name: project / ".chalice" / found["iam_policy_file"] for name, found in functions.items()}


def _policy(path: Path, exchanged: dict[str, str]) -> Policy:
    text = path.read_text(encoding="utf-8")
    for local, name in exchanged.items():
        text = text.replace(local, name)
    policy: Policy = json.loads(text)
    return policy


def _exchanged(local: Names, names: Names) -> dict[str, str]:
    """Return what is written in the policies, and what stands in its place; the longest first."""
    return {
        "arn:aws:": "arn:${AWS::Partition}:",
        ":*:*:": ":${AWS::Region}:${AWS::AccountId}:",
        f":::{local.raw_bucket}": f":::{names.raw_bucket}",
        f":::{local.processed_bucket}": f":::{names.processed_bucket}",
        f":{local.load_queue}": f":{names.load_queue}",
        f":{local.notice_topic}": f":{names.notice_topic}",
        f":{local.hash_key_secret}-": f":{names.hash_key_secret}-",
        f'"{local.metrics_namespace}"': f'"{names.metrics_namespace}"',
        local.prefix.replace(LOCAL, "*"): names.prefix,
    }
