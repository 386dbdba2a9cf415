"""A raw bucket without versions: newer bytes are never taken for the ones that an event means, nor deleted for them."""

from tests.support.pipeline import UNVERSIONED, Pipeline, csv_of, sale
from tests.support.s3_clock import Clock

ONE_SALE, TWO_SALES = csv_of(sale(1)), csv_of(sale(2), sale(3))


def test_a_late_event_that_finds_newer_bytes_does_not_lend_them_its_sequencer(unversioned: Pipeline) -> None:
    """With the older sequencer, the newer bytes would count as older than they are."""
    first = unversioned.put_unversioned("a", ONE_SALE, "1")
    second = unversioned.put_unversioned("a", TWO_SALES, "2")

    late = unversioned.request_of(first)

    assert '"sequencer": ""' in late
    assert unversioned.load([late, unversioned.request_of(second)]) == []
    assert unversioned.count_sales() == 2


def test_bytes_that_were_uploaded_after_the_read_are_not_deleted(unversioned: Pipeline) -> None:
    """A load deletes only the bytes that it has loaded; the newer ones wait for their own event."""
    body = unversioned.request_of(unversioned.put_unversioned("a", ONE_SALE, "1"))
    newer = unversioned.put_unversioned("a", TWO_SALES, "2")

    assert unversioned.load([body]) == []
    assert unversioned.count_sales() == 1

    assert unversioned.load([unversioned.request_of(newer)]) == []
    assert unversioned.count_sales() == 2
    assert "Contents" not in unversioned.clients.s3.list_objects_v2(Bucket=UNVERSIONED)


def test_the_same_bytes_uploaded_again_are_not_deleted_when_the_first_ones_are_loaded(
    clock: Clock, unversioned: Pipeline
) -> None:
    """Another content came between them. If the third upload were lost, that content would count as the newest."""
    first = unversioned.request_of(unversioned.put_unversioned("a", ONE_SALE, "1"))
    second = unversioned.request_of(unversioned.put_unversioned("a", TWO_SALES, "2"))
    clock.tick()
    third = unversioned.put_unversioned("a", ONE_SALE, "3")

    assert unversioned.load([first]) == []
    assert unversioned.load([second]) == []
    assert unversioned.load([unversioned.request_of(third)]) == []

    assert unversioned.count_sales() == 1
