"""A store's file, recognised: its layout and the order of its dates. Pure but for reading the stream."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import SEEK_END
from typing import IO, Final

from chalicelib.errors import SourceFileError
from chalicelib.normalisation import store_key
from chalicelib.reading import columns, csv_blocks, punctuation_votes, recognition
from chalicelib.reading.csv_blocks import NO_LINES, UNDECODABLE, Block, blocks, head_of_large_file
from chalicelib.reading.csv_rows import Rows, rows
from chalicelib.reading.date_order import DateEvidence, DateHints, DateOrder
from chalicelib.reading.decimal_commas import with_points
from chalicelib.reading.file_stores import StoreHints
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.layouts import Layout
from chalicelib.reading.punctuation import COMMAS, Punctuation
from chalicelib.reading.row_starts import row_start
from chalicelib.reading.timestamps import UTC

UTF_8: Final = "UTF-8"
NO_HINTS: Final = StoreHints()

UTC_REMARK: Final = "Its times are marked as UTC; they were read as the store's own clock."


@dataclass
class SalesFile:
    """A file and how it is read; its layouts grow with the headers that turn up in it."""

    content: IO[bytes]
    hints: DateHints
    formats: tuple[Format, ...]
    layouts: list[Layout]
    date_order: DateOrder
    rows_read: dict[int, tuple[Rows, bytes]]
    """Rows that recognition read, and the lines of a row that continues after a block, by the block's first line."""
    punctuation: Punctuation = COMMAS
    encoding: str = UTF_8
    is_windows: bool = False
    """Whether lines in Windows-1252 have been read."""
    zones: set[str] = field(default_factory=set)
    """Time zones that have been read, as words in capitals."""

    def __str__(self) -> str:
        """Return in words for people how the file was read."""
        encoding = "Windows-1252" if self.is_windows else self.encoding
        first, *later = self.layouts
        parts = [f"Format {first}", str(self.punctuation), encoding, str(self.date_order)]
        return "; ".join([*filter(None, parts), *(f"then {layout}" for layout in later)]) + "."

    @property
    def remarks(self) -> list[str]:
        """Sentences for the ledger on points of its reading that a person should check."""
        utc = "" if UTC.isdisjoint(self.zones) else UTC_REMARK
        stores = dict.fromkeys(layout.store for layout in self.layouts if layout.store)
        of_key = (
            f"The file has no column for the store: its {store.place} says {store.name}." for store in stores
        )
        return list(filter(None, [self.date_order.remark, utc, *of_key]))


def recognise(
    content: IO[bytes],
    hints: DateHints,
    formats: tuple[Format, ...],
    store_hints: StoreHints = NO_HINTS,
    encoding: str = UTF_8,
) -> SalesFile:
    """Return the file in a stream, ready to be read; raise `SourceFileError` if it is not a sales file."""
    only_block = _only_block(content)
    first_lines = only_block.head() if only_block else head_of_large_file(content)
    try:
        punctuation, first_rows = punctuation_votes.elected(first_lines, formats)
        layout = recognition.recognise(first_rows, formats, store_hints)
    except SourceFileError as exc:
        # Neither a letter nor a picture is a list of sales, but for the picture there is a plainer sentence.
        if exc.reason == "unrecognised" and any(UNDECODABLE in line for line in first_lines.lines):
            raise SourceFileError(
                "not_text", "The file is not text in UTF-8 or Windows-1252, so it is not a CSV file."
            ) from exc
        raise
    rows_read: dict[int, tuple[Rows, bytes]] = {}
    # A small file's block has its rows already, if commas separate its columns: they are not cut again.
    file_blocks = (
        iter([only_block.with_punctuation(punctuation)]) if only_block else blocks(content, punctuation)
    )
    date_order = _date_order(file_blocks, layout, hints, rows_read)
    return SalesFile(content, hints, formats, [layout], date_order, rows_read, punctuation, encoding)


def _only_block(content: IO[bytes]) -> Block | None:
    """Return the block of a file that is one block, as most are; None for a larger file."""
    # Its size tells: the first block of a larger file would be read only to be thrown away.
    if content.seek(0, SEEK_END) > csv_blocks.BLOCK_BYTES:
        return None
    first_block = next(blocks(content), NO_LINES)
    return first_block if first_block.is_last else None


def check_store(file: SalesFile, store_count: int) -> None:
    """Raise `SourceFileError` if a column was taken for the store, but the sales of the whole file name several."""
    if store_count > 1 and any(Column.STORE_NAME in layout.inferred for layout in file.layouts):
        raise SourceFileError(
            "unknown_header",
            "The header has no known heading for the store, and the column that may be it has several values.",
        )


def read_rows(block: Block, layout: Layout) -> tuple[Rows, bytes]:
    """Read the columns of sales; return also the lines of a row that continues after the block."""
    is_row_start = row_start(layout, block.punctuation.separator)
    block_rows, rest = rows(block, len(layout.columns), columns.places(layout), is_row_start)
    return (with_points(block_rows, layout) if block.punctuation.has_decimal_commas else block_rows), rest


def _date_order(
    file_blocks: Iterable[Block], layout: Layout, hints: DateHints, rows_read: dict[int, tuple[Rows, bytes]]
) -> DateOrder:
    """Return the order of day and month that the first block shows; where it shows none, the next one, and so on.

    The first block is read in full and put into `rows_read`, since most files have no other; of later blocks only the
    dates and, where it matters, the stores are read.
    """
    day, store_places = layout.timestamp_places[0], layout.places(Column.STORE_NAME)
    places = {day, *store_places} if hints.month_first_stores else {day}
    evidence, rest = DateEvidence(), b""
    stores = {layout.store.name} if layout.store else set[str]()
    for block in file_blocks:
        if rows_read:
            is_row_start = row_start(layout, block.punctuation.separator)
            block_rows, rest = rows(block.with_lines_before(rest), len(layout.columns), places, is_row_start)
        else:
            block_rows, rest = rows_read[block.first_line] = read_rows(block, layout)
        evidence.add(dict.fromkeys(block_rows.cells[day]))
        if evidence.decides:
            break
        for place in places.intersection(store_places):
            stores.update(block_rows.cells[place])
    is_month_first_store = not hints.month_first_stores.isdisjoint(map(store_key, stores))
    return evidence.decide(hints.named_day, is_month_first_store=is_month_first_store)
