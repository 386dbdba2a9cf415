"""The folder of a local cloud where it cannot be written, and its secrets."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from local import disk
from local.cloud import ports
from local.disk import write_errors
from local.errors import LocalCloudError
from local.state import State

NOBODY = 65534


class Usage(NamedTuple):
    """The result of `shutil.disk_usage`, in bytes."""

    total: int
    used: int
    free: int


@contextmanager
def without_rights() -> Iterator[None]:
    """Be nobody for a while, if this is root: root may write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("name", ["", "state"])
def test_a_read_only_folder_is_named_with_the_way_on(tmp_path: Path, name: str) -> None:
    """Whether it is there already or is still to be made."""
    tmp_path.chmod(0o555)

    with without_rights(), pytest.raises(LocalCloudError) as error:
        State.open(tmp_path / name)

    assert str(error.value).startswith(f"Could not write to {tmp_path}")
    assert "`python -m local --state FOLDER …`" in str(error.value)


def test_a_state_of_another_user_is_named_with_the_way_on(tmp_path: Path) -> None:
    state = State.open(tmp_path)
    state.lock.chmod(0o400)
    tmp_path.chmod(0o755)

    with (
        without_rights(),
        pytest.raises(LocalCloudError, match=f"Could not write to {tmp_path}.*: Permission"),
    ):
        State.open(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"), [(0o777, 0o700), (0o711, 0o700), (0o750, 0o700), (0o710, 0o710), (0o700, 0o700)]
)
def test_a_folder_that_is_open_to_others_is_closed(tmp_path: Path, before: int, after: int) -> None:
    """The warehouse's server, as root, passes through by its group."""
    tmp_path.chmod(before)

    State.open(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 == after


def test_a_folder_of_all_users_is_not_taken(tmp_path: Path) -> None:
    """Such as /tmp: nobody else could use it any more, or everybody could change the state."""
    tmp_path.chmod(0o1777)

    with pytest.raises(LocalCloudError, match=f"{tmp_path} belongs to all users: name a folder of your own"):
        State.open(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 == 0o777
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LocalCloudError, match=r"Could not write to .*/file/state: Not a directory\."):
        State.open(tmp_path / "file" / "state")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_names_the_file_or_else_the_folder(tmp_path: Path, number: int) -> None:
    """A write that fails does not know its file's name; opening one does."""
    with (
        pytest.raises(LocalCloudError, match=f"Could not write to {tmp_path}: the disk is full"),
        write_errors(tmp_path),
    ):
        raise OSError(number, os.strerror(number))

    with (
        pytest.raises(LocalCloudError, match="Could not write to /x/port: the disk is full"),
        write_errors(tmp_path),
    ):
        raise OSError(number, os.strerror(number), "/x/port")


@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.EMFILE])
def test_an_error_of_the_system_that_is_not_about_writing_stays_as_it_is(number: int) -> None:
    with pytest.raises(OSError, match=os.strerror(number)), write_errors(Path("/x")):
        raise OSError(number, os.strerror(number))


def test_a_failure_on_a_nearly_full_disk_says_so_in_place_of_its_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that run out of space fail with tracebacks of their own."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**9, 10**9, 3 * 2**20))

    with pytest.raises(LocalCloudError) as error, disk.explained(tmp_path):
        raise LocalCloudError("`chalice deploy` failed; see deploy.log:\nTraceback …")

    assert str(error.value) == (
        "`chalice deploy` failed; see deploy.log."
        f" Only 3 MB are free on the disk of {tmp_path}: free 128 MB or more, and run the command again."
    )


def test_a_failure_with_enough_space_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="no milk"), disk.explained(tmp_path):
        raise LocalCloudError("no milk")


def test_secrets_are_generated_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    state = State.open(tmp_path / "state")

    assert state.hash_key() == state.hash_key()
    assert state.warehouse_password() != state.hash_key()
    assert len(bytes.fromhex(state.warehouse_password())) == 32
    for path in (state.hash_key_file, state.password_file):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_no_empty_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty key would be taken for the key at the next start."""
    state = State.open(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(
            "secrets.token_hex", lambda _size: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
        )
        with pytest.raises(OSError, match="full"):
            state.hash_key()

    assert len(state.hash_key()) == 64


@pytest.mark.parametrize("text", ["", "x", "-1", "4566 1", "65536"])
def test_a_port_file_with_no_port_in_it_means_any_port(tmp_path: Path, text: str) -> None:
    path = tmp_path / "port"
    path.write_text(text, encoding="ascii")

    assert ports.kept_port(path) == 0
    assert ports.kept_port(tmp_path / "none") == 0
