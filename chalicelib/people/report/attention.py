"""The points of a report on which somebody has to act, the most important first. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chalicelib.people.named_stores import named_store
from chalicelib.people.quantities import quantity
from chalicelib.people.report.ledger import Cell, cells_of_days, newest_versions
from chalicelib.people.report.periods import four_weeks
from chalicelib.people.report.rounding import pounds
from chalicelib.people.report.rows import FileWithoutSales, ReportRows, StatedDay
from chalicelib.reading.file_names import named_day


@dataclass(frozen=True, slots=True)
class Point:
    """A store or a file, and what is wrong with it. `day` is the day of sale, None if nobody can tell."""

    subject: str
    sentence: str
    day: date | None


def points(rows: ReportRows) -> list[Point]:
    """Return the points of the day, then those of earlier days that nobody has mended yet, the newest first."""
    every = [
        *_missing(rows),
        *(_refused(file) for file in _refused_files(rows)),
        *_partly_rejected(rows),
        *_replaced(rows),
        *_suspect(rows),
    ]
    # A stable sort: the points of one day stay in the order of their kinds.
    return sorted(every, key=lambda point: (rows.day - (point.day or rows.day)).days)


def refused_points(files: list[FileWithoutSales]) -> list[Point]:
    """Return the points of a warehouse without sales: its refused files."""
    return [_refused(file) for file in newest_versions(files)]


def _missing(rows: ReportRows) -> Iterator[Point]:
    for (store, day), cell in sorted(cells_of_days(rows).items()):
        if day == rows.day and cell is Cell.MISSING:
            yield Point(store, "no sales of this day have come; all figures are without them.", day)


def _refused(file: FileWithoutSales) -> Point:
    return Point(file.object_key, f"refused. {file.sentence}", named_day(file.object_key))


def _refused_files(rows: ReportRows) -> Iterator[FileWithoutSales]:
    """Yield the refused files of the last four weeks.

    A file whose name gives no day belongs to the last day with sales up to its upload.
    """
    days = four_weeks(rows.day)
    for file in newest_versions(file for file in rows.files_without_sales if file.status == "refused"):
        day = named_day(file.object_key)
        is_of_later_day = rows.next_day is not None and file.last_modified.date() >= rows.next_day
        is_of_store = rows.store_name in {"", named_store(file.object_key, list(rows.store_keys))}
        if is_of_store and (day in days or (day is None and not is_of_later_day)):
            yield file


def _partly_rejected(rows: ReportRows) -> Iterator[Point]:
    sentences: dict[int, list[str]] = defaultdict(list)
    for row in rows.rejected_rows:
        sentences[row.file_id].append(f"The first is line {row.line_number:,}: {row.sentence}")
    files = {
        stated.file_id: stated
        for stated in rows.stated_days
        if stated.status == "loaded" and stated.rows_rejected
    }
    for file in files.values():
        counts = f"{file.rows_rejected:,} of {quantity(file.rows_read, 'row')} rejected; the rest is counted."
        yield Point(file.object_key, " ".join([counts, *sentences[file.file_id]]), file.sold_on)


def _replaced(rows: ReportRows) -> Iterator[Point]:
    """Yield the files of the day of which a newer version has come."""
    versions: dict[str, dict[int, StatedDay]] = defaultdict(dict)
    for stated in rows.stated_days:
        if stated.sold_on == rows.day:
            versions[stated.object_key][stated.file_id] = stated
    for object_key, by_number in versions.items():
        before = [version for version in by_number.values() if version.status == "superseded"]
        now = [version for version in by_number.values() if version.status != "superseded"]
        if before and now:
            sentence = f"replaced: {_content(now[-1])} instead of {_content(before[-1])}."
            yield Point(object_key, sentence, rows.day)


def _content(version: StatedDay) -> str:
    return f"{quantity(version.rows_read - version.rows_rejected, 'sale')}, {pounds(version.total)}"


def _suspect(rows: ReportRows) -> Iterator[Point]:
    for store, sales, revenue in rows.suspect_sales:
        counts = f"{quantity(sales, 'sale')}, {pounds(revenue)}"
        sentence = f"{counts}, may be in two files in different words; all are counted."
        yield Point(store, sentence, rows.day)
