"""The mails after a batch: stores get those about their own files, head office a digest; each file is told once."""

import time
from typing import Any

import pytest

from chalicelib.load import mails as load_mails
from chalicelib.people import stores
from infra.subscriptions import filter_policy
from tests.support.pipeline import Pipeline, csv_of, sale
from tests.support.sent_mails import taken, to_head_office, to_stores
from tests.support.sweeps import logged

LEEDS = "leeds_25-08-2021_09-00-00.csv"
YORK = "york_25-08-2021_09-00-00.csv"
UNREADABLE = b"no sales\n"


def partly_rejected(store: str) -> bytes:
    """Return a file with one good row and two with other mistakes."""
    return csv_of(
        sale(1, store=store), sale(2, store=store, total="9.99"), sale(3, store=store, basket="Latte")
    )


@pytest.fixture
def known(pipeline: Pipeline) -> Pipeline:
    """Return a pipeline whose warehouse knows Leeds and York, without the mails of that."""
    pipeline.run(a=csv_of(sale(30)), b=csv_of(sale(30, store="York")))
    assert (to_stores(pipeline), to_head_office(pipeline)) == ([], [])
    return pipeline


@pytest.mark.engines("postgres", "redshift")
def test_each_store_gets_its_own_mails_and_nothing_else(known: Pipeline) -> None:
    """A filter names the store's key. It compares letter by letter, however the store is spelled in the file."""
    for queue, store in (("leeds-people", "Leeds"), ("york-people", "YORK")):
        known.subscribe(known.environment["STORE_TOPIC"], queue, filter_policy([store]))

    known.run(
        **{
            LEEDS: UNREADABLE,
            "till 2/25-08-2021.csv": partly_rejected("LEEDS"),
            YORK: partly_rejected("York"),
        }
    )

    leeds, york = taken(known, "leeds-people"), taken(known, "york-people")
    assert [(mail.store, mail.kind) for mail in leeds] == [("leeds", "refused"), ("leeds", "rejected")]
    assert [(mail.store, mail.kind) for mail in york] == [("york", "rejected")]
    assert leeds + york == to_stores(known)
    assert "refused: The file is not a list of sales" in leeds[0].words
    assert "What to do: " in leeds[0].words
    assert f"{YORK}: 2 of 3 rows rejected line 2: " in york[0].words
    assert LEEDS not in york[0].text


def test_several_files_of_a_store_are_told_in_one_mail_of_a_kind(known: Pipeline) -> None:
    keys = [LEEDS, "leeds_26-08-2021.csv", "leeds/27-08-2021.csv"]

    known.run(**dict.fromkeys(keys, UNREADABLE), x=csv_of(sale(9)))

    [mail] = to_stores(known)
    assert (mail.kind, mail.subject) == ("refused", "Cafe ETL: 3 files refused, Leeds")
    assert all(mail.text.count(key) == 1 for key in keys)
    [digest] = to_head_office(known)
    assert digest.subject == "Cafe ETL: 1 loaded, 3 refused"


def test_a_redelivered_file_is_not_told_again(known: Pipeline) -> None:
    """Neither are an event that comes again, and an upload of the same bytes."""
    bodies = known.request(**{LEEDS: UNREADABLE, YORK: partly_rejected("York")})
    for delivery in (bodies, bodies, bodies[:1]):
        assert known.load(delivery) == []
    known.run(**{LEEDS: UNREADABLE})

    assert [(mail.store, mail.kind) for mail in to_stores(known)] == [
        ("leeds", "refused"),
        ("york", "rejected"),
    ]
    assert len(to_head_office(known)) == 1


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("sales.csv", UNREADABLE),
        ("bath_25-08-2021.csv", UNREADABLE),
        ("leeds_york_25-08-2021.csv", UNREADABLE),
        ("all_25-08-2021.csv", csv_of(sale(1), sale(2, store="York"), sale(3, total="9.99"))),
    ],
    ids=["no store in its name", "an unknown store", "two stores", "rows of two stores"],
)
def test_a_file_of_no_store_or_of_several_is_head_offices_alone(
    known: Pipeline, key: str, content: bytes
) -> None:
    known.run(**{key: content})

    assert to_stores(known) == []
    [digest] = to_head_office(known)
    assert key in digest.text


def test_a_refused_file_with_rows_of_several_stores_is_head_offices_though_its_name_speaks_of_one(
    known: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_FOLDERS", "yes")
    known.run(**{"leeds/25-08-2021.csv": csv_of(sale(1), sale(2, store="York"))})

    assert known.rows("select reason from load_files where status = 'refused'") == [("other_store",)]
    assert to_stores(known) == []
    [digest] = to_head_office(known)
    assert "Its rows are of several stores." in digest.words


def test_a_file_whose_columns_changed_places_is_told_to_the_store_of_its_name(known: Pipeline) -> None:
    """The names in the place of its stores are customers: they are neither stores nor in any mail."""
    rows = [sale(minute, store=f"Canary {minute}", name="Leeds") for minute in range(3)]

    known.run(**{LEEDS: csv_of(*rows)})

    assert known.rows("select reason from load_files where status = 'refused'") == [("swapped",)]
    [mail], [digest] = to_stores(known), to_head_office(known)
    assert (mail.store, mail.kind) == ("leeds", "refused")
    assert "Canary" not in mail.text + digest.text


def test_a_batch_without_anything_to_look_at_is_told_only_if_a_setting_says_so(
    known: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.run(c=csv_of(sale(1)))
    assert to_head_office(known) == []

    monkeypatch.setenv("NOTICES", "all")
    monkeypatch.setenv("STAGE", "prod")
    known.run(d=csv_of(sale(2)))

    assert [mail.subject for mail in to_head_office(known)] == ["Cafe ETL prod: 1 loaded"]


def test_the_digest_says_what_a_file_replaces(known: Pipeline) -> None:
    known.run(**{LEEDS: csv_of(sale(1), sale(2))})
    assert to_head_office(known) == []

    known.run(**{LEEDS: csv_of(sale(1), sale(3), sale(4, total="9.99"))})

    [digest] = to_head_office(known)
    assert digest.subject == "Cafe ETL: 1 loaded, 1 row rejected"
    assert "It replaces 1 sale of 25/08/2021, Leeds, which no longer counts." in digest.words
    assert "It replaces 1 sale of an earlier version that it, or another file, states again." in digest.words


def test_a_failure_to_send_undoes_nothing_and_is_logged(
    known: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("STORE_TOPIC", "arn:aws:sns:eu-west-1:123456789012:no-topic")

    known.run(**{LEEDS: UNREADABLE})

    assert known.statuses()[LEEDS] == "refused"
    assert len(to_head_office(known)) == 1
    assert [line["call"] for line in logged(caplog, "report_failed")] == ["publish_batch"]


def test_without_the_topic_of_stores_only_head_office_gets_mail(
    known: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STORE_TOPIC")

    known.run(**{LEEDS: UNREADABLE})

    assert (len(to_stores(known)), len(to_head_office(known))) == (0, 1)


def test_a_warehouse_that_is_gone_after_the_commit_stops_nothing(
    known: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("Canary")

    monkeypatch.setattr(load_mails, "known_stores", fail)
    known.run(**{LEEDS: UNREADABLE})

    assert (len(to_stores(known)), len(to_head_office(known))) == (0, 1)
    [line] = logged(caplog, "report_failed")
    assert (line["call"], line["error"]) == ("send_to_stores", "ValueError")
    assert "Canary" not in caplog.text


def test_mails_to_many_stores_are_sent_ten_at_a_time_and_not_too_fast(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SNS ends a subscription by mail that gets more than ten a second: that of somebody who wants all stores."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    names = [f"Store {chr(65 + number // 26)}{chr(65 + number % 26)}" for number in range(41)]

    pipeline.run(**{f"{number}.csv": partly_rejected(name) for number, name in enumerate(names)})

    assert [mail.store for mail in to_stores(pipeline)] == sorted(name.casefold() for name in names)
    assert pauses.count(stores.PAUSE) == 4
    [digest] = to_head_office(pipeline)
    assert digest.subject == "Cafe ETL: 41 loaded, 82 rows rejected"
