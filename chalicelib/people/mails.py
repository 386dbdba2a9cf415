"""A mail: plain text in short lines, within the limits of SNS. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.people.escapes import visible

LONGEST_SUBJECT: Final = 99
"""Letters. SNS takes fewer than 100, without line breaks."""

LONGEST_LINE: Final = 72
"""Letters that every mail program shows in one line."""

MOST_BYTES: Final = 240_000
"""Bytes of a text. SNS takes 256 KiB together with the subject and the attributes."""

CUT_OFF: Final = "… The rest is left out: the mail would be too long."


@dataclass(frozen=True, slots=True)
class Mail:
    """A subject and lines of text, the most important first. They may quote names and keys that anybody wrote."""

    title: str
    lines: Sequence[str]
    most_bytes: int = MOST_BYTES

    @property
    def subject(self) -> str:
        """The title on one line, of fewer than 100 letters; what does not print is escaped."""
        return shortened(visible(self.title), LONGEST_SUBJECT)

    @property
    def text(self) -> str:
        """The lines, wrapped at 72 letters, as many as the mail may have in UTF-8."""
        kept: list[str] = []
        size = len(f"{CUT_OFF}\n".encode())
        for line in self._wrapped():
            size += len(f"{line}\n".encode())
            if size > self.most_bytes:
                return "\n".join([*kept, CUT_OFF])
            kept.append(line)
        return "\n".join(kept)

    def _wrapped(self) -> Iterator[str]:
        for line in map(visible, self.lines):
            # "  Why: The header …" goes on two letters further in.
            indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
            yield from textwrap.wrap(
                line, LONGEST_LINE, subsequent_indent=indent, break_on_hyphens=False
            ) or [""]


def shortened(text: str, letters: int) -> str:
    """Return a text of at most some letters; a longer one ends in an ellipsis."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def titled(stage: str, words: str) -> str:
    """Return the title of a mail of a stage: `Cafe ETL prod: 1 loaded`."""
    return f"{' '.join(filter(None, ['Cafe ETL', stage]))}: {words}"
