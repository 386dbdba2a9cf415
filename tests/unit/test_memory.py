"""The memory of functions."""

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


def test_no_more_values_are_remembered_than_allowed() -> None:
    numbers_squared = []

    @remembered(2)
    def square(number: int) -> int:
        numbers_squared.append(number)
        return number**2

    assert [square(number) for number in (1, 2, 1, 2, 3, 3, 1)] == [1, 4, 1, 4, 9, 9, 1]
    assert numbers_squared == [1, 2, 3, 1], "the third value takes the place of the first two"
