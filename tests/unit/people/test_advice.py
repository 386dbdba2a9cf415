"""Every reason for a refusal has advice."""

from typing import get_args

from chalicelib.load.ledger import NO_SALES_LEFT
from chalicelib.people.advice import BY_REASON, USUAL, advice
from chalicelib.reading.reasons import FileReason


def test_every_refusal_says_what_to_do() -> None:
    """A reason without advice of its own has the usual one."""
    assert all(advice(reason).endswith(".") for reason in get_args(FileReason))
    assert advice("total_too_large") == USUAL


def test_a_file_that_needs_another_name_is_not_uploaded_under_the_same_one() -> None:
    for reason in ("bad_key", "long_key", "without_store"):
        assert "under the same name" not in advice(reason)


def test_there_is_no_advice_on_a_reason_that_is_none() -> None:
    assert BY_REASON.keys() <= {*get_args(FileReason), NO_SALES_LEFT}
