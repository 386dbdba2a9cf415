"""Archive copies: one for each load, with metadata that says what the ledger says."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.storage.archive import Archive
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale
from tests.support.s3_clock import Clock

pytestmark = pytest.mark.engines("postgres", "redshift")

ONE_SALE, TWO_SALES = csv_of(sale(1)), csv_of(sale(2), sale(3))


def metadata(pipeline: Pipeline) -> dict[str, dict[str, str]]:
    """Return the metadata of all copies by their keys, in the order of loading."""
    # archive/a/<sha256>-2.csv.gz -> the second load
    copies = [key for key in pipeline.keys(PROCESSED) if key.startswith("archive/")]
    keys = sorted(copies, key=lambda key: int(key.rpartition("-")[2].split(".")[0]))
    return {key: pipeline.clients.s3.head_object(Bucket=PROCESSED, Key=key)["Metadata"] for key in keys}


def test_each_load_has_a_copy_whose_metadata_says_what_the_ledger_says(pipeline: Pipeline) -> None:
    """A content that returns is a load of its own. A replay reads nothing but the copy and its metadata."""
    for content in (ONE_SALE, TWO_SALES, ONE_SALE):
        pipeline.run(a=content)

    keys, copies = list(metadata(pipeline)), list(metadata(pipeline).values())

    assert [copy["file-id"] for copy in copies] == ["1", "2", "3"]
    assert [key.split("/")[:2] for key in keys] == [["archive", "a"]] * 3
    assert keys[0].rpartition("-")[0] == keys[2].rpartition("-")[0]
    ledger = pipeline.rows(
        "select content_sha256, to_char(last_modified, 'YYYY-MM-DD\"T\"HH24:MI:SS'), sequencer, version_id, etag,"
        " hash_key_id from load_files order by file_id"
    )
    names = ("content-sha256", "last-modified", "sequencer", "version-id", "etag", "hash-key-id")
    assert [tuple(copy[name] for name in names) for copy in copies] == ledger
    assert {copy["status"] for copy in copies} == {"loaded"}


def test_the_same_content_uploaded_again_updates_its_copy(clock: Clock, pipeline: Pipeline) -> None:
    """The ledger's row gets the newer version, and the copy with it; there is no second copy."""
    pipeline.run(a=ONE_SALE)
    clock.tick()
    pipeline.run(a=ONE_SALE)

    [copy] = metadata(pipeline).values()

    assert [(copy["version-id"],)] == pipeline.rows("select version_id from load_files")


def test_a_copy_keeps_how_its_file_was_read_when_it_was_loaded(pipeline: Pipeline) -> None:
    """A later release may read the same bytes differently; the copy still says what the ledger says."""
    [body] = pipeline.request(a=ONE_SALE)
    assert pipeline.load([body]) == []
    before = metadata(pipeline)

    read_differently = json.dumps(json.loads(body) | {"reading": "Otherwise.", "remarks": "Look."})
    assert pipeline.load([read_differently]) == []

    assert metadata(pipeline) == before


@pytest.mark.parametrize(("newer", "older"), [((2, "01"), (1, "02")), ((1, "02"), (1, "01"))])
def test_the_metadata_of_a_newer_upload_stay(
    pipeline: Pipeline, newer: tuple[int, str], older: tuple[int, str]
) -> None:
    """Of two loads, the one that committed first may be the last to archive."""
    [body] = pipeline.request(a=ONE_SALE)
    request = LoadRequest.from_json(body)
    first, last = (
        Outcome(
            request,
            Status.LOADED,
            "",
            is_unchanged=False,
            file_id=1,
            version=replace(
                request.source,
                last_modified=datetime.fromisoformat(f"2024-05-01 06:00:0{second}"),
                sequencer=sequencer,
            ),
            archived_status=Status.LOADED,
        )
        for second, sequencer in (newer, older)
    )
    archive = Archive(pipeline.clients.s3, PROCESSED)
    archive.store(first)
    before = metadata(pipeline)

    archive.store(last)

    assert metadata(pipeline) == before


def test_a_copy_of_a_withdrawn_file_stays_withdrawn(pipeline: Pipeline) -> None:
    """A load that archives late does not bring it back."""
    [body] = pipeline.request(a=ONE_SALE)
    assert pipeline.load([body]) == []
    [archive_key] = metadata(pipeline)
    archive = Archive(pipeline.clients.s3, PROCESSED)
    archive.set_status(archive_key, Status.WITHDRAWN)
    request = LoadRequest.from_json(body)

    archive.store(
        Outcome(
            request,
            Status.LOADED,
            "",
            is_unchanged=False,
            file_id=1,
            version=request.source,
            archived_status=Status.LOADED,
        )
    )

    assert metadata(pipeline)[archive_key]["status"] == "withdrawn"
