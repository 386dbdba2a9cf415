"""Mails of all kinds, letter by letter: `golden/<kind>.txt` has what people get."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.model import Status
from chalicelib.operations.sweep_steps import STILL_NOT_LOADED
from chalicelib.people import notices, stores, summaries
from chalicelib.people.file_lines import FaultCount, File
from chalicelib.people.mails import Mail
from chalicelib.people.recipients import SEVERAL_STORES
from chalicelib.people.summaries import BestSeller, Figures, Morning, State, StoreDay
from tests.support.load_requests import outcome

GOLDEN = Path(__file__).with_name("golden")
LONG = "Café de l'Étoile " * 11 + "Saint-Rémy où"
HEADER = "The header has no known heading for the items. Not known: Warenkorb."
TIME = "The date or the time is missing, impossible, or not written like 25/08/2021 09:00."
PRICE = "An item has no price, or its price is not an amount in pounds such as 2.45."

REFUSED = File(7, "étoile_25-08-2021_09-00-00.csv", "", 0, 0, "unknown_header", HEADER, "")
EMPTY = File(9, "étoile_26-08-2021.csv", "", 0, 0, "empty", "The file is empty.", "")
MIXED = File(
    10, "all.csv", "", 0, 0, "other_store", "The file is in the folder of one store.", SEVERAL_STORES
)
REJECTED = File(8, "étoile/till 2/2021-08-25.csv", LONG, 1400, 1203, "", "", "")
FAULTS = [
    FaultCount(8, PRICE, 1, 1204),
    FaultCount(8, TIME, 996, 12),
    *(FaultCount(8, f"A made-up mistake, the {number}th.", 1, number) for number in range(4, 16)),
    FaultCount(5, "A mistake of another file.", 3, 1),
]
MORNING = Morning(
    day=date(2021, 8, 25),
    store_days=[
        StoreDay(
            LONG,
            State.SOLD,
            Figures(282, 511, Decimal("1234.50")),
            Figures(300, 511, Decimal("1100.00")),
            [BestSeller(1045, "Large Flat white"), BestSeller(9, "é" * 200)],
            [REFUSED, REJECTED],
            ["The column of the customer's name is gone since 24/08/2021."],
        ),
        StoreDay("Leeds", State.MISSING, week_before=Figures(10, 20, Decimal("99.90"))),
        StoreDay("Soho", State.CLOSED),
        StoreDay("York", State.NOT_EXPECTED, files=[EMPTY]),
    ],
    files=[REFUSED, REJECTED, MIXED, EMPTY],
    faults=FAULTS,
    suspect_sales=12,
    new_suspect_sales=4,
)
BATCH = [
    replace(
        outcome(Status.LOADED), remarks="It replaces 3 sales of 25/08/2021, Leeds, which no longer count."
    ),
    replace(outcome(Status.LOADED), moves="It replaces 57 sales of an earlier version that it states again."),
    replace(outcome(Status.REFUSED, HEADER), reason="unknown_header"),
    outcome(Status.DUPLICATE, "This file has the same content as a.csv, which is already loaded."),
]


def mails() -> dict[str, Mail]:
    """Return a mail of each kind by its name."""
    of_files = stores.of_files([REFUSED, EMPTY, MIXED, REJECTED], FAULTS, ["Étoile"], "prod")
    failed = replace(BATCH[0].request, ingest_id=99)
    summary = summaries.to_stores(MORNING, "prod")
    usual_times = {LONG: time(19, 5), "Leeds": time(9, 30)}
    stuck = [BATCH[0].request.source]
    return {
        "digest": notices.of_load(BATCH, {failed: ValueError("at copy.py:12")}, stage="prod"),
        "sweep": notices.of_sweep(usual_times, stuck, STILL_NOT_LOADED, stage="prod"),
        **{mail.kind: mail.mail for mail in [*of_files, *stores.missing({LONG: time(19, 5)}, "prod")]},
        **{
            f"summary_{store.state}": mail.mail
            for store, mail in zip(MORNING.store_days, summary, strict=True)
        },
        "head_office": summaries.to_head_office(
            MORNING, "prod", "s3://ads-processed/reports/2021-08-25.html"
        ),
        "quiet_morning": summaries.to_head_office(Morning(date(2021, 8, 25), [], [], [], 12, 0), "", ""),
    }


MAILS = mails()


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_is_as_it_should_be(kind: str) -> None:
    """After a change on purpose, print the mail, read it aloud, and keep it."""
    mail = MAILS[kind]

    golden = (GOLDEN / f"{kind.replace(' ', '_')}.txt").read_text(encoding="utf-8")

    assert f"Subject: {mail.subject}\n\n{mail.text}\n" == golden


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_keeps_to_its_limits(kind: str) -> None:
    mail = MAILS[kind]

    assert len(mail.subject) < 100
    assert max(map(len, mail.text.splitlines())) <= 72
    assert len(LONG) == 200


def test_the_folder_has_no_other_mail() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {kind.replace(" ", "_") for kind in MAILS}


def test_ten_mails_to_stores_are_within_the_limit_of_one_call() -> None:
    """SNS takes 256 KiB for all mails of a call, with their subjects and attributes."""
    files = [REFUSED._replace(store_name=LONG, object_key="é" * 400)] * 1000

    [mail] = stores.of_files(files, [], [], "prod")

    assert len(mail.mail.text.encode()) > 20_000
    assert 10 * (len(repr(mail.entry).encode()) + 100) < 256 * 1024
