"""A stage's entry in `.chalice/config.json`, and its policies: names in an account, as plain Chalice needs them.

Chalice reads no account number from anywhere, so its users write names out, in a file that is in git. Nothing secret is
written: no URL of a warehouse may have a password.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib.warehouse.redshift import CLUSTER_USER
from infra import template
from infra.chalice_stage import Options, Stage, function_variables
from infra.names import Names, config, fill, partition
from infra.policies import WORKGROUP, policies
from infra.template import NO_WORKGROUP

ADMINS_SECRET: Final = re.compile(r"arn:[\w-]+:secretsmanager:[\w:-]+:secret:redshift![\w?-]+")
"""The ARN in the policy of `create_database` that allows the secret of a Redshift that the stack created."""

WRITERS: Final = ("load", "remove", "replay", "smoke_cleanup")
"""The functions that write to the warehouse. The variable WRITERS in functions.yaml names the same."""

READERS: Final = ("sweep", "summarise", "reader")
"""The functions that only read the warehouse, and the role with which people do so.

The variable READERS in functions.yaml names the same.
"""


def entry_of(stage: Stage, options: Options) -> dict[str, Any]:
    """Return the entry that a stage needs in `.chalice/config.json`; raise `InfraError` for wrong options."""
    options.check(stage)
    names, entry = stage.names, settings(stage, options)
    topic = f"arn:{partition(stage.account.region)}:sns:{stage.account.region}:{stage.account.number}:"
    variables = {
        "STAGE": stage.name,
        "RAW_BUCKET": names.raw_bucket,
        "PROCESSED_BUCKET": names.processed_bucket,
        "LOAD_QUEUE": names.load_queue,
        "INGEST_FUNCTION": names.function("ingest"),
        "NOTICE_TOPIC": topic + names.notice_topic,
        "STORE_TOPIC": topic + names.store_topic,
        "HASH_KEY_SECRET": names.hash_key_secret,
        "METRICS_NAMESPACE": names.metrics_namespace,
    }
    functions = config(stage.project)["lambda_functions"]
    return {
        "lambda_architecture": stage.runtime.architecture,
        "environment_variables": {**stage.entry["environment_variables"], **variables}
        | entry["environment_variables"],
        "lambda_functions": {
            name: {"iam_policy_file": f"{stage.name}/policy-{name}.json"}
            | entry["lambda_functions"].get(name, {})
            for name in functions
        },
    }


def configure(stage: Stage, entry: Mapping[str, Any], workgroup: str) -> list[Path]:
    """Write a stage's entry and its policies where they differ from what is there; return the files that changed.

    `workgroup` is the ARN of the workgroup that its functions may enter, or empty if the warehouse is none.
    """
    admin_secret = function_variables(entry, "create_database").get("ADMIN_SECRET", "")
    content = config(stage.project)
    content["stages"][stage.name] = dict(entry)
    texts = {
        stage.project / ".chalice" / "config.json": json.dumps(content, indent=2, ensure_ascii=False) + "\n",
        **policy_texts(
            stage.project, stage.name, (stage.account.number, stage.account.region), admin_secret, workgroup
        ),
    }
    return [path for path, text in texts.items() if _has_changed(path, text)]


def policy_texts(
    project: Path, stage: str, place: tuple[str, str], admin_secret: str, workgroup: str
) -> dict[Path, str]:
    """Return the files of a stage's policies, and what each should say; `place` is an account and a region."""
    texts = {}
    for function, policy in policies(project, stage).items():
        text = json.dumps(policy, indent=2) + "\n"
        text = fill(text.replace(WORKGROUP, workgroup or NO_WORKGROUP), *place)
        # The policy allows the admin secret of a Redshift that a stack created; here the admin may be another one.
        text = ADMINS_SECRET.sub(admin_secret, text) if admin_secret else text
        texts[project / ".chalice" / stage / f"policy-{function}.json"] = text
    return texts


def _has_changed(path: Path, text: str) -> bool:
    """Write a text unless the file has it already: the next deployment leaves nothing to commit."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def settings(stage: Stage, options: Options) -> dict[str, Any]:
    """Return the settings of a stage for Chalice that follow from the options."""
    functions = config(stage.project)["lambda_functions"]
    # Only these functions learn where the warehouse is.
    per_function = {
        name: _warehouse_settings(stage, options) for name in functions if template.enters_warehouse(name)
    }
    if options.admin_secret:
        per_function["create_database"]["environment_variables"] |= users(stage.names, options)
    return {
        "environment_variables": {
            "MONTH_FIRST_STORES": options.month_first_stores,
            "STORE_FOLDERS": options.store_folders,
            "STORES": options.stores,
            "LOAD_MINUTES": options.load_minutes,
            "WAREHOUSE_CHECKS": options.warehouse_checks,
        },
        "lambda_functions": per_function,
    }


def _warehouse_settings(stage: Stage, options: Options) -> dict[str, Any]:
    """Return the settings of a function that connects to the warehouse; a VPC only if the options name one."""
    account, region = stage.account.number, stage.account.region
    role = f"arn:{partition(region)}:iam::{account}:role/{stage.names.copy_role}"
    vpc = {"subnet_ids": list(options.subnets), "security_group_ids": list(options.security_groups)}
    return {
        "environment_variables": {
            "WAREHOUSE": options.warehouse,
            "WAREHOUSE_SECRET": options.warehouse_secret,
            "COPY_ROLE": role,
            "AWS_USE_DUALSTACK_ENDPOINT": str(options.uses_ipv6).lower(),
        },
        **{name: identifiers for name, identifiers in vpc.items() if identifiers},
    }


def users(names: Names, options: Options) -> dict[str, str]:
    """Return the variables with the users that `create_database` creates, and the admin who may do so.

    In a workgroup each function's role is a user; to a cluster all functions connect as the user in the URL.
    """
    parts = urlsplit(options.warehouse)
    # redshift://loader@cafe-etl-1/sales -> "loader"; redshift-serverless://… -> "IAMR:cafe-etl-dev-load"
    if parts.scheme == "redshift":
        writers, readers = [parts.username or CLUSTER_USER], [f"IAMR:{names.reader_role}"]
    else:
        writers = [f"IAMR:{names.function(name)}" for name in WRITERS]
        readers = [f"IAMR:{names.function(name)}" for name in READERS]
    return {
        "ADMIN_SECRET": options.admin_secret,
        "WRITERS": ",".join(writers),
        "READERS": ",".join([*readers, *filter(None, [options.readers])]),
    }
