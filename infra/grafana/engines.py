"""The two engines as Grafana's data sources know them: the JSON of a panel's query and of a variable's query.

The SDK has no builders for these plug-ins. PostgreSQL's is `grafana-postgresql-datasource`, with `rawSql` and a format
in words; Redshift's is `grafana-redshift-datasource`, with `rawSQL` and a format as a number.
"""

from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

TIME_SERIES: Final = {"postgres": "time_series", "redshift": 0}
TABLE: Final = {"postgres": "table", "redshift": 1}
STATEMENT: Final = {"postgres": "rawSql", "redshift": "rawSQL"}
PLUGINS: Final = {"postgres": "grafana-postgresql-datasource", "redshift": "grafana-redshift-datasource"}
ENGINES: Final = tuple(PLUGINS)

NO_FILLING: Final = {"mode": 1}
"""Redshift's plug-in would repeat the value of the day before on a day without sales; 1 leaves a gap."""


@dataclass(frozen=True)
class Query(Dataquery):
    """A panel's query, as the JSON of its target."""

    engine: str
    statement: str
    is_time_series: bool

    def to_json(self) -> dict[str, Any]:
        """Return the target."""
        target = {
            "refId": "A",
            "datasource": source(self.engine),
            "format": (TIME_SERIES if self.is_time_series else TABLE)[self.engine],
            STATEMENT[self.engine]: self.statement,
        }
        # What each plug-in's editor needs to show the statement as a text.
        if self.engine == "postgres":
            return target | {"editorMode": "code", "rawQuery": True}
        return target | {"fillMode": NO_FILLING}


def source(engine: str) -> DataSourceRef:
    """Return the reference to an engine's data source, which `dashboards/provisioning` gives this uid."""
    return DataSourceRef(type_val=PLUGINS[engine], uid=f"cafe-{engine}")


def variable_query(engine: str, statement: str) -> str | dict[str, object]:
    """Return the query of a variable: a text for PostgreSQL's plug-in, a target for Redshift's."""
    if engine == "postgres":
        return statement
    return {"refId": "A", "format": TABLE[engine], STATEMENT[engine]: statement}
