"""The store that gets the mails about a file."""

from chalicelib.people.recipients import SEVERAL_STORES, recipient

STORES = ["Leeds", "London", "Soho", "London Soho"]


def test_a_name_speaks_of_one_known_store_or_of_none() -> None:
    """Where two stores fit, nobody is told another store's news."""
    assert recipient("london_soho_25-08-2021.csv", "", "", STORES) == "London Soho"
    assert recipient("leeds/london_25-08-2021.csv", "", "", STORES) == ""
    assert recipient("york_25-08-2021.csv", "", "", STORES) == ""


def test_the_rows_decide_before_the_name() -> None:
    assert recipient("leeds.csv", "York", "", STORES) == "York"
    assert recipient("leeds.csv", "", "", STORES) == "Leeds"


def test_a_refused_file_with_rows_of_several_stores_is_head_offices() -> None:
    assert recipient("leeds.csv", "", SEVERAL_STORES, STORES) == ""
