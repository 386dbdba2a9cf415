"""The documents agree with the code: columns, reasons, settings, log events, modules, make targets, links."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from chalicelib.model import Rules, Status
from chalicelib.parts import ARCHIVE
from chalicelib.settings import Settings
from chalicelib.warehouse.scripts import scripts, statements
from local.state import PROJECT

NOT_OURS = {
    ".venv",
    ".venv-checkov",
    ".venv-rivals",
    ".local",
    ".git",
    "build",
    "generated",
    ".hypothesis",
    ".pytest_cache",
}
DOCUMENTS = sorted(
    path.relative_to(PROJECT)
    for path in PROJECT.rglob("*.md")
    if not NOT_OURS & set(path.relative_to(PROJECT).parts) and not path.is_symlink()
)
MODULES = sorted(path.relative_to(PROJECT) for path in PROJECT.glob("chalicelib/**/[!_]*.py"))
DICTIONARY = "docs/data-dictionary.md"
LINES, COLUMNS = 120, 120
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CALLS = {"Fault": (1, 2), "_fault": (0, 1), "SourceFileError": (0, 1)}
"""The positions of the arguments that are a reason and a sentence."""


def text(path: str | Path) -> str:
    """Return the text of a file of the project."""
    return (PROJECT / path).read_text(encoding="utf-8")


def section(document: str, heading: str) -> str:
    """Return the text under a heading, up to the next one of its level or above."""
    level = heading.partition(" ")[0]
    _, separator, rest = f"\n{text(document)}".partition(f"\n{heading}\n")
    assert separator, f"{document} has no heading {heading}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table(markdown: str) -> list[list[str]]:
    """Return the cells of the first table, without its header; backticks are removed."""
    rows = re.search(r"(?:^\|.*\n?)+", markdown, re.MULTILINE)
    assert rows, markdown
    cells = [re.split(r"\s+\|\s+", line.strip("| \n")) for line in rows[0].splitlines()]
    return [[cell.strip("`") for cell in row] for row in cells[2:]]


def created_tables() -> dict[str, list[tuple[str, str]]]:
    """Return each table's columns with their types, as `sql/schema` has them."""
    tables = {}
    for script in scripts("schema"):
        for statement in statements(script.read_text(encoding="utf-8")):
            match = re.search(r"create table if not exists (\w+) \((.*)\)", statement, re.DOTALL)
            assert match, script
            lines = [line.strip().rstrip(",") for line in match[2].strip().splitlines()]
            tables[match[1]] = [_column(*line.partition(" ")[::2]) for line in lines]
    return tables


def _column(name: str, definition: str) -> tuple[str, str]:
    kind = definition.removesuffix(" not null")
    return name, kind if kind != definition else f"{kind}, null"


def created_views() -> dict[str, list[str]]:
    """Return each view's columns, as its last select has them."""
    views = {}
    for script in scripts("views"):
        [statement] = statements(script.read_text(encoding="utf-8"))
        name = re.search(r"create view (\w+)", statement)
        assert name, script
        selected = statement.rpartition("\nselect\n")[2].partition("\nfrom ")[0].splitlines()
        views[name[1]] = [re.split(r"[ .]", line.rstrip(","))[-1] for line in selected]
    return views


def reasons() -> dict[str, set[tuple[str, str]]]:
    """Return the reasons and sentences for rejected rows and for refused files, as the code has them."""
    reasons: dict[str, set[tuple[str, str]]] = {"rows": set(), "files": set()}
    for module in MODULES:
        tree = ast.parse(text(module))
        named = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CALLS:
                reason, sentence = (call.args[place] for place in CALLS[call.func.id])
                if isinstance(reason, ast.Constant):
                    # sentence = f"…"; raise SourceFileError("…", sentence) -> the text that the name was given
                    expression = named[sentence.id] if isinstance(sentence, ast.Name) else sentence
                    kind = "files" if call.func.id == "SourceFileError" else "rows"
                    reasons[kind].add((str(reason.value), _words(expression)))
    return reasons


def _words(node: ast.expr) -> str:
    """Return a text as the data dictionary writes it: … stands for a part that varies."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_words, node.values))
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def test_the_dictionary_has_the_columns_of_every_table_in_order_with_their_types() -> None:
    for name, columns in created_tables().items():
        described = table(section(DICTIONARY, f"### `{name}`"))

        assert [(row[0], row[1]) for row in described] == columns, name


def test_the_dictionary_has_the_columns_of_every_view_in_order() -> None:
    for name, columns in created_views().items():
        assert [row[0] for row in table(section(DICTIONARY, f"### `{name}`"))] == columns, name


def test_the_dictionary_has_no_other_table_or_view() -> None:
    described = re.findall(r"^### `(\w+)`$", text(DICTIONARY), re.MULTILINE)

    assert sorted(described) == sorted([*created_tables(), *created_views()])


@pytest.mark.parametrize(
    ("heading", "kind"), [("### Of a rejected row", "rows"), ("### Of a refused file", "files")]
)
def test_the_dictionary_has_every_reason_with_its_sentence(heading: str, kind: str) -> None:
    """A blank row is not rejected, so its reason is left out."""
    described = {(row[0], row[1]) for row in table(section(DICTIONARY, heading))}

    assert described == {(reason, sentence) for reason, sentence in reasons()[kind] if reason != "blank"}


def test_dictionary_and_runbook_have_the_ledgers_statuses() -> None:
    statuses = [row[0] for row in table(section(DICTIONARY, "#### Statuses"))]

    assert sorted(statuses) == sorted(Status)
    assert sorted(row[0] for row in table(section("docs/runbook.md", "## Statuses"))) == sorted(Status)


def test_the_dictionary_has_the_archives_columns_in_order() -> None:
    described = [row[0] for row in table(section(DICTIONARY, "## The archive copy"))]

    assert tuple(described) == ARCHIVE.column_names


def test_the_runbook_has_the_log_events_of_the_code_and_no_others() -> None:
    written = {event for module in MODULES for event in re.findall(r'log_event\(\s*"(\w+)"', text(module))}

    assert {row[0] for row in table(section("docs/runbook.md", "## Logs"))} == written


def test_the_readme_has_the_settings_of_the_code_and_no_others() -> None:
    described = re.findall(
        r"`([A-Z_]+)`", re.sub(r"\|[^|]*\|$", "", section("README.md", "## Settings"), flags=re.MULTILINE)
    )

    settings = {field.name for field in (*fields(Settings), *fields(Rules))} - {"rules"}
    assert sorted(described) == sorted(name.upper() for name in settings)


def test_the_readme_fits_on_a_page_and_a_screen() -> None:
    """Its links lead to more."""
    lines = text("README.md").splitlines()

    assert len(lines) <= LINES
    assert [line for line in lines if len(line) > COLUMNS] == []


def test_every_module_is_named_where_newcomers_look() -> None:
    """A newcomer looks at the README's picture and at the folders in CONTRIBUTING."""
    documents = text("README.md") + text("CONTRIBUTING.md")

    assert [
        module.stem for module in MODULES if not re.search(rf"\[{module.stem}\]|`{module.stem}`", documents)
    ] == []


def test_the_deploy_page_grants_writers_the_same_tables_as_create_database() -> None:
    match = re.search(r"delete on ([\w,\s]+?) to ", text("docs/deploy.md"))

    assert match is not None
    assert set(re.findall(r"\w+", match[1])) == set(created_tables())


def test_decisions_are_numbered_listed_and_have_the_same_headings() -> None:
    pages = sorted(path.name for path in PROJECT.glob("docs/adr/0*.md"))

    assert [int(page[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert re.findall(r"\((0[\w-]+\.md)\)", text("docs/adr/README.md")) == pages
    for page in pages:
        headings = re.findall(r"^#+ (.*)$", text(f"docs/adr/{page}"), re.MULTILINE)
        assert headings[0].startswith(f"{int(page[:4])}. ")
        assert headings[1:] == ["Context", "Decision", "Consequences"]


def test_the_glossary_is_in_alphabetical_order_without_repetitions() -> None:
    words = [row[0] for row in table(text("docs/glossary.md"))]

    assert words == sorted(set(words))


def test_the_changelog_begins_with_unreleased_changes() -> None:
    assert re.findall(r"^## (.*)$", text("CHANGELOG.md"), re.MULTILINE)[0] == "[Unreleased]"


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", text(document))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (PROJECT / document).parent / path if path else PROJECT / document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    """Variables may stand before or after a target."""
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = re.findall(r"(?:`|^)make((?: [A-Z_]+=\S+)*(?: [a-z-]+)+)", text(document), re.MULTILINE)

    assert {word for words in named for word in words.split() if "=" not in word} <= targets
