"""The kinds of panels: what people see of a query's rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from grafana_foundation_sdk.builders import barchart, common, dashboard, piechart, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    StackingMode,
    TableCellBackgroundDisplayMode,
    TableColoredBackgroundCellOptions,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, FieldColorModeId

from infra.grafana.columns import COLUMNS

Kind = Literal["totals", "stacked days", "days", "bars", "ranking", "shares", "table", "heat"]


@dataclass(frozen=True)
class Panel:
    """What a panel shows. name: that of its script in the dashboard's folder; columns: those that its query returns.

    width and height: cells of Grafana's grid, which is 24 wide.
    """

    name: str
    kind: Kind
    title: str
    description: str
    columns: tuple[str, ...]
    width: int = 12
    height: int = 9

    @property
    def is_time_series(self) -> bool:
        """Whether each row has a time. The rows of the others are a table for Grafana."""
        return self.kind in {"stacked days", "days"}

    @property
    def unit(self) -> str:
        """The unit of the first figure, which counts wherever no column says another one."""
        columns = [COLUMNS[name] for name in self.columns]
        return next((column.unit for column in columns if column.decimals is not None), columns[0].unit)


def _totals(_panel: Panel) -> Builder[models.Panel]:
    values = common.ReduceDataOptions().calcs(["lastNotNull"])
    builder = stat.Panel().reduce_options(values)
    return builder.graph_mode(BigValueGraphMode.NONE).color_mode(BigValueColorMode.NONE)


def _days(_panel: Panel) -> timeseries.Panel:
    return timeseries.Panel().draw_style(GraphDrawStyle.BARS).fill_opacity(80).line_width(1).min(0)


def _stacked_days(panel: Panel) -> Builder[models.Panel]:
    # One bar a day, with a piece for each store. Without a name of its own it would be called `revenue Leeds`.
    stacking = common.StackingConfig().mode(StackingMode.NORMAL)
    return _days(panel).stacking(stacking).display_name(f"${{__field.labels.{panel.columns[0]}}}")


def _bars(_panel: Panel) -> Builder[models.Panel]:
    # Grafana puts the first column of words below the bars.
    return barchart.Panel().min(0)


def _ranking(_panel: Panel) -> Builder[models.Panel]:
    return barchart.Panel().min(0).orientation(VizOrientation.HORIZONTAL)


def _shares(_panel: Panel) -> Builder[models.Panel]:
    # Each row is a piece; by default each column would be one.
    return piechart.Panel().reduce_options(common.ReduceDataOptions().values(values=True))


def _table(_panel: Panel) -> table.Panel:
    return table.Panel()


def _heat(panel: Panel) -> Builder[models.Panel]:
    cell = TableColoredBackgroundCellOptions(mode=TableCellBackgroundDisplayMode.BASIC)
    greens = dashboard.FieldColor().mode(FieldColorModeId.CONTINUOUS_GREENS)
    return _table(panel).cell_options(cell).color_scheme(greens)


KINDS: Final[dict[Kind, Callable[[Panel], Builder[models.Panel]]]] = {
    "totals": _totals,
    "stacked days": _stacked_days,
    "days": _days,
    "bars": _bars,
    "ranking": _ranking,
    "shares": _shares,
    "table": _table,
    "heat": _heat,
}


NAMED_BY_ROWS: Final = ("stacked days", "shares")
"""The kinds that name their pieces by a row's words. A title for the column of figures would hide those names."""


def shown(panel: Panel) -> models.Panel:
    """Return a panel for Grafana, still without number and query."""
    built = KINDS[panel.kind](panel).build()
    built.title, built.description = panel.title, panel.description
    built.grid_pos = models.GridPos(w=panel.width, h=panel.height)
    config = built.field_config or models.FieldConfigSource()
    config.defaults.unit = panel.unit
    config.overrides = [_override(name, panel) for name in panel.columns]
    built.field_config = config
    return built


def _override(name: str, panel: Panel) -> models.DashboardFieldConfigSourceOverrides:
    """Return title, unit and decimals of a column of a panel."""
    column = COLUMNS[name]
    properties: dict[str, object] = {"unit": column.unit}
    if panel.kind not in NAMED_BY_ROWS:
        properties["displayName"] = column.title
    if column.decimals is not None:
        properties["decimals"] = column.decimals
    return models.DashboardFieldConfigSourceOverrides(
        matcher=models.MatcherConfig(id_val="byName", options=name),
        properties=[DynamicConfigValue(key, value) for key, value in properties.items()],
    )
