"""Which versions are current, by names and days: rolling names, files without sales, withdrawn and erased ones."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from chalicelib.load.decisions import Days, Decisions, StoreDays, decide, decide_removal
from chalicelib.model import LoadRequest, Parts, SourceVersion, Status

if TYPE_CHECKING:
    from chalicelib.load.ledger import Entry

MIDNIGHT = datetime.fromisoformat("2021-09-01")
DATED, ROLLING = "leeds_25-08-2021.csv", "sales.csv"


def stated(*days: int, store: str = "leeds") -> StoreDays:
    """Return days of August 2021."""
    return frozenset((store, date(2021, 8, day)) for day in days)


class Ledger:
    """A ledger in memory, and batches that are decided one after the other."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.days: dict[int, StoreDays] = {}
        self.latest: Decisions

    def load(self, *files: tuple[LoadRequest, StoreDays]) -> list[str]:
        """Decide on a batch; return the status of each file, or `unchanged`."""
        self.latest = decide(
            [request for request, _ in files],
            self.entries.values(),
            days=Days({request.ingest_id: days for request, days in files}, self.days),
            newest={},
            greatest_file_id=max(self.entries, default=0),
            loaded_at=MIDNIGHT,
        )
        new = self.latest.new
        self.days |= {new[request].file_id: days for request, days in files if request in new}
        self.entries |= {entry.file_id: entry for entry in [*self.latest.changed, *new.values()]}
        return [str(new[request].status) if request in new else "unchanged" for request, _ in files]

    def remove(self, file_id: int, status: Status) -> None:
        """Withdraw or erase a file."""
        self.latest = decide_removal(self.entries.values(), [file_id], status)
        self.entries |= {entry.file_id: entry for entry in self.latest.changed}

    def statuses(self) -> list[str]:
        """Return the statuses of all rows, in order."""
        return [str(entry.status) for _, entry in sorted(self.entries.items())]


def refusal(key: str, second: int, *, content: str = "") -> tuple[LoadRequest, StoreDays]:
    """Return the request for an upload that nobody can read."""
    request, days = upload(key, second, stated(), content=content)
    return replace(request, reason="unrecognised", sentence="Nobody can read it."), days


def upload(
    key: str, second: int, days: StoreDays, *, content: str = "", sales: int | None = None
) -> tuple[LoadRequest, StoreDays]:
    """Return the request for an upload, and its days; its content is its own unless it is named."""
    request = LoadRequest(
        ingest_id=1000 + second,
        source=SourceVersion(key, f"v{second}", "e", MIDNIGHT + timedelta(seconds=second), f"{second:064}"),
        content_sha256=content or f"content of {key} at {second}",
        hash_key_id="k",
        rows_read=len(days) if sales is None else sales,
        rows_rejected=0,
        items=0,
        total=Decimal(0),
        reason="",
        sentence="",
        parts=Parts("", "", "", ""),
    )
    return request, days


def test_under_a_name_with_a_day_the_newest_version_covers_all_before_it() -> None:
    """Whichever days it states."""
    ledger = Ledger()

    ledger.load(upload(DATED, 1, stated(24, 25)))

    assert ledger.load(upload(DATED, 2, stated(25))) == ["loaded"]
    assert ledger.statuses() == ["superseded", "loaded"]
    assert ledger.latest.leaving == {1: 2}


def test_under_a_rolling_name_days_stand_beside_each_other() -> None:
    """A till that always exports sales.csv loses no day."""
    ledger = Ledger()

    assert [ledger.load(upload(ROLLING, day, stated(day))) for day in (1, 2, 3)] == [["loaded"]] * 3
    assert ledger.load(upload(ROLLING, 4, stated(2))) == ["loaded"]

    assert ledger.statuses() == ["loaded", "superseded", "loaded", "loaded"]


def test_a_week_covers_its_days_and_a_month_to_date_all_before_it() -> None:
    ledger = Ledger()
    ledger.load(upload(ROLLING, 1, stated(1)), upload(ROLLING, 2, stated(9)))

    ledger.load(upload(ROLLING, 3, stated(*range(1, 8))))
    assert ledger.statuses() == ["superseded", "loaded", "loaded"]

    ledger.load(upload(ROLLING, 4, stated(*range(1, 10))))
    assert ledger.statuses() == ["superseded"] * 3 + ["loaded"]


def test_an_older_version_that_comes_late_is_covered_in_the_same_way() -> None:
    ledger = Ledger()
    ledger.load(upload(ROLLING, 5, stated(1, 2)))

    assert ledger.load(upload(ROLLING, 1, stated(1)), upload(ROLLING, 2, stated(3))) == [
        "superseded",
        "loaded",
    ]
    assert ledger.entries[2].superseded_by == 1


def test_the_days_of_another_store_are_other_days() -> None:
    ledger = Ledger()
    ledger.load(upload(ROLLING, 1, stated(1, store="york")))

    ledger.load(upload(ROLLING, 2, stated(1)))

    assert ledger.statuses() == ["loaded", "loaded"]


def test_a_content_that_is_uploaded_again_covers_what_came_between() -> None:
    """Its row gets the version of the new upload, which is the newest by then."""
    ledger = Ledger()
    ledger.load(upload(ROLLING, 1, stated(1, 2), content="both"))
    ledger.load(upload(ROLLING, 2, stated(1)))
    assert ledger.statuses() == ["loaded", "loaded"]

    assert ledger.load(upload(ROLLING, 3, stated(1, 2), content="both")) == ["unchanged"]

    assert ledger.statuses() == ["loaded", "superseded"]
    assert ledger.entries[2].superseded_by == 1


def test_a_file_without_sales_is_a_closed_day_and_never_a_duplicate() -> None:
    """All headers look alike, so many files have this content."""
    ledger = Ledger()

    assert ledger.load(upload("a_01-08-2021.csv", 1, stated(), content="header")) == ["loaded"]
    assert ledger.load(upload("b_01-08-2021.csv", 2, stated(), content="header")) == ["loaded"]

    assert [entry.sales_file_id for entry in ledger.entries.values()] == [None, None]
    assert ledger.latest.loaded_file_ids == frozenset()


def test_a_file_without_sales_does_not_replace_one_with_sales() -> None:
    """It is refused, and says what to do. Uploaded once more, it changes nothing."""
    ledger = Ledger()
    ledger.load(upload(DATED, 1, stated(25)))

    assert ledger.load(upload(DATED, 2, stated(), content="header")) == ["refused"]
    assert "withdraw" in ledger.entries[2].sentence
    assert ledger.load(upload(DATED, 3, stated(), content="header")) == ["unchanged"]

    assert ledger.statuses() == ["loaded", "refused"]
    assert ledger.latest.leaving == {}


def test_a_file_without_sales_is_refused_although_the_same_batch_has_the_file_with_sales_again() -> None:
    """As it is if they come one after the other."""
    ledger = Ledger()
    ledger.load(upload(DATED, 1, stated(25), content="day"))

    empty, again = upload(DATED, 2, stated()), upload(DATED, 3, stated(25), content="day")

    assert ledger.load(again, empty) == ["unchanged", "refused"]
    assert ledger.statuses() == ["loaded", "refused"]


def test_under_a_rolling_name_a_file_without_sales_stands_beside_the_others() -> None:
    ledger = Ledger()
    ledger.load(upload(ROLLING, 1, stated(25)))

    assert ledger.load(upload(ROLLING, 2, stated())) == ["loaded"]
    assert ledger.load(upload(ROLLING, 3, stated())) == ["loaded"]

    assert ledger.statuses() == ["loaded", "superseded", "loaded"]


@pytest.mark.parametrize("key", [DATED, ROLLING])
def test_nothing_older_than_a_withdrawn_version_comes_back(key: str) -> None:
    """But a newer upload counts, even of the same content."""
    ledger = Ledger()
    ledger.load(upload(key, 5, stated(25), content="day"))

    ledger.remove(1, Status.WITHDRAWN)

    assert ledger.latest.leaving == {1: 0}
    assert ledger.load(upload(key, 5, stated(25), content="day")) == ["unchanged"]
    assert ledger.load(upload(key, 4, stated(25))) == ["superseded"]
    assert ledger.load(upload(key, 6, stated(25), content="day")) == ["loaded"]


def test_under_an_erased_key_nothing_older_comes_back_whatever_days_it_has() -> None:
    """Its own days are not known any more."""
    ledger = Ledger()
    ledger.load(upload(ROLLING, 5, stated(25)))

    ledger.remove(1, Status.ERASED)
    ledger.days.clear()

    assert ledger.load(upload(ROLLING, 4, stated(1, 2, 3))) == ["superseded"]
    erased = ledger.entries[1]
    assert (erased.rows_read, erased.items, erased.store_name, erased.sentence) == (0, 0, "", "")


def test_a_withdrawn_copy_of_the_archive_covers_and_states_nothing() -> None:
    """A rebuild from the archive has the same sales."""
    ledger = Ledger()
    request, days = upload(DATED, 5, stated(25))

    assert ledger.load((replace(request, is_withdrawn=True), days)) == ["withdrawn"]

    assert ledger.latest.loaded_file_ids == frozenset()
    assert ledger.load(upload(DATED, 4, stated(25))) == ["superseded"]


def test_copies_of_one_second_are_as_old_in_a_rebuild_as_when_they_came() -> None:
    """The week came late, after the newer day of its second: it does not cover that day."""
    day, week = upload(ROLLING, 2, stated(1)), upload(ROLLING, 1, stated(1, 2))
    archived = [
        (
            replace(request, archived_file_id=number, source=replace(request.source, last_modified=MIDNIGHT)),
            days,
        )
        for number, (request, days) in enumerate((day, week), 1)
    ]
    ledger = Ledger()

    assert [ledger.load(copy) for copy in archived] == [["loaded"], ["loaded"]]

    assert ledger.statuses() == ["loaded", "loaded"]


def test_a_duplicate_states_the_sales_when_the_original_is_withdrawn() -> None:
    ledger = Ledger()
    ledger.load(upload("a_25-08-2021.csv", 1, stated(25), content="day"))
    ledger.load(upload("b_25-08-2021.csv", 2, stated(25), content="day"))

    ledger.remove(1, Status.WITHDRAWN)

    assert ledger.statuses() == ["withdrawn", "loaded"]
    assert ledger.entries[2].sales_file_id == 1
    assert ledger.latest.leaving == {}


@pytest.mark.parametrize(("key", "replaced_by"), [(DATED, 2), (ROLLING, None)])
def test_a_refusal_of_a_day_names_the_newer_version_that_could_be_read(
    key: str, replaced_by: int | None
) -> None:
    """It stays refused. Under a rolling name it waits."""
    ledger = Ledger()
    ledger.load(refusal(key, 1))

    ledger.load(upload(key, 2, stated(25)))

    assert ledger.statuses() == ["refused", "loaded"]
    assert ledger.entries[1].superseded_by == replaced_by


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.ERASED])
def test_a_removal_leaves_a_replaced_refusal_replaced(status: Status) -> None:
    """The raw bucket has its bytes no more."""
    ledger = Ledger()
    ledger.load(refusal(DATED, 1), upload(DATED, 2, stated(25)))

    ledger.remove(2, status)
    ledger.load(refusal(DATED, 0))

    assert [ledger.entries[file_id].superseded_by for file_id in (1, 3)] == [2, 2]


def test_a_refusal_that_comes_after_the_erasure_of_its_rolling_key_does_not_wait() -> None:
    """An erasure takes every version of a key out of the raw bucket."""
    ledger = Ledger()
    ledger.load(upload(ROLLING, 2, stated(25)))
    ledger.remove(1, Status.ERASED)

    ledger.load(refusal(ROLLING, 1), refusal(ROLLING, 3))

    assert [ledger.entries[file_id].superseded_by for file_id in (2, 3)] == [1, None]


def test_a_replaced_refusal_waits_again_when_its_content_is_the_newest() -> None:
    ledger = Ledger()
    ledger.load(refusal(DATED, 1, content="bad"))
    ledger.load(upload(DATED, 3, stated(25)))

    ledger.load(refusal(DATED, 2, content="bad"))
    assert ledger.entries[1].superseded_by == 2

    ledger.load(refusal(DATED, 4, content="bad"))
    assert ledger.entries[1].superseded_by is None


def test_an_empty_file_that_is_refused_waits_until_a_newer_version() -> None:
    """It came twice: its row has the newest upload, which a version between both does not replace."""
    ledger = Ledger()
    ledger.load(upload(DATED, 1, stated(25)))
    ledger.load(upload(DATED, 2, stated(), content="empty", sales=0))
    ledger.load(upload(DATED, 3, stated(25)))
    assert ledger.entries[2].superseded_by == 3

    ledger.load(upload(DATED, 4, stated(), content="empty", sales=0))
    assert ledger.statuses() == ["superseded", "refused", "loaded"]
    assert ledger.entries[2].superseded_by is None


def test_each_of_two_requests_for_a_version_that_the_ledger_has_is_for_its_row() -> None:
    """Without version ids and sequencers, only the decision on all of a key shows that the version is not new."""
    ledger = Ledger()

    def unversioned(ingest_id: int, second: int) -> tuple[LoadRequest, StoreDays]:
        request, days = upload(DATED, second, stated(25))
        source = replace(request.source, version_id="", sequencer="")
        return replace(request, ingest_id=ingest_id, source=source), days

    ledger.load(unversioned(1, 1))
    ledger.load(unversioned(2, 2))
    assert ledger.load(unversioned(3, 1), unversioned(4, 1)) == ["unchanged", "unchanged"]

    assert [entry.file_id for entry in ledger.latest.unchanged.values()] == [1, 1]
    assert ledger.statuses() == ["superseded", "loaded"]


def test_each_of_two_uploads_of_a_refused_file_without_sales_is_for_its_row() -> None:
    ledger = Ledger()
    ledger.load(upload(DATED, 1, stated(25)))
    ledger.load(upload(DATED, 2, stated(), content="header"))

    ledger.load(upload(DATED, 3, stated(), content="header"), upload(DATED, 4, stated(), content="header"))

    assert [entry.file_id for entry in ledger.latest.unchanged.values()] == [2, 2]
