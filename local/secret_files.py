"""Files that hold a secret, which only their owner may read."""

import os
import secrets
from pathlib import Path


def read_or_generate(path: Path) -> str:
    """Return the text of a file; if there is no file, first write 64 random hex characters to it."""
    if not path.exists():
        write(path, secrets.token_hex(32))
    return path.read_text(encoding="ascii")


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all: a full disk must not leave an empty key."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    # The file has its mode from the beginning: nobody else can open it before the mode would be changed.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    draft.replace(path)
