"""One form for all spellings of a store's name."""

import sys
import unicodedata

import pytest

from chalicelib.normalisation import folded, store_key


@pytest.mark.parametrize(
    "spelling",
    [
        "Southend-on-Sea",
        "SOUTHEND ON SEA",
        " southend_on__sea-",
        "Southend\u2010on\u2011Sea",
        "southend \u2013 on\u00a0sea",
    ],
)
def test_spaces_hyphens_underscores_and_case_do_not_count(spelling: str) -> None:
    assert store_key(spelling) == "southend on sea"


@pytest.mark.parametrize("name", ["Ñandú", "Straße", "\u0390"])
def test_the_composition_of_letters_does_not_count(name: str) -> None:
    """The fold of some letters comes apart, and is composed again."""
    spellings = {name, unicodedata.normalize("NFD", name), name.upper(), name.lower()}

    assert len(set(map(store_key, spellings))) == 1
    assert unicodedata.is_normalized("NFC", store_key(name))


def test_a_key_is_its_own_key() -> None:
    """Otherwise, a key in a setting might not match that of a file."""
    letters = [chr(number) for number in range(sys.maxunicode + 1) if not 0xD800 <= number < 0xE000]

    assert [letter for letter in letters if folded(folded(letter)) != folded(letter)] == []
    assert store_key(store_key(" A-b_")) == store_key(" A-b_") == "a b"


@pytest.mark.parametrize("name", ["", " ", "_", "- _\u2014"])
def test_a_name_of_separators_alone_has_an_empty_key(name: str) -> None:
    assert store_key(name) == ""
