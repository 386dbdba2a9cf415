"""One bad file, message or key fails alone: the figures of the honest files beside it are exact."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from chalicelib.load import handler as load_handler
from chalicelib.load.batch import load_and_archive
from chalicelib.model import LoadRequest, Outcome, SourceVersion
from chalicelib.operations import candidates, replay, sweep
from chalicelib.settings import Settings
from chalicelib.storage.archive import Archive
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse
from tests.support import encoded_listings as encoded_listings_of_s3
from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, part_of, sale
from tests.support.sweeps import logged, notices

pytestmark = pytest.mark.engines("postgres", "redshift")

HONEST = {f"{minute}.csv": csv_of(sale(minute)) for minute in range(3)}
SECRET = "Quentin Canarybird"
BAD_KEY = (
    "The file's name ends in a blank, or contains a line break or another control character:"
    " rename it, and upload it again."
)


@pytest.fixture(scope="module", autouse=True)
def encoded_listings() -> Iterator[None]:
    """Let keys with control characters be listed."""
    patch = encoded_listings_of_s3.patched()
    yield
    patch.undo()


def assert_honest_files_are_loaded(pipeline: Pipeline) -> None:
    """Compare the figures of the honest files, and of nothing else, with those in the warehouse."""
    assert pipeline.rows("select count(*), sum(total_price) from transactions") == [(3, Decimal("7.35"))]
    assert pipeline.rows("select sum(items), sum(total) from load_files") == [(3, Decimal("7.35"))]
    assert pipeline.statuses() == dict.fromkeys(HONEST, "loaded")


def load_beside_honest_files(pipeline: Pipeline, body: str) -> list[int]:
    """Load a body in the midst of those of honest files, which must be loaded; return the positions that failed."""
    first, *remaining = pipeline.request(**HONEST)
    failed = pipeline.load([first, body, *remaining])
    assert_honest_files_are_loaded(pipeline)
    return failed


BODIES = {
    "deep JSON": "[" * 100_000,
    "deep objects": '{"source":' * 100_000,
    "an empty object": "{}",
    "an empty list": "[]",
    "null": "null",
    "a number": "7",
    "infinity": "Infinity",
    "a text": f'"{SECRET}"',
    "nothing": "",
    "no JSON": SECRET,
    "half an object": '{"source": []}',
    "a number of 5,000 digits": "7" * 5000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_message_that_is_no_request_fails_alone(
    pipeline: Pipeline, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_beside_honest_files(pipeline, body) == [1]
    assert len(logged(caplog, "no_request")) == 1
    assert SECRET not in caplog.text


VALUES: dict[str, tuple[str, Any]] = {
    "NUL in a key": ("source.object_key", f"{SECRET}\0.csv"),
    "NUL in a text": ("sentence", f"{SECRET}\0"),
    "a lone surrogate in a key": ("source.object_key", f"{SECRET}\ud800.csv"),
    "a lone surrogate in a text": ("remarks", f"{SECRET}\udfff"),
    "a key that is too long": ("source.object_key", SECRET * 100),
    "a version that is too long": ("source.version_id", "é" * 513),
    "a digest that is too long": ("content_sha256", SECRET * 4),
    "a list in place of a text": ("source.etag", []),
    "an object in place of a text": ("store_name", {SECRET: SECRET}),
    "null in place of a text": ("hash_key_id", None),
    "a number in place of a text": ("sentence", 7),
    "a text in place of an object": ("source", SECRET),
    "a text in place of a number": ("rows_read", SECRET),
    "a truth in place of a number": ("items", True),
    "NaN": ("items", float("nan")),
    "minus infinity": ("rows_read", float("-inf")),
    "a number below zero": ("rows_rejected", -1),
    "a number beyond bigint": ("ingest_id", 2**63),
    "a number beyond integer": ("items", 2**31),
    "a total that is a number": ("total", 2.45),
    "a total that is no decimal": ("total", SECRET),
    "a total of three places": ("total", "2.455"),
    "a total with an exponent": ("total", "1E+999999"),
    "a time with a zone": ("source.last_modified", "2021-08-25 19:00:01+01:00"),
    "a day that no calendar has": ("source.last_modified", "2021-02-30 19:00:01"),
    "a reason that is not in the list": ("reason", SECRET),
    "a part of another run": ("parts.sales", "staged/7/sales.csv.gz"),
    "a raw object as a part": ("parts.archive", f"{SECRET}.csv"),
    "a field too many": (SECRET, 7),
    "a field too many inside": (f"source.{SECRET}", 7),
}


def changed(body: str, place: str, value: Any) -> str:
    """Return a request with another value in a place such as `source.etag`."""
    message = json.loads(body)
    outer, _, inner = place.rpartition(".")
    (message[outer] if outer else message)[inner] = value
    return json.dumps(message)


@pytest.mark.parametrize(("place", "value"), VALUES.values(), ids=VALUES)
def test_a_message_with_a_value_of_the_wrong_kind_fails_alone(
    pipeline: Pipeline, place: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the field, and quotes nothing of the message."""
    body = changed(pipeline.request(bad=csv_of(sale(9)))[0], place, value)

    assert load_beside_honest_files(pipeline, body) == [1]
    assert len(logged(caplog, "no_request")) == 1
    assert SECRET not in caplog.text


@pytest.mark.parametrize("name", ["total", "source", "parts"])
def test_a_message_without_a_field_fails_alone(pipeline: Pipeline, name: str) -> None:
    message = json.loads(pipeline.request(bad=csv_of(sale(9)))[0])
    del message[name]

    assert load_beside_honest_files(pipeline, json.dumps(message)) == [1]


@pytest.mark.parametrize(
    ("record", "failed"),
    [
        ({"messageId": "bad"}, ["bad"]),
        ({"messageId": "bad", "body": [SECRET]}, ["bad"]),
        ({"messageId": "bad", "body": "{}", "attributes": {"ApproximateReceiveCount": SECRET}}, ["bad"]),
        ({"messageId": [SECRET], "body": "{}"}, []),
        (None, []),
    ],
    ids=["no body", "a list as the body", "a count in words", "a list as the id", "null"],
)
def test_a_record_of_the_wrong_kind_fails_alone(
    pipeline: Pipeline, record: Any, failed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    honest = [{"messageId": body[:20], "body": body} for body in pipeline.request(**HONEST)]

    response = load_handler.handle({"Records": [honest[0], record, *honest[1:]]})

    assert [failure["itemIdentifier"] for failure in response["batchItemFailures"]] == failed
    assert_honest_files_are_loaded(pipeline)
    assert len(logged(caplog, "no_request")) == 1
    assert SECRET not in caplog.text


def test_versions_of_a_time_to_come_do_not_hold_up_the_batch(pipeline: Pipeline) -> None:
    """S3 would be asked which of the two is newer when their second is over, in more than a hundred years."""
    bodies = [
        changed(body, "source.last_modified", "2150-01-01 00:00:00")
        for minute in (8, 9)
        for body in pipeline.request(bad=csv_of(sale(minute)))
    ]
    tied = [changed(body, "source.sequencer", "") for body in bodies]
    first, *remaining = pipeline.request(**HONEST)

    pipeline.load([first, *tied, *remaining])

    assert {key: status for key, status in pipeline.statuses().items() if key in HONEST} == dict.fromkeys(
        HONEST, "loaded"
    )


ERRORS: dict[str, Exception] = {
    "ValueError": ValueError(SECRET),
    "OverflowError": OverflowError(SECRET),
    "UnicodeEncodeError": UnicodeEncodeError("utf-8", SECRET, 0, 1, SECRET),
    "RecursionError": RecursionError(SECRET),
    "MemoryError": MemoryError(SECRET),
    "DataError": psycopg2.DataError(SECRET),
    "ParamValidationError": ParamValidationError(report=SECRET),
}
ACCESS_DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "Denied."}}, "GetObject")


def fail_at_copy(monkeypatch: pytest.MonkeyPatch, part: str, error: Exception) -> None:
    """Let the COPY of a part fail."""
    copy = Warehouse.copy

    def copy_or_fail(warehouse: Warehouse, table: str, columns: Any, keys: Any, parts: Any) -> None:
        if part in keys:
            raise error
        copy(warehouse, table, columns, keys, parts)

    monkeypatch.setattr(Warehouse, "copy", copy_or_fail)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_error_of_any_class_fails_its_file_alone(
    pipeline: Pipeline, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Log and notice name the key, the class and the line of code, and quote nothing."""
    [body] = pipeline.request(bad=csv_of(sale(9)))
    fail_at_copy(monkeypatch, part_of(body, "sales"), error)

    assert load_beside_honest_files(pipeline, body) == [1]
    [line] = logged(caplog, "load_failed")
    assert line["object_key"] == "bad"
    assert line["error"].startswith(f"{type(error).__name__} at ")
    [(subject, text)] = notices(pipeline)
    assert subject == "Cafe ETL: 3 loaded, 1 failed"
    assert " ".join(text.split()).startswith(f"bad: failed: {line['error']}; it is tried again")
    assert SECRET not in caplog.text + text


def test_a_notice_of_an_unexpected_error_is_sent_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    [body] = pipeline.request(bad=csv_of(sale(9)))
    fail_at_copy(monkeypatch, part_of(body, "sales"), ValueError(SECRET))
    record = {"messageId": "bad", "body": body}

    for count in ("1", "2", "3"):
        load_handler.handle({"Records": [record | {"attributes": {"ApproximateReceiveCount": count}}]})

    assert [subject for subject, _ in notices(pipeline)] == ["Cafe ETL: 1 failed"]


def test_an_error_of_s3_about_one_part_fails_its_file_alone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an error is expected: it is logged with its own words, and no notice is sent about it."""
    monkeypatch.setenv("NOTICES", "all")
    [body] = pipeline.request(bad=csv_of(sale(9)))
    fail_at_copy(monkeypatch, part_of(body, "items"), ACCESS_DENIED)

    assert load_beside_honest_files(pipeline, body) == [1]
    assert [subject for subject, _ in notices(pipeline)] == ["Cafe ETL: 3 loaded"]


def test_a_key_with_nul_in_a_request_fails_alone(pipeline: Pipeline) -> None:
    """A request that is not read from the queue, as in a replay, meets the driver's own ValueError."""
    requests = [LoadRequest.from_json(body) for body in pipeline.request(**HONEST, bad=csv_of(sale(9)))]
    bad = next(request for request in requests if request.source.object_key == "bad")
    with_nul = replace(bad, source=replace(bad.source, object_key="bad\0"))
    settings = Settings.from_environment()
    batch = [with_nul, *(request for request in requests if request is not bad)]

    _, errors = load_and_archive(batch, Buckets.from_settings(settings), settings)

    assert_honest_files_are_loaded(pipeline)
    assert [request.source.object_key for request in errors] == ["bad\0"]
    assert str(errors[with_nul]).startswith("ValueError at ")


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


def test_an_error_of_any_class_in_sending_a_file_again_fails_its_file_alone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    [body] = pipeline.request(bad=csv_of(sale(9)))
    pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=part_of(body, "sales"))

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("chalicelib.load.post_commit.reingest", fail)

    assert load_beside_honest_files(pipeline, body) == [1]
    assert len(logged(caplog, "reingest_failed")) == 1
    assert SECRET not in caplog.text


def test_an_error_of_any_class_in_a_replay_fails_its_file_alone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, content in (HONEST | {"bad": csv_of(sale(9))}).items():
        pipeline.put(key, content)
    stage = candidates._stage_raw  # noqa: SLF001 - a replay's own step, before any call that a file could make fail

    def stage_or_fail(version: SourceVersion, *arguments: Any) -> candidates.StagedFile | None:
        if version.object_key == "bad":
            raise ZeroDivisionError(SECRET)
        return stage(version, *arguments)

    monkeypatch.setattr(candidates, "_stage_raw", stage_or_fail)

    files = replay.handle({"source": "raw"}, seconds=600)["files"]

    assert_honest_files_are_loaded(pipeline)
    [failed] = [file for file in files if file["outcome"] == "failed"]
    assert failed["object_key"] == "bad"
    assert failed["sentence"].startswith("ZeroDivisionError at ")


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("leeds.csv ", r"leeds.csv\x20"),
        ("leeds.csv\u00a0", r"leeds.csv\xa0"),
        ("leeds.csv\t", r"leeds.csv\t"),
        ("leeds\x1b[2J.csv", r"leeds\x1b[2J.csv"),
        ("leeds\u0085.csv", r"leeds\x85.csv"),
        ("leeds\u2028.csv", r"leeds\u2028.csv"),
    ],
    ids=ascii,
)
def test_a_key_that_cannot_be_told_apart_is_refused_in_a_sentence(
    pipeline: Pipeline, key: str, shown: str
) -> None:
    """It stays in the raw bucket, and the notice shows it on one line."""
    pipeline.run(**{"leeds.csv": csv_of(sale(1)), key: csv_of(sale(2))})

    assert pipeline.count_sales() == 1
    assert pipeline.rows("select object_key, reason, sentence from load_files where status = 'refused'") == [
        (key, "bad_key", BAD_KEY)
    ]
    assert pipeline.keys(RAW) == [key]
    [(_, text)] = notices(pipeline)
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == (shown, "leeds.csv: loaded: 1 sale, 2.45 pounds")
    assert f"refused: {BAD_KEY}" in " ".join(text.split())


def test_a_key_with_a_line_break_is_shown_on_one_line(pipeline: Pipeline) -> None:
    """The request of a key with a tab gets this key, which moto does not store."""
    [body] = pipeline.request(**{"leeds.csv\t": csv_of(sale(1))})

    assert pipeline.load([changed(body, "source.object_key", "leeds\r\n.csv: loaded")]) == []

    assert pipeline.statuses() == {"leeds\r\n.csv: loaded": "refused"}
    [(_, text)] = notices(pipeline)
    assert text.splitlines()[0] == r"leeds\r\n.csv: loaded"
    assert f"refused: {BAD_KEY}" in " ".join(text.split())


@pytest.mark.parametrize("keys", [("leeds.csv ", "leeds.csv"), ("leeds.csv", "leeds.csv ")], ids=repr)
def test_a_file_that_is_renamed_as_the_sentence_says_is_loaded(
    pipeline: Pipeline, keys: tuple[str, str]
) -> None:
    """On Redshift the two keys are equal, and both files have one content; both are decided in any order."""
    bodies = [pipeline.request(**{key: csv_of(sale(1))})[0] for key in keys]

    for body in [*bodies, *bodies]:
        assert pipeline.load([body]) == []
    assert pipeline.load(bodies[::-1]) == []

    assert pipeline.statuses() == {"leeds.csv": "loaded", "leeds.csv ": "refused"}
    assert pipeline.count_sales() == 1
    assert pipeline.keys(RAW) == ["leeds.csv "]
    findings = sweep.handle({"minutes": 0})
    assert (findings["files_reingested"], findings["files_stuck"]) == (0, [])


@pytest.mark.parametrize(
    "key",
    ["leeds%00.csv", "leeds%FF.csv", "leeds%ED%A0%80.csv", "leeds\ud800.csv", "%C3%A9" * 513],
    ids=["NUL", "not UTF-8", "an encoded surrogate", "a surrogate", "too long"],
)
def test_an_event_of_a_key_that_the_ledger_cannot_hold_is_skipped(
    pipeline: Pipeline, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The other files of the event are ingested."""
    record = pipeline.put("bad.csv", csv_of(sale(9)))
    record["s3"]["object"]["key"] = key
    honest = [pipeline.put(name, content) for name, content in HONEST.items()]

    assert pipeline.ingest(honest[0], record, *honest[1:]) == {"requested": 3}

    assert len(logged(caplog, "key_skipped")) == 1
    assert pipeline.load(pipeline.take()) == []
    assert_honest_files_are_loaded(pipeline)


def test_a_key_with_nul_is_skipped_by_ingest_sweep_and_replay(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """Each says so once, however many versions the key has."""
    records = [pipeline.put("leeds\0.csv", csv_of(sale(minute))) for minute in (1, 2)]

    assert pipeline.ingest(records[0]) == {"requested": 0}
    assert len(logged(caplog, "key_skipped")) == 1
    for sweeps in (2, 3):
        findings = sweep.handle({"minutes": 0})
        assert (findings["files_reingested"], findings["files_stuck"]) == (0, [])
        assert len(logged(caplog, "key_skipped")) == sweeps
    assert pipeline.reingests == []

    assert replay.handle({"source": "raw"}, seconds=600)["files"] == []
