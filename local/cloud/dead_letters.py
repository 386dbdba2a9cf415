"""The message that Lambda sends to a failure queue when a function has failed on an event for the last time."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException

from local.cloud import moto_backends
from local.cloud.async_invocations import ATTEMPTS, Invocation
from local.cloud.warm_worker import Answer


def leave(invocation: Invocation, answer: Answer) -> None:
    """Send the event and the last error to the function's failure destination, if it has one."""
    try:
        queue = moto_backends.failure_queue(invocation.function)
    except UnknownFunctionException:  # deleted meanwhile
        return
    if queue is not None:
        moto_backends.sqs().send_message(queue.name, json.dumps(message(invocation, answer)))


def message(invocation: Invocation, answer: Answer) -> dict[str, Any]:
    """Return the message's body: the event whole, and the answer to the last attempt.

    Its shape: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html.
    """
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{invocation.function}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": ATTEMPTS,
        },
        "requestPayload": invocation.event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": json.loads(answer.payload),
    }
