"""A file in a store's folder has sales of that store alone, if the setting says so."""

import pytest

from chalicelib.errors import SettingsError
from chalicelib.model import Rules
from chalicelib.settings import rules
from tests.support.staged_parts import Staged, stage

LEEDS = b'25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45",2.45,CARD,\r\n'
YORK = LEEDS.replace(b"Leeds", b"York")
SAME_STORE = LEEDS.replace(b"Leeds", b" LEEDS ")
OWN = Rules(store_folders=True)


def staged(*lines: bytes, object_key: str, settings: Rules = OWN) -> Staged:
    return stage(b"".join(lines), object_key=object_key, rules=settings)


def test_a_file_with_another_stores_sales_is_refused_in_a_stores_folder() -> None:
    """Even if most of its sales are the folder's own, and none of them is staged."""
    refused = staged(LEEDS, LEEDS, YORK, object_key="leeds/25-08-2021.csv")

    assert (refused.reason, refused.sales) == ("other_store", [])
    assert "York" not in refused.request.sentence


@pytest.mark.parametrize(
    "object_key", ["leeds/25-08-2021.csv", "Leeds/2021/08/25/till.csv", "store=LEEDS/a.csv"]
)
def test_the_stores_own_sales_are_accepted_however_its_name_is_written(object_key: str) -> None:
    assert staged(LEEDS, SAME_STORE, object_key=object_key).reason == ""


@pytest.mark.parametrize("object_key", ["leeds.csv", "2021/08/25/leeds.csv", "year=2021/leeds.csv"])
def test_outside_a_stores_folder_a_file_may_have_sales_of_any_store(object_key: str) -> None:
    assert staged(LEEDS, YORK, object_key=object_key).reason == ""


def test_folders_do_not_matter_by_default() -> None:
    assert staged(YORK, object_key="leeds/25-08-2021.csv", settings=Rules()).reason == ""


@pytest.mark.parametrize(("text", "expected"), [("", False), ("no", False), ("yes", True)])
def test_the_setting_is_yes_or_no(text: str, expected: bool) -> None:  # noqa: FBT001 - a value of the test
    assert rules({"STORE_FOLDERS": text}).store_folders is expected


def test_another_value_of_the_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="STORE_FOLDERS is neither yes nor no"):
        rules({"STORE_FOLDERS": "leeds"})
