"""`python -m infra probe` on PostgreSQL and on the stand-in: what it answers, and that it leaves nothing behind."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib import aws
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.grants import create_users
from infra.cli import main
from infra.commands import probe as command
from infra.probe import background
from infra.probe.catalogue import QUESTIONS
from infra.probe.model import Finding, Need, Question, Verdict, judged
from infra.probe.questions import locks, scripts
from infra.probe.sessions import Probe
from local.client import Clients
from local.environment import cloud_environment
from local.state import PROJECT
from tests.support.endpoint import ACCESS_KEY
from tests.support.sql_loads import File, Loads, Sale
from tests.support.stand_in import PASSWORD, ROLE, URL

pytestmark = pytest.mark.engines("postgres", "redshift")

BUCKET = "probed"
LINE = re.compile(r"(pass|fail|skip|info)  (.+?)  \((.*)\)  (ADR \d+|docs/\S+\.md)(?:: .+\.)?")

ONLY_REAL = {
    "The warehouse is a Redshift",
    "A primary key is not enforced",
}
"""Claims that do not hold on a laptop."""

ONLY_POSTGRES_FAILS = {
    "TLS checks the server's certificate",
    "The database isolates transactions by snapshots",
    "Trailing blanks do not count when texts are compared",
    "A VARCHAR counts bytes, not letters",
    "`create or replace view` cannot change a view's columns",
}
UNSEEN = {
    "Largest number of segments of a statement; some versions of Redshift allow 30",
    "Time for compiling the statements above",
    "A bound from a subquery skips as many blocks as a bound in the statement",
    "Queues that the probe ran in, and the longest wait",
    "Compute that the probe used",
}
"""Only Redshift's system views show it."""


@pytest.fixture(scope="module", autouse=True)
def _impatient() -> Iterator[None]:
    """Wait for less than a second where a statement has to wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "PATIENCE_SECONDS", 0.3)
        yield


@pytest.fixture(scope="module")
def bucket(warehouse_url: str, endpoint: str) -> Iterator[Clients]:
    """Return clients of an account with an empty bucket."""
    clients = Clients(endpoint, ACCESS_KEY)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud_environment(endpoint, ACCESS_KEY).items():
            patch.setenv(name, value)
        aws.client.cache_clear()
        clients.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield clients
        clients.s3.delete_bucket(Bucket=BUCKET)  # S3 refuses if something is in it
    aws.client.cache_clear()


@pytest.fixture(scope="module")
def whole(warehouse_url: str, bucket: Clients) -> Result:
    """Return the result of a whole probe."""
    return run(warehouse_url, "--bucket", BUCKET, "--copy-role", ROLE)


def run(url: str, *options: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["probe", "--warehouse", url, *options])


def ask(monkeypatch: pytest.MonkeyPatch, url: str, *questions: Question, **options: str) -> Result:
    """Run the command with other questions."""
    monkeypatch.setattr(command, "QUESTIONS", questions)
    return run(url, *(f"--{name}={value}" for name, value in options.items()))


def question(ask: Any, *needs: Need, is_information: bool = False) -> Question:
    """Return a question with a made-up claim."""
    return Question("Tea is hot", ask, "ADR 1", "boil it.", needs, is_information)


def named(name: str) -> Question:
    """Return the question of this name."""
    [match] = [question for question in QUESTIONS if question.name == name]
    return match


def verdicts(result: Result) -> dict[str, str]:
    """Return the verdict on each claim."""
    matches = [LINE.fullmatch(line) for line in result.stdout.splitlines()[:-1]]
    assert None not in matches, result.output
    return {match[2]: match[1] for match in matches if match}


def with_verdict(result: Result, verdict: str) -> set[str]:
    """Return the claims with this verdict."""
    return {name for name, word in verdicts(result).items() if word == verdict}


def traces(url: str) -> list[Any]:
    """Return the schemas, users and TEMP tables that belong to probes."""
    warehouse = Warehouse.connect(url)
    names = warehouse.execute(
        "select nspname from pg_namespace where nspname like 'cafe_etl_probe%'"
        " union all select usename from pg_user where usename like 'cafe_etl_probe%'"
    )
    warehouse.close()
    return names


def test_each_question_has_a_line_in_order(whole: Result) -> None:
    assert list(verdicts(whole)) == [question.name for question in QUESTIONS]
    counts = [len(with_verdict(whole, verdict)) for verdict in Verdict]
    assert whole.stdout.splitlines()[-1] == (
        "{} questions: {} passed, {} failed, {} skipped, {} for information.".format(sum(counts), *counts)
    )


def test_what_only_a_real_redshift_shows_does_not_pass(whole: Result, warehouse_url: str) -> None:
    failing = with_verdict(whole, "fail")

    assert failing <= ONLY_REAL | (set() if warehouse_url == URL else ONLY_POSTGRES_FAILS)
    assert failing
    assert whole.exit_code == 1
    needs_redshift = {question.name for question in QUESTIONS if Need.REDSHIFT in question.needs}
    assert with_verdict(whole, "skip") == UNSEEN | (set() if warehouse_url == URL else needs_redshift)


def test_nothing_is_left_behind(whole: Result, warehouse_url: str, bucket: Clients) -> None:
    assert whole.stderr == ""
    assert traces(warehouse_url) == []
    assert bucket.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_no_password_is_printed(whole: Result) -> None:
    assert PASSWORD not in whole.output


def test_a_failure_says_what_to_change(whole: Result) -> None:
    line = next(line for line in whole.stdout.splitlines() if line.startswith("fail  A primary key"))

    assert line.endswith(f"  ADR 1: {named('A primary key is not enforced').otherwise}")


def test_the_pipelines_tables_are_untouched(
    loads: Loads, warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither their rows nor the tables themselves change. The probe runs a whole load beside them."""
    tables = (
        "select relname, oid, relfilenode, relacl from pg_class where relnamespace = 'public'::regnamespace"
    )
    loads.load(File("leeds.csv", (Sale(),)))
    before = (loads.everything(), sorted(loads.rows(tables), key=str))

    result = ask(monkeypatch, warehouse_url, *scripts.QUESTIONS, *locks.QUESTIONS)

    assert result.exit_code == 0, result.output
    assert (loads.everything(), sorted(loads.rows(tables), key=str)) == before


def test_no_table_has_a_name_that_the_pipeline_looks_up(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loads of older releases look for load_lock in all schemas."""

    def names(probe: Probe) -> Finding:
        rows = probe.main.execute(
            "select table_name from information_schema.tables where table_schema = %s",
            (probe.options.schema,),
        )
        return judged(("load_lock",) not in rows and len(rows) > 5, str(rows))

    questions = (*scripts.QUESTIONS, *locks.QUESTIONS, question(names))

    assert ask(monkeypatch, warehouse_url, *questions).exit_code == 0


def test_without_failures_the_exit_code_is_0(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A skipped question is none, though it is not a pass."""
    questions = (
        question(lambda _: judged(holds=True, details="95 degrees")),
        question(lambda _: judged(holds=True, details=""), Need.BUCKET),
    )
    result = ask(monkeypatch, warehouse_url, *questions)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "pass  Tea is hot  (95 degrees)  ADR 1",
        "skip  Tea is hot  (it needs --bucket, and on Redshift --copy-role)  ADR 1",
        "2 questions: 1 passed, 0 failed, 1 skipped, 0 for information.",
    ]


def test_a_statement_that_fails_is_a_failure_and_not_the_end(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line has the warehouse's own words. The next question finds the session in order."""

    def broken(probe: Probe) -> Finding:
        probe.main.execute("begin")
        probe.main.execute("select * from nowhere")
        raise AssertionError

    def surprised(_probe: Probe) -> Finding:
        rows: list[str] = []
        [row] = rows
        return Finding(Verdict.PASS, row)

    def works(probe: Probe) -> Finding:
        return judged(probe.main.execute("select 1") == [(1,)], "1")

    questions = (
        question(broken),
        question(broken, is_information=True),
        question(surprised),
        question(works),
    )
    result = ask(monkeypatch, warehouse_url, *questions)

    message = 'relation "nowhere" does not exist (42P01)'
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"fail  Tea is hot  ({message})  ADR 1: boil it.",
        f"skip  Tea is hot  (it cannot be read: {message})  ADR 1",
        "fail  Tea is hot  (ValueError: not enough values to unpack (expected 1, got 0))  ADR 1: boil it.",
        "pass  Tea is hot  (1)  ADR 1",
        "4 questions: 1 passed, 2 failed, 1 skipped, 0 for information.",
    ]
    assert traces(warehouse_url) == []


def test_a_lost_session_is_replaced(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even that of the observer, which drops the schema."""

    def lost(probe: Probe) -> Finding:
        for session in (probe.main, probe.observer):
            other = Warehouse.connect(warehouse_url)
            other.execute("select pg_terminate_backend(%s)", (session.pid,))
            other.close()
        return judged(holds=True, details="")

    def works(probe: Probe) -> Finding:
        return judged(probe.main.execute("select 1") == [(1,)], "")

    result = ask(monkeypatch, warehouse_url, question(lost), question(works))

    assert result.exit_code == 0, result.output
    assert traces(warehouse_url) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_probe_drops_its_schema(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(probe: Probe) -> Finding:
        locks.create_lock(probe)
        probe.main.execute("begin")
        probe.main.execute(locks.LOCK)
        raise error

    result = ask(monkeypatch, warehouse_url, question(interrupted))

    assert "questions:" not in result.stdout
    assert traces(warehouse_url) == []


@pytest.mark.engines("postgres")
def test_ctrl_c_drops_the_schema(warehouse_url: str) -> None:
    command_line = [sys.executable, "-m", "infra", "probe", "--warehouse", warehouse_url]
    with subprocess.Popen(
        command_line, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        traces_meanwhile = traces(warehouse_url)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)

    assert traces_meanwhile  # the schema, and soon a user
    assert (process.returncode, stderr.strip()) == (1, "Aborted!")
    assert traces(warehouse_url) == []


@pytest.mark.parametrize("schema", ["public", "pg_catalog"])
def test_a_schema_that_exists_is_refused_and_stays(warehouse_url: str, schema: str) -> None:
    result = run(warehouse_url, "--schema", schema)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"The schema {schema} exists already.")
    warehouse = Warehouse.connect(warehouse_url)
    assert warehouse.execute("select count(*) from load_lock") == [(0,)]
    warehouse.close()


def test_a_schema_that_may_not_be_created_is_a_sentence(warehouse_url: str) -> None:
    result = run(warehouse_url, "--schema", "pg_probe")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "The schema pg_probe could not be created: unacceptable schema name" in result.stderr
    assert "--admin-secret" in result.stderr


def test_a_trace_that_cannot_be_removed_is_named(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who owns something stays; the exit code is 1 although no line failed."""

    def owner(probe: Probe) -> Finding:
        user = probe.add_user("owner")
        create_users(probe.main, [user])
        probe.main.execute(f"create schema teapot authorization {user}")
        return judged(holds=True, details="")

    result = ask(monkeypatch, warehouse_url, question(owner), schema="cafe_etl_probe_x")

    assert result.exit_code == 1
    assert result.stderr.startswith("cafe_etl_probe_x_owner could not be dropped: role ")
    assert result.stderr.endswith("Drop it by hand.\n")
    warehouse = Warehouse.connect(warehouse_url)
    warehouse.execute("drop schema teapot")
    warehouse.execute("drop user cafe_etl_probe_x_owner")
    warehouse.close()
    assert traces(warehouse_url) == []


def test_writers_that_do_not_wait_are_noticed(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a probe would print if LOCK did not lock."""
    monkeypatch.setattr(locks, "LOCK", "select 1")
    questions = [
        named("A load that waits at LOCK sees the commit of the load before it"),
        named("A session may end another one of its user, and the lock is free"),
    ]
    result = ask(monkeypatch, warehouse_url, *questions)

    assert set(verdicts(result).values()) == {"fail"}
    assert "(the second did not wait, then saw 1 of 2 rows)" in result.stdout


@pytest.mark.engines("redshift")
def test_figures_come_from_the_system_views(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in has no such views. Here are some, with the columns that Redshift's have in its documentation."""
    views = {
        "sys_query_history": "1 as query_id, pid as session_id, cast('default' as char(64)) as service_class_name,"
        " 1000 as queue_time, 500000 as elapsed_time, 2000000 as compile_time from pg_stat_activity",
        "sys_query_detail": "1 as query_id, 6 as segment_id",
    }
    warehouse = Warehouse.connect(warehouse_url)
    for name, columns in views.items():
        warehouse.execute(f"create view redshift.{name} as select {columns}")
    connections = [
        named("A user may have a session timeout"),  # it opens a second session
        *(question for question in QUESTIONS if question.name in UNSEEN and question.is_information),
    ]
    try:
        result = ask(monkeypatch, warehouse_url, *connections)
    finally:
        for name in views:
            warehouse.execute(f"drop view redshift.{name}")
        warehouse.close()

    assert [line.partition(")")[0] for line in result.stdout.splitlines()] == [
        "pass  A user may have a session timeout  (300 s",
        "info  Largest number of segments of a statement; some versions of Redshift allow 30  (7 segments",
        "info  Time for compiling the statements above  (2.0 s in all, 2.0 s for one statement",
        "info  Queues that the probe ran in, and the longest wait  (default: 2 queries, at most 1 ms",
        "info  Compute that the probe used  (1 s of queries",
        "5 questions: 1 passed, 0 failed, 0 skipped, 4 for information.",
    ]


@pytest.mark.engines("postgres")
@pytest.mark.parametrize("url", ["postgresql://cafe:s3cret@localhost:1/x", "redshift://cafe:s3cret@gone/x"])
def test_a_warehouse_that_cannot_be_reached_is_a_sentence_without_the_password(
    bucket: Clients, url: str
) -> None:
    result = run(url)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(("Could not connect to the warehouse: ", "AWS refused: "))
    assert "s3cret" not in result.output
    assert len(result.stderr.splitlines()) == 1


def test_another_scheme_is_refused() -> None:
    result = run("mysql://x/y")

    assert (result.exit_code, result.output[:34]) == (1, "--warehouse must start with postgr")
