"""The points to be looked at: which, in which order, and for how long."""

from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.people.report.attention import Point, points, refused_points
from chalicelib.people.report.rows import ExpectedDay, RejectedRow, SuspectRow
from tests.support.report_rows import SUNDAY, days_before, file_without_sales, report_rows, stated_day

MORNING = datetime.combine(SUNDAY, datetime.min.time()) + timedelta(days=1, hours=7)


def test_each_kind_has_its_sentence_and_its_place() -> None:
    rows = report_rows(
        expected_days=[ExpectedDay("York", SUNDAY, is_missing=True)],
        stated_days=[
            stated_day(rows_read=20, rows_rejected=5),
            stated_day(
                file_id=7, object_key="b.csv", status="superseded", rows_read=3, total=Decimal("7.50")
            ),
            stated_day(file_id=8, object_key="b.csv"),
        ],
        files_without_sales=[file_without_sales("stock.csv")],
        rejected_rows=[RejectedRow(1000, 9, "The total is 4.90, but the items add up to 4.70.")],
        suspect_sales=[SuspectRow("Leeds", 2, Decimal("4.90"))],
    )

    assert points(rows) == [
        Point("York", "no sales of this day have come; all figures are without them.", SUNDAY),
        Point("stock.csv", "refused. The file is empty.", None),
        Point(
            "leeds_03-04-2022.csv",
            "5 of 20 rows rejected; the rest is counted."
            " The first is line 9: The total is 4.90, but the items add up to 4.70.",
            SUNDAY,
        ),
        Point("b.csv", "replaced: 2 sales, £5.00 instead of 3 sales, £7.50.", SUNDAY),
        Point("Leeds", "2 sales, £4.90, may be in two files in different words; all are counted.", SUNDAY),
    ]


def test_points_of_earlier_days_stay_until_somebody_mends_them() -> None:
    """They stand behind those of the day, the newest first. Five weeks ago is too long ago."""
    rows = report_rows(
        stated_days=[stated_day(days=days, rows_rejected=1) for days in (3, 0)],
        files_without_sales=[
            file_without_sales(f"leeds_{days_before(days):%d-%m-%Y}.csv") for days in (35, 27, 2)
        ],
    )

    assert [point.day for point in points(rows)] == [days_before(days) for days in (0, 2, 3, 27)]


def test_a_refused_file_without_a_day_belongs_to_the_last_day_with_sales_before_it_came() -> None:
    """What came on Monday morning is Sunday's, unless Monday has sales already."""
    file = file_without_sales("stock.csv", last_modified=MORNING)

    assert len(points(report_rows(files_without_sales=[file]))) == 1
    assert len(points(report_rows(files_without_sales=[file], next_day=days_before(-2)))) == 1
    assert points(report_rows(files_without_sales=[file], next_day=days_before(-1))) == []


def test_a_refused_file_of_a_later_day_is_not_the_days() -> None:
    assert points(report_rows(files_without_sales=[file_without_sales("leeds_04-04-2022.csv")])) == []


def test_the_report_of_a_store_has_its_own_files_only() -> None:
    files = [file_without_sales(f"{name}_03-04-2022.csv") for name in ("leeds", "york", "sales")]

    assert [point.subject for point in points(report_rows(files_without_sales=files, store_name="York"))] == [
        "york_03-04-2022.csv"
    ]


def test_a_store_whose_file_is_refused_is_not_missing_besides() -> None:
    rows = report_rows(
        expected_days=[ExpectedDay("York", SUNDAY, is_missing=True)],
        files_without_sales=[file_without_sales("york_03-04-2022.csv")],
    )

    assert [point.subject for point in points(rows)] == ["york_03-04-2022.csv"]


def test_a_file_that_was_refused_twice_is_one_point() -> None:
    files = [
        file_without_sales("a.csv"),
        file_without_sales("a.csv", sentence="Again.", last_modified=MORNING),
    ]

    assert [point.sentence for point in points(report_rows(files_without_sales=files))] == ["refused. Again."]
    assert len(refused_points(files)) == 1
