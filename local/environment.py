"""The environment variables of each kind of process: workers, `chalice deploy`, the user's shell."""

import os
import shlex
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from local.account import REGION
from local.cloud.worker import CALLS
from local.state import Run

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE", CALLS)
AWS_FUNCTION = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'
"""`aws sqs` of version 1 goes to the real AWS whatever AWS_ENDPOINT_URL says."""

LOOPBACK = "127.0.0.1,localhost"


def cloud_environment(endpoint: str) -> dict[str, str]:
    """Return what leads AWS clients to the local cloud, with made-up credentials."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


def _without_configuration() -> dict[str, str]:
    """Return what keeps the user's own AWS configuration out."""
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def worker_environment(endpoint: str) -> dict[str, str]:
    """Return a function's environment before its own variables: no AWS settings or proxies of the user's."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **_without_configuration(), **cloud_environment(endpoint)}


def deploy_environment(endpoint: str) -> dict[str, str]:
    """Return the environment of `chalice deploy`: the user's, since pip needs it, but for AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **no_proxy(), **_without_configuration(), **cloud_environment(endpoint)}


def no_proxy() -> dict[str, str]:
    """Return NO_PROXY with loopback added to what it holds."""
    held = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    merged = ",".join(filter(None, [held, LOOPBACK])) if LOOPBACK not in held else held
    return {"NO_PROXY": merged, "no_proxy": merged}


def shell_lines(run: Run, psql_folder: Path) -> list[str]:
    """Return what `eval` makes a shell's AWS tools and psql reach the local cloud with."""
    parts = urlsplit(run.warehouse)
    options = parse_qs(parts.query)
    folders = [str(Path(sys.executable).parent), str(psql_folder)]
    held = os.environ.get("PATH", "").split(os.pathsep)
    path = os.pathsep.join([*(folder for folder in folders if folder not in held), *held])
    exports = {
        **cloud_environment(run.endpoint),
        **no_proxy(),
        "PGHOST": options["host"][0],
        "PGPORT": options["port"][0],
        "PGDATABASE": parts.path.lstrip("/"),
        "PGUSER": parts.username or "",
        "WAREHOUSE": run.warehouse,
        "PATH": path,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    return [*lines, "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN", AWS_FUNCTION]
