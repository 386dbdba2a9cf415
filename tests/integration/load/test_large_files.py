"""What a load takes of its function does not depend on the size of a file: parts go through it bit by bit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib import aws
from chalicelib.settings import Settings
from tests.support.fault_injection import batch
from tests.support.load_memory import peak_of
from tests.support.pipeline import RAW, Pipeline, csv_of, sale

FEW, MANY = 300, 30_000


def sales(count: int) -> bytes:
    """Return a file of as many sales of a store of its own, each of another customer, in some minutes of some days."""
    rows = (
        f"{number % 28 + 1:02}/08/2021 09:{number % 60:02},Store of {count},Name {number},Latte - 2.45,2.45,CASH,\n"
        for number in range(count)
    )
    return "".join(rows).encode()


def test_a_large_file_takes_no_more_memory_than_a_small_one_and_no_disk(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    """The parts of the large one are larger than what is fetched ahead. A function has 512 MB."""
    environment = pipeline.environment | {"TMPDIR": str(tmp_path / "no folder")}
    small, large = (
        peak_of(batch(pipeline.request(**{f"{count}.csv": sales(count)})), environment)
        for count in (FEW, MANY)
    )

    assert large < 1.2 * small
    assert pipeline.count_sales() == FEW + MANY


@pytest.fixture
def raw_calls(pipeline: Pipeline) -> Iterator[list[str]]:
    """Return the names of the calls on the raw bucket that the functions make from now on."""
    calls: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if params.get("Bucket") == RAW:
            calls.append(model.name)

    s3 = aws.client("s3", Settings.from_environment().account)
    s3.meta.events.register("provide-client-params.s3", note)
    yield calls
    aws.client.cache_clear()


def test_load_reads_no_raw_object_of_a_bucket_that_keeps_versions(
    pipeline: Pipeline, raw_calls: list[str]
) -> None:
    """It needs no permission to. What it deletes, it finds in the listing; what it refuses gets a tag."""
    bodies = pipeline.request(**{"leeds_25-08-2021.csv": csv_of(sale(1)), "refused": b"no sales\n"})
    bodies += pipeline.request(**{"leeds_25-08-2021.csv": csv_of(sale(2)), "copy": csv_of(sale(2))})
    raw_calls.clear()

    for delivery in (bodies[:1], bodies[1:], bodies):
        assert pipeline.load(delivery) == []

    assert pipeline.keys(RAW) == ["refused"]
    assert set(raw_calls) == {"ListObjectVersions", "DeleteObject", "GetObjectTagging", "PutObjectTagging"}
