"""The settings for reading files that a user's shell has count in the local cloud, too."""

import pytest

from infra import template
from infra.deploying import Options
from local.environment import READING_SETTINGS, stack_parameters, worker_environment


def test_a_function_reads_files_as_the_users_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets no other variable of the shell."""
    monkeypatch.setenv("STORES", "Leeds,York")
    monkeypatch.setenv("RAW_BUCKET", "somebody-elses")
    monkeypatch.delenv("STORE_FOLDERS", raising=False)
    environment = worker_environment("http://127.0.0.1:1", "key")

    assert environment["STORES"] == "Leeds,York"
    assert environment.keys().isdisjoint({"RAW_BUCKET", "STORE_FOLDERS"})


def test_a_stack_gets_the_same_settings_as_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in READING_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STORES", "Leeds,York")

    assert stack_parameters() == {"Stores": "Leeds,York"}


def test_the_settings_are_parameters_of_the_template_and_of_a_deployment() -> None:
    references = {name: {"Ref": parameter} for name, parameter in READING_SETTINGS.items()}

    assert references.items() <= template.FROM_PARAMETERS.items()
    assert template.load()["Parameters"].keys() >= set(READING_SETTINGS.values())
    assert Options("", stores="Leeds").parameters()["Stores"] == "Leeds"
