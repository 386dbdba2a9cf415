"""Another user of the machine can neither read nor change anything in a local cloud."""

import http.client
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest

from local.cloud import cluster
from local.state import State
from tests.support.local_cloud import LocalCloud, make_project

TOY_APP = Path(__file__).parent / "toys" / "app.py"
USERS = [1, 1000, 65_534]
"""Numbers of users; the last one is `nobody`, as whom the warehouse of root runs, too."""

as_root = pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("setpriv") is None, reason="Only root can be another user, by setpriv."
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a cloud with a file in it, whose state folder was open to all users before its start."""
    project = make_project(tmp_path_factory.mktemp("project"), TOY_APP)
    state = project / ".local"
    (state / "logs").mkdir(parents=True)
    (state / "logs" / "supervisor.log").write_text("of an earlier release\n", encoding="utf-8")
    (state / "hash-key").write_text("0f" * 32, encoding="ascii")
    for path in (state, *state.rglob("*")):
        path.chmod(0o777)
    cloud = LocalCloud(state, project)
    cloud.up("--tcp")
    cloud.client("s3").put_object(Bucket="ads-processed", Key="kept", Body=b"Jo Bloggs")
    yield cloud
    cloud.run("down")


def run_as(user: int, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as another user."""
    identity = [f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all"]
    environment = {"PATH": os.environ["PATH"], "PGPASSWORD": "cafe"}
    return subprocess.run(
        ["setpriv", *identity, *command],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_open_state_folder_is_closed_by_the_start(cloud: LocalCloud) -> None:
    """As root, the group of the warehouse's server may pass through; that is all."""
    for path in (cloud.state, *cloud.state.iterdir(), *(cloud.state / "logs").iterdir()):
        mode = path.stat().st_mode
        passing = stat.S_IXGRP if path == cloud.state and os.getuid() == 0 else 0
        shared = stat.S_IRWXG if path.name == "socket" and os.getuid() == 0 else 0
        assert mode & (stat.S_IRWXG | stat.S_IRWXO) & ~(passing | shared) == 0, path
    assert (cloud.state / "access-key").stat().st_mode & 0o777 == 0o600


@as_root
@pytest.mark.parametrize("user", USERS)
def test_another_user_can_open_no_file(cloud: LocalCloud, user: int) -> None:
    run, server = cloud.running, (cloud.state / "warehouse" / "postmaster.pid").read_text(encoding="utf-8")
    names = ["access-key", "hash-key", "run.json", "warehouse-password", "logs/supervisor.log"]
    for name in (*names, "warehouse/PG_VERSION"):
        result = run_as(user, "cat", cloud.state / name)
        assert (result.returncode, result.stdout) == (1, ""), name
    assert run_as(user, "ls", cloud.state).returncode != 0
    assert run_as(user, "touch", cloud.state / "socket" / "x").returncode != 0
    for process in (run.pid, int(server.splitlines()[0])):
        assert run_as(user, "cat", f"/proc/{process}/environ").returncode != 0
        assert run_as(user, "ls", f"/proc/{process}/cwd/").returncode != 0


@as_root
@pytest.mark.parametrize("user", USERS)
def test_another_user_cannot_enter_the_warehouse(cloud: LocalCloud, user: int) -> None:
    psql = cluster.BIN / "psql"
    by_tcp = run_as(user, psql, "--no-password", cloud.running.tcp, "-c", "select 1")
    by_socket = run_as(user, psql, "--no-password", cloud.running.warehouse, "-c", "select 1")

    assert "password authentication failed" in by_tcp.stderr
    assert "Permission denied" in by_socket.stderr


@as_root
@pytest.mark.parametrize("user", USERS)
def test_a_socket_in_the_folder_of_temporary_files_is_closed_likewise(tmp_path: Path, user: int) -> None:
    """It is there if the path of the state is too long for a socket."""
    state = State.open(tmp_path / ("long" * 20))
    assert not state.socket.is_relative_to(state.folder)

    cluster.make_socket_folder(state.socket, cluster.server_user())

    try:
        assert run_as(user, "ls", state.socket).returncode != 0
        assert run_as(user, "touch", state.socket / "x").returncode != 0
    finally:
        state.socket.rmdir()


@as_root
def test_a_folder_that_others_may_enter_keeps_its_group(tmp_path: Path) -> None:
    """Only one that is closed to all gets the server's group; what a team shares stays the team's."""
    team, closed = tmp_path / "team", tmp_path / "team" / "closed"
    closed.mkdir(parents=True)
    os.chown(team, 0, 1000)
    team.chmod(0o770)
    closed.chmod(0o700)

    cluster.let_through([closed])

    assert (team.stat().st_gid, stat.S_IMODE(team.stat().st_mode)) == (1000, 0o771)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o710


@pytest.mark.parametrize("key", ["", "local", "0" * 32])
def test_without_the_key_the_endpoint_answers_nobody(cloud: LocalCloud, key: str) -> None:
    signature = f"AWS4-HMAC-SHA256 Credential={key}/20211126/eu-west-1/s3/aws4_request,"
    headers = {"Authorization": signature, "X-Cafe-Etl-Key": key}
    for method, path in (
        ("GET", "/"),
        ("GET", "/ads-processed/kept"),
        ("PUT", "/ads-raw-data/new.csv"),
        ("DELETE", "/ads-processed/kept"),
        ("POST", "/_local/reset"),
    ):
        connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc)
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        assert (response.status, b"Jo Bloggs" in response.read()) == (403, False), path
        connection.close()

    assert (cloud.keys("ads-processed"), cloud.keys("ads-raw-data")) == (["kept"], [])


def test_no_command_line_shows_the_key_or_a_password(cloud: LocalCloud) -> None:
    """Everybody can list processes."""
    processes = psutil.process_iter(["cmdline"])
    listing = "\n".join(" ".join(process.info["cmdline"] or []) for process in processes)
    assert str(cloud.state) in listing

    assert cloud.running.access_key not in listing
    assert (cloud.state / "warehouse-password").read_text(encoding="ascii") not in listing


def test_each_start_makes_a_new_key_and_only_the_new_one_opens(cloud: LocalCloud) -> None:
    former = cloud.clients
    key = cloud.running.access_key
    assert f"export AWS_ACCESS_KEY_ID={key}\n" in cloud.run("env").stdout

    cloud.run("down")
    assert not (cloud.state / "access-key").exists()
    cloud.up("--tcp")

    assert cloud.running.access_key not in {"", key}
    with pytest.raises(former.s3.exceptions.ClientError, match=r"run `eval \"\$\(python -m local env\)\"`"):
        former.s3.list_buckets()
    psycopg2.connect(cloud.running.warehouse).close()
