"""A local cloud as users have it: its commands run as `python -m local`, in processes of their own."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.client import Clients
from local.state import PROJECT, Run, State

RETRY_SECONDS = 0.2
TOTALS = """
    select
        (select count(*) from transactions) as sales,
        (select coalesce(sum(total_price), 0) from transactions) as total,
        (select count(*) from baskets) as items,
        (select coalesce(sum(unit_price), 0) from baskets) as prices,
        (select count(*) from customers) as customers,
        (select count(*) from products) as products,
        (select count(*) from flavours) as flavours,
        (select count(*) from stores) as stores,
        (select count(*) from load_files) as files,
        (select count(*) from rejected_rows) as rejected
"""


class LocalCloud:
    """The local cloud of a project on one state folder."""

    def __init__(
        self, state: Path, project: Path = PROJECT, environment: Mapping[str, str] | None = None
    ) -> None:
        self.state = state
        self.project = project
        retries = {"CAFE_LOCAL_RETRY_SECONDS": str(RETRY_SECONDS)}
        self._environment = {**retries, **os.environ, **(environment or {})}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command and leave it running."""
        command = [sys.executable, "-m", "local", "--state", str(self.state), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.project, env=self._environment, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Run a command and return its exit code and output; kill it at the timeout."""
        with self.start(*arguments) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def up(self, *options: str) -> None:
        """Start the cloud, or fail with its words and those of PostgreSQL."""
        result = self.run("up", "--detach", *options)
        log = self.state / "logs" / "postgres.log"
        assert result.returncode == 0, result.stderr + (
            log.read_text(encoding="utf-8") if log.exists() else ""
        )

    def put(self, *paths: Path, key: str | None = None) -> subprocess.CompletedProcess[str]:
        """Upload files and wait until they are loaded or refused."""
        options = ["--key", key] if key is not None else []
        return self.run("put", *map(str, paths), *options)

    def query(self, sql: str) -> list[dict[str, str]]:
        """Return the rows of a query; each value is text, as CSV has it."""
        result = self.run("query", sql)
        assert result.returncode == 0, result.stderr
        return list(csv.DictReader(io.StringIO(result.stdout)))

    def totals(self) -> dict[str, str]:
        """Return the counts and sums of the warehouse."""
        return self.query(TOTALS)[0]

    def reset(self) -> None:
        """Empty the cloud."""
        result = self.run("reset")
        assert result.returncode == 0, result.stderr

    @property
    def running(self) -> Run:
        """The running supervisor: process, endpoint and warehouse."""
        run = State(self.state.resolve()).run()
        assert run is not None
        return run

    @property
    def endpoint(self) -> str:
        """The URL of the AWS services."""
        return self.running.endpoint

    @property
    def clients(self) -> Clients:
        """The boto3 clients of the running cloud."""
        return Clients.of(self.running)

    def client(self, service: str) -> Any:
        """Return a boto3 client of the local cloud."""
        return self.clients.any(service)

    def keys(self, bucket: str) -> list[str]:
        """Return the sorted keys of a bucket's objects, for the raw bucket those of all versions: each holds names."""
        pages = self.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
        versions = (version for page in pages for version in page.get("Versions", []))
        return sorted(version["Key"] for version in versions if version["IsLatest"] or "raw" in bucket)


def make_project(folder: Path, app: Path) -> Path:
    """Make a project of the three functions of an app; it deploys in a second."""
    for package in ("chalicelib", "infra", "local", "sql"):
        shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(app, folder / "app.py")
    (folder / "requirements.txt").touch()
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    (folder / ".chalice").mkdir()
    for function in ("ingest", "load", "create_database"):
        policy = config["lambda_functions"][function]["iam_policy_file"]
        shutil.copy(PROJECT / ".chalice" / policy, folder / ".chalice")
    for function in ("remove", "replay", "smoke_cleanup", "summarise", "sweep"):
        del config["lambda_functions"][function]
    (folder / ".chalice" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
