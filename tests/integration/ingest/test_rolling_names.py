"""A rolling name, such as sales.csv, is not safe in a bucket that keeps no versions: the ledger says so."""

import pytest

from tests.support.pipeline import Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres")


@pytest.mark.parametrize(
    ("key", "is_told"), [("sales.csv", True), ("leeds_25-08-2021.csv", False)], ids=["rolling", "dated"]
)
def test_without_versions_a_rolling_name_has_a_remark(
    unversioned: Pipeline, key: str, *, is_told: bool
) -> None:
    record = unversioned.put_unversioned(key, csv_of(sale(1)))
    unversioned.load([unversioned.request_of(record)])

    assert unversioned.rows("select remarks like '%%put the day into the file''s name.' from load_files") == [
        (is_told,)
    ]


def test_with_versions_it_has_none(pipeline: Pipeline) -> None:
    pipeline.run(**{"sales.csv": csv_of(sale(1))})

    assert pipeline.rows("select remarks from load_files") == [("",)]
