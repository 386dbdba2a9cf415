"""The replay of files that are archived, or still in the raw bucket: each is staged again and loaded, in order.

A replay goes page by page, since a function's time is short: each answer says where the next page begins.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple

from chalicelib.errors import SettingsError
from chalicelib.load.batch import load_and_archive
from chalicelib.load.post_commit import without_words_of_file
from chalicelib.log import log_event
from chalicelib.model import LoadRequest
from chalicelib.operations import dry_run
from chalicelib.operations.candidates import Candidate, StagedFile, candidates
from chalicelib.operations.dry_run import UNCHANGED
from chalicelib.operations.selection import Selection
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets

PAGE_FILES: Final = 200
BATCH_FILES: Final = 50
WORK_SHARE: Final = 0.5
"""The share of the function's time after which no new batch is begun."""

FAILED: Final = "failed"


class Result(NamedTuple):
    """The outcome of a file, or in a dry run the outcome that it would have."""

    request: LoadRequest
    outcome: str
    sentence: str

    def as_json(self) -> dict[str, str | int]:
        """Return the result in the form of the answer."""
        request = self.request
        return {
            "object_key": request.source.object_key,
            "last_modified": request.source.last_modified.isoformat(),
            "outcome": self.outcome,
            "sentence": self.sentence,
            "sales": request.rows_read - request.rows_rejected,
            "rejected": request.rows_rejected,
            "items": request.items,
            "total": str(request.total),
        }


Load = Callable[[Sequence[StagedFile]], list[Result]]


def handle(event: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Replay a page of files; return each one's result, and where the next page begins, empty if there is none.

    `seconds` are left to the function.
    """
    selection = Selection.from_event(event)
    settings = Settings.from_environment()
    buckets = Buckets.from_settings(settings)
    until = time.monotonic() + seconds * WORK_SHARE
    page, after = _page(candidates(selection, buckets, settings))
    files: list[dict[str, Any]] = []
    last_place = ""
    with _loader(selection, buckets, settings) as load:
        for batch in _batches(page):
            # At least one batch is replayed, and files of one place stay together: else a replay might never go on.
            if last_place and time.monotonic() > until and batch[0].place > last_place:
                after = last_place
                break
            files += _replayed(batch, load)
            last_place = batch[-1].place
    log_event("replayed", source=selection.source, dry_run=selection.dry_run, files=len(files))
    return {"files": files, "after": after}


def _page(waiting: Sequence[Candidate]) -> tuple[Sequence[Candidate], str]:
    """Return the first files, and the place of the last of them if there are more. Files of one place stay together."""
    end = PAGE_FILES
    while PAGE_FILES <= end < len(waiting) and waiting[end].place == waiting[end - 1].place:
        end += 1
    return waiting[:end], waiting[end - 1].place if end < len(waiting) else ""


def _batches(page: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Yield batches that give the same result as their files one after the other: no key twice, no file_id twice."""
    # a.csv (1), b.csv (2), a.csv (3) -> [a.csv, b.csv] and [a.csv]
    batch: list[Candidate] = []
    for candidate in page:
        is_apart = candidate.object_key in {earlier.object_key for earlier in batch} or (
            bool(batch) and candidate.file_id == batch[-1].file_id > 0
        )
        if is_apart or len(batch) == BATCH_FILES:
            yield batch
            batch = []
        batch.append(candidate)
    if batch:
        yield batch


def _replayed(batch: Sequence[Candidate], load: Load) -> list[dict[str, Any]]:
    """Stage and load a batch; a copy or a raw object that cannot be staged fails alone, whatever the error."""
    staged_files: list[StagedFile] = []
    files = []
    for candidate in batch:
        try:
            staged_file = candidate.stage()
        except SettingsError:
            raise
        except Exception as exc:  # noqa: BLE001 - whatever it is, the other files are replayed
            sentence = str(without_words_of_file(exc))
            files.append({"object_key": candidate.object_key, "outcome": FAILED, "sentence": sentence})
        else:
            staged_files += [staged_file] if staged_file else []
    return [*files, *(result.as_json() for result in (load(staged_files) if staged_files else []))]


@contextmanager
def _loader(selection: Selection, buckets: Buckets, settings: Settings) -> Iterator[Load]:
    """Yield the function that loads a batch, or in a dry run the one that says what a load would do."""
    if not selection.dry_run:
        yield partial(_load, buckets, settings)
        return
    with dry_run.decisions(buckets, settings) as decide:
        yield lambda files: [
            Result(request, status, sentence or request.sentence)
            for request, (status, sentence) in decide(dict(files)).items()
        ]


def _load(buckets: Buckets, settings: Settings, files: Sequence[StagedFile]) -> list[Result]:
    outcomes, errors = load_and_archive([file.request for file in files], buckets, settings)
    results = [
        Result(outcome.request, UNCHANGED if outcome.is_unchanged else outcome.status, outcome.sentence)
        for outcome in outcomes
        if outcome.request not in errors
    ]
    return [*results, *(Result(request, FAILED, str(exc)) for request, exc in errors.items())]
