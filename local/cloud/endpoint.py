"""The HTTP endpoint of the local cloud: moto, and the command line's requests to the supervisor."""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import cache
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.cloud import ports
from local.control import CONTROL

POLL_SECONDS = 0.05
Control = Callable[[str], dict[str, Any]]
"""Takes a request's name, such as `status`, and returns the response, to be sent as JSON.

A request that it cannot carry out has the response `{"error": "a sentence for the user"}`.
"""


class Endpoint:
    """Serves on loopback, on the preferred port if it is free, on any other one if not."""

    def __init__(self, port: int, control: Control) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        # "s3.eu-west-1.amazonaws.com" -> "s3". For each request, moto would list the 170 folders of its services again.
        self._moto.get_backend_for_host = cache(self._moto.get_backend_for_host)  # type: ignore[method-assign]
        self._control = control
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
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL):
            return self._answer_control(path.removeprefix(CONTROL), start_response)
        # "AWS4-HMAC-SHA256 Credential=local/20211126/eu-west-1/s3/aws4_request, …": the signature names the service.
        if "/s3/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            with self.s3_lock:  # moto's S3 lists a dictionary while another thread changes it
                return list(self._moto(environ, start_response))
        response: Iterable[bytes] = self._moto(environ, start_response)
        return response

    def _answer_control(self, name: str, start_response: StartResponse) -> Iterable[bytes]:
        body = json.dumps(self._control(name))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body.encode()]
