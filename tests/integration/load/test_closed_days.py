"""A file with a header and no row says that the store was closed: it is loaded, without sales."""

import pytest

from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, sale
from tests.support.sweeps import NOTHING, notices, sweep

pytestmark = pytest.mark.engines("postgres", "redshift")

HEADER = b"date,location,customer_name,products,total,payment_type,card_number\n"
CLOSED = "leeds_26-08-2021.csv"


def test_a_closed_day_is_loaded_archived_and_reported(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTICES", "all")
    pipeline.run(**{CLOSED: HEADER})

    assert pipeline.rows("select status, reason, rows_read, rows_loaded, total::text from load_files") == [
        ("loaded", "", 0, 0, "0.00")
    ]
    assert pipeline.count_sales() == 0
    assert pipeline.keys(RAW) == []
    assert [key.split("/")[0] for key in pipeline.keys(PROCESSED)] == ["archive"]
    assert notices(pipeline) == [("Cafe ETL: 1 loaded", f"{CLOSED}: loaded: closed: no sales")]
    assert sweep() == NOTHING


def test_a_closed_day_is_loaded_beside_a_file_with_sales(pipeline: Pipeline) -> None:
    pipeline.run(**{CLOSED: HEADER, "leeds_25-08-2021.csv": csv_of(sale())})

    assert set(pipeline.statuses().values()) == {"loaded"}
    assert pipeline.count_sales() == 1


@pytest.mark.parametrize("content", [b"", b"\n \n", HEADER + csv_of(sale(total="9.99"))])
def test_a_file_with_nothing_or_with_rejected_rows_alone_is_refused(
    pipeline: Pipeline, content: bytes
) -> None:
    pipeline.run(**{CLOSED: content})

    assert pipeline.statuses() == {CLOSED: "refused"}
