"""Packed files and files that are too large, from the raw bucket to the ledger."""

import gzip
import logging
from decimal import Decimal

import pytest
from botocore.response import StreamingBody

from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")


def test_a_packed_file_is_loaded_and_archived(pipeline: Pipeline) -> None:
    """Its raw object, which holds names, is deleted."""
    pipeline.run(**{"leeds.csv.gz": gzip.compress(csv_of(sale(1), sale(2)))})

    assert pipeline.statuses() == {"leeds.csv.gz": "loaded"}
    assert pipeline.rows("select sum(total_price) from transactions")[0][0] == Decimal("4.90")
    assert (pipeline.keys(RAW), len(pipeline.keys(PROCESSED))) == ([], 1)


def test_the_same_day_packed_and_plain_counts_once(pipeline: Pipeline) -> None:
    """The two files have different bytes, but the same sales."""
    day = csv_of(sale(1), sale(2), sale(2))
    pipeline.run(**{"leeds.csv": day})
    pipeline.run(**{"leeds.csv.gz": gzip.compress(day)})

    assert pipeline.rows("select count(*) from transactions") == [(3,)]


def test_a_file_that_is_too_large_is_not_fetched(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """S3 says how large it is. It is refused once; a file of a different size under its key is read as usual."""
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("MAX_FILE_BYTES", "200")
    read: list[int] = []
    blocks = StreamingBody.iter_chunks

    def counting(body: StreamingBody, size: int = 1024) -> object:
        for block in blocks(body, size):
            read.append(len(block))
            yield block

    monkeypatch.setattr(StreamingBody, "iter_chunks", counting)
    large = pipeline.put("leeds.csv", csv_of(*[sale(minute) for minute in range(9)]))
    for _ in range(2):
        pipeline.ingest(large)
        assert pipeline.load(pipeline.take()) == []

    assert read == []
    assert pipeline.rows("select status, reason, sentence, length(content_sha256) from load_files") == [
        ("refused", "too_large", "The file is larger than 200 bytes.", 64)
    ]

    pipeline.run(**{"leeds.csv": csv_of(sale(1))})
    assert sum(read) == len(csv_of(sale(1)))
    assert pipeline.statuses() == {"leeds.csv": "loaded"}
