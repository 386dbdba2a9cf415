"""Redshift's Data API over HTTP in front of a PostgreSQL: statements that take a while, results in pages.

moto has this API, but answers every statement with the same three rows.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import botocore.session
import psycopg2
from botocore.validate import ParamValidator

PAGE: Final = 2
"""Rows of a page; Redshift's has up to 100 MB."""

MODEL: Final = botocore.session.get_session().get_service_model("redshift-data")
LOOKS: Final = 2
"""How often a statement is described as not finished yet."""


@dataclass
class Statement:
    """A statement that was sent, and its result."""

    parameters: dict[str, Any]
    error: str = ""
    columns: list[dict[str, str]] = field(default_factory=list)
    records: list[list[dict[str, Any]]] = field(default_factory=list)
    looks: int = 0
    is_cancelled: bool = False


class DataApi:
    """The API of one account; `workgroup` is its only warehouse. `callers` are the access keys that were used."""

    def __init__(self, warehouse: str, workgroup: str) -> None:
        self.warehouse = warehouse
        self.workgroup = workgroup
        self.statements: dict[str, Statement] = {}
        self.callers: set[str] = set()
        self.is_slow = False
        """Whether statements never finish."""

    def answer(self, operation: str, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body of the answer to a request."""
        shape = MODEL.operation_model(operation).input_shape
        assert shape is not None
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            return _refusal("ValidationException", report.generate_report())
        answers = {
            "ExecuteStatement": self._execute,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "CancelStatement": self._cancel,
        }
        return answers[operation](parameters)

    def _execute(self, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if parameters.get("WorkgroupName") != self.workgroup:
            return _refusal("ValidationException", "Redshift endpoint doesn't exist in this region.")
        statement = Statement(parameters)
        self._run(statement)
        identifier = f"00000000-0000-0000-0000-{len(self.statements):012}"
        self.statements[identifier] = statement
        return 200, {"Id": identifier}

    def _run(self, statement: Statement) -> None:
        with closing(psycopg2.connect(self.warehouse)) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(statement.parameters["Sql"])
            except psycopg2.Error as exc:
                statement.error = (
                    f"ERROR: {exc.diag.message_primary}\n  Position: {exc.diag.statement_position}"
                )
                return
            if described := cursor.description:
                statement.records = [list(map(_field, row)) for row in cursor.fetchall()]
                codes = [column.type_code for column in described]
                cursor.execute("select oid, typname from pg_type where oid = any(%s::oid[])", (codes,))
                types = dict(cursor.fetchall())
                statement.columns = [
                    {"name": column.name, "label": column.name, "typeName": types[column.type_code]}
                    for column in described
                ]

    def _describe(self, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        statement = self.statements[parameters["Id"]]
        statement.looks += 1
        status = "FAILED" if statement.error else "FINISHED"
        if self.is_slow or statement.looks <= LOOKS:
            status = "STARTED"
        body = {"Id": parameters["Id"], "Status": status, "HasResultSet": bool(statement.columns)}
        return 200, body | ({"Error": statement.error} if statement.error else {})

    def _result(self, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        statement = self.statements[parameters["Id"]]
        start = int(parameters.get("NextToken") or 0)
        end = start + PAGE
        body = {"ColumnMetadata": statement.columns, "Records": statement.records[start:end]}
        return 200, body | ({"NextToken": str(end)} if end < len(statement.records) else {})

    def _cancel(self, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.statements[parameters["Id"]].is_cancelled = True
        return 200, {"Status": True}


def _refusal(code: str, message: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": code, "message": message}


def _field(value: Any) -> dict[str, Any]:
    """Return a value as the Data API has it: numerics, days and times are texts."""
    if value is None:
        return {"isNull": True}
    kinds = {bool: "booleanValue", int: "longValue", float: "doubleValue"}
    kind = kinds.get(type(value))
    return {kind: value} if kind else {"stringValue": str(value)}


@contextmanager
def served(api: DataApi) -> Iterator[str]:
    """Serve an API on a port of its own; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            # AWS4-HMAC-SHA256 Credential=<key>/20210825/eu-west-1/redshift-data/aws4_request, …
            api.callers.add(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
            operation = self.headers["X-Amz-Target"].partition(".")[2]
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = api.answer(operation, json.loads(body))
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
