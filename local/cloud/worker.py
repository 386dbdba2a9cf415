"""One warm execution environment, the side of the Lambda runtime: `python -m local.cloud.worker ANSWERS`.

Requests come as JSON lines on standard input. Answers go as JSON lines to the file descriptor ANSWERS. Standard output
and standard error are the handler's, for its prints and logs. When standard input closes, the process ends at once,
busy or not.
"""

import importlib
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Handler = Callable[[Any, Any], Any]

CALLS = "CAFE_LOCAL_CALLS"
"""The variable that names a file for records of all AWS calls, one per line.

Tests compare them with the policies. The bench counts those that follow one another.
"""

NAMES = {
    "Bucket",
    "ClusterIdentifier",
    "CopySource",
    "DbName",
    "DbUser",
    "FunctionName",
    "Key",
    "Prefix",
    "QueueName",
    "QueueUrl",
    "SecretId",
    "TopicArn",
    "VersionId",
}
"""The parameters that name a resource, whose values are recorded. Others may hold customers' data."""


@dataclass(frozen=True)
class Context:
    """The second argument of a handler, with the fields that Lambda gives it."""

    aws_request_id: str
    deadline: float = field(repr=False)
    function_name: str = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    function_version: str = "$LATEST"
    invoked_function_arn: str = ""
    memory_limit_in_mb: str = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
    log_group_name: str = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
    log_stream_name: str = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until the function's timeout."""
        return max(0, int((self.deadline - time.time()) * 1000))


def record_calls(path: Path) -> None:
    """Record every AWS call from now on: operation, named resources, names of parameters, status, who waited when."""
    import boto3  # noqa: PLC0415 - a package may have its own, and only recording needs it

    def begin(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        # GetObject of {"Bucket": "ads-raw-data", "Key": "leeds.csv"} -> both; of PutObject, all but its Body
        named = {name: params[name] for name in sorted(NAMES & params.keys())}
        if "Delete" in params:
            named["Keys"] = [entry["Key"] for entry in params["Delete"]["Objects"]]
        call = {"service": model.service_model.service_name, "operation": model.name}
        waiting = {
            "process": os.getpid(),
            "thread": threading.current_thread().name,
            "began": time.monotonic(),
        }
        context[CALLS] = call | waiting | {"named": named, "given": sorted(params)}

    def end(context: dict[str, Any], http_response: Any = None, **_: Any) -> None:
        status = http_response.status_code if http_response else 0
        ending = {"status": status, "ended": time.monotonic()}
        line = {"function": Context.function_name, **ending, **context[CALLS]}
        with path.open(
            "ab", buffering=0
        ) as file:  # one write per line: other workers append to the file, too
            file.write(json.dumps(line).encode() + b"\n")

    session = boto3.DEFAULT_SESSION = boto3.Session()
    session.events.register("provide-client-params", begin)
    session.events.register("after-call", end)
    session.events.register("after-call-error", end)


def load_handler(name: str) -> Handler:
    """Import the handler that a function's setting names, such as `app.ingest`."""
    if CALLS in os.environ:
        record_calls(Path(os.environ[CALLS]))
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    return handler


def describe(exc: Exception) -> dict[str, Any]:
    """Return Lambda's error payload, with a stack trace that starts in the handler's own module."""
    frames = traceback.extract_tb(exc.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
    trace = traceback.format_list(own)
    return {"errorMessage": str(exc), "errorType": type(exc).__name__, "stackTrace": trace}


def answer(handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
    """Call the handler with the event of a request; the answer says whether it failed, and has its JSON payload."""
    context = Context(request["id"], request["deadline"], invoked_function_arn=request["arn"])
    try:
        return {"failed": False, "payload": json.dumps(handler(request["event"], context))}
    except Exception as exc:  # noqa: BLE001 - any error of a handler is the result of its invocation
        error = describe(exc)
        print("[ERROR]", traceback.format_exc(), file=sys.stderr)
        return {"failed": True, "payload": json.dumps(error)}


def serve(requests: "queue.SimpleQueue[str]", answers: int) -> None:
    """Answer requests one after the other, until the process ends."""
    handler: Handler | None = None
    while True:
        request = json.loads(requests.get())
        print(f"START RequestId: {request['id']} Version: $LATEST", flush=True)
        try:
            handler = handler or load_handler(os.environ["_HANDLER"])
        except Exception as exc:  # noqa: BLE001 - so is an app that cannot be imported
            print("[ERROR]", traceback.format_exc(), file=sys.stderr)
            reply = {"failed": True, "payload": json.dumps(describe(exc))}
        else:
            reply = answer(handler, request)
        sys.stderr.flush()
        print(f"END RequestId: {request['id']}", flush=True)
        # A copy of the descriptor each time: closing the file flushes it, and must not close the pipe.
        with os.fdopen(os.dup(answers), "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(reply) + "\n")


def watch(requests: "queue.SimpleQueue[str]") -> None:
    """Pass each request on, and end the process when the supervisor has closed the pipe, or has died."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)  # not `sys.exit`, which would end this thread alone


def main() -> None:
    """Serve on the pipes that the supervisor opened."""
    logging.basicConfig(format="[%(levelname)s]\t%(asctime)s\t%(name)s\t%(message)s", stream=sys.stderr)
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=watch, args=(requests,), daemon=True).start()
    serve(requests, int(sys.argv[1]))


if __name__ == "__main__":
    main()
