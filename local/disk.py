"""The errors of a disk that is full or not writable, as one sentence that names the path and the remedy."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.errors import LocalCloudError

FULL: Final = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
NEARLY_FULL: Final = 128 * 2**20
"""Bytes. A program that runs out of space often removes its half-made files: a little is free again afterwards."""


@contextmanager
def write_errors(folder: Path) -> Iterator[None]:
    """Turn the system's error about a disk that is full or not writable into a `LocalCloudError`."""
    try:
        yield
    except OSError as exc:
        path = exc.filename or folder  # opening a file that fails names it; a write that fails does not
        if exc.errno in FULL:
            raise LocalCloudError(
                f"Could not write to {path}: the disk is full. Free some space and run the command again."
            ) from exc
        if exc.errno in NOT_WRITABLE:
            raise LocalCloudError(
                f"Could not write to {path}: {exc.strerror}."
                " Make it writable, or name another folder: `python -m local --state FOLDER …`."
            ) from exc
        raise


@contextmanager
def explained(folder: Path, *more_folders: Path) -> Iterator[None]:
    """Do the same, and if a disk is nearly full, replace the details of any other error by that reason.

    On such a disk PostgreSQL and Chalice fail with many lines, none of which a user needs.
    """
    try:
        with write_errors(folder):
            yield
    except LocalCloudError as exc:
        shortage = next(filter(None, map(_shortage, (folder, *more_folders))), "")
        if not shortage or isinstance(exc.__cause__, OSError):  # which says so already, with the path
            raise
        # "… failed; see deploy.log:" and its last lines -> "… failed; see deploy.log. Only 3 MB are free …"
        raise LocalCloudError(f"{str(exc).splitlines()[0].rstrip(':.')}. {shortage}") from exc


def _shortage(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free >= NEARLY_FULL:
        return ""
    return (
        f"Only {free // 2**20} MB are free on the disk of {folder}:"
        f" free {NEARLY_FULL // 2**20} MB or more, and run the command again."
    )
