"""Calls of a stage's functions that wait for the response."""

import json
from typing import Any

from infra.errors import InfraError
from infra.provisioning import Client


def call(function: str, event: dict[str, Any], client: Client) -> Any:
    """Call a function of Lambda and return its response; raise `InfraError` with its error if it fails."""
    invocation = client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    response = json.loads(invocation["Payload"].read())
    if "FunctionError" in invocation:
        # {"errorType": "SchemaError", "errorMessage": "…", "stackTrace": […]}
        raise InfraError(
            f"{function} failed: {response.get('errorType', '')}: {response.get('errorMessage', '')}"
        )
    return response
