"""The store and the day in a file's name, which are compared with those in its rows. Pure."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from chalicelib.normalisation import store_key

DAY: Final = re.compile(
    # `leeds_25-08-2021_09-00-00.csv`, `leeds 2021.08.25.csv`; the same sign separates all three numbers.
    r"(?<![0-9])(?:(?P<day>[0-9]{1,2})([-_. ])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{4})"
    r"|(?P<year_b>[0-9]{4})([-_. ])(?P<month_b>[0-9]{1,2})\6(?P<day_b>[0-9]{1,2})"
    # `leeds_20210825.csv`, `leeds_20210825090000.csv`, `leeds_25082021.csv`; other numbers of eight digits are no days.
    r"|(?P<year_c>20[0-9]{2})(?P<month_c>0[1-9]|1[0-2])(?P<day_c>[0-9]{2})(?:(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){1,2})?"
    r"|(?P<day_d>[0-9]{2})(?P<month_d>[0-9]{2})(?P<year_d>20[0-9]{2})"
    r")(?![0-9])"
)
FOLDERS_OF_A_DAY: Final = re.compile(
    # `2021/08/25/sales.csv`, `leeds/year=2021/month=08/day=25/sales.csv`
    r"(?:^|/)(?:year=)?(?P<year>[0-9]{4})/(?:month=)?(?P<month>[0-9]{1,2})/(?:day=)?(?P<day>[0-9]{1,2})(?=/)"
)
NUMBERS: Final = ("year", "month", "day")
WAYS_TO_WRITE: Final = ("", "_b", "_c", "_d")
"""The ends of the names of `DAY`'s groups: one for each way to write a day."""
EXTENSIONS: Final = re.compile(r"(?i)(\s*\((in|[0-9]+)\))?(\.csv|\.tsv|\.gz|\.zip|\.txt)*$")
"""Extensions, with the additions of Excel and browsers: `sales (in).csv`, `sales (1).csv.gz`."""
LETTERS: Final = re.compile(r"[^\W\d_]+")
NO_STORES: Final = frozenset(
    {"csv", "daily", "data", "day", "export", "report", "sales", "till", "transactions"}
)
"""Words that say what a file is, and not which store sent it."""


def named_day(object_key: str) -> date | None:
    """Return the day that an object's key names, or None: the first one in the file's name, else that of its folder.

    Examples: `leeds_25-08-2021_09-00-00.csv`, where the time of day comes second; `2021/08/25/sales.csv`;
    `dt=2021-08-25/leeds.csv`. The day comes before the month, unless the year is first. A day with a month in words, or
    with a year of two digits, is not read.
    """
    folders, _, name = object_key.rpartition("/")
    # `2021-08-26/leeds_25-08-2021.csv`: the name says which day was sold, the folder often when the file was sent.
    nearest_first = [name, *reversed(folders.split("/"))]
    return next(filter(None, map(_first_day, nearest_first)), None) or _day_of_folders(object_key)


def is_rolling(object_key: str) -> bool:
    """Tell whether a key names no day, so that each export overwrites the last one: `sales.csv`, `leeds/today.csv`.

    The newest version of a dated key replaces all before it; under a rolling one, days that it does not state stay. So
    where a key leaves a doubt, it is rolling, which removes no sale:

    - `sales_2021-08.csv`, `2021/08/sales.csv`: a month without a day is rolling. A till may write it day by day.
    - `leeds_01-08-2021_31-08-2021.csv`: a range of days is dated. It is the only file of that range.
    - `sales_25-08-21.csv`, `sales_25_Aug_2021.csv`: rolling, since `named_day` does not read these days.
    """
    return named_day(object_key) is None


def folder_name(object_key: str) -> str:
    """Return the name of the store's folder that a key's first folder is, without `store=`; empty if it is none.

    `leeds/2021-08-25.csv` and `store=leeds/sales.csv` are in the folder of Leeds. A folder of a year, a month or a day
    is no store's, such as `2021/`, `month=08/` or `export 2021-08-25/`.
    """
    folder, slash, _ = object_key.partition("/")
    name = folder.removeprefix("store=")
    is_store = slash and "=" not in name and LETTERS.search(name) and not _first_day(name)
    return name if is_store else ""


def folder_store(object_key: str) -> str:
    """Return the store key of the store to which a key's first folder belongs; empty if it belongs to none."""
    return store_key(folder_name(object_key))


def _first_day(text: str) -> date | None:
    """Return the first day in a text that the calendar has, or None."""
    match = DAY.search(text)
    while match:
        for way in WAYS_TO_WRITE:
            if match[f"day{way}"] and (day := _date(match.group(*(f"{name}{way}" for name in NUMBERS)))):
                return day
        # `31-02-2021_leeds_2021-05-06.csv`: the calendar has no such day, so a later one counts.
        match = DAY.search(text, match.start() + 1)
    return None


def _day_of_folders(object_key: str) -> date | None:
    match = FOLDERS_OF_A_DAY.search(object_key)
    return _date(match.group(*NUMBERS)) if match else None


def _date(numbers: Iterable[str]) -> date | None:
    try:
        return date(*map(int, numbers))
    except ValueError:
        return None


def remarks(object_key: str, stores: Iterable[str], days: Iterable[str]) -> list[str]:
    """Return sentences that say where the name differs from the stores and the days (ISO dates) of the rows.

    A name without a day follows no pattern, so it does not name the store either. A folder may name the store. Its day
    is mostly that of the upload, so it is not compared.
    """
    day, letters = _first_day(object_key.rpartition("/")[2]), _letters(object_key)
    if day is None:
        return []
    sentences = []
    if _may_name_store(object_key) and not any(_letters(store) in letters for store in stores):
        sentences.append("The file's name gives a different store from its rows.")
    row_days = sorted(days)
    if day.isoformat() not in row_days:
        rows = row_days[0] if len(row_days) == 1 else f"days from {row_days[0]} to {row_days[-1]}"
        sentences.append(f"The file's name says {day.isoformat()}, but its rows say {rows}.")
    return sentences


def names_store(object_key: str, store: str) -> bool:
    """Tell whether a key has the words of a store side by side: `london_soho_25-08-2021.csv` names `London Soho`.

    Unlike in `remarks`, whole words count: a customer's name `Al` is not in `sales.csv`.
    """
    words, letters = LETTERS.findall(store_key(object_key)), _letters(store)
    ends = range(1, len(words) + 1)
    return bool(letters) and any("".join(words[start:end]) == letters for end in ends for start in range(end))


def _may_name_store(object_key: str) -> bool:
    """Tell whether a file's name has a word, besides its day, that may be a store: one that is not in `NO_STORES`."""
    name = DAY.sub(" ", EXTENSIONS.sub("", object_key.rpartition("/")[2]))
    return not NO_STORES.issuperset(LETTERS.findall(name.casefold()))


def _letters(text: str) -> str:
    """Return the letters of a store key, so that `chesterlestreet` matches `Chester-le-Street`."""
    return "".join(filter(str.isalpha, store_key(text)))
