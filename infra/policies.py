"""The functions' permissions in any stage: `.chalice/policy-<function>.json` has them in the stage `local`'s names."""

import json
from pathlib import Path
from typing import Any, Final

from infra.names import LOCAL, Names, config

Policy = dict[str, Any]

ANY_WORKGROUP: Final = "arn:aws:redshift-serverless:*:*:workgroup/*"
WORKGROUP: Final = "${WorkgroupArn}"
"""Stands for the ARN of the one workgroup that the stage uses. The ARN ends in an id that AWS chooses."""

WITHOUT_VERSIONS: Final = "CompareBeforeDeletingWithoutVersions"
"""The statement for a raw bucket that keeps no versions: S3 compares, and for that the function has to read the object.

The template's buckets keep versions. There `load` and `remove` delete a version by its id, and read no raw object.
"""


def policies(project: Path, stage: str) -> dict[str, Policy]:
    """Return the policy of each function in the stage's names, with `WORKGROUP` and variables of CloudFormation."""
    return named_policies(project, Names.of(project, stage))


def named_policies(project: Path, names: Names) -> dict[str, Policy]:
    """Return the policy of each function with names of which any part may still be a variable."""
    local = Names.of(project, LOCAL)
    replacements = _replacements(local, names)
    left_out: set[str] = set()
    if names != local:
        replacements = {ANY_WORKGROUP: WORKGROUP, **replacements}
        left_out = {WITHOUT_VERSIONS}
    return {name: _policy(path, replacements, left_out) for name, path in paths(project).items()}


def paths(project: Path) -> dict[str, Path]:
    """Return the file of each function's policy."""
    functions = config(project)["lambda_functions"]
    return {name: project / ".chalice" / settings["iam_policy_file"] for name, settings in functions.items()}


def _policy(path: Path, replacements: dict[str, str], left_out: set[str]) -> Policy:
    text = path.read_text(encoding="utf-8")
    for local, name in replacements.items():
        text = text.replace(local, name)
    policy: Policy = json.loads(text)
    statements = [statement for statement in policy["Statement"] if statement["Sid"] not in left_out]
    return {**policy, "Statement": statements}


def _replacements(local: Names, names: Names) -> dict[str, str]:
    """Return pairs of texts: one in a policy of the stage `local`, and its replacement in another stage."""
    # ":cafe-etl-load" -> ":cafe-etl-prod-load". The colons and quotes around a name keep it from matching in another.
    return {
        "arn:aws:": "arn:${AWS::Partition}:",
        ":*:*:": ":${AWS::Region}:${AWS::AccountId}:",
        f":::{local.raw_bucket}": f":::{names.raw_bucket}",
        f":::{local.processed_bucket}": f":::{names.processed_bucket}",
        f":{local.load_queue}": f":{names.load_queue}",
        f":{local.notice_topic}": f":{names.notice_topic}",
        f":{local.store_topic}": f":{names.store_topic}",
        f":{local.hash_key_secret}-": f":{names.hash_key_secret}-",
        f":{local.warehouse_secret}-": f":{names.warehouse_secret}-",
        # The policies write * for the stage in the name of a function: "cafe-etl-*-load" -> "cafe-etl-prod-load".
        local.prefix.replace(LOCAL, "*"): names.prefix,
    }
