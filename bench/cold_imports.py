"""How long the imports of a cold function take, with and without the bytecode that the package has."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.figures import Figure
from bench.memory import MB
from bench.plan import Plan
from infra import packaging
from infra.runtimes import runtime
from local.account import REGION
from local.cloud.package import code
from local.cloud.warm_worker import Code
from local.state import PROJECT

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


def measure(plan: Plan) -> Iterator[Figure]:
    """Build a package, and yield its size and the times of its imports."""
    with tempfile.TemporaryDirectory() as name:
        size = packaging.package(PROJECT, "prod", runtime(), Path(name))
        yield Figure("size of the package", [size / MB], unit="MB")
        yield from imports(Path(name), plan.rounds)


def imports(build: Path, rounds: int) -> Iterator[Figure]:
    """Yield for each function the seconds with bytecode, as in the package, and their ratio to those without."""
    with tempfile.TemporaryDirectory() as name:
        packaged = code(build, Path(name) / "packaged")
        bare = code(build, Path(name) / "bare")
        for folder in list(bare.folder.rglob("__pycache__")):
            shutil.rmtree(folder)
        for function, module in MODULES.items():
            times: dict[str, list[float]] = {"with bytecode": [], "without": []}
            for _ in range(rounds):
                times["with bytecode"].append(seconds(packaged, module))
                times["without"].append(seconds(bare, module))
            yield Figure(f"cold import of {function}", times["with bytecode"], unit="s")
            yield Figure.ratio(f"cold import of {function} ÷ the same without bytecode", times)
