"""`load` handles batches of requests between S3, SQS, SNS and PostgreSQL."""

import gzip
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from chalicelib.load import transaction
from local.redshift.faults import Fault
from local.redshift.session import Session
from local.redshift.stand_in import StandIn
from local.redshift.tokens import statements as split
from local.samples import generator, menu
from local.state import PROJECT
from tests.support.pipeline import NOTICES, PROCESSED, RAW, Pipeline, csv_of, part_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")

STATEMENTS, MOST_STATEMENTS = map(
    int,
    re.findall(
        r"\b(\d+) SQL statements",
        (PROJECT / "docs/adr/0002-load-decides-under-a-lock.md").read_text(encoding="utf-8"),
    ),
)
"""Of a usual batch, which has no rejected rows and moves no sale; and of one that does everything."""

COMMITS = 2
"""One after staging, and one of the load itself."""

LIMIT, HIGHEST_LIMIT = 28, 34

NEWEST_SESSION = """
    select pid from pg_stat_activity
    where application_name = 'cafe-etl' and pid <> pg_backend_pid() order by backend_start desc limit 1
"""
"""The load's: each test has one other session at a time, the one that asks."""


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[psycopg2.extensions.connection]:
    """Return the connections that are opened from now on; the server reports each statement to its connection."""
    opened: list[psycopg2.extensions.connection] = []
    connect = psycopg2.connect

    def spy(**arguments: Any) -> psycopg2.extensions.connection:
        options = arguments["options"] + " -c log_statement=all -c client_min_messages=log"
        opened.append(connect(**(arguments | {"options": options})))
        return opened[-1]

    monkeypatch.setattr(psycopg2, "connect", spy)
    return opened


def statements(connection: psycopg2.extensions.connection) -> list[str]:
    """Return the statements that the server has run since the last call, without comments."""
    # "LOG:  statement: -- stores: …\ninsert into stores …" -> "insert into stores …"
    texts = [
        text.removeprefix("LOG:  statement: ") for text in connection.notices if "LOG:  statement: " in text
    ]
    connection.notices.clear()
    return [
        "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--")) for text in texts
    ]


def day_files(folder: Path) -> dict[str, bytes]:
    """Return the files of 23 days of about 282 sales each, some 6,487 in all."""
    paths = generator.write_files(
        folder, stores=menu.STORES[:1], first_day=date(2022, 3, 1), days=23, sales=282, seed=7
    )
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.engines("postgres")
def test_a_batch_takes_the_same_number_of_statements_whatever_it_holds(
    pipeline: Pipeline, connections: list[psycopg2.extensions.connection], tmp_path: Path
) -> None:
    """One file of 10 sales takes as many as 23 files of some 6,487 sales, and no more than 28."""
    pipeline.run(first=csv_of(*map(sale, range(10))))
    [connection] = connections
    statements(connection)  # those of a new connection
    pipeline.run(**{"one.csv": csv_of(*(sale(minute, store="York") for minute in range(10)))})
    of_one_file = statements(connection)
    pipeline.run(**day_files(tmp_path))
    of_many_files = statements(connection)

    assert connections == [connection], "the batches were not loaded on one connection"
    assert pipeline.rows("select count(*) > 6000, count(distinct file_id) from transactions") == [(True, 25)]
    assert not [text for text in of_one_file if len(split(text)) > 1], (
        "a message of several statements counts as one"
    )
    assert len(of_one_file) == len(of_many_files) == STATEMENTS <= LIMIT, [text[:60] for text in of_one_file]
    assert [text.split()[0] for text in of_one_file].count("copy") == 2


def prepare_moves(pipeline: Pipeline) -> dict[str, bytes]:
    """Load files; return a batch that sets sales of them aside, brings some back, deletes some and rejects a row."""
    first, second, third, fourth = map(sale, range(4))
    pipeline.run(**{"a_25-08-2021": csv_of(first, second)})
    pipeline.run(**{"b_25-08-2021": csv_of(second, third)})
    rejected = csv_of(first, third, fourth).replace(b"2.45,", b"9.99,", 1)
    return {"b_25-08-2021": csv_of(fourth), "c_25-08-2021": csv_of(first, fourth), "d_25-08-2021": rejected}


@pytest.mark.engines("postgres")
def test_a_batch_that_does_everything_takes_nine_statements_more(
    pipeline: Pipeline, connections: list[psycopg2.extensions.connection]
) -> None:
    """After the last commit, one query finds the mistakes for the mails on rejected rows."""
    batch = prepare_moves(pipeline)
    [connection] = connections
    statements(connection)

    pipeline.run(**batch)

    sent = statements(connection)
    assert pipeline.rows("select count(*) from rejected_rows") == [(1,)]
    assert pipeline.rows("select count(*) > 0 from kept_aside") == [(True,)]
    [*load, query] = sent
    assert len(load) == MOST_STATEMENTS <= HIGHEST_LIMIT, [text[:60] for text in sent]
    assert (load[-1], query.split()[0]) == ("commit", "select")


@pytest.mark.engines("redshift")
def test_on_redshift_a_batch_that_does_everything_takes_as_many(
    pipeline: Pipeline, stand_in: StandIn
) -> None:
    batch = prepare_moves(pipeline)
    session = loading_session(stand_in)
    statements_before, commits_before = len(session.statements), session.commits

    pipeline.run(**batch)

    [*load, query] = session.statements[statements_before:]
    assert len(load) == MOST_STATEMENTS
    assert (load[-1], query.split()[0]) == ("commit", "select")
    assert session.commits - commits_before == COMMITS


def loading_session(stand_in: StandIn) -> Session:
    """Return the newest session that loads."""
    return next(
        session for session in reversed(stand_in.sessions) if "lock table load_lock" in session.statements
    )


@pytest.mark.engines("redshift")
def test_on_redshift_a_batch_takes_as_many_statements_and_two_commits(
    pipeline: Pipeline, stand_in: StandIn
) -> None:
    pipeline.run(first=csv_of(*map(sale, range(10))))
    session = loading_session(stand_in)
    statements_before, commits_before = len(session.statements), session.commits

    pipeline.run(**{"one.csv": csv_of(*(sale(minute, store="York") for minute in range(10)))})

    sent = session.statements[statements_before:]
    assert len(sent) == STATEMENTS, [text[:60] for text in sent]
    assert [text.split()[0] for text in sent].count("copy") == 2
    assert session.commits - commits_before == COMMITS


@pytest.mark.engines("redshift")
def test_a_load_that_may_not_lock_asks_once_and_then_takes_one_statement_more(
    pipeline: Pipeline, stand_in: StandIn
) -> None:
    """It writes the row of `load_lock`, and reads it: an empty table would be no lock."""
    stand_in.faults.plan(Fault.DENIED, before="lock table load_lock")
    pipeline.run(a=csv_of(sale(1)))
    session = loading_session(stand_in)
    statements_before, commits_before = len(session.statements), session.commits

    pipeline.run(b=csv_of(sale(2, store="York")))

    assert pipeline.statuses() == {"a": "loaded", "b": "loaded"}
    sent = session.statements[statements_before:]
    assert len(sent) == STATEMENTS + 1, [text[:60] for text in sent]
    assert "lock table load_lock" not in sent
    assert session.commits - commits_before == COMMITS
    pipeline.rows("delete from load_lock")


def test_a_file_that_does_not_reconcile_fails_alone(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """The reconciliation notices a lost item; the other files of the batch are loaded."""
    files = {
        f"{minute}.csv": csv_of(sale(minute, basket="Large Latte - 2.45, Mocha - 1.00", total="3.45"))
        for minute in range(5)
    }
    bodies = pipeline.request(**files)
    items = part_of(bodies[2], "items")
    body = pipeline.clients.s3.get_object(Bucket=PROCESSED, Key=items)["Body"].read()
    first, _ = gzip.decompress(body).splitlines(keepends=True)
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=items, Body=gzip.compress(first))

    assert pipeline.load(bodies) == [2]

    spoiled = json.loads(bodies[2])["source"]["object_key"]
    assert pipeline.statuses() == dict.fromkeys(files.keys() - {spoiled}, "loaded")
    assert pipeline.keys(RAW) == [spoiled]
    assert f"{spoiled}: 1 of 1 rows, 1 of 2 items" in caplog.text


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"x")[:-4], gzip.compress(b"not,a,sale\n")])
def test_a_damaged_part_fails_its_file_alone(pipeline: Pipeline, content: bytes) -> None:
    """It may be no gzip, be cut off, or have other columns."""
    bodies = pipeline.request(good=csv_of(sale(1)), bad=csv_of(sale(2)))
    place = next(place for place, body in enumerate(bodies) if '"bad"' in body)
    key = part_of(bodies[place], "sales")
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=key, Body=content)

    assert pipeline.load(bodies) == [place]
    assert pipeline.statuses() == {"good": "loaded"}


@pytest.mark.engines("redshift")
def test_a_part_that_copy_cannot_load_is_named_by_its_place_and_not_quoted(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """Redshift counts bytes: 107 letters are too long for VARCHAR(200) if a hundred of them take two bytes."""
    caplog.set_level("DEBUG")
    bodies = pipeline.request(good=csv_of(sale(1)), bad=csv_of(sale(2), sale(3, store="York")))
    place = next(place for place, body in enumerate(bodies) if '"bad"' in body)
    key = part_of(bodies[place], "sales")
    body = pipeline.clients.s3.get_object(Bucket=PROCESSED, Key=key)["Body"].read()
    content = gzip.decompress(body).replace(b"York", ("Canary " + "é" * 100).encode())
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=key, Body=gzip.compress(content))

    assert pipeline.load(bodies) == [place]

    place_in_file = f"s3://{PROCESSED}/{key}, line 2, column store_name, code 1204."
    assert f"COPY into stage_sales failed: {place_in_file}" in caplog.text
    assert pipeline.statuses() == {"good": "loaded"}
    assert "Canary" not in caplog.text
    assert "Canary" not in str(pipeline.take(NOTICES))


@pytest.mark.parametrize("part", ["sales", "items", "rejections"])
def test_a_file_whose_part_is_gone_is_ingested_again(pipeline: Pipeline, part: str) -> None:
    """Its raw object still exists. Its message is done with, and the other files are loaded."""
    # The second row is rejected: COPY reads no part that has no row.
    bodies = pipeline.request(good=csv_of(sale(1)), bad=csv_of(sale(2), sale(3, total="9.99")))
    place = next(place for place, body in enumerate(bodies) if '"bad"' in body)
    pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=part_of(bodies[place], part))

    assert pipeline.load(bodies) == []
    assert pipeline.statuses() == {"good": "loaded"}
    assert [record["s3"]["object"]["key"] for record in pipeline.reingests] == ["bad"]

    pipeline.ingest(*pipeline.reingests)
    assert pipeline.load(pipeline.take()) == []
    assert pipeline.statuses() == {"good": "loaded", "bad": "loaded"}
    assert [key.split("/")[0] for key in pipeline.keys(PROCESSED)] == ["archive"] * 2


@pytest.mark.engines("postgres")
def test_a_redelivered_request_is_dropped_before_copy(
    pipeline: Pipeline, connections: list[psycopg2.extensions.connection]
) -> None:
    """Its parts are gone. One query of the ledger finds that it was committed before."""
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)), bad=b"no sales\n")
    pipeline.load(bodies)
    before = pipeline.everything()
    statements(connections[0])

    assert pipeline.load(bodies) == []

    assert len(statements(connections[0])) == 1
    assert pipeline.everything() == before


@pytest.mark.parametrize("content", [csv_of(sale(1)), b"no sales\n"], ids=["loaded", "refused"])
def test_an_older_request_is_dropped_when_its_content_came_again(pipeline: Pipeline, content: bytes) -> None:
    """The ledger has the content in a newer version by then, and the parts of the older one are gone."""
    first = pipeline.request(a=content)
    assert pipeline.load(first) == []
    pipeline.run(a=content)
    before = pipeline.everything()

    assert pipeline.load(first) == []

    assert pipeline.everything() == before


def test_a_request_delivered_twice_in_a_batch_is_staged_once(pipeline: Pipeline) -> None:
    """SQS delivers at least once."""
    bodies = pipeline.request(a=csv_of(sale(1)))

    assert pipeline.load(bodies * 3) == []
    assert pipeline.rows("select count(*), sum(total_price) from transactions")[0][0] == 1


def test_an_event_delivered_twice_loads_once(pipeline: Pipeline) -> None:
    """S3 delivers at least once: ingest runs twice, and both requests may come in one batch or in two."""
    record = pipeline.put("a", csv_of(sale(1)))
    pipeline.ingest(record, record)
    pipeline.ingest(record)
    bodies = pipeline.take()

    assert len(bodies) == 2
    assert pipeline.load(bodies) == []
    assert pipeline.ingest(record) == {"requested": 0}
    assert pipeline.rows("select count(*) from transactions") == [(1,)]
    assert [key for key in pipeline.keys(PROCESSED) if not key.startswith("archive/a/")] == []


def test_a_message_that_is_no_request_fails_alone(pipeline: Pipeline) -> None:
    """It goes to the dead-letter queue; its neighbours are loaded."""
    [body] = pipeline.request(a=csv_of(sale(1)))

    assert pipeline.load(["nonsense", body, "{}"]) == [0, 2]
    assert pipeline.statuses() == {"a": "loaded"}


def test_a_file_that_cannot_be_archived_is_ingested_again(pipeline: Pipeline) -> None:
    """Its sales stay committed. Its raw object stays until there is an archive copy."""
    [body] = pipeline.request(a=csv_of(sale(1)))
    pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=part_of(body, "archive"))

    assert pipeline.load([body]) == []
    assert (pipeline.statuses(), pipeline.keys(RAW)) == ({"a": "loaded"}, ["a"])

    pipeline.ingest(*pipeline.reingests)
    assert pipeline.load(pipeline.take()) == []
    assert pipeline.keys(RAW) == []
    assert [key.split("/")[:2] for key in pipeline.keys(PROCESSED)] == [["archive", "a"]]
    assert pipeline.rows("select count(*) from transactions") == [(1,)]


def test_a_connection_that_died_is_replaced(pipeline: Pipeline) -> None:
    """The warehouse may have been restarted between two batches."""
    pipeline.run(a=csv_of(sale(1)))
    pipeline.rows("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")

    pipeline.run(b=csv_of(sale(2)))

    assert pipeline.statuses() == {"a": "loaded", "b": "loaded"}


@pytest.mark.parametrize(("seconds", "is_kept"), [(240, True), (241, False)])
def test_a_connection_to_redshift_that_was_idle_is_replaced_without_a_word(
    pipeline: Pipeline,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    seconds: int,
    is_kept: bool,
) -> None:
    """Redshift ends idle sessions after five minutes. PostgreSQL keeps them."""
    now = 1_630_000_000.0
    monkeypatch.setattr(transaction, "time", lambda: now)
    pipeline.run(a=csv_of(sale(1)))
    [(session,)] = pipeline.rows(NEWEST_SESSION)
    now += seconds
    caplog.clear()
    caplog.set_level("WARNING")

    pipeline.run(b=csv_of(sale(2)))

    is_kept = is_kept or pipeline.warehouse_url.startswith("postgresql:")
    assert (pipeline.rows(NEWEST_SESSION) == [(session,)]) is is_kept
    assert caplog.records == []
    assert pipeline.statuses() == {"a": "loaded", "b": "loaded"}


def test_without_a_warehouse_all_messages_come_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No message is lost, and no time is spent on trying the files one by one."""
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)))
    with monkeypatch.context() as context:
        context.setenv("WAREHOUSE", "postgresql://nobody@/nothing?host=/nowhere")
        assert pipeline.load(bodies) == [0, 1]
    assert "batch_failed" not in caplog.text

    assert pipeline.load(bodies) == []


def test_a_refused_file_stays_in_the_raw_bucket_until_a_corrected_one_replaces_it(pipeline: Pipeline) -> None:
    """It is not archived: a file that cannot be read cannot be redacted."""
    key = "leeds_25-08-2021.csv"
    pipeline.run(**{key: b"no sales\n"})
    assert (pipeline.statuses(), pipeline.keys(RAW), pipeline.keys(PROCESSED)) == (
        {key: "refused"},
        [key],
        [],
    )

    pipeline.run(**{key: csv_of(sale(1))})
    assert (pipeline.statuses(), pipeline.keys(RAW)) == ({key: "loaded"}, [])


def test_rejected_rows_are_recorded_with_line_column_and_reason(pipeline: Pipeline) -> None:
    """All other rows of the file are loaded."""
    pipeline.run(a=csv_of(sale(1), sale(2, total="9.99"), sale(3, store="")))

    assert pipeline.rows(
        "select line_number, column_name, reason from rejected_rows order by line_number"
    ) == [
        (2, "total_price", "total_mismatch"),
        (3, "store_name", "missing_store"),
    ]
    assert pipeline.rows("select rows_read, rows_loaded, rows_rejected from load_files") == [(3, 1, 2)]


def test_a_notice_has_a_line_for_each_file_and_begins_with_the_refused_ones(pipeline: Pipeline) -> None:
    pipeline.run(a=csv_of(sale(1)), b=b"no sales\n")

    [notice] = map(json.loads, pipeline.take(NOTICES))
    assert notice["Subject"] == "Cafe ETL: 1 loaded, 1 refused"
    files = [line.split(":")[0] for line in notice["Message"].splitlines() if line[:1].isalpha()]
    assert files == ["b", "a"]
