"""The store that an object's key says, for a file that has no column for it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.normalisation import store_key
from chalicelib.reading.file_names import DAY, EXTENSIONS, folder_name, names_store

WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class FileStore:
    """A store that a key says, and the part of the key that says it."""

    name: str
    """As in the setting `STORES`, or as the folder is called."""
    place: str
    """`name` or `folder`."""


@dataclass(frozen=True, slots=True)
class StoreHints:
    """What an object's key says about the store of its sales."""

    object_key: str = ""
    stores: tuple[FileStore, ...] = ()
    """The stores of the setting that it says, and the one of its folder. More than one leave a doubt."""
    known_keys: frozenset[str] = frozenset()
    """The keys of all stores of the setting."""

    @classmethod
    def of(cls, object_key: str, stores: Sequence[str], *, in_folders: bool) -> "StoreHints":
        """Return the hints of a key. `stores` are known names; `in_folders` means that each first folder is a store's.

        Only a known store counts: `jo_bloggs_25-08-2021.csv` may be named after anybody.
        """
        # `Chester-le-Street` -> {"chesterlestreet": "Chester-le-Street"}; of two spellings the first one counts.
        spellings = {_comparable(store): store for store in reversed(stores)}
        folders, _, name = object_key.rpartition("/")
        said = [FileStore(store, "name") for store in _said(name, spellings)]
        said += [FileStore(store, "folder") for store in _said(folders, spellings)]
        if in_folders and (folder := folder_name(object_key)):
            said.append(FileStore(folder, "folder"))
        by_key = {store_key(store.name): store for store in reversed(said)}
        return cls(object_key, tuple(by_key.values()), frozenset(map(store_key, spellings.values())))

    def names(self, store: str) -> bool:
        """Tell whether the key has the words of a store, which need not be a known one."""
        return names_store(self.object_key, store)

    def store(self) -> FileStore:
        """Return the one store that the key says; raise `SourceFileError` if it says none or several."""
        if len(self.stores) != 1:
            raise self.refusal()
        return self.stores[0]

    def refusal(self) -> SourceFileError:
        """Return the refusal of a file that has no column for the store, and whose key does not say one store."""
        if self.stores:
            return SourceFileError(
                "without_store",
                "The store is missing: the file has no column for it, and its name and folders say several stores."
                " Let them say one.",
            )
        return SourceFileError(
            "without_store",
            "The store is missing: the file has no column for it, and its name says no known store."
            " Name the file after its store, such as leeds_25-08-2021.csv, and have the store in the setting STORES;"
            " or put the file into the store's folder, such as leeds/, and set STORE_FOLDERS to yes.",
        )


def _said(text: str, spellings: Mapping[str, str]) -> Iterator[str]:
    """Yield the known stores whose words stand side by side in a text; of `london_soho` not `London` as well."""
    longest = max(map(len, spellings), default=0)
    words = WORD.findall(store_key(DAY.sub(" ", EXTENSIONS.sub("", text))))
    start = 0
    while start < len(words):
        joined, end, store = "", start, ""
        for place in range(start, len(words)):
            joined += words[place]
            if len(joined) > longest:
                break
            if joined in spellings:
                end, store = place, spellings[joined]
        if store:
            yield store
        start = end + 1


def _comparable(store: str) -> str:
    """Return a store's key without anything but letters and digits: `Leeds 2` and `leeds2` are the same."""
    return "".join(WORD.findall(store_key(store)))
