"""The store that the name of a file gives, for files that cannot be read or have no sales. Pure."""

import re
from collections.abc import Collection
from typing import Final

from chalicelib.normalisation import store_key
from chalicelib.reading.file_names import DAY, names_store

WORDS: Final = re.compile(r"[^\W_]+")


def named_store(object_key: str, store_names: Collection[str]) -> str:
    """Return the one of these stores whose words stand side by side in a key; empty if there is none, or a doubt.

    Numbers count, but not those of a day: `leeds_2_25-08-2021.csv` gives `Leeds 2`, or `Leeds` if there is no such
    store. Of `York` and `New York`, `new_york_25-08-2021.csv` gives `New York`.
    """
    words = WORDS.findall(store_key(DAY.sub(" ", object_key)))
    ends = range(1, len(words) + 1)
    # ["new", "york", "csv"] -> "new", "newyork", "newyorkcsv", "york", …
    joined = {"".join(words[start:end]) for end in ends for start in range(end)}
    named = {name: _joined(name) for name in store_names if _joined(name) in joined}
    if not named:
        # `leeds2_…csv` and `Leeds No. 2` have only their letters in common.
        matches = [name for name in store_names if names_store(object_key, name)]
        return matches[0] if len(matches) == 1 else ""
    longest = max(named, key=lambda name: len(named[name]))
    return longest if all(letters in named[longest] for letters in named.values()) else ""


def _joined(store_name: str) -> str:
    return "".join(WORDS.findall(store_key(store_name)))
