"""The peak memory of a process."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

MB: Final = 10**6


def peak(pid: int | None = None) -> float:
    """Return the peak memory in MB of a process, or of this one; without /proc, the memory that it has now."""
    process = psutil.Process(pid)
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
            # a line such as "VmHWM:   28104 kB": the high-water mark of the memory in use
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / MB
    return process.memory_info().rss / MB
