"""The memory that staging a file takes: run as a module, this stages what it reads."""

import resource
import subprocess
import sys

from tests.support.staged_parts import spent


def peak_of(content: bytes) -> int:
    """Return how much the memory of a process grows at most when it stages a file, in the units of `getrusage`."""
    # A process begins with the peak of the one that started it: here of a small shell, which does not replace itself.
    command = ["sh", "-c", '"$0" -m tests.support.peak_memory; exit $?', sys.executable]
    return int(subprocess.run(command, input=content, capture_output=True, check=True).stdout)


def main() -> None:
    """Stage the file on standard input, and print the growth."""
    content = sys.stdin.buffer.read()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent(content)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
