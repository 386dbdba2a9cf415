"""Keys of raw objects that are refused, since they could be mistaken for another file's."""

import pytest

from tests.support.pipeline import csv_of, sale
from tests.support.staged_parts import stage


@pytest.mark.parametrize(
    "key", ["leeds.csv ", "leeds\n.csv", "leeds\r\n.csv", "leeds\u2003", "2021/\x07leeds.csv"]
)
def test_a_key_with_a_blank_at_its_end_or_a_control_character_is_refused(key: str) -> None:
    assert stage(csv_of(sale()), object_key=key).request.reason == "bad_key"


@pytest.mark.parametrize("key", ["leeds.csv", "a day/leeds day.csv", " leeds.csv", "café é.csv"])
def test_other_keys_are_read(key: str) -> None:
    assert stage(csv_of(sale()), object_key=key).request.reason == ""
