"""Settings are read from the environment, which has to be complete."""

import pytest

from chalicelib.errors import SettingsError
from chalicelib.settings import Settings, rules

ENVIRONMENT = dict.fromkeys(
    [
        "RAW_BUCKET",
        "PROCESSED_BUCKET",
        "LOAD_QUEUE",
        "INGEST_FUNCTION",
        "NOTICE_TOPIC",
        "HASH_KEY_SECRET",
    ],
    "x",
)


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", [None, " "])
def test_a_missing_setting_is_named_in_one_sentence(name: str, value: str | None) -> None:
    values: dict[str, str | None] = {**ENVIRONMENT, name: value}
    environment = {key: text for key, text in values.items() if text is not None}
    with pytest.raises(SettingsError, match=rf"^The environment variable {name} is not set[^.]*\.md[^.]*\.$"):
        Settings.from_environment(environment)


def test_stores_are_a_list_of_names_with_commas_between_them() -> None:
    """A name of which nothing remains to compare, such as dashes, is left out."""
    assert rules({"STORES": " Leeds,London  Soho,, -_ ,"}).stores == ("Leeds", "London Soho")
    assert rules({}).stores == ()
