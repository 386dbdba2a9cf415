"""A web page of another origin, in a real browser, can neither read nor change anything in a local cloud."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from moto.moto_server import werkzeug_app

from local.client import Clients
from local.cloud import guard
from local.cloud.cloud import Cloud, Settings
from local.cloud.warm_worker import Code
from tests.support import browser
from tests.support.endpoint import ACCESS_KEY

pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason="Chromium is not installed.")

HASH_KEY = "0f" * 32
RAW = "ads-raw-data"


class Target:
    """A cloud with a hash key and a file, which records control requests."""

    def __init__(self, folder: Path) -> None:
        self.control: list[str] = []
        settings = Settings(Code(folder), folder, ACCESS_KEY)
        self.cloud = Cloud(settings, {}, lambda request: self.control.append(request) or {})  # type: ignore[func-returns-value]
        self.url = self.cloud.endpoint.url
        self._clients = Clients(self.url, ACCESS_KEY)
        self._clients.secrets.create_secret(Name="cafe-etl/hash-key", SecretString=HASH_KEY)
        location: Any = {"LocationConstraint": "eu-west-1"}
        self._clients.s3.create_bucket(Bucket=RAW, CreateBucketConfiguration=location)
        self._clients.s3.put_object(Bucket=RAW, Key="leeds.csv", Body=b"Jo Bloggs")

    def keys(self) -> list[str]:
        """Return the keys of the bucket."""
        return [item["Key"] for item in self._clients.s3.list_objects_v2(Bucket=RAW).get("Contents", [])]


def rebound(target: Target, path: str) -> str:
    """Return the address of a path of a cloud under a foreign host; moto takes its beginning for a bucket."""
    return f"http://{RAW}.evil.example:{urlsplit(target.url).port}{path}"


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    """Return a cloud that is attacked."""
    target = Target(tmp_path)
    yield target
    target.cloud.stop()


@pytest.fixture
def unguarded(target: Target, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Return a cloud that answers everybody, as moto does."""
    monkeypatch.setattr(werkzeug_app, "DISABLE_GLOBAL_CORS", False)
    target.cloud.endpoint._moto.app_instances.clear()  # noqa: SLF001 - made again, they allow every origin
    monkeypatch.setattr(guard, "refusal", lambda *_arguments: None)
    return target


def test_a_page_neither_reads_nor_changes_anything(target: Target, tmp_path: Path) -> None:
    report = browser.attack(target.url, tmp_path / "profile")

    assert set(report.values()) == {""}
    assert (target.keys(), target.control) == (["leeds.csv"], [])


def test_without_the_guard_the_same_page_reads_the_hash_key_and_drops_a_file(
    unguarded: Target, tmp_path: Path
) -> None:
    """So the page is an attack, and the test above can fail."""
    report = browser.attack(unguarded.url, tmp_path / "profile")

    assert HASH_KEY in report["secret"]
    assert "leeds.csv" in report["listing"]
    assert unguarded.keys() == ["dropped.csv", "leeds.csv", "put.csv"]
    assert unguarded.control == ["status", "deploy", "reset"]


@pytest.mark.parametrize("path", ["/", f"/{RAW}", "/moto-api/", f"/{RAW}/leeds.csv"])
def test_a_host_that_resolves_to_this_machine_shows_nothing(
    target: Target, tmp_path: Path, path: str
) -> None:
    """Its pages are of the same origin as the cloud's answers."""
    shown = browser.shown(rebound(target, path), tmp_path / "profile")

    assert "AccessDenied" in shown
    assert not any(word in shown for word in ("leeds.csv", "Jo Bloggs", "ListBucketResult", "Moto"))


def test_without_the_guard_such_a_host_lists_a_bucket(unguarded: Target, tmp_path: Path) -> None:
    assert "leeds.csv" in browser.shown(rebound(unguarded, "/"), tmp_path / "profile")
