"""The settings for reading files that a user's shell has count in the local cloud, too."""

import pytest

from infra import second_part, template
from infra.chalice_stage import Options
from local.environment import LOAD_MINUTES, READING_SETTINGS, stack_parameters, worker_environment


def test_a_function_reads_files_as_the_users_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets no other variable of the shell."""
    monkeypatch.setenv("STORES", "Leeds,York")
    monkeypatch.setenv("RAW_BUCKET", "somebody-elses")
    monkeypatch.delenv("STORE_FOLDERS", raising=False)
    environment = worker_environment("http://127.0.0.1:1", "key")

    assert environment["STORES"] == "Leeds,York"
    assert environment.keys().isdisjoint({"RAW_BUCKET", "STORE_FOLDERS"})


def test_a_stack_gets_the_same_settings_as_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*READING_SETTINGS, LOAD_MINUTES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STORES", "Leeds,York")

    assert stack_parameters() == {"Stores": "Leeds,York", "LoadMinutes": "0"}


def test_files_are_loaded_at_once_here_unless_the_user_says_how_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On AWS a new stage loads six times a day."""
    monkeypatch.setenv("LOAD_MINUTES", "60")

    assert stack_parameters()["LoadMinutes"] == "60"
    assert worker_environment("http://127.0.0.1:1", "key")["LOAD_MINUTES"] == "60"


def test_the_settings_are_parameters_of_the_template_and_of_a_deployment() -> None:
    references = {name: {"Ref": parameter} for name, parameter in READING_SETTINGS.items()}

    assert references.items() <= second_part.VARIABLES.items()
    assert template.load()["Parameters"].keys() >= set(READING_SETTINGS.values())
    assert Options("", stores="Leeds").parameters()["Stores"] == "Leeds"
