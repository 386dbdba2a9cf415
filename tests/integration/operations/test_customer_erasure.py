"""An erased customer's sales stay, as those of the store's unknown customer; the hash is nowhere."""

from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.operations import customer_erasure, removal, replay
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale
from tests.support.removals import everywhere as with_parts
from tests.support.removals import keep_versions, remove

pytestmark = pytest.mark.engines("postgres", "redshift")

NAME = "Quentin Canarybird"
FILES = {
    "leeds_25-08-2021_09-00-00.csv": csv_of(sale(0, name=NAME), sale(1, name="Other")),
    "leeds_26-08-2021_09-00-00.csv": csv_of(sale(2, name=NAME)),
    "york_26-08-2021_09-00-00.csv": csv_of(sale(2, store="York", name="Other")),
}


def everywhere(pipeline: Pipeline) -> str:
    """Return all texts but those of deleted parts, which the bucket's life cycle expires after a day."""
    return "\n".join(
        text for text in with_parts(pipeline).split("ads-processed/") if not text.startswith("staged/")
    )


def hash_of(pipeline: Pipeline) -> str:
    """Return the hash of the customer with two sales."""
    [(customer_hash,)] = pipeline.rows(
        "select customer_hash from customers inner join transactions using (customer_id)"
        " group by customer_hash, customer_id having count(*) = 2"
    )
    return str(customer_hash)


def erase(**fields: Any) -> dict[str, Any]:
    """Erase the customer, in whatever spelling."""
    return remove("erase_customer", store="LEEDS", customer=f" {NAME.upper()}", **fields)


def test_the_hash_of_an_erased_customer_is_nowhere(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """This holds for older versions of the copies, too. Sales, totals and other customers stay."""
    keep_versions(pipeline)
    pipeline.run(**FILES)
    customer_hash = hash_of(pipeline)
    sales = pipeline.rows("select total_price, sold_at from transactions order by transaction_id")
    dry_run = erase(dry_run=True)
    assert customer_hash in everywhere(pipeline)

    answer = erase()

    assert (answer["sales"], answer["copies"], answer["after"]) == (2, 2, "")
    assert (dry_run["sales"], dry_run["copies"]) == (2, 2)
    assert customer_hash not in everywhere(pipeline)
    assert pipeline.rows("select total_price, sold_at from transactions order by transaction_id") == sales
    assert "canarybird" not in (repr(answer) + caplog.text).lower()
    assert (erase()["sales"], erase()["copies"]) == (0, 0)


def test_a_replay_does_not_bring_an_erased_customer_back(pipeline: Pipeline) -> None:
    pipeline.run(**FILES)
    customer_hash = hash_of(pipeline)
    erase()
    metadata = pipeline.clients.s3.head_object(Bucket=PROCESSED, Key=pipeline.keys(PROCESSED)[0])["Metadata"]
    for table in pipeline.everything():
        pipeline.rows(f"delete from {table} where true")

    outcomes = [(file["outcome"], file["sentence"]) for file in replay.handle({}, seconds=60)["files"]]

    assert metadata["status"] == "loaded"
    assert outcomes == [("loaded", "")] * 3
    assert pipeline.count_sales() == 4
    assert customer_hash not in everywhere(pipeline)


def test_the_erasure_of_a_customer_goes_page_by_page(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function without time does one batch."""
    pipeline.run(**FILES)
    customer_hash = hash_of(pipeline)
    monkeypatch.setattr(customer_erasure, "BATCH_COPIES", 1)
    event = {"action": "erase_customer", "store": "Leeds", "customer": NAME}

    pages, after = 0, ""
    while pages == 0 or after:
        after = removal.handle(event | {"after": after}, seconds=0)["after"]
        pages += 1

    assert pages == 4
    assert customer_hash not in everywhere(pipeline)


def test_a_damaged_copy_stops_nothing_and_is_counted(pipeline: Pipeline) -> None:
    pipeline.run(**FILES)
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key="archive/a.csv/0-1.csv.gz", Body=b"no gzip")

    assert (erase()["copies"], erase()["copies_damaged"]) == (2, 1)


def test_earlier_hash_keys_are_named(pipeline: Pipeline) -> None:
    """Hashes made under them cannot be found by a name."""
    pipeline.run(**FILES)
    pipeline.rows("update load_files set hash_key_id = '00112233aabbccdd' where object_key like 'york%'")

    assert erase()["earlier_hash_keys"] == ["00112233aabbccdd"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"customer": NAME}, "needs the field store"),
        (
            {"customer": f"{NAME}\ud800", "store": "Leeds"},
            "contains characters that the warehouse cannot hold",
        ),
        ({"customer": [NAME], "store": "Leeds"}, "is not a text"),
        ({"customer": " ", "store": "Leeds"}, r"^The name of the customer is empty\.$"),
        ({"customer": NAME, "store": "--"}, "has no letter or digit"),
        ({"customer": NAME, "store": "Leeds", "object_key": NAME}, "has these fields alone"),
    ],
)
def test_no_error_quotes_the_name(pipeline: Pipeline, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence) as raised:
        remove("erase_customer", **fields)

    assert "Canarybird" not in str(raised.value)
