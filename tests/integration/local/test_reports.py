"""Reports on files before they are loaded, and from the ledger afterwards: `check` and `check --loaded`."""

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.model import Rules
from local import reports
from local.errors import UsageError
from tests.support.pipeline import Pipeline, csv_of, sale

FILES = {
    "leeds_25-08-2021.csv": csv_of(sale(1), sale(2), sale(3, total="9.99"), sale(4, store="")),
    "york_26-08-2021.csv": csv_of(sale(1, name="Ann Lee")),
    "stock.csv": b"no sales\n",
}


def test_both_reports_say_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    """Only the outcome differs: accepted before, loaded afterwards."""
    pipeline.run(**FILES)

    for key, content in FILES.items():
        path = tmp_path / key
        path.write_bytes(content)
        before = reports.of_file(path, Rules(), rows=1)
        after = reports.of_ledger(pipeline.warehouse_url, key, rows=1)

        assert (before.outcome, after.outcome) in {("accepted", "loaded"), ("refused", "refused")}
        assert replace(before, outcome=after.outcome) == after
        assert list(replace(before, outcome=after.outcome).lines()) == list(after.lines())


def test_the_report_is_on_the_newest_file_of_a_name(pipeline: Pipeline) -> None:
    """A corrected file has no rejected row any more."""
    pipeline.run(a=csv_of(sale(1), sale(2, total="9.99")))
    assert not reports.of_ledger(pipeline.warehouse_url, "a", rows=9).is_clean

    pipeline.run(a=csv_of(sale(1), sale(2)))
    assert reports.of_ledger(pipeline.warehouse_url, "a", rows=9).is_clean


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("a", "a is not in the ledger"), ("caf\udce9.csv", "caf\N{REPLACEMENT CHARACTER}.csv is not UTF-8")],
)
def test_a_name_that_the_ledger_does_not_have_gets_a_sentence(
    pipeline: Pipeline, name: str, sentence: str
) -> None:
    """The exit code is 2."""
    with pytest.raises(UsageError, match=sentence) as raised:
        reports.of_ledger(pipeline.warehouse_url, name, rows=9)
    assert raised.value.status == 2
