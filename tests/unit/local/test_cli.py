"""The command line as a whole: its help, and what it says when something cannot be done."""

import errno
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from local import cli
from local.commands import status as status_module
from local.state import PROJECT

COMMANDS = sorted(path.stem for path in (PROJECT / "local" / "commands").glob("[!_]*.py"))


def test_each_module_of_commands_is_a_command_of_its_name() -> None:
    assert sorted(cli.COMMANDS) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_has_a_sentence_and_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example is a command line; all of it fits into 80 columns, and every option has its words."""
    command = import_module(f"local.commands.{name}").command

    assert cli.main([name, "--help"]) == 0

    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) < 80
    assert "\n  Example: " in printed
    assert f"python -m local {name}" in printed.partition("\n  Example: ")[2]
    assert (command.help or "").partition("\n")[0].endswith(".")
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_the_help_lists_the_commands_in_the_order_in_which_they_are_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each has its whole sentence; the one that `up` runs itself is hidden."""
    assert cli.main(["--help"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.partition("Commands:\n")[2].splitlines()]
    assert [words[0] for words in lines[:3]] == ["up", "down", "status"]
    assert sorted(words[0] for words in lines) == sorted({*COMMANDS} - {"supervise"})
    assert all(words[-1].endswith(".") and not words[-1].endswith("...") for words in lines)


def test_the_help_makes_no_state(tmp_path: Path) -> None:
    assert cli.main(["--state", str(tmp_path / "state"), "up", "--help"]) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["nonsense"], ["up", "--nonsense"], ["put"], []])
def test_a_command_line_that_makes_no_sense_exits_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert "Usage: python -m local" in capsys.readouterr().err


def test_an_error_of_the_system_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the path and says what the system says."""

    def status(_folder: Path) -> int:
        Path("/dev/null/state").mkdir()
        return 0

    monkeypatch.setattr(status_module.command, "callback", click.pass_obj(status))

    assert cli.main(["status"]) == 1
    assert capsys.readouterr().err == "Could not read or write /dev/null/state: Not a directory.\n"


def test_a_state_folder_that_cannot_be_made_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It names the path, the system's reason, and the way on."""
    assert cli.main(["--state", "/dev/null/state", "status"]) == 1
    assert capsys.readouterr().err == (
        "Could not write to /dev/null/state: Not a directory."
        " Make it writable, or name another folder: `python -m local --state FOLDER …`.\n"
    )


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", "--output", "/dev/null/x"]) == 1
    assert capsys.readouterr().err == "Could not write the files to /dev/null/x: Not a directory.\n"


def test_a_full_disk_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_bytes(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as the system does: without a name

    monkeypatch.setattr(Path, "write_bytes", write_bytes)

    assert cli.main(["generate", "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"Could not write the files to {tmp_path}: No space left on device.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no device that is always full.")
def test_an_output_that_is_full_is_said_in_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "generate", "--output", str(tmp_path), "--sales", "1"]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            command, cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (result.returncode, result.stderr) == (1, "Could not read or write: No space left on device.\n")


def test_a_reader_that_leaves_ends_a_command_without_a_word(tmp_path: Path) -> None:
    """As `generate | head -1` does; the exit code is that of other programs then."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "local", "generate", "--output", str(tmp_path), "--sales", "1"]

    result = subprocess.run(
        command, cwd=PROJECT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )

    os.close(writing)
    assert (result.returncode, result.stderr) == (141, "")
