"""Grafana, as far as a query is concerned: what its variables and the plug-ins' macros become in a dashboard's SQL.

PostgreSQL's plug-in: pkg/tsdb/grafana-postgresql-datasource/macros.go of Grafana. Redshift's: pkg/redshift/macros.go of
grafana/redshift-datasource. Both write the bounds in UTC, as RFC 3339; only PostgreSQL's writes fractions of a second.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from local.state import PROJECT

ENGINES = ("postgres", "redshift")
NAMES = ("sales", "ledger")
MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
STORES = re.compile(r"\$\{store:sqlstring\}")


class Query(NamedTuple):
    """A query of a dashboard: title of its panel, or name of its variable, and its SQL."""

    title: str
    statement: str


class Range(NamedTuple):
    """The time range of a dashboard. Both ends belong to it."""

    start: datetime
    end: datetime


def dashboard(engine: str, name: str) -> dict[str, Any]:
    """Return a committed dashboard."""
    content: dict[str, Any] = json.loads(
        (PROJECT / "dashboards" / engine / f"{name}.json").read_text("utf-8")
    )
    return content


def queries(engine: str, name: str) -> Iterator[Query]:
    """Yield the queries of all panels and variables of a committed dashboard, as the engine's plug-in reads them."""
    content = dashboard(engine, name)
    for panel in content["panels"]:
        for target in panel["targets"]:
            yield Query(panel["title"], target["rawSql" if engine == "postgres" else "rawSQL"])
    for variable in content["templating"]["list"]:
        query = variable["query"]
        yield Query(variable["name"], query if engine == "postgres" else query["rawSQL"])


def expanded(statement: str, engine: str, times: Range, stores: Sequence[str] = ()) -> str:
    """Return a statement as the warehouse gets it. stores: the chosen ones; none stands for all, as in the list."""
    # Grafana puts the value of "All" in as it is, and others as its format `sqlstring` says.
    chosen = ",".join("'{}'".format(store.replace("'", "''")) for store in stores) or "store_name"
    return MACRO.sub(
        lambda match: _macro(match[1], match[2], engine, times), STORES.sub(lambda _: chosen, statement)
    )


def _macro(name: str, argument: str, engine: str, times: Range) -> str:
    start, end = (_literal(moment, engine) for moment in times)
    results: Mapping[str, str] = {
        "__timeFilter": f"{argument} BETWEEN {start} AND {end}",
        "__timeFrom": start,
        "__timeTo": end,
    }
    return results[name]


def _literal(moment: datetime, engine: str) -> str:
    utc = moment.astimezone(UTC)
    fraction = f"{utc:.%f}".rstrip("0").rstrip(".") if engine == "postgres" else ""
    return f"'{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z'"
