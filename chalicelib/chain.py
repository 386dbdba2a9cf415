"""What belongs to one chain of cafes: its sizes, names, words for payments, and month-first stores.

It stands in `chain.toml` beside this module, which is packaged with the functions. It is read once, at the import.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from chalicelib.errors import SettingsError
from chalicelib.normalisation import store_key

FILE: Final = Path(__file__).with_suffix(".toml")

PAYMENT_TYPES: Final = ("CARD", "CASH", "OTHER")
LONGEST_SIZE: Final = 20
"""Bytes of `products.size` in the warehouse."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The entries of the file, checked."""

    sizes: Mapping[str, str]
    """The warehouse's sizes by those that stores write, case folded."""
    names: tuple[str, ...]
    """Products and flavours whose own name has a comma, or a dash between spaces."""
    payments: Mapping[str, str]
    """Payment types by the chain's own words for them."""
    month_first_stores: frozenset[str]
    """Keys of the stores that write the month first."""


def read(text: str) -> Chain:
    """Read the text of the file; raise `SettingsError`, which names the first bad entry, if there is one."""
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _bad(f"it is not TOML: {exc}") from None
    unknown = sorted(entries.keys() - Chain.__dataclass_fields__.keys())
    if unknown:
        raise _bad(f"it has an entry `{unknown[0]}`, which is not known")
    stores = [_filled("month_first_stores", name) for name in _list(entries, "month_first_stores")]
    return Chain(
        MappingProxyType(_sizes(_table(entries, "sizes"))),
        tuple(_name(name) for name in _list(entries, "names")),
        MappingProxyType(dict(_payments(_table(entries, "payments")))),
        frozenset(filter(None, map(store_key, stores))),
    )


def _sizes(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the sizes by their words. Each size is a word for itself, as archive copies write it so."""
    sizes: dict[str, str] = {}
    for word, size in table.items():
        for text in (word, _filled(f"sizes.{word}", size)):
            if len(text.split()) != 1 or not text.isalnum() or len(text.encode()) > LONGEST_SIZE:
                raise _bad(
                    f"the size `{text}` is not one word of letters and digits, or longer than {LONGEST_SIZE} bytes"
                )
        sizes |= {word.casefold(): size}
    for size in list(sizes.values()):
        if sizes.setdefault(size.casefold(), size) != size:
            raise _bad(f"the size `{size}` is also a word for another size")
    return sizes


def _name(name: object) -> str:
    text = _filled("names", name)
    if "," not in text and " - " not in text:
        raise _bad(f"the name `{text}` has neither a comma nor a dash between spaces")
    return text


def _payments(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    for word, payment in table.items():
        if payment not in PAYMENT_TYPES or not word.strip():
            raise _bad(f"the payment of `{word}` is not one of {', '.join(PAYMENT_TYPES)}")
    return list(table.items())


def _table(entries: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = entries.get(name, {})
    if not isinstance(table, dict):
        raise _bad(f"`{name}` is not a table")
    return table


def _list(entries: Mapping[str, Any], name: str) -> list[Any]:
    values = entries.get(name, [])
    if not isinstance(values, list):
        raise _bad(f"`{name}` is not a list")
    return values


def _filled(entry: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _bad(f"an entry of `{entry}` is not a text")
    return value.strip()


def _bad(fault: str) -> SettingsError:
    return SettingsError(f"The chain's file {FILE.name} cannot be used: {fault}.")


CHAIN: Final = read(FILE.read_text(encoding="utf-8"))
