"""Which versions a load deletes from a raw bucket: under a rolling name only the one that it read."""

import pytest

from tests.support.pipeline import RAW, Pipeline, csv_of, sale
from tests.support.sweeps import NOTHING, load_reingests, sweep

pytestmark = pytest.mark.engines("postgres", "redshift")

DATED, ROLLING = "leeds_25-08-2021.csv", "sales.csv"


def version_ids(pipeline: Pipeline) -> set[str]:
    """Return the ids of the versions in the raw bucket."""
    return {version_id for _, version_id in pipeline.versions(RAW)}


def upload(pipeline: Pipeline, object_key: str, content: bytes) -> str:
    """Upload a file whose event is lost; return its version id."""
    version_id: str = pipeline.put(object_key, content)["s3"]["object"]["versionId"]
    return version_id


def test_under_a_dated_name_the_older_versions_are_deleted_too(pipeline: Pipeline) -> None:
    """Neither the refused one nor the one whose event was lost can matter any more."""
    pipeline.run(**{DATED: b"no sales\n"})
    upload(pipeline, DATED, csv_of(sale(1)))

    pipeline.run(**{DATED: csv_of(sale(2))})

    assert version_ids(pipeline) == set()


def test_under_a_rolling_name_a_refused_version_stays(pipeline: Pipeline) -> None:
    """It may contain another day, which the newer version does not state."""
    pipeline.run(**{ROLLING: b"no sales\n"})
    refused = version_ids(pipeline)

    pipeline.run(**{ROLLING: csv_of(sale(2))})

    assert version_ids(pipeline) == refused
    assert sweep() == NOTHING


def test_under_a_rolling_name_an_unread_older_version_stays_until_the_sweep_sends_it(
    pipeline: Pipeline,
) -> None:
    unread = upload(pipeline, ROLLING, csv_of(sale(1)))

    pipeline.run(**{ROLLING: csv_of(sale(2))})

    assert version_ids(pipeline) == {unread}
    assert sweep() == NOTHING | {"files_reingested": 1}
    load_reingests(pipeline)
    assert version_ids(pipeline) == set()
    assert sweep() == NOTHING


def test_a_version_that_is_uploaded_meanwhile_stays(pipeline: Pipeline) -> None:
    bodies = pipeline.request(**{DATED: csv_of(sale(1)), ROLLING: csv_of(sale(2))})
    newer = {upload(pipeline, key, csv_of(sale(3))) for key in (DATED, ROLLING)}

    assert pipeline.load(bodies) == []

    assert version_ids(pipeline) == newer
