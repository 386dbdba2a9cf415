"""Charts: scales, labels, and texts as they are."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from chalicelib.people.report.charts import Bar, axis, bar_chart
from chalicelib.people.report.rounding import number


def chart(*bars: Bar, title: str = "Sales", description: str = "By hour") -> ET.Element:
    """Return a chart as XML: it has to be well-formed."""
    return ET.fromstring(str(bar_chart("sales", title, description, bars, number)))  # noqa: S314 - our own


def paths(element: ET.Element, kind: str) -> list[list[str]]:
    """Return the numbers and letters of the paths of a class."""
    return [
        path.get("d", "").replace("M", "").replace("h", " ").replace("V", " ").split()
        for path in element.iter("path")
        if path.get("class") == kind
    ]


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        ("226", [50, 100, 150, 200]),
        ("7750", [2000, 4000, 6000]),
        ("10000", [2000, 4000, 6000, 8000, 10000]),
        ("1", ["0.2", "0.4", "0.6", "0.8", "1.0"]),
        ("6", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_the_axis_names_few_round_values(highest: str, ticks: list[str]) -> None:
    assert axis(Decimal(highest)) == [Decimal(tick) for tick in ticks]


def test_bars_are_as_high_as_their_values_say() -> None:
    """The highest reaches the top, and the other is half as high."""
    element = chart(Bar("7", Decimal(10)), Bar("8", Decimal(5)))

    tops = [Decimal(place[1]) for place in paths(element, "bar")]
    assert tops == [Decimal("12.0"), Decimal("104.0")]


def test_a_mark_counts_for_the_scale() -> None:
    """Last week may have been better than any hour of today."""
    element = chart(Bar("7", Decimal(5), mark=Decimal(10)))

    assert [Decimal(place[1]) for place in paths(element, "mark")] == [Decimal("12.0")]
    assert [Decimal(place[1]) for place in paths(element, "bar")] == [Decimal("104.0")]


def test_labels_that_would_touch_are_left_out() -> None:
    """Twelve hours have a label each, of 24 every second one."""
    for count, labels in ((12, 12), (24, 12)):
        element = chart(*(Bar(f"{hour:02}", Decimal(1)) for hour in range(count)))

        assert (
            sum((text.text or "").isdecimal() and text.get("y") == "215" for text in element.iter("text"))
            == labels
        )


def test_a_day_on_which_nothing_came_has_a_cross_and_no_bar() -> None:
    element = chart(Bar("", None, is_missing=True), Bar("", None), Bar("", Decimal(3)))

    assert [text.text for text in element.iter("text")].count("\N{MULTIPLICATION SIGN}") == 1
    assert len(paths(element, "bar")) == 1


def test_a_chart_without_any_value_is_drawn() -> None:
    assert paths(chart(), "bar") == []


def test_titles_and_labels_are_texts_and_never_elements() -> None:
    element = chart(Bar("<b>&", Decimal(1)), title="<script>alert(1)</script>", description="Zoë & Söhne")

    assert element.findtext("title") == "<script>alert(1)</script>"
    assert element.findtext("desc") == "Zoë & Söhne"
    assert "<b>&" in [text.text for text in element.iter("text")]
    assert element.get("aria-labelledby") == "sales-title sales-text"
