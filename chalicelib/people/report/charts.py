"""Bar charts as SVG, which take their colours from the page's style. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Final

from markupsafe import Markup

from chalicelib.people.report.rounding import rounded

WIDTH: Final = 400
HEIGHT: Final = 220
TOP: Final = 12
BASE: Final = 196
"""The height at which the bars stand."""

LETTER: Final = 8
"""The width of a letter of an axis, 13 pixels high. On a phone a chart is four fifths as large, and its letters 10."""

SHARE: Final = Decimal("0.72")
"""The part of its place that a bar takes."""

TICKS: Final = 6
STEPS: Final = (1, 2, 5)
CROSS: Final = "\N{MULTIPLICATION SIGN}"

Write = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its label, which may be empty. Without a value there is no bar, and a cross if it `is_missing`."""

    label: str
    value: Decimal | None
    mark: Decimal | None = None
    """A value to compare with, drawn as a line across the bar."""
    is_strong: bool = True
    is_missing: bool = False


def bar_chart(name: str, title: str, description: str, bars: Sequence[Bar], write: Write) -> Markup:
    """Return an SVG of bars. `name` is its own in the page; `write` writes the values at the axis."""
    highest = max((value for bar in bars for value in (bar.value, bar.mark) if value), default=Decimal(1))
    ticks = axis(highest)
    left = LETTER * max(len(write(tick)) for tick in ticks) + LETTER
    pieces = [*_grid(ticks, highest, left, write), *_bars(bars, highest, left)]
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-text">'
        '<title id="{}-title">{}</title><desc id="{}-text">{}</desc>{}'
        '<path class="axis" d="M{} {}H{}"/></svg>'
    ).format(
        WIDTH, HEIGHT, name, name, name, title, name, description, Markup().join(pieces), left, BASE, WIDTH
    )


def axis(highest: Decimal) -> list[Decimal]:
    """Return the values that the axis names: at most six, all round, none above the highest."""
    # 226 -> 50, 100, 150, 200; 7750 -> 2000, 4000, 6000; 3 -> 0.5, 1.0, …
    exponent = highest.adjusted() - 1
    while True:
        for step in (Decimal(step).scaleb(exponent) for step in STEPS):
            if highest / step <= TICKS:
                return [step * number for number in range(1, int(highest / step) + 1)]
        exponent += 1


def _grid(ticks: Sequence[Decimal], highest: Decimal, left: int, write: Write) -> Iterator[Markup]:
    for tick in ticks:
        y = _y(tick, highest)
        yield Markup('<path class="grid" d="M{} {}H{}"/><text class="end" x="{}" y="{}">{}</text>').format(
            left, y, WIDTH, left - LETTER, y + 5, write(tick)
        )


def _bars(bars: Sequence[Bar], highest: Decimal, left: int) -> Iterator[Markup]:
    place = Decimal(WIDTH - left) / max(len(bars), 1)
    longest = max((len(bar.label) for bar in bars), default=0)
    # Labels that would touch each other are left out: of 24 hours every second one is named.
    every = ceil(LETTER * (longest + 1) / place) if all(bar.label for bar in bars) else 1
    for number, bar in enumerate(bars):
        middle = left + place * number + place / 2
        yield from _bar(bar, middle, place, highest)
        if bar.label and number % every == 0:
            yield Markup('<text x="{}" y="{}">{}</text>').format(_round(middle), BASE + 19, bar.label)


def _bar(bar: Bar, middle: Decimal, place: Decimal, highest: Decimal) -> Iterator[Markup]:
    width, kind = place * SHARE, "bar" if bar.is_strong else "bar soft"
    if bar.value:
        y = _y(bar.value, highest)
        yield Markup('<path class="{}" d="M{} {}h{}V{}h-{}z"/>').format(
            kind, _round(middle - width / 2), y, _round(width), BASE, _round(width)
        )
    elif bar.is_missing:
        yield Markup('<text x="{}" y="{}">{}</text>').format(_round(middle), BASE - 4, CROSS)
    if bar.mark:
        wide = place * (1 + SHARE) / 2
        yield Markup('<path class="mark" d="M{} {}h{}"/>').format(
            _round(middle - wide / 2), _y(bar.mark, highest), _round(wide)
        )


def _y(value: Decimal, highest: Decimal) -> Decimal:
    """Return the height at which a value is drawn, from the top."""
    return _round(BASE - (BASE - TOP) * value / highest)


def _round(value: Decimal) -> Decimal:
    return rounded(value, 1)
