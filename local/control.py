"""Requests to the supervisor of a local cloud. Most commands send nothing else, and start sooner without boto3."""

import http.client
import json
from typing import Any, Final
from urllib.parse import urlsplit

from local.errors import LocalCloudError
from local.state import Run

CONTROL: Final = "/_local/"
"""The path on the endpoint, before the name of a request."""

KEY_HEADER: Final = "X-Cafe-Etl-Key"
"""The header with the access key. A web page cannot send it without asking first, which is not answered."""

REQUEST_SECONDS: Final = 120


def ask(run: Run, request: str, seconds: float = REQUEST_SECONDS) -> dict[str, Any]:
    """Send the supervisor a request, such as `status`, and return its response.

    Raise `LocalCloudError` if no response comes in time, or if the supervisor could not carry out the request.
    """
    connection = http.client.HTTPConnection(urlsplit(run.endpoint).netloc, timeout=seconds)
    try:
        connection.request("POST", CONTROL + request, headers={KEY_HEADER: run.access_key})
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read()) if response.status == http.client.OK else {}
    except OSError as exc:
        raise LocalCloudError(f"The local cloud does not answer: {exc}.") from exc
    finally:
        connection.close()
    if response.status != http.client.OK or "error" in answer:
        raise LocalCloudError(
            answer.get("error", f"The local cloud could not do this ({request}); see its log.")
        )
    return answer
