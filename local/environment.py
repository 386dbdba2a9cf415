"""The environment variables of each kind of process: workers, `chalice deploy`, the user's shell."""

import os
import shlex
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from local.account import REGION
from local.cloud.worker import CALLS
from local.state import Run

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE", CALLS)
READING_SETTINGS = {
    "MONTH_FIRST_STORES": "MonthFirstStores",
    "STORE_FOLDERS": "StoreFolders",
    "STORES": "Stores",
}
"""The variables for reading files that the user may set for `check` and `up`, with their parameters of a stack."""
LOAD_MINUTES = "LOAD_MINUTES"
"""The variable with the minutes between two loads. Without it, a file is loaded at once here."""
AWS_FUNCTION = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'
"""`aws sqs` of version 1 goes to the real AWS even if AWS_ENDPOINT_URL is set."""

LOOPBACK = "127.0.0.1,localhost"
SIGNING_KEY = "local"
"""The value of AWS_SECRET_ACCESS_KEY: clients need one to sign with, but nobody checks the signature."""


def cloud_environment(endpoint: str, access_key: str) -> dict[str, str]:
    """Return the variables that lead AWS clients to the local cloud, with its access key and a made-up secret."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": SIGNING_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


def _without_configuration() -> dict[str, str]:
    """Return the variables that keep the user's own AWS configuration out."""
    return {
        # Empty files. On a virtual machine, the metadata service would return the credentials of that machine.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def worker_environment(endpoint: str, access_key: str) -> dict[str, str]:
    """Return a function's environment before its own variables: how to read files, no AWS settings or proxies."""
    names = (*PASSED_ON, *READING_SETTINGS, LOAD_MINUTES)
    passed_on = {name: os.environ[name] for name in names if name in os.environ}
    return {**passed_on, **_without_configuration(), **cloud_environment(endpoint, access_key)}


def stack_parameters() -> dict[str, str]:
    """Return the parameters of a stack for the user's variables: how to read files, and when to load them."""
    reading = {
        parameter: os.environ[name] for name, parameter in READING_SETTINGS.items() if os.environ.get(name)
    }
    return {**reading, "LoadMinutes": os.environ.get(LOAD_MINUTES) or "0"}


def deploy_environment(endpoint: str, access_key: str) -> dict[str, str]:
    """Return the environment of `chalice deploy`: the user's, which pip may need, without that of AWS."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, **no_proxy(), **_without_configuration(), **cloud_environment(endpoint, access_key)}


def no_proxy() -> dict[str, str]:
    """Return NO_PROXY in both spellings, with loopback added to the user's own hosts."""
    hosts = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    merged = ",".join(filter(None, [hosts, LOOPBACK])) if LOOPBACK not in hosts else hosts
    return {"NO_PROXY": merged, "no_proxy": merged}


def shell_lines(run: Run, psql_folder: Path, password_file: Path) -> list[str]:
    """Return lines for a shell's `eval`, after which its AWS tools and psql reach the local cloud."""
    parts = urlsplit(run.warehouse)
    options = parse_qs(parts.query)
    folders = [str(Path(sys.executable).parent), str(psql_folder)]
    present = os.environ.get("PATH", "").split(os.pathsep)
    path = os.pathsep.join([*(folder for folder in folders if folder not in present), *present])
    exports = {
        **cloud_environment(run.endpoint, run.access_key),
        **no_proxy(),
        "PGHOST": options["host"][0],
        "PGPORT": options["port"][0],
        "PGDATABASE": parts.path.lstrip("/"),
        "PGUSER": parts.username or "",
        "WAREHOUSE": run.setting,
        "PATH": path,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    if run.tcp:
        # The shell reads the password from its file, so that `env` does not show it on the screen.
        lines += [
            f"export WAREHOUSE_TCP={shlex.quote(run.tcp)}",
            f'export PGPASSWORD="$(cat {shlex.quote(str(password_file))})"',
        ]
    return [*lines, "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN", AWS_FUNCTION]
