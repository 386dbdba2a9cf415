"""The summary of a day: its report, one mail to head office, and one to each store."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.load import mails as load_mails
from chalicelib.operations import summary
from chalicelib.people import stores
from chalicelib.settings import Settings
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale
from tests.support.sent_mails import to_head_office, to_stores
from tests.support.sweeps import logged

DAY = date(2021, 8, 25)
HEADER = "date,location,customer_name,products,total,payment_type,card_number\n"


def on(day: date, *rows: tuple[str, ...]) -> bytes:
    """Return a file of rows, all on one day."""
    return csv_of(*((f"{day:%d/%m/%Y}{row[0][10:]}", *row[1:]) for row in rows))


def summarise(day: date = DAY) -> dict[str, Any]:
    """Sum up a day."""
    return summary.summarise(Settings.from_environment(), day)


def forget(pipeline: Pipeline) -> None:
    """Take all mails that were sent until now."""
    to_stores(pipeline)
    to_head_office(pipeline)


def today() -> date:
    """Return the day whose hours up to the morning contain the present, if the morning is at midnight."""
    return datetime.now(UTC).date()


@pytest.mark.engines("postgres", "redshift")
def test_a_stores_figures_are_those_of_its_files(pipeline: Pipeline) -> None:
    """They are counted with plain csv and decimal."""
    week_before = on(DAY - timedelta(days=7), sale(1), sale(2))
    leeds = on(
        DAY,
        sale(1),
        sale(2, basket="Large Latte - 2.45, Mocha - 1.00", total="3.45"),
        *(sale(minute, basket="Tea - 1.05", total="1.05", name=str(minute)) for minute in range(3, 8)),
    )
    york = on(DAY, sale(5, store="York", basket="Regular Tea - 7.30", total="7.30"))
    pipeline.run(
        **{"leeds_18-08-2021.csv": week_before, "leeds_25-08-2021.csv": leeds, "york_25-08-2021.csv": york}
    )

    findings = summarise()

    rows = list(csv.reader(io.StringIO(leeds.decode())))
    revenue = sum(Decimal(row[4]) for row in rows)
    items = [name for row in rows for name in row[3].split(", ")]
    first, second = to_stores(pipeline)
    assert [(mail.store, mail.kind) for mail in (first, second)] == [
        ("leeds", "summary"),
        ("york", "summary"),
    ]
    assert f"Revenue, pounds {revenue} 4.90 " in first.words
    assert f"Sales {len(rows)} 2 " in first.words
    assert f"Items {len(items)} 2 " in first.words
    [(_, best), (_, second_best), *_] = Counter(items).most_common()
    assert f"Best sellers {best} Tea {second_best} Large Latte 1 Mocha" in first.words
    assert "Revenue, pounds 7.30 0.00 Sales" in second.words
    [mail] = to_head_office(pipeline)
    assert mail.subject == f"Cafe ETL: 25/08/2021: 2 stores sold {revenue + Decimal('7.30')} pounds"
    assert findings | {"report": ""} == {
        "day": "2021-08-25",
        "report": "",
        "stores_sold": 2,
        "stores_missing": [],
        "files_to_correct": 0,
        "mails_to_stores": 2,
    }


def test_the_days_report_is_written_and_its_address_mailed(pipeline: Pipeline) -> None:
    pipeline.run(**{"leeds_25-08-2021.csv": csv_of(sale(1))})

    address = summarise()["report"]

    assert address == f"s3://{PROCESSED}/reports/2021-08-25.html"
    stored = pipeline.clients.s3.get_object(Bucket=PROCESSED, Key="reports/2021-08-25.html")
    assert stored["ContentType"] == "text/html; charset=utf-8"
    page = stored["Body"].read().decode()
    assert page.casefold().startswith("<!doctype html>")
    assert "Leeds" in page
    assert f"Report: {address}" in to_head_office(pipeline)[0].text


def test_a_report_that_fails_keeps_no_mail_back(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run(**{"leeds_25-08-2021.csv": csv_of(sale(1))})

    def fail(*_: Any) -> bytes:
        raise ValueError("Canary")

    monkeypatch.setattr(summary, "day_report", fail)

    assert summarise()["report"] == ""

    assert len(to_stores(pipeline)) == len(to_head_office(pipeline)) == 1
    [line] = logged(caplog, "report_failed")
    assert (line["call"], line["error"]) == ("day_report", "ValueError")
    assert "Canary" not in caplog.text


def test_missing_stores_are_named_and_get_a_mail_and_closed_ones_are_not_missing(pipeline: Pipeline) -> None:
    yesterday = DAY - timedelta(days=1)
    for store in ("Leeds", "York", "Soho"):
        pipeline.run(**{f"{store}_{yesterday:%d-%m-%Y}.csv": on(yesterday, sale(1, store=store))})
    pipeline.run(**{"leeds_25-08-2021.csv": csv_of(sale(1)), "soho_25-08-2021.csv": HEADER.encode()})

    assert summarise()["stores_missing"] == ["York"]

    leeds, soho, york = to_stores(pipeline)
    assert "The store was closed: its file has no sales." in soho.words
    assert "No sales of this day have come. What to do: " in york.words
    [mail] = to_head_office(pipeline)
    assert mail.subject == "Cafe ETL: 25/08/2021: 1 store sold 2.45 pounds, 1 missing"
    assert "Missing: no sales of this day have come York" in mail.words
    assert "Best sellers" in leeds.text


def test_what_a_crash_kept_back_stands_in_the_mornings_mails(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function dies between commit and sending; the messages come again, and bring nothing new."""
    monkeypatch.setenv("SUMMARY_HOUR", "0")
    pipeline.run(known=csv_of(sale(30)))
    bodies = pipeline.request(
        **{
            "leeds_25-08-2021.csv": b"no sales\n",
            "b": csv_of(sale(1), sale(2, total="9.99")),
            "unknown.csv": b"no sales\n",
        }
    )
    with monkeypatch.context() as crash:
        crash.setattr(load_mails, "send", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pipeline.load(bodies)
    assert pipeline.load(bodies) == []
    assert (to_stores(pipeline), to_head_office(pipeline)) == ([], [])

    summarise(today())

    [leeds] = to_stores(pipeline)
    assert (leeds.store, leeds.kind) == ("leeds", "summary")
    assert "leeds_25-08-2021.csv refused: The file is not a list of sales" in leeds.words
    assert "b: 1 of 2 rows rejected line 2: " in leeds.words
    assert "unknown.csv" not in leeds.text
    [mail] = to_head_office(pipeline)
    assert mail.subject.endswith(": 0 stores sold 0.00 pounds, 2 files refused")
    assert "unknown.csv refused: " in mail.words


def test_a_file_is_told_in_the_summary_of_the_hours_in_which_it_came_and_of_its_own_day(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corrected file needs nobody any more."""
    monkeypatch.setenv("SUMMARY_HOUR", "0")
    pipeline.run(known=csv_of(sale(30)), **{"leeds_25-08-2021.csv": b"no sales\n"})

    corrections = [summarise(day)["files_to_correct"] for day in (today(), DAY, DAY - timedelta(days=1))]
    pipeline.run(**{"leeds_25-08-2021.csv": csv_of(sale(1))})
    corrections += [summarise(day)["files_to_correct"] for day in (today(), DAY)]

    assert corrections == [1, 1, 0, 0, 0]


def test_what_changed_in_how_a_stores_file_is_read_is_said(pipeline: Pipeline) -> None:
    """The header of the day before had the customer's name; York's file did not change."""
    columns = "date,location,{}products,total,payment_type,card_number\n"
    row = '{:%d/%m/%Y} 09:0{},{},{}"Large Latte - 2.45",2.45,CASH,\n'
    yesterday = DAY - timedelta(days=1)
    for day, name, heading in ((yesterday, "Jo,", "customer_name,"), (DAY, "", "")):
        text = columns.format(heading) + "".join(
            row.format(day, minute, "Leeds", name) for minute in range(3)
        )
        pipeline.run(**{f"leeds_{day:%d-%m-%Y}.csv": text.encode()})
        pipeline.run(**{f"york_{day:%d-%m-%Y}.csv": on(day, sale(1, store="York"))})
    assert set(pipeline.statuses().values()) == {"loaded"}
    forget(pipeline)

    summarise()

    sentence = "The column of the customer's name is gone since 24/08/2021."
    leeds, york = to_stores(pipeline)
    assert sentence in leeds.words
    assert "Changes" not in york.text
    assert f"Leeds: {sentence}" in to_head_office(pipeline)[0].words


def test_a_rise_of_suspect_sales_is_told_to_head_office(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files have different sales of one customer and minute."""
    monkeypatch.setenv("SUMMARY_HOUR", "0")
    pipeline.run(a=csv_of(sale(1)))
    pipeline.run(b=csv_of(sale(1, basket="Tea - 1.05", total="1.05")))
    assert pipeline.rows("select count(*) from suspect_sales") == [(2,)]
    forget(pipeline)

    summarise(today())
    summarise(today() - timedelta(days=1))

    new, old = to_head_office(pipeline)
    texts = {mail.words for mail in (new, old) if "Suspect" in mail.words}
    assert len(texts) == 1
    assert "Suspect: 2 sales in files that came since the morning before, 2 sales in all." in texts.pop()


def test_with_two_hundred_stores_head_office_gets_one_mail_a_batch_and_one_a_morning(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each store gets one mail of each kind that concerns it."""
    monkeypatch.setattr(stores, "PAUSE", 0)
    names = [f"Store {chr(65 + number // 26)}{chr(65 + number % 26)}é" for number in range(200)]
    files = {
        f"{name}_25-08-2021.csv": csv_of(sale(1, store=name), sale(2, store=name, total="9.99"))
        for name in names
    }

    pipeline.run(**files)
    batch = to_stores(pipeline), to_head_office(pipeline)
    summarise()
    morning = to_stores(pipeline), to_head_office(pipeline)

    keys = sorted(name.casefold() for name in names)
    assert [(mail.store, mail.kind) for mail in batch[0]] == [(key, "rejected") for key in keys]
    assert [(mail.store, mail.kind) for mail in morning[0]] == [(key, "summary") for key in keys]
    assert [len(batch[1]), len(morning[1])] == [1, 1]
    assert morning[1][0].subject == "Cafe ETL: 25/08/2021: 200 stores sold 490.00 pounds"


def test_no_mail_has_a_name_or_a_card(pipeline: Pipeline) -> None:
    """Rows are rejected in each column, so that a mistake might quote one."""
    good = sale(1, name="Canary Jo")
    bad = [
        ("25/13/2021 09:00", *good[1:]),
        *((*good[:place], "Canary=9", *good[place + 1 :]) for place in range(3, 6)),
        (*good[:2], "=Canary", *good[3:]),
        (*good[:3], "Canary 5494000000000000 - 2.45", *good[4:]),
    ]
    pipeline.run(**{"leeds_25-08-2021.csv": csv_of(good, *bad)})
    [rejected] = pipeline.rows("select rows_rejected from load_files")
    assert rejected[0] >= 5

    summarise()

    page = pipeline.clients.s3.get_object(Bucket=PROCESSED, Key="reports/2021-08-25.html")["Body"].read()
    mails = [*to_stores(pipeline), *to_head_office(pipeline)]
    assert [mail.kind for mail in mails] == ["rejected", "summary", "", ""]
    text = "".join(mail.subject + mail.text for mail in mails) + page.decode()
    assert "Canary" not in text
    assert "5494" not in text


def test_the_event_of_a_schedule_sums_up_the_day_before(pipeline: Pipeline) -> None:
    """Its time is in UTC."""
    assert pipeline.rows("select count(*) from load_files") == [(0,)]
    before = datetime.now(UTC).date()

    day = summary.handle({"detail-type": "Scheduled Event", "detail": {}})["day"]

    assert date.fromisoformat(day) + timedelta(days=1) in {before, datetime.now(UTC).date()}
    assert len(to_head_office(pipeline)) == 1
    assert to_stores(pipeline) == []


def test_the_event_may_name_a_day(pipeline: Pipeline) -> None:
    assert pipeline.rows("select count(*) from load_files") == [(0,)]

    assert summary.handle({"day": "2021-08-25"})["day"] == "2021-08-25"


@pytest.mark.parametrize(
    "day", ["", "25/08/2021", "2021-02-30", 7, "0001-01-01", "9999-12-31", "2021-08-25T09"]
)
def test_a_day_that_makes_no_sense_is_an_error_and_sends_nothing(pipeline: Pipeline, day: Any) -> None:
    with pytest.raises(RequestError, match="summary"):
        summary.handle({"day": day})

    assert to_head_office(pipeline) == []
