"""The process of a contestant: it does the whole job again and again, and says how many seconds each took.

It runs in the rivals' environment, too, so it imports nothing but the standard library.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Job = Callable[[Sequence[Path], str], None]
"""Loads files into the database of a URL."""


def serve(job: Job) -> None:
    """Do the job for each line of standard input, `{"folder": …, "url": …}`; write the seconds of each."""
    # A library that prints must not disturb the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        request = json.loads(line)
        paths = sorted(Path(request["folder"]).glob("*.csv"))
        start = time.perf_counter()
        job(paths, request["url"])
        print(json.dumps(time.perf_counter() - start), file=answers, flush=True)
