"""The layout of a file, recognised by the rows of its head: by a header or, without one, by their values. Pure.

All rows vote, so an odd one costs itself alone, wherever it stands.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from operator import itemgetter
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading.file_stores import StoreHints
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.header_refusals import has_row_per_item, header_refusal
from chalicelib.reading.inference import Inference, infer
from chalicelib.reading.layouts import Layout
from chalicelib.reading.sections import Section, belongs, may_move_names, sections_of
from chalicelib.reading.storeless import has_stores_for_names, storeless_layout
from chalicelib.reading.tills import row_per_item, till_refusal
from chalicelib.reading.votes import elected, is_sale, votes, without_numbers

Rows = Sequence[Sequence[str]]

MOST_HEADERS_ABOVE: Final = 3
"""The headers that are tried for the rows below a later one; an enemy may write a header in each line."""


def recognise(rows: Rows, formats: tuple[Format, ...], hints: StoreHints) -> Layout:
    """Return the layout that the rows of a file's head show; raise `SourceFileError` if they show no known one.

    The hints say what the file's key says about its store.
    """
    if not rows:
        raise SourceFileError("empty", "The file is empty.")
    return _layout(rows, formats, hints)


def _layout(rows: Rows, formats: tuple[Format, ...], hints: StoreHints) -> Layout:
    sections = sections_of(rows, formats)
    rows_above = rows[: sections[0].place] if sections else rows
    by_values = elected(rows_above, formats)
    # A row above a header may lack a cell, too, but the header says more than it does.
    has_header = any(map(belongs, sections))
    if not has_header and (layout := storeless_layout(rows_above, formats, by_values, hints)):
        return layout
    if by_values and any(is_sale(row, by_values.columns) for row in rows_above):
        return _layout_above(sections[:1], rows_above, by_values, hints)
    return _layout_below(rows, sections, formats, hints)


def _layout_below(
    rows: Rows, sections: list[Section], formats: tuple[Format, ...], hints: StoreHints
) -> Layout:
    """Return the layout of a header with sales below it; if there is none, that for which most of the rows vote."""
    understood: list[tuple[int, Layout]] = []
    for place, section in enumerate(sections):
        layout = _layout_of_section(section, sections[:place], hints)
        if layout and any(is_sale(row, layout.columns) for row in section.rows):
            return layout
        understood += [(votes(section.rows, layout.columns), layout)] if layout else []
    # A row that only looks like a header may stand between a header and its sales.
    for section in sections:
        layout = section.header.layout()
        if layout and any(is_sale(row, layout.columns) for row in rows[section.place :]):
            return layout
    # Below no header is a sale without a fault: these were the headings of something else, or no row is right.
    by_values = elected(rows, formats)
    most, best = max(understood, key=itemgetter(0), default=(0, None))
    if by_values and votes(rows, by_values.columns) > most and _is_same_order(by_values, best):
        return by_values
    if best:
        return best
    raise _refusal(sections, hints)


def _refusal(sections: list[Section], hints: StoreHints) -> SourceFileError:
    """Return the refusal for the first header that is not understood, or of rows that are no sales."""
    for section in sections:
        inference = infer(section.header, section.rows, hints.names)
        if inference.unclear and (section.header.is_known or section.place == 0):
            if inference.lacks_store and len(hints.stores) != 1:
                return hints.refusal()
            return header_refusal(section.header, section.rows, inference)
    return SourceFileError(
        "unrecognised", "The file is not a list of sales: none of its first rows has the columns of a sale."
    )


def _layout_above(
    first_section: list[Section], rows_above: Rows, by_values: Layout, hints: StoreHints
) -> Layout:
    """Return the layout of sales that stand above the first header: by their values, or that of the header.

    The values do not show which of two texts is the store, so that the header decides if it fits as well.
    """
    for section in first_section:
        # A header that is not understood, but may move the names in the sales below it, refuses the file.
        may_move = votes(section.rows, by_values.columns) and may_move_names(section.header, by_values)
        layout = _layout_of_header(section, hints) if may_move else None
        if layout and votes(rows_above, layout.columns) >= votes(rows_above, by_values.columns):
            return layout
    return by_values


def _layout_of_section(
    section: Section, sections_above: Sequence[Section], hints: StoreHints
) -> Layout | None:
    """Return the layout of a section's header, or that of a header above it which reads more of its sales.

    Then the section's own header is that of a small table, which stands between a header and its sales.
    """
    if sections_above and (layout := _layout_of_header_right_above(section, sections_above[-1], hints)):
        return layout
    best = _layout_of_header(section, hints)
    most = _count_sales(section.rows, best)
    for section_above in sections_above[:MOST_HEADERS_ABOVE]:
        with suppress(SourceFileError):
            layout = _layout_of_header(section_above._replace(rows=section.rows), hints)
            is_safe = layout and not (may_move_names(section.header, layout) and belongs(section))
            if is_safe and (count := _count_sales(section.rows, layout)) > most:
                best, most = layout, count
    return best


def _layout_of_header_right_above(section: Section, above: Section, hints: StoreHints) -> Layout | None:
    """Return the layout of a header whose headings show all columns, if a row of unknown words stands right below it.

    Such a row, of the columns' types or of their headings in another language, is no header: it costs itself alone.
    """
    if above.rows or section.header.is_known or not above.header.is_known:
        return None
    names = {Column.STORE_NAME, Column.CUSTOMER_NAME}.intersection(section.header.columns)
    with suppress(SourceFileError):
        layout = _layout_of_header(above._replace(rows=section.rows), hints)
        if layout is None or layout.inferred or (names and may_move_names(section.header, layout)):
            return None
        return layout if _count_sales(section.rows, layout) else None
    return None


def _count_sales(rows: Rows, layout: Layout | None) -> int:
    return sum(is_sale(row, layout.columns) for row in rows) if layout else 0


def _layout_of_header(section: Section, hints: StoreHints) -> Layout | None:
    """Return the layout of a header and the rows below; None if the rows do not belong to it.

    Raise `SourceFileError` if they do, but the header is not understood, or each row is a single item.
    """
    header, rows = section.header, section.rows
    layout = header.layout()
    if layout is None:
        return _inferred_layout(section, hints)
    if has_row_per_item(header, rows, layout.columns):
        raise row_per_item()
    # The numbers of a table's rows may have no heading: `date,location,…` above `0,25/08/2021 09:00,Leeds,…`
    if votes(without_numbers(rows), layout.columns) > votes(rows, layout.columns):
        return header.layout_of((None, *layout.columns))
    return layout


def _inferred_layout(section: Section, hints: StoreHints) -> Layout | None:
    header, rows = section.header, section.rows
    inference = infer(header, rows, hints.names)
    if not inference.unclear:
        # Without a row that is read so, the columns were inferred from something else.
        is_read = not inference.inferred or any(is_sale(row, inference.columns) for row in rows)
        return header.layout_of(inference.columns, inference.inferred) if is_read else None
    if inference.lacks_store and (layout := _layout_of_storeless(section, inference, hints)):
        return layout
    # Prose has commas, too: words below the first row are no header if nothing below them is as in a sale.
    is_header = header.is_known or inference.inferred or section.place == 0 or till_refusal(header.row, rows)
    if is_header and belongs(section):
        raise header_refusal(header, rows, inference)
    return None


def _layout_of_storeless(section: Section, inference: Inference, hints: StoreHints) -> Layout | None:
    """Return the layout of a header without the store, with the one that the key says; None if it is no such file."""
    layout = section.header.layout_of(inference.columns, inference.inferred)
    # A header without any row, such as that of a small table, is not refused yet: another one may follow.
    is_alone = not section.rows and not hints.stores
    if is_alone or has_stores_for_names(layout, section.rows, hints):
        return None
    return replace(layout, store=hints.store())


def _is_same_order(by_values: Layout, by_header: Layout | None) -> bool:
    """Tell whether store and customer follow each other as a header, if there is one, says."""
    names = (Column.STORE_NAME, Column.CUSTOMER_NAME)
    orders = [layout.places(*names) for layout in (by_values, by_header) if layout]
    return len({order == sorted(order) for order in orders}) == 1
