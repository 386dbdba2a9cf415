"""What the commands for AWS say when there is no way to it."""

import os
import subprocess
import sys

import pytest

from local.state import PROJECT

NOBODY = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def infra(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nobody's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=PROJECT,
        env={**kept, **NOBODY, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["release", "change-set", "smoke", "destroy"])
def test_without_credentials_a_command_ends_with_a_sentence(command: str) -> None:
    """It names what is missing."""
    result = infra(command, "--stage", "prod", AWS_DEFAULT_REGION="eu-west-1")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "AWS cannot be asked: Unable to locate credentials\n"


def test_without_a_region_a_command_ends_with_a_sentence() -> None:
    """Nothing is deployed to wherever."""
    result = infra("smoke")

    assert (result.returncode, result.stderr) == (
        1,
        "No region is set: say AWS_DEFAULT_REGION=eu-west-1, or which other.\n",
    )


def test_a_profile_that_is_not_there_is_a_sentence() -> None:
    """Of the user's own settings."""
    result = infra("smoke", AWS_PROFILE="nobody")

    assert result.returncode == 1
    assert result.stderr == "AWS cannot be asked: The config profile (nobody) could not be found\n"


def test_nothing_is_deleted_by_default() -> None:
    """Whoever means prod says so."""
    result = infra("destroy", AWS_DEFAULT_REGION="eu-west-1")

    assert result.returncode == 2
    assert "--stage" in result.stderr


def test_a_parameter_is_a_name_and_a_value() -> None:
    """And the usage is shown otherwise."""
    result = infra("release", "NoticeEmail")

    assert result.returncode == 2
    assert "'NoticeEmail' is not NAME=VALUE" in result.stderr
