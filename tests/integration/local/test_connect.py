"""Database tools at the local warehouse: `up --tcp`, and the lines of `docs/connect.md`."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest

from local.cloud import postgres
from local.state import PROJECT, State
from tests.support.local_cloud import LocalCloud, make_project

TOY_APP = Path(__file__).parent / "toys" / "app.py"
PAGE = (PROJECT / "docs" / "connect.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a cloud whose warehouse listens on TCP."""
    project = make_project(tmp_path_factory.mktemp("project"), TOY_APP)
    cloud = LocalCloud(project / ".local", project)
    result = cloud.run("up", "--detach", "--tcp")
    assert result.returncode == 0, result.stderr
    yield cloud
    cloud.run("down")


def listening(cloud: LocalCloud) -> set[tuple[str, int]]:
    """Return the addresses that the processes of PostgreSQL listen on."""
    processes = psutil.Process(cloud.running.pid).children(recursive=True)
    return {address for process in processes for address in addresses(process)}


def addresses(process: psutil.Process) -> Iterator[tuple[str, int]]:
    """Yield the addresses that a process of PostgreSQL listens on; a session may end meanwhile."""
    with suppress(psutil.NoSuchProcess):
        if process.name() == "postgres":
            for connection in process.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    yield connection.laddr.ip, connection.laddr.port


def port(cloud: LocalCloud) -> int:
    """Return the port that a tool's settings name."""
    return int((cloud.state / "warehouse-port").read_text(encoding="ascii"))


def password(cloud: LocalCloud) -> str:
    """Return the password as the page says to read it."""
    return (cloud.state / "warehouse-password").read_text(encoding="ascii")


def test_the_lines_of_the_page_lead_psql_to_the_warehouse(cloud: LocalCloud) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    script = script.replace(".venv/bin/python", f"{sys.executable}")

    result = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=cloud.project,
        env={**os.environ, "CAFE_LOCAL_STATE": str(cloud.state)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert (
        f"tcp        postgresql://cafe@127.0.0.1:{port(cloud)}/cafe, password in {cloud.state}"
        in result.stdout
    )
    assert "count" in result.stdout
    assert password(cloud) not in result.stdout + result.stderr


def test_the_page_s_url_for_sqlalchemy_connects(cloud: LocalCloud) -> None:
    """SQLAlchemy itself is not installed: the URL's parts go to the driver that it names."""
    (url,) = re.findall(r"`(postgresql\+\S+)`", PAGE)
    url = url.replace("PASSWORD", password(cloud)).replace("PORT", str(port(cloud)))
    parts = urlsplit(url)
    assert parts.scheme == "postgresql+psycopg2"

    connection = psycopg2.connect(
        host=parts.hostname,
        port=parts.port,
        user=parts.username,
        password=parts.password,
        dbname=parts.path.lstrip("/"),
    )

    with closing(connection), connection.cursor() as cursor:
        cursor.execute("select current_user, host(inet_server_addr()), inet_server_port()")
        assert cursor.fetchone() == ("cafe", "127.0.0.1", port(cloud))


def test_the_page_s_url_for_jdbc_names_what_listens(cloud: LocalCloud) -> None:
    (url,) = re.findall(r"`jdbc:(postgresql:\S+)`", PAGE)
    parts = urlsplit(url.replace("PORT", str(port(cloud))))

    assert (parts.hostname, parts.port) in listening(cloud)
    assert (parts.path, parts.query) == ("/cafe", "user=cafe")


def test_it_listens_on_loopback_alone(cloud: LocalCloud) -> None:
    assert listening(cloud) == {("127.0.0.1", port(cloud))}


@pytest.mark.parametrize("wrong", ["", "cafe", "0" * 64])
def test_a_wrong_password_is_refused(cloud: LocalCloud, wrong: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(cloud.running.tcp, password=wrong, passfile="/dev/null")


def test_the_password_is_its_owners_alone_and_in_no_log(cloud: LocalCloud) -> None:
    assert (cloud.state / "warehouse-password").stat().st_mode & 0o777 == 0o600
    logs = [path.read_text(encoding="utf-8") for path in (cloud.state / "logs").iterdir()]
    assert logs
    assert not any(password(cloud) in log for log in logs)


def test_only_a_digest_of_the_password_is_stored(cloud: LocalCloud) -> None:
    (row,) = cloud.query("select rolpassword from pg_authid where rolname = 'cafe'")

    assert row["rolpassword"].startswith("SCRAM-SHA-256$")


def test_the_socket_needs_no_password(cloud: LocalCloud) -> None:
    socket = State(cloud.state.resolve()).socket

    psycopg2.connect(postgres.url(socket, port(cloud)), passfile="/dev/null").close()


def test_port_and_password_stay_and_without_the_option_nothing_listens(cloud: LocalCloud) -> None:
    """A running cloud does not open the port later: that is said, and nothing changes."""
    before = port(cloud), password(cloud)
    cloud.run("down")
    cloud.up()
    assert listening(cloud) == set()
    assert "tcp" not in cloud.run("status").stdout
    assert "WAREHOUSE_TCP" not in cloud.run("env").stdout

    late = cloud.run("up", "--tcp")
    assert (late.returncode, late.stderr.count("\n")) == (1, 1)
    assert "running without TCP: run `python -m local down`" in late.stderr

    cloud.run("down")
    cloud.run("up", "--detach", "--tcp")
    assert (port(cloud), password(cloud)) == before
    assert listening(cloud) == {("127.0.0.1", port(cloud))}
