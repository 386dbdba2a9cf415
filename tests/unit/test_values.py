"""Settings, errors, messages, the parts' columns, figures, notices: what modules pass to each other."""

import inspect
import re
from datetime import datetime
from decimal import Decimal

import pytest

from chalicelib import errors
from chalicelib.errors import ReconciliationError, RequestError, SettingsError, TiedError
from chalicelib.load.reconciliation import reconcile
from chalicelib.model import LoadRequest, Outcome, Parts, SourceVersion, Status
from chalicelib.parts import COPIED, FILES, Part
from chalicelib.people import notices
from chalicelib.settings import Settings
from chalicelib.warehouse.scripts import scripts, statements

REQUEST = LoadRequest(
    ingest_id=7,
    source=SourceVersion("leeds é.csv", "v1", "e1", datetime.fromisoformat("2021-08-25 19:00:01"), "00A"),
    content_sha256="ab" * 32,
    hash_key_id="0123456789abcdef",
    rows_read=3,
    rows_rejected=1,
    items=4,
    total=Decimal("12.30"),
    reason="",
    sentence="",
    parts=Parts("s", "i", "r", "a"),
)
ENVIRONMENT = dict.fromkeys(
    [
        "RAW_BUCKET",
        "PROCESSED_BUCKET",
        "LOAD_QUEUE",
        "INGEST_FUNCTION",
        "NOTICE_TOPIC",
        "HASH_KEY_SECRET",
    ],
    "x",
)
FIGURES = (7, 5, "loaded", None, 3, 3, 4, 4, Decimal("12.30"), Decimal("12.30"), Decimal("12.30"))


def test_a_request_comes_back_from_the_queue() -> None:
    """As it was sent, to the penny."""
    assert LoadRequest.from_json(REQUEST.to_json()) == REQUEST


@pytest.mark.parametrize(
    "body",
    ["", "secret", "[]", "null", "{}", REQUEST.to_json()[:-1], REQUEST.to_json().replace("12.30", "secret")],
)
def test_what_is_no_request_is_not_quoted(body: str) -> None:
    """It may hold anything."""
    with pytest.raises(RequestError) as caught:
        LoadRequest.from_json(body)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", [None, " "])
def test_a_missing_setting_is_named(name: str, value: str | None) -> None:
    """In one sentence."""
    environment = {key: kept for key, kept in (ENVIRONMENT | {name: value}).items() if kept is not None}
    with pytest.raises(SettingsError, match=rf"^The environment variable {name} is not set[^.]*\.md[^.]*\.$"):
        Settings.from_environment(environment)


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """By indentation, in the module's docstring."""
    drawn: dict[str, int] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│├└─ ]*)(\w+Error)\b", line):
            drawn[found[2]] = len(found[1]) // 4
    classes = {
        name: cls
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if cls.__module__ == errors.__name__
    }
    assert drawn == {name: len(cls.__mro__) - 4 for name, cls in classes.items()}


@pytest.mark.parametrize("part", [FILES, *COPIED], ids=lambda part: part.name)
def test_parts_have_the_columns_of_their_staging_tables(part: Part) -> None:
    """Names, types and order; a column that came later may be null, unless it is text."""
    [path] = [path for path in scripts("load/stage") if path.stem.endswith(part.table)]
    [table] = statements(path.read_text(encoding="utf-8"))
    columns = re.findall(r"^    (\w+) (.*?)( not null)?,?$", table, re.MULTILINE)

    assert [(name, kind) for name, kind, _ in columns] == [
        (column.name, column.type) for column in part.columns
    ]
    may_be_null = [
        column.name for column in part.columns if not column.is_original and column.kind != "varchar"
    ]
    assert [name for name, _, not_null in columns if not not_null] == may_be_null


def outcome(status: Status, sentence: str = "") -> Outcome:
    """Return what became of the request."""
    return Outcome(
        REQUEST,
        status,
        sentence,
        is_unchanged=False,
        file_id=5,
        version=REQUEST.source,
        initial_status=status,
    )


def test_figures_that_agree_are_an_outcome() -> None:
    """Of a file that is not loaded there is nothing to add up."""
    figures = [(7, 6, "duplicate", "a.csv", 3, 0, 4, 0, Decimal("12.30"), 0, 0)]

    assert reconcile([REQUEST], [FIGURES]) == ([outcome(Status.LOADED)], [])
    [duplicate], _ = reconcile([REQUEST], figures)

    assert (duplicate.file_id, duplicate.sentence) == (6, "The same content came before as a.csv.")


def test_what_told_nothing_new_is_told_apart() -> None:
    """The ledger knows what became of it."""
    figures = [(7, None, "unchanged", None, 3, 0, 4, 0, Decimal("12.30"), 0, 0)]

    assert reconcile([REQUEST], figures) == ([], [REQUEST])


def test_a_tie_is_an_error_that_passes() -> None:
    """S3 is asked, and the batch tried again."""
    figures = [(7, None, "tied", None, 3, 0, 4, 0, Decimal("12.30"), 0, 0)]

    with pytest.raises(TiedError):
        reconcile([REQUEST], figures)


@pytest.mark.parametrize("place", [4, 5, 6, 7, 8, 9, 10])
def test_any_figure_that_differs_is_an_error_that_names_the_file(place: int) -> None:
    """Rows, items and totals, on either side."""
    wrong = [value + 1 if at == place else value for at, value in enumerate(FIGURES)]  # type: ignore[operator]
    with pytest.raises(ReconciliationError, match=r"leeds é.csv: \d of \d rows, \d of \d items"):
        reconcile([REQUEST], [wrong])


@pytest.mark.parametrize("rows", [[], [FIGURES, (8, *FIGURES[1:])]])
def test_each_file_has_to_be_decided_upon(rows: list[tuple[object, ...]]) -> None:
    """None is forgotten and none comes from nowhere."""
    with pytest.raises(ReconciliationError, match="not decided on each"):
        reconcile([REQUEST], rows)


def test_metrics_count_files_sales_and_rows() -> None:
    """Of what is new."""
    outcomes = [outcome(Status.LOADED), outcome(Status.REFUSED, "Empty.")]
    counted = notices.metrics_of_load(outcomes)

    assert counted == {"FilesLoaded": 1, "FilesRefused": 1, "SalesLoaded": 2, "RowsRejected": 2}


def test_a_notice_of_many_files_stays_short() -> None:
    """SNS takes 256 KiB; what was refused comes first."""
    loaded = [outcome(Status.LOADED)] * 300
    lines = notices.of_load([*loaded, outcome(Status.REFUSED, "Empty.")]).text.splitlines()

    assert (lines[0], lines[-1]) == ("leeds é.csv: refused: Empty.", "… and 101 more.")
    assert lines[1] == "leeds é.csv: loaded: 2 sales, 12.30 pounds, 1 row rejected"
