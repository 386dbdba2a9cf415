"""Of two versions of one second, the one that S3 lists as the newer counts: only S3 knows."""

from typing import Any

import pytest

from tests.support.pipeline import RAW, Pipeline, csv_of, sale
from tests.support.s3_clock import Clock

pytestmark = pytest.mark.engines("postgres", "redshift")

KEY = "a_25-08-2021"
"""Under a rolling name the older version stays in the bucket: S3 lists it as the newest when the newer one is gone."""

ONE_SALE, TWO_SALES = csv_of(sale(1)), csv_of(sale(2), sale(3))


def without_sequencer(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of an event as a reingest has it."""
    item = {name: value for name, value in record["s3"]["object"].items() if name != "sequencer"}
    return record | {"s3": {"object": item}}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("with_sequencer", [(), (0,), (1,), (0, 1)], ids=str)
def test_of_two_versions_within_a_second_the_one_that_the_bucket_lists_as_newer_counts(
    clock: Clock, pipeline: Pipeline, order: tuple[int, int], with_sequencer: tuple[int, ...]
) -> None:
    """It makes no difference which is loaded first, in one batch or two, and which of the two has a sequencer."""
    records = [pipeline.put(KEY, ONE_SALE), pipeline.put(KEY, TWO_SALES)]
    records = [
        record if number in with_sequencer and len(with_sequencer) < 2 else without_sequencer(record)
        for number, record in enumerate(records)
    ]
    bodies = [pipeline.request_of(record) for record in records]

    for number in order:
        assert pipeline.load([bodies[number]]) == []

    assert pipeline.count_sales() == 2
    assert pipeline.keys(RAW) == []
    assert pipeline.load([bodies[number] for number in order]) == []
    assert pipeline.count_sales() == 2


def test_within_a_batch_the_newer_version_counts_although_only_the_older_one_has_a_sequencer(
    clock: Clock, pipeline: Pipeline
) -> None:
    older, newer = pipeline.put(KEY, TWO_SALES), without_sequencer(pipeline.put(KEY, ONE_SALE))
    bodies = [pipeline.request_of(record) for record in (older, newer)]

    assert pipeline.load(bodies) == []

    assert pipeline.count_sales() == 1
