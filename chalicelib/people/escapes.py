"""Texts that anybody may have written, such as object keys and names of stores, as a mail or a terminal shows them."""

from chalicelib.normalisation import INVISIBLE


def escaped(text: str) -> str:
    """Return a text on one line: escapes replace the characters that do not show, and the blanks at its end."""
    # "leeds\n.csv " -> r"leeds\n.csv\x20"
    end = len(text.rstrip(" "))
    return visible(text[:end]) + r"\x20" * (len(text) - end)


def visible(text: str) -> str:
    """Return a text on one line, with escapes for the characters that do not show; blanks at its end stay."""
    # A terminal executes "\x1b[2J", and "\u202e" turns the rest of a line round.
    shown = (char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return INVISIBLE.sub(lambda char: ascii(char[0])[1:-1], "".join(shown))
