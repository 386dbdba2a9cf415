"""Fixtures of all integration tests: a real PostgreSQL, and the functions between it and AWS services over HTTP."""

import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import moto.s3.models
import pytest

from chalicelib import aws
from chalicelib.load import transaction
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local.cloud import moto_backends
from local.cloud.endpoint import Endpoint
from local.cloud.postgres import Guardian
from local.redshift.stand_in import StandIn
from local.state import State
from tests.support.endpoint import ACCESS_KEY
from tests.support.pipeline import UNVERSIONED, Pipeline
from tests.support.s3_clock import Clock
from tests.support.sql_loads import Loads
from tests.support.stand_in import URL, started

SAMPLE = 2
"""Tests of a module that run on the second engine, too; `make test ENGINES=all` runs all of them, as CI does."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each engine that its marker `engines` names; the marker of a test goes before its module's."""
    marker = metafunc.definition.get_closest_marker("engines")
    if marker and "warehouse_url" in metafunc.fixturenames:
        metafunc.parametrize("warehouse_url", marker.args, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run a few tests of each module on Redshift's stand-in, spread over the module, unless `ENGINES` says all."""
    if os.environ.get("CAFE_ENGINES") == "all":
        return
    modules: dict[object, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and "redshift" in item.name.partition("[")[2]:
            modules[item.path].append(item)
    # Ten tests of a module and a sample of two: the first and the sixth.
    sample = {item for tests in modules.values() for item in tests[:: -(-len(tests) // SAMPLE)]}
    sample -= {item for item in sample if not _takes_part_in_sample(item)}
    left_out = [item for tests in modules.values() for item in tests if item not in sample]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _takes_part_in_sample(item: pytest.Item) -> bool:
    """Tell whether a test may be in the sample: `engines(…, sample=False)` marks those that take long."""
    marker = item.get_closest_marker("engines")
    return bool(marker and marker.kwargs.get("sample", True))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of an embedded PostgreSQL that holds the schema and no rows."""
    state = State.open(tmp_path_factory.mktemp("warehouse") / "state")
    guardian = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
    assert guardian.wait_until_ready(), (state.logs / "postgres.log").read_text(encoding="utf-8")
    warehouse = Warehouse.connect(guardian.url)
    schema.create(warehouse)
    warehouse.close()
    yield guardian.url
    guardian.stop()


@pytest.fixture(scope="session")
def stand_in(postgres_url: str) -> Iterator[StandIn]:
    """Return a stand-in for Redshift whose database holds the schema and no rows."""
    with started(postgres_url) as stand_in:
        warehouse = Warehouse.connect(URL)
        schema.create(warehouse)
        warehouse.close()
        yield stand_in


@pytest.fixture(scope="session")
def warehouse_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a warehouse that holds the schema, in PostgreSQL or where the marker `engines` says."""
    if getattr(request, "param", "postgres") == "redshift":
        request.getfixturevalue("stand_in")
        return URL
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def loads(warehouse_url: str) -> Iterator[Loads]:
    """Return loads into an empty warehouse, on a connection of their own."""
    warehouse = Warehouse.connect(warehouse_url)
    loads = Loads(warehouse)
    loads.empty()
    yield loads
    warehouse.close()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Return the URL of AWS services over HTTP. S3 calls take turns there: moto loses some that come at once."""
    moto_backends.forget_everything()  # moto's state is the process's, and another module may have left some
    server = Endpoint(0, lambda _request: {}, ACCESS_KEY)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def shared(endpoint: str, warehouse_url: str) -> Pipeline:
    """Return the pipeline that the tests of a module share; each engine has one of its own."""
    moto_backends.forget_everything()  # the tests on the engine before used the same endpoint
    return Pipeline(endpoint, warehouse_url)


@pytest.fixture
def pipeline(shared: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """Return the module's pipeline, emptied, with cold functions: no clients and no connection are open."""
    for name, value in shared.environment.items():
        monkeypatch.setenv(name, value)
    aws.client.cache_clear()
    shared.empty()
    yield shared
    transaction.disconnect()


@pytest.fixture
def unversioned(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """Return the pipeline with a raw bucket that keeps no versions; `Pipeline.put_unversioned` uploads to it."""
    region: Any = {"LocationConstraint": "eu-west-1"}
    s3 = pipeline.clients.s3
    monkeypatch.setenv("RAW_BUCKET", UNVERSIONED)
    s3.create_bucket(Bucket=UNVERSIONED, CreateBucketConfiguration=region)
    yield pipeline
    for item in s3.list_objects_v2(Bucket=UNVERSIONED).get("Contents", []):
        s3.delete_object(Bucket=UNVERSIONED, Key=item["Key"])
    s3.delete_bucket(Bucket=UNVERSIONED)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return S3's clock, which moves only when a test says so."""
    clock = Clock()
    monkeypatch.setattr(moto.s3.models, "utcnow", clock.read)
    return clock
