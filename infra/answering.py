"""The check, before a test file is sent, that a stage can load it at all: nobody should wait for what cannot come."""

from typing import Any, Final

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.names import Names
from infra.provisioning import Client

NEEDED: Final = ("ingest", "load", "smoke_cleanup")
"""The functions that a test file needs."""

AT_ONCE: Final = "0"
"""The value of a function's LOAD_MINUTES with which the queue calls load for each request."""

OFF: Final = frozenset({"Disabled", "Disabling"})


def require_answers(names: Names, client: Client) -> None:
    """Raise `InfraError` if a function is missing or broken, or if bucket or queue do not call their function.

    It changes nothing and calls no function: GitHub's role may call `smoke_cleanup` alone.
    """
    variables = {function: _variables(names.function(function), client("lambda")) for function in NEEDED}
    _require_notification(names, client("s3"))
    # A stage that loads at times of day needs no queue that calls load.
    if variables["load"].get("LOAD_MINUTES", AT_ONCE) == AT_ONCE:
        _require_mapping(names.function("load"), client("lambda"))


def _variables(name: str, functions: Any) -> dict[str, str]:
    """Return the variables of a function; raise `InfraError` if it is missing or cannot run."""
    try:
        configuration = functions.get_function_configuration(FunctionName=name)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise InfraError(f"There is no function {name} here: deploy the stage first.") from exc
    if configuration.get("State") == "Failed":
        raise InfraError(f"The function {name} cannot run: {configuration.get('StateReason', '')}")
    if configuration.get("LastUpdateStatus") == "Failed":
        reason = configuration.get("LastUpdateStatusReason", "")
        raise InfraError(f"The last update of the function {name} failed: {reason}")
    variables: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
    return variables


def _require_notification(names: Names, s3: Any) -> None:
    bucket, ingest = names.raw_bucket, names.function("ingest")
    try:
        configuration = s3.get_bucket_notification_configuration(Bucket=bucket)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchBucket":
            raise
        raise InfraError(f"There is no bucket {bucket}: deploy the stage first.") from exc
    targets = [
        target["LambdaFunctionArn"] for target in configuration.get("LambdaFunctionConfigurations", [])
    ]
    if not any(target.endswith(f":{ingest}") for target in targets):
        raise InfraError(
            f"The bucket {bucket} does not call {ingest} for a new file: deploy the stage again."
        )


def _require_mapping(load: str, functions: Any) -> None:
    pages = functions.get_paginator("list_event_source_mappings").paginate()
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    states = [mapping.get("State", "") for mapping in mappings if mapping["FunctionArn"].endswith(f":{load}")]
    if not states:
        raise InfraError(f"No queue calls {load}: deploy the stage again.")
    if OFF.issuperset(states):
        raise InfraError(
            f"The queue does not call {load}: its event source mapping is {states[0]}. Enable it."
        )
