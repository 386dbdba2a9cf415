"""Check the files that the user names on the command line."""

from pathlib import Path

from click import format_filename

from local.errors import UsageError


def read(path: Path) -> bytes:
    """Return a file's bytes; raise `UsageError`, which says what to do, if it cannot be read."""
    ensure_readable(path)
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UsageError(f"Could not read {format_filename(path)}: {exc.strerror}.") from exc


def ensure_readable(path: Path) -> None:
    """Raise `UsageError`, which says what to do, if there is no such file, or if it cannot be read."""
    shown = format_filename(path)
    try:
        if path.is_dir():
            raise UsageError(f"{shown} is a folder, not a file: name the files in it, such as {shown}/*.csv.")
        if not path.is_file():
            raise UsageError(f"{shown} is not a file: check its name and its folder.")
        path.open("rb").close()
    except OSError as exc:
        raise UsageError(f"Could not read {shown}: {exc.strerror}.") from exc


def ensure_utf8(name: str, remedy: str) -> None:
    """Raise `UsageError` with the remedy if a name is not UTF-8: neither S3 nor the warehouse would take it."""
    # Bytes 63 61 66 E9 reach us as "caf\udce9": Python hides a byte that it cannot decode in a lone surrogate.
    try:
        name.encode()
    except UnicodeEncodeError as exc:
        raise UsageError(f"The name {format_filename(name)} is not UTF-8: {remedy}.") from exc
