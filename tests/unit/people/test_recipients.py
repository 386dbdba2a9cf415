"""The store that gets the mails about a file."""

import pytest

from chalicelib.people.recipients import SEVERAL_STORES, named_store, recipient

STORES = ["Leeds", "London", "Soho", "London Soho", "Chester-le-Street", "Street", "Unit 1", "Unit 2", "Ash"]


@pytest.mark.parametrize(
    ("key", "store"),
    [
        ("leeds_25-08-2021_09-00-00.csv", "Leeds"),
        ("LEEDS/2021-08-25.csv", "Leeds"),
        ("store=leeds/sales.csv", "Leeds"),
        ("london_soho_25-08-2021.csv", "London Soho"),
        ("soho_25-08-2021.csv", "Soho"),
        ("chester_le_street_25-08-2021.csv", "Chester-le-Street"),
        ("leeds/london_25-08-2021.csv", ""),
        ("york_25-08-2021.csv", ""),
        ("cash_25-08-2021.csv", ""),
        ("unit_2_25-08-2021.csv", ""),
        ("sales.csv", ""),
        ("", ""),
    ],
)
def test_a_name_speaks_of_one_known_store_or_of_none(key: str, store: str) -> None:
    """A longer name has a shorter one in it. Where two stores fit, nobody is told another store's news."""
    assert named_store(key, STORES) == store


def test_the_rows_decide_before_the_name() -> None:
    assert recipient("leeds.csv", "York", "", STORES) == "York"
    assert recipient("leeds.csv", "", "", STORES) == "Leeds"


def test_a_refused_file_with_rows_of_several_stores_is_head_offices() -> None:
    assert recipient("leeds.csv", "", SEVERAL_STORES, STORES) == ""
