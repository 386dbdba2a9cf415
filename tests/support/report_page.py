"""A report as a program reads it: its sections, their tables and paragraphs, and the texts of its charts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br"}


@dataclass
class Section:
    """A section: its heading, its paragraphs and points, and the rows of its tables."""

    heading: str = ""
    paragraphs: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    charts: dict[str, list[str]] = field(default_factory=dict)
    """The texts in its chart by their elements: title, desc, text."""


class Page(HTMLParser):
    """A parsed report."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.title = ""
        self.sections: list[Section] = [Section()]
        self.tags: list[str] = []
        self._text: list[str] = []
        self.feed(html.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the signature is HTMLParser's
        """Begin a section, a row or a text."""
        if tag == "section":
            self.sections.append(Section())
        if tag == "tr":
            self.sections[-1].rows.append([])
        if tag in {"h1", "h2", "p", "li", "th", "td", "title", "desc", "text"}:
            self._text = []
        if tag not in VOID:
            self.tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Pass over shapes: they have no text."""

    def handle_data(self, data: str) -> None:
        """Take the text of the element that is open."""
        if self.tags and self.tags[-1] != "style":
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Put a text into its section."""
        assert self.tags.pop() == tag
        text = " ".join("".join(self._text).split())
        section = self.sections[-1]
        if tag == "h1":
            self.title = text
        elif tag == "h2":
            section.heading = text
        elif tag == "p":
            section.paragraphs.append(text)
        elif tag == "li":
            section.points.append(text)
        elif tag in {"th", "td"}:
            section.rows[-1].append(text)
        elif "svg" in self.tags and tag in {"title", "desc", "text"}:
            section.charts.setdefault(tag, []).append(text)

    def section(self, heading: str) -> Section:
        """Return the section with a heading."""
        [section] = [section for section in self.sections if section.heading == heading]
        return section
