"""The dashboards for Grafana: the committed files are the generated ones, and complete."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.warehouse.scripts import SQL_FOLDER
from infra.grafana import generating
from infra.grafana.columns import COLUMNS
from local.state import PROJECT
from tests.support.grafana import ENGINES, NAMES, dashboard, queries

FOLDER = PROJECT / "dashboards"
BOTH = [(engine, name) for engine in ENGINES for name in NAMES]
MACROS = {"$__timeFilter", "$__timeFrom", "$__timeTo"}
FORMATS: dict[str, set[Any]] = {"postgres": {"table", "time_series"}, "redshift": {0, 1}}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each panel of each dashboard, after the dashboard's uid."""
    for engine, name in BOTH:
        content = dashboard(engine, name)
        for panel in content["panels"]:
            yield content["uid"], panel


def provisioned(name: str) -> Any:
    """Return the contents of a provisioning file."""
    return yaml.safe_load((FOLDER / "provisioning" / name).read_text(encoding="utf-8"))


def test_the_committed_dashboards_are_what_is_generated_each_time(tmp_path: Path) -> None:
    committed = {path.relative_to(FOLDER): path.read_bytes() for path in FOLDER.glob("*/*.json")}

    for _ in range(2):
        written = {path.relative_to(tmp_path): path.read_bytes() for path in generating.write(tmp_path)}
        assert written == committed
    assert len(committed) == len(BOTH)


@pytest.mark.parametrize("name", NAMES)
def test_both_engines_have_the_same_panels_with_the_same_sql(name: str) -> None:
    on_postgres, on_redshift = (list(queries(engine, name)) for engine in ENGINES)

    assert on_postgres == on_redshift


@pytest.mark.parametrize("name", NAMES)
def test_each_script_is_the_query_of_one_panel_or_variable(name: str) -> None:
    scripts = (SQL_FOLDER / "dashboards" / name).glob("*.sql")
    texts = sorted(re.sub(r"^--.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE) for path in scripts)

    assert sorted(f"{query.statement};\n" for query in queries("postgres", name)) == texts
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(("engine", "name"), BOTH)
def test_queries_use_only_the_macros_and_the_variable_that_both_plugins_expand_alike(
    engine: str, name: str
) -> None:
    """Others differ, such as $__timeGroup. PostgreSQL's plug-in ends an argument at the first closing bracket."""
    for query in queries(engine, name):
        assert set(re.findall(r"\$\w+", query.statement)) <= MACROS
        assert set(re.findall(r"\$\{[^}]*\}", query.statement)) <= {"${store:sqlstring}"}
        assert re.findall(r"\$__timeFilter\((.*)\)", query.statement) == re.findall(
            r"\$__timeFilter\(([a-z_]+\.[a-z_]+)\)", query.statement
        )


@pytest.mark.parametrize(("engine", "name"), BOTH)
def test_no_query_reads_the_customers_or_their_numbers(engine: str, name: str) -> None:
    for query in queries(engine, name):
        assert "customer" not in query.statement


@pytest.mark.parametrize(("engine", "name"), BOTH)
def test_every_panel_is_limited_to_the_chosen_times(engine: str, name: str) -> None:
    """Sales by the day of the sale, the ledger by the time of the load."""
    column = {"sales": r"\w+\.sold_on", "ledger": r"\w+\.loaded_at"}[name]

    for query in queries(engine, name):
        times = re.findall(r"\$__timeFilter\((.*)\)", query.statement)
        assert len(times) == (query.title != "store"), query.title
        assert all(re.fullmatch(column, time) for time in times), times


def test_dashboards_panels_and_titles_are_unique() -> None:
    uids = [dashboard(engine, name)["uid"] for engine, name in BOTH]
    assert len(set(uids)) == len(uids) == 4
    for key in ("id", "title", "description"):
        values = [(uid, panel[key]) for uid, panel in panels()]
        assert len(set(values)) == len(values), key
        assert all(value for _, value in values), key


def test_every_panel_has_a_sentence_a_unit_and_a_title_for_each_column() -> None:
    for _, panel in panels():
        assert re.fullmatch(r"[A-Z].*[.]", panel["description"])
        assert panel["fieldConfig"]["defaults"]["unit"]
        columns = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
        assert columns
        assert columns <= set(COLUMNS)
        for override in panel["fieldConfig"]["overrides"]:
            assert "unit" in {option["id"] for option in override["properties"]}


def test_panels_stay_on_the_grid_without_overlapping() -> None:
    for engine, name in BOTH:
        cells: set[tuple[int, int]] = set()
        for panel in dashboard(engine, name)["panels"]:
            place = panel["gridPos"]
            own = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not own & cells, panel["title"]
            cells |= own
        assert {x for x, _ in cells} == set(range(24))


@pytest.mark.parametrize(("engine", "name"), BOTH)
def test_a_dashboard_is_in_utc_and_does_not_refresh_by_itself(engine: str, name: str) -> None:
    """A refresh every five minutes would keep a Serverless warehouse awake."""
    content = dashboard(engine, name)

    assert content["timezone"] == "utc"
    assert content["refresh"] == ""
    assert content["timepicker"]["refresh_intervals"] == []
    assert content["time"] == {"from": "now-27d/d", "to": "now/d"}


@pytest.mark.parametrize(("engine", "name"), BOTH)
def test_the_store_variable_takes_several_stores_or_all(engine: str, name: str) -> None:
    [variable] = dashboard(engine, name)["templating"]["list"]

    assert variable["name"] == "store"
    assert variable["multi"] is variable["includeAll"] is True
    assert variable["current"]["value"] == ["$__all"]
    assert variable["allValue"] == "store_name"


@pytest.mark.parametrize("engine", ENGINES)
def test_every_query_asks_the_data_source_that_is_provisioned(engine: str) -> None:
    sources = {source["uid"]: source["type"] for source in provisioned("datasources.yaml")["datasources"]}

    for name in NAMES:
        content = dashboard(engine, name)
        for part in (*content["panels"], *content["templating"]["list"]):
            assert part["datasource"] == {"uid": f"cafe-{engine}", "type": sources[f"cafe-{engine}"]}
        for target in (target for panel in content["panels"] for target in panel["targets"]):
            assert target["datasource"]["uid"] == f"cafe-{engine}"
            assert target["format"] in FORMATS[engine]
            assert type(target["format"]) in {type(known) for known in FORMATS[engine]}


def test_no_provisioning_file_holds_a_password_or_an_address() -> None:
    for source in provisioned("datasources.yaml")["datasources"]:
        for value in source.get("secureJsonData", {}).values():
            assert re.fullmatch(r"\$CAFE_\w+", value)
        for key in ("url", "user"):
            assert re.fullmatch(r"(\$CAFE_\w+:?)*", source.get(key, ""))


def test_the_page_names_every_variable_of_the_environment_and_every_panel() -> None:
    page = (PROJECT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    files = "".join(path.read_text("utf-8") for path in (FOLDER / "provisioning").iterdir())

    assert set(re.findall(r"\$(CAFE_[A-Z_]*[A-Z])", files)) <= set(re.findall(r"`(CAFE_\w+)`", page))
    for _, panel in panels():
        assert panel["title"] in page
