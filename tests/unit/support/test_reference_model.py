"""The reference ledger and the bare definition of a current file agree, whatever the order of arrival."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.overlapping_files import CONTENTS, KEYS
from tests.support.reference_ledger import ReferenceLedger, Removal, Version
from tests.support.reference_tables import live_contents
from tests.support.union import Counted, union

Batches = list[list[Version]]


@st.composite
def histories(draw: st.DrawFn) -> Batches:
    """Draw uploads in batches, in an order that has nothing to do with their age, some of them twice."""
    names = st.tuples(st.sampled_from(KEYS), st.sampled_from(sorted(CONTENTS)))
    uploads = [
        Version(
            number, key, CONTENTS[name], "", datetime.fromisoformat("2021-09-01") + timedelta(hours=number)
        )
        for number, (key, name) in enumerate(draw(st.lists(names, min_size=1, max_size=10)))
    ]
    again = draw(st.lists(st.sampled_from(uploads), max_size=4))
    order = draw(st.permutations(uploads + again))
    ends = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {len(order)})
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def current(versions: Iterable[Version]) -> list[Version]:
    """Return the versions that can be read and that no newer one covers."""
    readable = [version for version in versions if not version.content.reason]
    return [version for version in readable if not any(newer.covers(version) for newer in readable)]


def sales_of(versions: Iterable[Version]) -> dict[Counted, int]:
    """Return what counts if these are the current files."""
    return union([sale for _, sale in version.content.sales] for version in versions)


def sales(ledger: ReferenceLedger) -> dict[Counted, int]:
    """Return what counts by a ledger."""
    return union([sale for _, sale in lines] for lines in live_contents(ledger).values())


@settings(max_examples=300, deadline=None, database=None)
@given(batches=histories())
def test_what_counts_follows_from_the_current_files_alone(batches: Batches) -> None:
    ledger, numbers = ReferenceLedger(), count(1)
    arrived: list[Version] = []
    for batch in batches:
        ledger.take(batch, lambda _name: next(numbers))
        arrived += batch

        assert sales(ledger) == sales_of(current(set(arrived)))


@settings(max_examples=300, deadline=None, database=None)
@given(batches=histories(), numbers=st.lists(st.integers(0, 9), max_size=3))
def test_a_withdrawal_takes_the_current_files_of_its_key(batches: Batches, numbers: list[int]) -> None:
    """Then nothing older comes back, and a rebuild from the archive has the same sales."""
    ledger, file_ids = ReferenceLedger(), count(1)
    ledger.take([version for batch in batches for version in batch], lambda _name: next(file_ids))
    keys = {KEYS[number % len(KEYS)] for number in numbers}
    remaining = [
        version
        for version in current({version for batch in batches for version in batch})
        if version.key not in keys
    ]
    for key in keys:
        ledger.remove(Removal("withdraw", key))
    assert sales(ledger) == sales_of(remaining)

    for batch in batches:
        ledger.take(batch, lambda _name: next(file_ids))
    assert sales(ledger) == sales_of(remaining)
    ledger.rebuild()
    assert sales(ledger) == sales_of(remaining)
