"""The saved queries of Logs Insights, which moto does not keep. Nothing runs them here."""

import json
import uuid
from typing import Any

from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse


def install() -> None:
    """Let moto's Logs save, list and delete queries."""
    for function in (put_query_definition, describe_query_definitions, delete_query_definition):
        setattr(LogsResponse, function.__name__, function)


def put_query_definition(self: Any) -> str:
    """Save a query: one with an id replaces the query of that id."""
    definition = json.loads(self.body)
    query_id = definition.setdefault("queryDefinitionId", str(uuid.uuid4()))
    _queries(self.logs_backend)[query_id] = definition
    return json.dumps({"queryDefinitionId": query_id})


def describe_query_definitions(self: Any) -> str:
    """List the queries whose names have a beginning, all on one page."""
    beginning = json.loads(self.body).get("queryDefinitionNamePrefix", "")
    definitions = [
        query for query in _queries(self.logs_backend).values() if query["name"].startswith(beginning)
    ]
    return json.dumps({"queryDefinitions": definitions})


def delete_query_definition(self: Any) -> str:
    """Delete a query; tell whether it was there."""
    query_id = json.loads(self.body)["queryDefinitionId"]
    return json.dumps({"success": _queries(self.logs_backend).pop(query_id, None) is not None})


def _queries(backend: LogsBackend) -> dict[str, dict[str, Any]]:
    """Return the queries by id; a reset of moto forgets them, since it makes a new backend."""
    queries: dict[str, dict[str, Any]] = vars(backend).setdefault("query_definitions", {})
    return queries
