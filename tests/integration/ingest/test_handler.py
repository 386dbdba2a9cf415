"""The function `ingest` between S3 and the load queue, when it cannot do its work."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.errors import IngestError
from chalicelib.ingest.handler import fetched_hash_key
from tests.support.pipeline import HASH_KEY, SECRET, Pipeline, csv_of, sale


@pytest.fixture
def bad_secret(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Return a pipeline whose secret holds no hash key."""
    fetched_hash_key.cache_clear()
    pipeline.clients.secrets.put_secret_value(SecretId=SECRET, SecretString="0f0f, and no more")
    yield pipeline
    pipeline.clients.secrets.put_secret_value(SecretId=SECRET, SecretString=HASH_KEY)
    fetched_hash_key.cache_clear()


def test_a_bad_hash_key_is_logged_for_every_object(
    bad_secret: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """The runbook says to look for `ingest_failed`; the line says which secret, and nothing of its content."""
    records = [bad_secret.put(key, csv_of(sale())) for key in ("leeds.csv", "york.csv")]

    with pytest.raises(IngestError, match=f"{SECRET} .* is not 64 hexadecimal digits"):
        bad_secret.ingest(*records)

    lines = [json.loads(record.message) for record in caplog.records if record.name == "cafe_etl"]
    assert [(line["event"], line["object_key"]) for line in lines] == [
        ("ingest_failed", "leeds.csv"),
        ("ingest_failed", "york.csv"),
    ]
    assert "0f0f" not in caplog.text
    assert bad_secret.take() == []
