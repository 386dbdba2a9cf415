"""How much memory a process has taken."""

from contextlib import suppress
from pathlib import Path

import psutil


def peak(pid: int | None = None) -> float:
    """Return a process's peak memory in MiB, this one's if none is named; where no system keeps it, what it holds."""
    process = psutil.Process(pid)
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return process.memory_info().rss / 2**20
