"""The HTTP endpoint of the local cloud: moto, and beside it what the command line asks of the supervisor."""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.client import CONTROL

HOST = "127.0.0.1"
POLL_SECONDS = 0.05
Control = Callable[[str], dict[str, Any]]
"""Takes a request's name, such as `status`, and returns what is sent back as JSON."""


class Endpoint:
    """Serves on loopback, on the wanted port if it is free, on any other if not."""

    def __init__(self, port: int, control: Control) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._control = control
        self.s3_lock = threading.RLock()
        try:
            self._server = self._bind(port)
        except OSError:
            self._server = self._bind(0)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL shall be."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _bind(self, port: int) -> Any:
        server = make_server(HOST, port, self._answer, threaded=True, request_handler=MotoRequestHandler)
        server.daemon_threads = True  # type: ignore[attr-defined]
        return server

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL):
            return self._answer_control(path.removeprefix(CONTROL), start_response)
        if "/s3/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            with self.s3_lock:  # moto's S3 lists a dictionary while another thread changes it
                return list(self._moto(environ, start_response))
        response: Iterable[bytes] = self._moto(environ, start_response)
        return response

    def _answer_control(self, name: str, start_response: StartResponse) -> Iterable[bytes]:
        try:
            body, status = json.dumps(self._control(name)), "200 OK"
        except KeyError:
            body, status = json.dumps({"error": f"no such request: {name}"}), "404 Not Found"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body.encode()]
