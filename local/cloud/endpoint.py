"""The HTTP endpoint of the local cloud: moto, services that moto lacks, and the command line's requests."""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import cache
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local import access_keys
from local.cloud import guard, ports
from local.control import CONTROL

POLL_SECONDS = 0.05
Control = Callable[[str], dict[str, Any]]
"""Takes a request's name, such as `status`, and returns the response, to be sent as JSON.

A request that it cannot carry out has the response `{"error": "a sentence for the user"}`.
"""

Service = Callable[[str, dict[str, Any], str], dict[str, Any]]
"""Answers an operation of a service that moto lacks: takes its name, its parameters and the caller's role."""

PERSON: Final = "local"
"""The role of a caller that is no function."""


class ServiceError(Exception):
    """An operation that fails, with the code and the message that the caller gets."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Endpoint:
    """Serves on loopback, on the preferred port if it is free, on any other one if not."""

    def __init__(
        self, port: int, control: Control, access_key: str, services: Mapping[str, Service] | None = None
    ) -> None:
        """Serve moto's services, and others by the beginning of their operations' names in `X-Amz-Target`.

        Only those who know the access key get an answer.
        """
        # Moto would let every web page read its answers.
        werkzeug_app.DISABLE_GLOBAL_CORS = True  # type: ignore[attr-defined]
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        # "s3.eu-west-1.amazonaws.com" -> "s3". For each request, moto would list the 170 folders of its services again.
        self._moto.get_backend_for_host = cache(self._moto.get_backend_for_host)  # type: ignore[method-assign]
        self._control = control
        self._access_key = access_key
        self._services = services or {}
        self.s3_lock = threading.RLock()
        self._server = self._serve_on(port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.port)

    @property
    def url(self) -> str:
        """The value for AWS_ENDPOINT_URL."""
        return f"http://{ports.HOST}:{self.port}"

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve_on(self, port: int) -> Any:
        # Werkzeug would end the process over a port that is taken, with advice about options that we do not have. So
        # it gets a socket that listens already, of which it makes its own copy.
        with closing(ports.listener_near(port)) as bound:
            server = make_server(
                ports.HOST,
                bound.getsockname()[1],
                self._answer,
                threaded=True,
                request_handler=MotoRequestHandler,
                fd=bound.fileno(),
            )
        server.daemon_threads = True  # type: ignore[attr-defined]
        return server

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if refusal := guard.refusal(environ, self._access_key):
            kind, body = guard.body(refusal, environ)
            return _answer(f"{refusal.status.value} {refusal.status.phrase}", kind, body, start_response)
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL):
            return self._answer_control(path.removeprefix(CONTROL), start_response)
        # "RedshiftServerless.GetWorkgroup" -> the service and its operation
        name, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if service := self._services.get(name):
            return _answer_service(service, operation, environ, start_response)
        # "AWS4-HMAC-SHA256 Credential=local/20211126/eu-west-1/s3/aws4_request, …": the signature names the service.
        if "/s3/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            with self.s3_lock:  # moto's S3 lists a dictionary while another thread changes it
                return list(self._moto(environ, start_response))
        response: Iterable[bytes] = self._moto(environ, start_response)
        return response

    def _answer_control(self, name: str, start_response: StartResponse) -> Iterable[bytes]:
        return _answer_json("200 OK", self._control(name), start_response)


def _answer_service(
    service: Service, operation: str, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    parameters = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
    _, role = access_keys.split(guard.presented_key(environ))
    try:
        answer = service(operation, parameters, role or PERSON)
    except ServiceError as exc:
        error = {"__type": exc.code, "message": str(exc)}
        return _answer_json("400 Bad Request", error, start_response)
    return _answer_json("200 OK", answer, start_response)


def _answer_json(status: str, answer: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    return _answer(status, "application/json", json.dumps(answer).encode(), start_response)


def _answer(status: str, kind: str, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
