"""The memory that a load takes: run as a module, this handles the event on standard input."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from chalicelib.load import handler


def peak_of(event: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """Return the greatest memory of a process that loads a batch, in the units of `getrusage`; it must succeed."""
    # A process begins with the peak of the one that started it: here of a small shell, which does not replace itself.
    command = ["sh", "-c", '"$0" -m tests.support.load_memory; exit $?', sys.executable]
    run = subprocess.run(
        command,
        input=json.dumps(event).encode(),
        capture_output=True,
        check=True,
        env=os.environ | dict(environment),
    )
    answer, peak = json.loads(run.stdout.splitlines()[-1])
    assert answer == {"batchItemFailures": []}, run.stderr.decode()
    return int(peak)


def main() -> None:
    """Load the batch on standard input, and print the answer and the peak."""
    answer = handler.handle(json.load(sys.stdin))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([answer, peak]))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
