"""`python -m bench.cold_imports`: how long the imports of a cold function take, with and without bytecode."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from infra import packaging
from infra.runtimes import runtime
from local.account import REGION
from local.cloud.package import code
from local.cloud.warm_worker import Code
from local.state import PROJECT

ROUNDS: Final = 7
MODULES: Final = {"ingest": "chalicelib.ingest.handler", "load": "chalicelib.load.handler"}
SCRIPT: Final = "import time; begin = time.perf_counter(); import app, {}; print(time.perf_counter() - begin)"


def seconds(unpacked: Code, module: str) -> float:
    """Return the seconds that a new process takes to import the application and one of its modules from a package."""
    interpreter, *options = unpacked.command(0)[:-2]  # without the module that it would run, and its port
    variables = {"LOAD_QUEUE": "queue", "AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [interpreter, *options, "-c", SCRIPT.format(module)],
        env={**unpacked.environment(), **variables, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(result.stdout)


def show(build: Path, rounds: int = ROUNDS) -> None:
    """Print for each function the median with bytecode, as in the package, and its ratio to the one without."""
    with tempfile.TemporaryDirectory() as name:
        packaged = code(build, Path(name) / "packaged")
        bare = code(build, Path(name) / "bare")
        for folder in list(bare.folder.rglob("__pycache__")):
            shutil.rmtree(folder)
        for function, module in MODULES.items():
            times = [(seconds(packaged, module), seconds(bare, module)) for _ in range(rounds)]
            typical = median(with_bytecode for with_bytecode, _ in times)
            ratio = median(with_bytecode / without for with_bytecode, without in times)
            print(f"cold import of {function}: {typical:.2f} s, {ratio:.2f} of that without bytecode")


def main() -> int:
    """Build a package, and print its size and the times of its imports; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        size = packaging.package(PROJECT, "prod", runtime(), Path(name))
        print(f"package: {size / 2**20:.1f} MiB")
        show(Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
