"""The memory of functions that read one text."""

from chalicelib.memory import LONGEST, remembered


def test_short_texts_are_read_once_and_long_ones_each_time() -> None:
    """So that no memory holds gigabytes of long fields."""
    texts_read = []

    @remembered()
    def read(text: str) -> int:
        texts_read.append(text)
        return len(text)

    short, long = "x" * LONGEST, "x" * (LONGEST + 1)

    assert [read(text) for text in (short, short, long, long)] == [LONGEST, LONGEST, LONGEST + 1, LONGEST + 1]
    assert texts_read == [short, long, long]
