"""When a request comes back that failed."""

from chalicelib.load import retries


def test_a_request_comes_back_after_a_minute_for_each_receive_and_a_quarter_of_an_hour_at_most() -> None:
    delays = [retries.delay(receives) for receives in (1, 2, 3, 14, 15, 16, 60, 10**9)]

    assert delays == [60, 120, 180, 840, 900, 900, 900, 900]


def test_a_request_is_tried_for_thirteen_hours() -> None:
    """1 + 2 + … + 15 minutes are two hours; after these come 44 quarters of an hour."""
    assert retries.retried_for() == 13 * 3600 == (120 + 44 * 15) * 60
