"""The figures of the bench: one type for all of them, their table, and the same as JSON."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final, Literal, Self

Bound = Literal["at most", "at least"]

FORMATS: Final = {"": ".2f", "s": ".2f", "MB": ".0f", "sales/s": ",.0f"}
"""How a value is written, by its unit; a ratio has none."""

COLUMNS: Final = ("figure", "median", "spread", "bar", "verdict")
PLACES: Final = 4
"""Decimal places of the values in JSON."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measurement: a value for each round, and the bar that their median is compared with."""

    title: str
    values: Sequence[float]
    bar: float | None = None
    bound: Bound = "at most"
    """Whether the bar is the greatest value that is accepted, or the least."""

    unit: str = ""
    details: Mapping[str, float] = field(default_factory=dict)
    """What the values are made of, such as the median seconds of both sides of a ratio."""

    @classmethod
    def ratio(
        cls,
        title: str,
        times: Mapping[str, Sequence[float]],
        bar: float | None = None,
        bound: Bound = "at most",
    ) -> Self:
        """Return the ratio of the first measurement to the second, round by round."""
        # Each round has its own ratio: a machine that slows down for a while slows both sides of it.
        first, second = times.values()
        ratios = [one / other for one, other in zip(first, second, strict=True)]
        medians = {f"{name} (s)": median(seconds) for name, seconds in times.items()}
        return cls(title, ratios, bar, bound, details=medians)

    @property
    def value(self) -> float:
        """The median of all rounds."""
        return median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the median is on the right side of the bar; empty without a bar."""
        if self.bar is None:
            return ""
        is_within = self.value <= self.bar if self.bound == "at most" else self.value >= self.bar
        return "within" if is_within else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """Return the figure's row of the table."""
        spread = f"{self._text(min(self.values))} to {self._text(max(self.values))}"
        return (
            self.title,
            f"{self._text(self.value)} {self.unit}".strip(),
            spread if len(self.values) > 1 else "",
            "" if self.bar is None else f"{self.bound} {self.bar:g} {self.unit}".strip(),
            self.verdict,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the figure as JSON has it."""
        return {
            "title": self.title,
            "median": round(self.value, PLACES),
            "least": round(min(self.values), PLACES),
            "greatest": round(max(self.values), PLACES),
            "rounds": len(self.values),
            "unit": self.unit,
            "bar": self.bar,
            "bound": self.bound if self.bar is not None else None,
            "verdict": self.verdict,
            "details": {name: round(value, PLACES) for name, value in self.details.items()},
        }

    def _text(self, value: float) -> str:
        return format(value, FORMATS[self.unit])


def sentence(figure: Figure) -> str:
    """Return a figure as a line for whoever waits for the table."""
    title, value, spread, bar, verdict = figure.cells()
    details = ", ".join(f"{name} {amount:.4g}" for name, amount in figure.details.items())
    return "; ".join(filter(None, [f"{title}: {value}", spread, f"{bar} {verdict}".strip(), details]))


def table(figures: Sequence[Figure]) -> str:
    """Return all figures as a table in Markdown, whose columns are aligned for a terminal."""
    rows = [COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    ]
    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([lines[0], rule, *lines[1:]])


def to_json(figures: Sequence[Figure], measured_at: datetime) -> str:
    """Return all figures as JSON."""
    document = {
        "measured_at": measured_at.astimezone(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "figures": [figure.as_json() for figure in figures],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
