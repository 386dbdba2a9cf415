"""A warm execution environment, the side of the supervisor: its process, its pipes and its log."""

import json
import os
import select
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from local import access_keys

LOG_SECONDS = 2
"""The time for which an answer waits for the last lines of its log, which come through another pipe."""

TAIL_LINES = 200
WORKER = Path(__file__).with_name("worker.py")

LogLine = Callable[[str, str, str], None]
"""Takes a function's name, its log stream and a line."""


@dataclass(frozen=True)
class Function:
    """The settings of a Lambda function that decide how it runs. Different settings never share a worker."""

    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    code: str
    environment: tuple[tuple[str, str], ...]
    role: str = ""
    """The name of the role in which it calls AWS."""

    @property
    def log_group(self) -> str:
        """The CloudWatch log group that Lambda writes to."""
        return f"/aws/lambda/{self.name}"


@dataclass(frozen=True)
class Answer:
    """The answer to an invocation: a JSON payload, whether the function failed, and the end of its log."""

    payload: str
    failed: bool
    log: str = ""


@dataclass(frozen=True)
class Code:
    """The code of functions: the project, in this interpreter's environment, or an unpacked package, alone."""

    folder: Path
    runtime: Path | None = None
    """With a package: the folder with the modules of Lambda's runtime. Nothing else can be imported then."""

    def command(self, answers: int) -> list[str]:
        """Return the command of a worker that answers on a file descriptor."""
        if self.runtime is None:
            return [sys.executable, "-u", "-m", "local.cloud.worker", str(answers)]
        # -S and -P: neither this environment's packages nor the folder of the script, which is the local cloud's.
        return [sys.executable, "-S", "-P", "-u", str(WORKER), str(answers)]

    def environment(self) -> dict[str, str]:
        """Return the variables by which the worker finds modules: first the package's own ones, as in Lambda."""
        if self.runtime is None:
            return {}
        return {"PYTHONPATH": os.pathsep.join(map(str, (self.folder, self.runtime)))}


class WarmWorker:
    """One process that runs one function's handler, one event at a time."""

    def __init__(self, function: Function, code: Code, environment: Mapping[str, str], log: LogLine) -> None:
        self.function = function
        self._log = log
        self._stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{uuid.uuid4().hex}"
        self._lines: list[str] = []
        self._ended = threading.Event()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            code.command(answers),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(answers,),
            cwd=code.folder,
            env={
                **environment,
                **code.environment(),
                **_role_environment(function, environment),
                **_lambda_environment(function, code.folder, self._stream),
            },
            start_new_session=True,  # Ctrl-C is for the supervisor, which ends its workers in order
        )
        os.close(answers)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def invoke(self, event: Any) -> Answer:
        """Run the handler with an event; if the process crashes or takes too long, the answer is a failure."""
        request_id = str(uuid.uuid4())
        self._lines.clear()
        self._ended.clear()
        deadline = time.time() + self.function.timeout
        request = {"id": request_id, "arn": self.function.arn, "deadline": deadline, "event": event}
        try:
            reply = json.loads(self._exchange(json.dumps(request), deadline))
        except TimeoutError:
            self.kill()
            return self._failure(f"{request_id} Task timed out after {self.function.timeout:.2f} seconds", "")
        except (BrokenPipeError, EOFError):
            status = f"exit status {self._process.wait()}"
            return self._failure(
                f"RequestId: {request_id} Error: Runtime exited: {status}", "Runtime.ExitError"
            )
        self._ended.wait(LOG_SECONDS)
        return Answer(reply["payload"], reply["failed"], "\n".join(self._lines))

    def kill(self) -> None:
        """End the process, busy or not; the answer to a running invocation is a failure."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process and close its pipes; no invocation may be running."""
        self.kill()
        self._reader.join(LOG_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # the rest of a request that nobody reads any more
                cast("IO[bytes]", pipe).close()
        os.close(self._answers)

    def _exchange(self, request: str, deadline: float) -> bytes:
        requests = cast("IO[bytes]", self._process.stdin)
        requests.write(request.encode() + b"\n")
        requests.flush()
        # The answer comes in blocks of up to 64 KiB; without `select` a hanging handler would hang the supervisor, too.
        received = bytearray()
        while not received.endswith(b"\n"):
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.time()))
            if not ready:
                raise TimeoutError
            block = os.read(self._answers, 1 << 16)
            if not block:
                raise EOFError
            received += block
        return bytes(received)

    def _read_log(self) -> None:
        for raw in cast("IO[bytes]", self._process.stdout):
            line = raw.decode("utf-8", "replace").rstrip("\n")
            self._log(self.function.name, self._stream, line)
            self._lines.append(line)
            del self._lines[:-TAIL_LINES]
            # The worker prints this line last: when it is here, so is the whole log of the invocation.
            if line.startswith("END RequestId: "):
                self._ended.set()

    def _failure(self, message: str, kind: str) -> Answer:
        self._log(self.function.name, self._stream, message)
        error = {"errorMessage": message, **({"errorType": kind} if kind else {})}
        return Answer(json.dumps(error), failed=True, log="\n".join([*self._lines, message]))


def _role_environment(function: Function, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the access key of a function's role, as keys of AWS belong to a role, too."""
    if not function.role:
        return {}
    return {"AWS_ACCESS_KEY_ID": access_keys.of_role(environment["AWS_ACCESS_KEY_ID"], function.role)}


def _lambda_environment(function: Function, folder: Path, stream: str) -> dict[str, str]:
    return {
        **dict(function.environment),
        "_HANDLER": function.handler,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "LAMBDA_TASK_ROOT": str(folder),
        "TZ": "UTC",
    }
