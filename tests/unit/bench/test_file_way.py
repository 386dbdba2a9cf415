"""The way of a file in the cloud: which calls and statements follow one another, and the sum of their latencies."""

import pytest

from bench.file_way import Call, commits, logged_statements, seconds_of, sequential
from local.errors import LocalCloudError

LOG = """\
cafe-etl|LOG:  statement: begin
|LOG:  statement: select 1 from load_files
[unknown]|LOG:  statement: select 2
cafe-etl|LOG:  statement: -- stores: one row per store
\tinsert into stores (store_id)
\tselect store_id
\t  -- of staged sales
\tfrom stage_sales
cafe-etl|ERROR:  relation "stage_sales" does not exist
cafe-etl|LOG:  statement: rollback; select 'begin'
"""


def calls(service: str, *threads: str, process: int = 1, began: float = 0, ended: float = 1) -> list[Call]:
    """Return a call of each thread."""
    return [Call("load", service, "Operation", process, thread, began, ended) for thread in threads]


def test_the_calls_of_one_thread_follow_one_another() -> None:
    made = [*calls("s3", *["MainThread"] * 3), *calls("sqs", "MainThread")]

    assert sequential(made) == {"s3": 3, "sqs": 1}


def test_the_calls_of_a_pool_are_shared_out_among_its_threads() -> None:
    """Nine calls of four threads take three turns, whichever thread made how many here."""
    threads = ["ThreadPoolExecutor-0_0"] * 6 + [f"ThreadPoolExecutor-0_{number}" for number in (1, 2, 3)]

    assert sequential(calls("s3", *threads)) == {"s3": 3}


def test_pools_and_processes_follow_one_another() -> None:
    """A second pool starts after the first, and so do one of its name in another process, and single threads."""
    pool = ("ThreadPoolExecutor-0_0", "ThreadPoolExecutor-0_1")
    made = [
        *calls("s3", *pool),
        *calls("s3", "ThreadPoolExecutor-1_0"),
        *calls("s3", *pool, process=2),
        *calls("s3", "MainThread", "Thread-7", began=1, ended=2),
    ]

    assert sequential(made) == {"s3": 5}


def test_what_a_thread_calls_while_a_pool_does_takes_no_time_of_its_own() -> None:
    made = [
        *calls("s3", "ThreadPoolExecutor-0_0", "ThreadPoolExecutor-0_1"),
        *calls("s3", "MainThread", began=0.5, ended=1.5),
        *calls("s3", "MainThread", began=1.5, ended=2),
        *calls("s3", "MainThread", process=2),
    ]

    assert sequential(made) == {"s3": 3}


def test_the_seconds_are_calls_times_latencies() -> None:
    counts = {"ingest s3": 2, "ingest sqs": 1.5, "load statement": 10, "load commit": 2}

    assert seconds_of(counts) == pytest.approx(2 * 0.03 + 1.5 * 0.01 + 10 * 0.02 + 2 * 0.6)


def test_a_call_without_a_stated_latency_is_not_left_out_of_the_sum() -> None:
    with pytest.raises(LocalCloudError, match="No latency is stated for calls of sns"):
        seconds_of({"load sns": 1, "load s3": 1})


def test_only_the_functions_statements_are_read_from_the_log() -> None:
    """A message with two statements counts as two; comments and errors are none."""
    sent = logged_statements(LOG)

    assert [text.partition(" ")[0] for text in sent] == ["begin", "insert", "rollback", "select"]
    assert sent[1].startswith("insert into stores")
    assert sent[1].endswith("from stage_sales")


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        (["begin", "insert into a", "copy a", "commit"], 1),
        (["begin", "insert into a", "rollback"], 0),
        (["select 1", "set a to 1"], 0),
        (["create temp table a", "copy a", "select 1"], 2),
        (["begin", "insert into a", "commit", "begin read only", "select 1", "rollback", "drop table a"], 2),
    ],
)
def test_a_statement_outside_a_transaction_commits_by_itself(sent: list[str], count: int) -> None:
    """Unless it only reads."""
    assert commits(sent) == count
