"""The replay loads files once more, from the archive or from the raw bucket."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.operations import replay as replay_module
from local.samples import generator, menu
from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, sale
from tests.support.sql_loads import TABLES

pytestmark = pytest.mark.engines("postgres", "redshift")

ANN, BOB, CAT, DAN = (sale(minute, name=name) for minute, name in enumerate(("Ann", "Bob", "Cat", "Dan")))
CONTENTS = {
    "sales": (
        "select object_key, content_sha256, load_files.file_id, line_number, sold_at, stores.store_name, customer_hash,"
        " payment_type, total_price, sale_key from transactions inner join load_files using (file_id)"
        " inner join stores on transactions.store_id = stores.store_id inner join customers using (customer_id)"
    ),
    "items": (
        "select transaction_id, item_number, product_name, size, flavour_name, unit_price from baskets"
        " inner join products using (product_id) left join flavours using (flavour_id)"
    ),
    "stores": "select store_name from stores",
    "customers": "select store_name, customer_hash, hash_key_id from customers inner join stores using (store_id)",
    "products": "select product_name, size from products",
    "flavours": "select flavour_name from flavours",
    "files": (
        "select file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, hash_key_id,"
        " store_name, rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence, reading,"
        " superseded_by from load_files"
    ),
    "rejected rows": "select * from rejected_rows",
}
"""All that the warehouse says, apart from ids of dimensions, times of loading, and remarks on sales that move.

A replay may change those."""


def replay(**event: Any) -> list[dict[str, Any]]:
    """Replay page by page; return the result of each file."""
    files = []
    while True:
        answer = replay_module.handle(event, seconds=600)
        files += answer["files"]
        if not answer["after"]:
            return files
        event["after"] = answer["after"]


def outcomes(files: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return key and outcome of each file."""
    return [(file["object_key"], file["outcome"]) for file in files]


def contents(pipeline: Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every query of `CONTENTS`."""
    return {name: sorted(pipeline.rows(query), key=repr) for name, query in CONTENTS.items()}


def copies(pipeline: Pipeline) -> dict[str, Any]:
    """Return the keys of the archive copies with their metadata."""
    head = pipeline.clients.s3.head_object
    return {key: head(Bucket=PROCESSED, Key=key)["Metadata"] for key in pipeline.keys(PROCESSED)}


def empty_warehouse(pipeline: Pipeline) -> None:
    """Delete all rows, and no object."""
    for table in TABLES:
        pipeline.rows(f"delete from {table}")


def history(pipeline: Pipeline) -> None:
    """Load files that are corrected, copied, overlap and return to an earlier content, some with rejected rows."""
    pipeline.run(a=csv_of(ANN, BOB, sale(9, total="9.99")))
    pipeline.run(copy=csv_of(ANN, BOB, sale(9, total="9.99")), other=csv_of(BOB, CAT, CAT))
    pipeline.run(
        a=csv_of(BOB, DAN),
        york=csv_of(sale(5, store="York, Micklegate", basket="Tea - 1.00, Mocha - Mint - 1.45")),
    )
    pipeline.run(a=csv_of(ANN, BOB, sale(9, total="9.99")), other=csv_of(CAT))
    pipeline.run(a=csv_of(DAN), twin=csv_of(DAN), **{"hull_02-01-2021.csv": csv_of(sale(7, store="Leeds"))})


def test_a_replay_of_everything_changes_nothing(pipeline: Pipeline) -> None:
    """Every file is unchanged, and the replay leaves no part behind."""
    history(pipeline)
    rows_before, copies_before = pipeline.everything(), copies(pipeline)

    results = outcomes(replay())

    assert {outcome for _, outcome in results} == {"unchanged"}
    assert len(results) == len(copies_before) == 10
    assert pipeline.everything() == rows_before
    assert copies(pipeline) == copies_before


def test_a_replay_restores_an_emptied_warehouse(pipeline: Pipeline) -> None:
    """Sales, their owners, the ledger and the rejected rows are as before, and so is the archive."""
    history(pipeline)
    contents_before, copies_before = contents(pipeline), copies(pipeline)
    assert {row[14] for row in contents_before["files"]} == {"loaded", "duplicate", "superseded"}
    assert all("Format base" in row[17] for row in contents_before["files"])
    assert any(
        "a different store" in remarks for (remarks,) in pipeline.rows("select remarks from load_files")
    )
    empty_warehouse(pipeline)

    results = outcomes(replay())

    assert [outcome for _, outcome in results].count("duplicate") == 3
    assert contents(pipeline) == contents_before
    assert copies(pipeline) == copies_before


def test_a_replay_does_not_load_a_file_that_arrived_superseded(pipeline: Pipeline) -> None:
    """It never owned a sale. If it were loaded now, it would take sales over from their owner."""
    pipeline.run(other=csv_of(ANN))
    older, newer = pipeline.put("a", csv_of(ANN)), pipeline.put("a", csv_of(BOB))
    pipeline.ingest(older, newer)
    pipeline.load(pipeline.take())
    before = contents(pipeline)["sales"]
    assert sorted(pipeline.rows("select status from load_files")) == [
        ("loaded",),
        ("loaded",),
        ("superseded",),
    ]
    empty_warehouse(pipeline)

    assert outcomes(replay()) == [("other", "loaded"), ("a", "loaded")]

    assert contents(pipeline)["sales"] == before


def test_a_replay_loads_a_raw_bucket_full_of_files_without_events(pipeline: Pipeline, tmp_path: Path) -> None:
    """The files are loaded in the order of their upload."""
    paths = generator.write_files(
        tmp_path, stores=menu.STORES[:2], first_day=date(2022, 3, 1), days=3, sales=20, seed=3
    )
    for path in paths:
        pipeline.put(path.name, path.read_bytes())
    pipeline.put("notes.txt", b"no sales\n")

    results = dict(outcomes(replay(source="raw")))

    assert results.pop("notes.txt") == "refused"
    assert set(results.values()) == {"loaded"}
    assert len(results) == len(paths)
    assert pipeline.keys(RAW) == ["notes.txt"]
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in paths)
    assert pipeline.rows("select count(*), count(distinct file_id) from transactions") == [
        (lines, len(paths))
    ]


def test_a_replay_loads_a_refused_file_once_there_is_a_format_for_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr("chalicelib.reading.formats.FORMATS", ())
        pipeline.run(a=csv_of(ANN))
    assert pipeline.statuses() == {"a": "refused"}

    assert outcomes(replay(source="raw")) == [("a", "loaded")]

    assert (pipeline.statuses(), pipeline.keys(RAW)) == ({"a": "loaded"}, [])


def test_a_selection_goes_by_prefix_store_and_day(pipeline: Pipeline) -> None:
    """A store is also found in a file of several stores."""
    pipeline.run(**{"2021/a": csv_of(ANN), "2021/b": csv_of(sale(1, store="York"), sale(2, store="Leeds"))})
    today = time.strftime("%Y-%m-%d", time.gmtime())

    assert len(replay()) == 2
    assert outcomes(replay(prefix="2021/a")) == [("2021/a", "unchanged")]
    assert outcomes(replay(store=" YORK ")) == [("2021/b", "unchanged")]
    assert len(replay(since=today, until=today)) == 2
    assert replay(until="2021-08-25") == replay(prefix="2022") == replay(store="Hull") == []


@pytest.mark.parametrize("source", ["archive", "raw"])
def test_a_long_replay_goes_page_by_page(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """When its time is over, it ends after a batch. No file is left out, and none comes twice."""
    for number in range(5):
        pipeline.put(f"{number}", csv_of(sale(number)))
    if source == "archive":
        replay(source="raw")
    monkeypatch.setattr(replay_module, "BATCH_FILES", 2)
    monkeypatch.setattr(replay_module, "PAGE_FILES", 3)
    keys, after, pages = [], "", 0
    while not pages or after:
        answer = replay_module.handle({"source": source, "after": after}, seconds=0)
        keys += [file["object_key"] for file in answer["files"]]
        after, pages = answer["after"], pages + 1

    assert sorted(keys) == ["0", "1", "2", "3", "4"]
    assert pages >= 3


@pytest.mark.parametrize("source", ["archive", "raw"])
def test_a_dry_run_reports_what_the_replay_then_does(pipeline: Pipeline, source: str) -> None:
    """Each file is decided upon as if those before it had been loaded, but nothing changes."""
    if source == "archive":
        history(pipeline)
        empty_warehouse(pipeline)
        pipeline.run(new=csv_of(sale(7)))
    else:
        pipeline.run(a=csv_of(ANN), same=csv_of(CAT))
        for key, content in {
            "a": (BOB, ANN),
            "copy": (CAT,),
            "b": (DAN,),
            "c": (sale(8, total="0.01"),),
        }.items():
            pipeline.put(key, csv_of(*content))
        pipeline.put("b", csv_of(DAN, ANN))
    before, objects = pipeline.everything(), [pipeline.versions(bucket) for bucket in (RAW, PROCESSED)]

    foretold = replay(source=source, dry_run=True)

    assert pipeline.everything() == before
    assert [pipeline.versions(bucket) for bucket in (RAW, PROCESSED)] == objects
    assert len({outcome for _, outcome in outcomes(foretold)}) > 1
    assert sorted(foretold, key=repr) == sorted(replay(source=source), key=repr)


def test_a_damaged_copy_fails_alone(pipeline: Pipeline) -> None:
    pipeline.run(a=csv_of(ANN), b=csv_of(BOB))
    key = next(key for key in pipeline.keys(PROCESSED) if key.startswith("archive/a/"))
    metadata = pipeline.clients.s3.head_object(Bucket=PROCESSED, Key=key)["Metadata"]
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=key, Body=b"no gzip", Metadata=metadata)
    empty_warehouse(pipeline)

    assert outcomes(replay()) == [("a", "failed"), ("b", "loaded")]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"source": "tape"}, "archive or raw"),
        ({"since": "yesterday"}, "since must be a day such as"),
        ({"until": 7}, "until must be a day such as"),
        ({"shop": "Leeds"}, "has no shop"),
    ],
)
def test_an_event_that_makes_no_sense_is_an_error_in_one_sentence(event: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        replay_module.handle(event, seconds=1)
