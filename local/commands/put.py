"""`put`: upload files and wait until each one is loaded or refused."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from click import format_filename
from tqdm import tqdm

from chalicelib.people.escapes import escaped, visible
from local import files
from local.errors import UsageError
from local.state import State
from local.uploads import Outcome, Uploads

TIMEOUT_SECONDS: Final = 120.0
RENAME: Final = "rename the file, or give the object's name with --key"


@click.command("put", epilog="Example: python -m local put samples/*.csv")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=Path)
@click.option("--key", help="Upload a single file under this key instead of its name.")
@click.option(
    "--timeout",
    type=float,
    default=TIMEOUT_SECONDS,
    metavar="SECONDS",
    help="The time to wait for the files to load.",
)
@click.option(
    "--without-event",
    is_flag=True,
    help="Upload as if S3 lost its event: the files wait in the bucket, for `chalice invoke` or a sweep.",
)
@click.pass_obj
def command(
    folder: Path, paths: Sequence[Path], key: str | None, timeout: float, *, without_event: bool
) -> int:
    """Upload files and wait until they are loaded.

    Prints a line about each file. The exit code is 0 if all files are loaded, 1 if a file is refused, 2 if
    one could not be uploaded, 3 if a file is neither loaded nor refused in time.
    """
    if key is not None and len(paths) > 1:
        raise UsageError(f"--key takes one file, not {len(paths)}: a key names one object.")
    uploads = Uploads(State.open(folder))
    if without_event:
        with uploads.without_events():
            return max(_upload(uploads, path, key) for path in paths)
    return put(State.open(folder), paths, key, timeout)


def put(state: State, paths: Sequence[Path], key: str | None, timeout: float) -> int:
    """Upload the files, print a line about each as soon as its outcome is known, and return the worst outcome."""
    uploads = Uploads(state)
    uploaded = [
        _upload(uploads, path, key)
        for path in tqdm(paths, "Uploading", unit="file", leave=False, disable=None)
    ]
    worst = Outcome.LOADED if all(uploaded) else Outcome.UNUSABLE
    with tqdm(total=sum(uploaded), desc="Loading", unit="file", leave=False, disable=None) as bar:
        for result in uploads.results(timeout):
            bar.update()
            name = escaped(format_filename(result.upload.path.name))
            tqdm.write(f"{name}: {visible(result.sentence)}", file=sys.stdout)
            if result.remarks:
                tqdm.write(f"  please check: {visible(result.remarks)}", file=sys.stdout)
            sys.stdout.flush()
            worst = max(worst, result.outcome)
    return worst


def _upload(uploads: Uploads, path: Path, key: str | None) -> bool:
    """Upload a file and return True; if it cannot be uploaded, say why and return False."""
    try:
        files.ensure_utf8(key or path.name, "give another --key" if key else RENAME)
        uploads.add(path, key or path.name)
    except UsageError as exc:
        tqdm.write(visible(str(exc)), file=sys.stderr)
        return False
    return True
