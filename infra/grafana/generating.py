"""The dashboards of both engines, made of the panels and the scripts in `sql/dashboards`."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    QueryVariable,
    TimePicker,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from chalicelib.warehouse.scripts import query
from infra.grafana import ledger, sales
from infra.grafana.engines import ENGINES, Query, source, variable_query
from infra.grafana.panels import Panel, shown

DASHBOARDS: Final[dict[str, ModuleType]] = {"sales": sales, "ledger": ledger}
TAG: Final = "cafe-etl"
FOUR_WEEKS: Final = ("now-27d/d", "now/d")
"""Whole days, so that the first and the last one count as a whole."""

ALL_STORES: Final = "store_name"
"""What stands for all stores: the condition compares the column with itself, `store_name in (store_name)`."""


def write(folder: Path) -> list[Path]:
    """Write the JSON of both dashboards for both engines into a folder; return the paths. May be repeated."""
    paths = []
    for engine in ENGINES:
        for name in DASHBOARDS:
            path = folder / engine / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(name, engine), encoding="utf-8")
            paths.append(path)
    return paths


def text(name: str, engine: str) -> str:
    """Return a dashboard as JSON, with sorted keys: the same panels and scripts give the same bytes."""
    content = _dashboard(name, engine).build()
    return json.dumps(content, cls=JSONEncoder, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _dashboard(name: str, engine: str) -> Dashboard:
    module = DASHBOARDS[name]
    builder = (
        Dashboard(module.TITLE)
        .uid(f"cafe-{engine}-{name}")
        .description(module.DESCRIPTION)
        .tags([TAG])
        .timezone("utc")
        .week_start("monday")
        .time(*FOUR_WEEKS)
        # Nothing refreshes by itself: that would keep a Serverless warehouse awake, and bill it.
        .refresh("")
        .timepicker(TimePicker().refresh_intervals([]))
        .variables([_store(name, engine)])
        .link(
            DashboardLink("Cafe dashboards")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .keep_time(keep_time=True)
        )
    )
    for number, panel in enumerate(module.PANELS, 1):
        builder.with_panel(_Numbered(number, panel, name, engine))
    return builder


def _store(name: str, engine: str) -> QueryVariable:
    """Return the variable with which people choose stores."""
    return (
        QueryVariable("store")
        .label("Store")
        .description("The stores whose figures are shown")
        .datasource(source(engine))
        .query(variable_query(engine, statement(name, "store")))
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(ALL_STORES)
        .current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .allow_custom_value(allow_custom_value=False)
    )


@dataclass(frozen=True)
class _Numbered(Builder[models.Panel]):
    """A panel of a dashboard, with its number and its query."""

    number: int
    panel: Panel
    dashboard: str
    engine: str

    def build(self) -> models.Panel:
        built = shown(self.panel)
        built.id_val = self.number
        built.datasource = source(self.engine)
        built.targets = [
            Query(self.engine, statement(self.dashboard, self.panel.name), self.panel.is_time_series)
        ]
        return built


def statement(name: str, script: str) -> str:
    """Return the statement of a script of a dashboard, without the comment above it."""
    lines = query(f"dashboards/{name}/{script}").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))
