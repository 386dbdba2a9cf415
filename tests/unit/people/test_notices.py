"""Notices of a load."""

from dataclasses import replace

import pytest

from chalicelib.model import Status
from chalicelib.people import notices
from chalicelib.people.mails import Mail
from chalicelib.settings import Settings
from tests.support.load_requests import outcome
from tests.support.log_lines import log_lines, metrics_in


def test_a_notice_of_many_files_stays_short_and_begins_with_the_refused_ones() -> None:
    """It names two hundred files."""
    loaded = [outcome(Status.LOADED)] * 300
    lines = notices.of_load([*loaded, outcome(Status.REFUSED, "Empty.")]).text.splitlines()

    assert lines[:2] == ["leeds é.csv", "  refused: Empty."]
    assert (lines[2].partition(":")[0], lines[-1]) == ("  What to do", "… and 101 more.")
    assert lines[3] == "leeds é.csv: loaded: 2 sales, 12.30 pounds, 1 row rejected"


def test_a_notice_shows_keys_remarks_and_errors_on_one_line_each() -> None:
    """A store may write anything into its file's name and its own, and a failure may quote it."""
    loaded = outcome(Status.LOADED)
    failed = replace(loaded.request, source=replace(loaded.request.source, object_key="a\x1b[2J\n.csv"))
    odd = replace(loaded, remarks="Rows of Leeds\u202e\n.")

    lines = notices.of_load([odd], {failed: ValueError("no part of a\x1b[2J\n.csv")}).text.splitlines()

    assert lines[0] == (r"a\x1b[2J\n.csv: failed: no part of a\x1b[2J\n.csv; it is tried again")
    assert lines[2] == r"  Rows of Leeds\u202e\n."
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_a_channel_that_fails_stops_no_other_one(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A notice follows the commit: whatever a channel raises is logged, and the files stay loaded."""
    sent: list[str] = []

    def broken(_notice: Mail, _settings: Settings) -> None:
        raise OSError("the webhook of somebody's chat is down")

    def working(notice: Mail, _settings: Settings) -> None:
        sent.append(notice.subject)

    notice = notices.of_load([outcome(Status.LOADED)])
    settings = Settings("", "", "", "", "", "", "", "CafeEtl")
    monkeypatch.setattr(notices, "CHANNELS", (broken, working))
    assert notices.send(notice, settings)
    monkeypatch.setattr(notices, "CHANNELS", (broken,))
    assert not notices.send(notice, settings)

    assert sent == ["Cafe ETL: 1 loaded, 1 row rejected"]
    assert [(line["event"], line["call"], line["error"]) for line in log_lines(caplog)] == [
        ("report_failed", "broken", "OSError")
    ] * 2
    assert "webhook" not in caplog.text
    assert metrics_in(capsys.readouterr().out) == {"ReportsFailed": 2}
