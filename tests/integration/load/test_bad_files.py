"""One bad file, message or key fails alone: the figures of the honest files beside it are exact."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.model import Outcome, SourceVersion
from chalicelib.operations import sweep
from chalicelib.storage.archive import Archive
from chalicelib.storage.raw import RawBucket
from chalicelib.warehouse.connection import Warehouse
from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, part_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")

HONEST = {f"{minute}.csv": csv_of(sale(minute)) for minute in range(3)}
SECRET = "Quentin Canarybird"


def load_beside_honest_files(pipeline: Pipeline, *bodies: str) -> list[int]:
    """Load bodies in the midst of those of honest files, which must be loaded; return the positions that failed."""
    first, *remaining = pipeline.request(**HONEST)
    batch = [first, *bodies, *remaining]
    failed = pipeline.load(batch)
    assert pipeline.rows("select count(*), sum(total_price) from transactions") == [(3, Decimal("7.35"))]
    assert pipeline.statuses() == dict.fromkeys(HONEST, "loaded")
    return failed


def changed(body: str, **source: Any) -> str:
    """Return a request with another source."""
    message = json.loads(body)
    message["source"] |= source
    return json.dumps(message)


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, "{}", "[]", "null", "7", '"text"', "", '{"source": []}'],
    ids=lambda body: body[:9],
)
def test_a_message_that_is_no_request_fails_alone(pipeline: Pipeline, body: str) -> None:
    assert load_beside_honest_files(pipeline, body) == [1]


@pytest.mark.parametrize(
    "source",
    [
        {"object_key": f"{SECRET}\0.csv"},
        {"object_key": f"{SECRET}\ud800.csv"},
        {"object_key": f"{SECRET}" * 100},
        {"etag": []},
        {"last_modified": "2021-08-25 19:00:01+01:00"},
    ],
    ids=["NUL", "surrogate", "long", "list", "zone"],
)
def test_a_message_with_a_value_that_no_warehouse_can_hold_fails_alone(
    pipeline: Pipeline, source: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The log does not quote it."""
    body = changed(pipeline.request(bad=csv_of(sale(9)))[0], **source)

    assert load_beside_honest_files(pipeline, body) == [1]
    assert SECRET not in caplog.text


def test_an_error_of_any_class_fails_its_file_alone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the class and the line of code, and quotes nothing."""
    [body] = pipeline.request(bad=csv_of(sale(9)))
    sales = part_of(body, "sales")
    copy = Warehouse.copy

    def copy_or_fail(warehouse: Warehouse, table: str, columns: Any, keys: Any, parts: Any) -> None:
        if sales in keys:
            raise OverflowError(SECRET)
        copy(warehouse, table, columns, keys, parts)

    monkeypatch.setattr(Warehouse, "copy", copy_or_fail)

    assert load_beside_honest_files(pipeline, body) == [1]
    assert "OverflowError at" in caplog.text
    assert SECRET not in caplog.text


def test_an_error_of_any_class_in_archiving_fails_its_file_alone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is committed, and archived when its message comes again."""
    bodies = pipeline.request(**HONEST)
    store = Archive.store

    def store_or_fail(archive: Archive, outcome: Outcome) -> None:
        if outcome.request.source.object_key == "1.csv":
            raise ZeroDivisionError(SECRET)
        store(archive, outcome)

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "store", store_or_fail)
        [position] = pipeline.load(bodies)
    assert json.loads(bodies[position])["source"]["object_key"] == "1.csv"
    assert pipeline.statuses() == dict.fromkeys(HONEST, "loaded")
    assert SECRET not in caplog.text

    assert pipeline.load([bodies[position]]) == []
    assert len([key for key in pipeline.keys(PROCESSED) if key.startswith("archive/")]) == len(HONEST)


@pytest.mark.parametrize("key", ["leeds.csv ", "leeds.csv\t", "leeds\u0085.csv"])
def test_a_key_that_cannot_be_told_apart_is_refused_in_a_sentence(pipeline: Pipeline, key: str) -> None:
    """It stays in the raw bucket. On Redshift, blanks at the end of a key do not count."""
    pipeline.run(**{"leeds.csv": csv_of(sale(1)), key: csv_of(sale(2))})

    assert pipeline.count_sales() == 1
    assert pipeline.rows("select reason, sentence from load_files where status = 'refused'") == [
        (
            "bad_key",
            "The file's name ends in a blank or contains a line break: rename it, and upload it again.",
        )
    ]
    assert pipeline.keys(RAW) == [key]


def test_a_key_with_nul_is_skipped_by_ingest_and_sweep(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record = pipeline.put("leeds.csv", csv_of(sale(1)))
    record["s3"]["object"]["key"] = "leeds%00.csv"

    assert pipeline.ingest(record) == {"requested": 0}
    assert "key_skipped" in caplog.text
    caplog.clear()

    versions = RawBucket.versions

    def with_nul(bucket: RawBucket) -> Iterator[SourceVersion]:
        return (replace(version, object_key="leeds\0.csv") for version in versions(bucket))

    monkeypatch.setattr(RawBucket, "versions", with_nul)
    findings = sweep.handle({"minutes": 0})

    assert (findings["files_reingested"], findings["files_stuck"]) == (0, [])
    assert "key_skipped" in caplog.text
