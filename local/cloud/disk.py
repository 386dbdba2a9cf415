"""A disk that is too full to start on: PostgreSQL and Chalice fail in many words, none of which is the reason."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.errors import LocalCloudError
from local.state import write_errors

NEARLY_FULL: Final = 128 * 2**20
"""Bytes. Whoever runs out of space often removes its half-made files, so that a little is free again afterwards."""


@contextmanager
def explained(folder: Path, *more_folders: Path) -> Iterator[None]:
    """Say so in a `LocalCloudError` from inside, or in place of another error, if a disk is full or not writable."""
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
