"""HTML from templates. Whatever others wrote is escaped: against HTML, and against letters that do not show."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.people.escapes import escaped


def templates(folder: Path) -> Environment:
    """Return the templates of a folder. A name that a template uses and nobody gives is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    """Return a text with escapes for the characters that do not show; Jinja escapes HTML after that."""
    return escaped(value) if isinstance(value, str) and not isinstance(value, Markup) else value
