"""Numbers with their nouns, as people read them."""


def quantity(number: int, noun: str) -> str:
    """Return a number and its noun, such as `1 row` or `1,072 sales`; the plural ends in s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
