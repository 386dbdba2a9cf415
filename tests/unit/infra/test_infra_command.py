"""The commands for AWS: their help pages, and what they say when AWS cannot be reached."""

import os
import shlex
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from infra.cli import COMMANDS, main
from local.state import PROJECT

NOBODY = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def infra(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command without anybody's settings and credentials."""
    neutral = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=PROJECT,
        env={**neutral, **NOBODY, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def page(command: str) -> str:
    """Return the help page of a command."""
    result = CliRunner().invoke(main, [command, "--help"], prog_name="python -m infra")
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example_that_it_accepts(name: str) -> None:
    lines = page(name).splitlines()
    example = shlex.split(lines[lines.index("  Example:") + 1])
    command = main.get_command(click.Context(main), name)
    assert command is not None

    assert lines[0].startswith(f"Usage: python -m infra {name} ")
    assert lines[2].strip().endswith(".")
    assert example[:4] == ["python", "-m", "infra", name]
    command.make_context(name, example[4:])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None

    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

    assert options
    assert [option.name for option in options if not (option.help or "").strip()] == []


def test_the_list_of_commands_has_a_whole_sentence_for_each() -> None:
    """A terminal of 80 columns would cut a longer one off."""
    output = CliRunner().invoke(main, ["--help"]).output
    lines = output.partition("Commands:\n")[2].splitlines()

    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert [line for line in lines if line.endswith("...")] == []


def test_the_command_for_vendor_imports_nothing_of_the_application() -> None:
    """`make venv` runs it first of all."""
    script = "import sys, infra.commands.vendor; print(*{name.partition('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert {"boto3", "botocore", "chalice", "chalicelib", "psycopg2", "yaml"}.isdisjoint(
        result.stdout.split()
    )


def test_an_unknown_command_is_a_usage_error() -> None:
    result = infra("undeploy")

    assert result.returncode == 2
    assert "No such command 'undeploy'" in result.stderr


@pytest.mark.parametrize("command", ["release", "change-set", "smoke", "destroy"])
def test_without_credentials_a_command_ends_with_a_sentence(command: str) -> None:
    result = infra(command, "--stage", "prod", AWS_DEFAULT_REGION="eu-west-1")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Unable to locate credentials. Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, until"
        ' `aws sts get-caller-identity` answers. For the local cloud run `eval "$(.venv/bin/python -m local env)"`.\n'
    )


def test_without_a_region_a_command_ends_with_a_sentence() -> None:
    result = infra("smoke")

    assert (result.returncode, result.stderr) == (
        1,
        "No region is set: set AWS_DEFAULT_REGION, to eu-west-1 for example.\n",
    )


def test_a_profile_that_does_not_exist_is_a_sentence() -> None:
    result = infra("smoke", AWS_PROFILE="nobody")

    assert result.returncode == 1
    assert result.stderr.startswith("The config profile (nobody) could not be found. Set AWS_PROFILE or ")


def test_no_stage_is_deleted_by_default() -> None:
    """Somebody who means prod has to say so."""
    result = infra("destroy", AWS_DEFAULT_REGION="eu-west-1")

    assert result.returncode == 2
    assert "--stage" in result.stderr


def test_a_parameter_is_a_name_and_a_value() -> None:
    result = infra("release", "NoticeEmail")

    assert result.returncode == 2
    assert "'NoticeEmail' is not NAME=VALUE" in result.stderr


@pytest.mark.parametrize("command", ["release", "change-set"])
def test_a_warehouse_of_another_scheme_is_refused_before_aws_is_called(command: str) -> None:
    result = infra(command, "Warehouse=mysql://host/database")

    assert result.returncode == 1
    assert result.stderr == (
        "Warehouse must start with postgresql://, redshift:// or redshift-serverless://.\n"
    )
