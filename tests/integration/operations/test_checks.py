"""The sweep names missing stores and counts suspect sales."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.pipeline import Pipeline
from tests.support.sql_loads import MIDNIGHT, File, Item, Loads, Sale
from tests.support.sweeps import logged, notices, sweep

pytestmark = pytest.mark.engines("postgres", "redshift")

NOON = datetime(2021, 8, 27, 12)  # noqa: DTZ001 - in UTC, as all times of the ledger
CHEAPER = (Item(price=Item().price - 1),)


def send(loads: Loads, store: str, *days: float, at: float = 9, refused: bool = False) -> None:
    """Load files of a store: one on each day, counted back from the day of `NOON`, at an hour of the day."""
    # Day 1 at 9: 09:00 on the day before NOON's, in seconds from MIDNIGHT, as File counts them
    midnight = datetime.combine(NOON, datetime.min.time())
    for day in days:
        second = int((midnight - timedelta(days=day, hours=-at) - MIDNIGHT).total_seconds())
        sales = () if refused else (Sale(store=store, customer=f"{store} {day} {at}"),)
        loads.load(File(f"{store} {day} {at}", sales, second, reason="unrecognised" if refused else ""))


@pytest.fixture
def sent(pipeline: Pipeline, loads: Loads) -> Loads:
    """Return loads into the warehouse that the sweep asks."""
    return loads


def missing(at: datetime = NOON) -> list[str]:
    """Return the stores that a sweep names as missing."""
    stores: list[str] = sweep(at)["stores_missing"]
    return stores


def test_a_store_that_sends_on_most_days_but_not_today_is_missing(sent: Loads) -> None:
    """The days need not follow one another."""
    send(sent, "Leeds", 1, 3, 5, 7)
    send(sent, "York", 1, 2, 3, 4, 5, 6, 7)

    assert missing() == ["Leeds", "York"]


def test_a_store_that_sends_seldom_is_not_missing(sent: Loads) -> None:
    """Three days of seven are seldom. A second file on a day, or one of eight days ago, does not count."""
    send(sent, "Leeds", 1, 2, 3, 8)
    send(sent, "Leeds", 1, 2, 3, at=10)

    assert missing() == []


def test_a_store_that_has_sent_today_is_not_missing(sent: Loads) -> None:
    """A duplicate counts, too."""
    send(sent, "Leeds", 0, 1, 2, 3, 4)
    send(sent, "York", 1, 2, 3, 4)
    sent.load(File("copy", (Sale(store="York", customer="York 1 9"),), 86400 + 9 * 3600))
    assert sent.column("select status from load_files where object_key = 'copy'") == ["duplicate"]

    assert missing() == []


def test_a_refused_file_does_not_count_as_sent(sent: Loads) -> None:
    """Nobody can tell which store it belongs to."""
    send(sent, "Leeds", 1, 2, 3, 4)
    send(sent, "Leeds", 0, refused=True)

    assert missing() == ["Leeds"]


def test_refused_files_do_not_make_a_store_without_a_name(sent: Loads) -> None:
    send(sent, "Leeds", 1, 2, 3, 4, refused=True)

    assert missing() == []


def test_a_store_is_missing_an_hour_after_the_latest_of_its_usual_times(sent: Loads) -> None:
    """Only the first file of each day counts: later ones are corrections."""
    send(sent, "Leeds", 1, 2, 3, 4)
    send(sent, "Leeds", 5, at=9.5)
    send(sent, "Leeds", 1, at=20)

    assert missing(NOON.replace(hour=10, minute=30)) == []
    assert missing(NOON.replace(hour=10, minute=31)) == ["Leeds"]


def test_a_store_that_sends_just_before_midnight_is_missing_after_it(sent: Loads) -> None:
    """Its file of the day before is due only then. A file that came after midnight is the one."""
    send(sent, "Leeds", 1, 2, 3, 4, at=23.5)
    send(sent, "York", 1, 2, 3, 4, at=23.5)
    send(sent, "York", 0, at=24.25)
    midnight = NOON.replace(hour=0) + timedelta(days=1)

    assert missing(midnight + timedelta(minutes=30)) == []
    assert missing(midnight + timedelta(minutes=31)) == ["Leeds"]


def test_a_file_from_after_the_time_of_the_sweep_does_not_count(sent: Loads) -> None:
    """Such a file may exist where clocks differ."""
    send(sent, "Leeds", 1, 2, 3, 4)
    send(sent, "Leeds", 0, at=13)

    assert missing() == ["Leeds"]


def test_one_notice_reports_a_missing_store(
    pipeline: Pipeline, sent: Loads, caplog: pytest.LogCaptureFixture
) -> None:
    """The first sweep after its usual time sends it. Reports and log lines go on until the store sends a file."""
    send(sent, "Leeds", 1, 2, 3, 4)
    times = [NOON.replace(hour=10) + timedelta(minutes=minute) for minute in (-8, 7, 22)]

    assert [missing(at) for at in times] == [[], ["Leeds"], ["Leeds"]]

    assert [line["store_name"] for line in logged(caplog, "store_missing")] == ["Leeds"] * 2
    [(subject, text)] = notices(pipeline)
    assert subject == "Cafe ETL: 1 store missing"
    assert " ".join(text.split()).startswith(
        "Leeds: missing: no file has come yet; on the days before it came by 09:00 UTC What to do: "
    )


def test_a_sweep_that_runs_less_often_reports_a_missing_store_once_too(
    pipeline: Pipeline, sent: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reports the stores whose usual time has passed since the last sweep."""
    monkeypatch.setenv("SWEEP_MINUTES", "60")
    send(sent, "Leeds", 1, 2, 3, 4)

    for minute in (-8, 52, 112):
        missing(NOON.replace(hour=10) + timedelta(minutes=minute))

    assert len(notices(pipeline)) == 1


def suspects(loads: Loads) -> list[tuple[Any, ...]]:
    """Return key, time and total of the suspect sales."""
    return loads.rows(
        "select object_key, sold_in_minute::text, total_price::text from suspect_sales order by transaction_id"
    )


def test_sales_that_two_files_state_differently_are_suspect(sent: Loads) -> None:
    """Customer, store and minute are the same. Both sales stay, and the view has a row for each."""
    sent.load(File("a", (Sale(), Sale(5))))
    sent.load(File("b", (Sale(items=CHEAPER), Sale(6))))

    assert suspects(sent) == [("a", "2021-08-25 09:00:00", "2.45"), ("b", "2021-08-25 09:00:00", "1.45")]
    assert sweep()["suspect_sales"] == 2


def test_sales_of_one_file_are_not_suspect(sent: Loads) -> None:
    """Nor are those of two files that differ in customer and items, in store or minute, or in nothing."""
    both = (Sale(), Sale(items=CHEAPER))
    dearer = (Item(price=Item().price + 1),)
    sent.load(File("a", both))
    sent.load(File("b", (Sale(customer="bob", items=dearer), Sale(store="York"), Sale(1, items=CHEAPER))))
    sent.load(File("c", (*both, Sale(7))))

    assert suspects(sent) == []


def test_one_visit_of_two_names_in_two_files_is_suspect(sent: Loads) -> None:
    """Somebody may have mended the spelling of a name."""
    sent.load(File("a", (Sale(customer="ann"), Sale(5))))
    sent.load(File("b", (Sale(customer="anne"), Sale(6))))

    assert len(suspects(sent)) == 2


def test_sales_without_a_name_have_no_customer_in_common(sent: Loads) -> None:
    sent.load(File("a", (Sale(customer=""), Sale(5))))
    sent.load(File("b", (Sale(customer="", items=CHEAPER), Sale(6))))

    assert suspects(sent) == []


def test_a_correction_that_drops_a_suspect_sale_clears_the_other_one(sent: Loads) -> None:
    """Only current files count."""
    sent.load(File("a", (Sale(),)))
    sent.load(File("b", (Sale(items=CHEAPER),)))
    assert len(suspects(sent)) == 2

    sent.load(File("b", (Sale(1),), 1))

    assert suspects(sent) == []
