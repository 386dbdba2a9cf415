"""The store that a file's name gives."""

import pytest

from chalicelib.people.named_stores import named_store

STORES = ("York", "New York", "Leeds", "Leeds 1", "Leeds 2", "Chester-le-Street", "Café Zoë", "Hull")


@pytest.mark.parametrize(
    ("object_key", "store"),
    [
        ("york_25-08-2021_09-00-00.csv", "York"),
        ("NEW-YORK 2021.08.25.csv", "New York"),
        ("leeds_25-08-2021.csv", "Leeds"),
        ("leeds_2_25-08-2021.csv", "Leeds 2"),
        ("leeds_2_08_2021.csv", "Leeds"),
        ("leeds_3_25-08-2021.csv", "Leeds"),
        ("chesterlestreet_25082021.csv", "Chester-le-Street"),
        ("cafe\u0301_zoe\u0308_25-08-2021.csv", "Café Zoë"),
        ("hull/2021/08/25/sales.csv", "Hull"),
        ("sales_25-08-2021.csv", ""),
        ("hullabaloo_25-08-2021.csv", ""),
        ("hull_and_york_25-08-2021.csv", ""),
        ("", ""),
    ],
)
def test_the_longest_name_of_a_store_is_meant(object_key: str, store: str) -> None:
    """Two stores in one name are a doubt."""
    assert named_store(object_key, STORES) == store
