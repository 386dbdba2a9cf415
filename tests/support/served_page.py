"""The page of a local cloud as users have it: `python -m local page` in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.local_cloud import LocalCloud

if TYPE_CHECKING:
    from subprocess import Popen

END_SECONDS = 30


@contextmanager
def served_page(cloud: LocalCloud) -> Iterator[tuple[str, "Popen[str]"]]:
    """Yield the address of the page and its process, which is ended if it still runs."""
    with cloud.start("page") as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url = process.stdout.readline().strip()
            assert url, process.stderr.read()
            yield url, process
        finally:
            process.terminate()
            process.communicate(timeout=END_SECONDS)
