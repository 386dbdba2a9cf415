"""Texts that anybody may have written, such as object keys, as a mail may show them."""


def escaped(text: str) -> str:
    """Return a text on one line: escapes replace the characters that do not print, and the blanks at its end."""
    # "leeds\n.csv " -> r"leeds\n.csv\x20"
    end = len(text.rstrip(" "))
    shown = (char if char.isprintable() else ascii(char)[1:-1] for char in text[:end])
    return "".join(shown) + r"\x20" * (len(text) - end)
