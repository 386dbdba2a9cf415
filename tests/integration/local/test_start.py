"""Obstacles to a start: each leads to one sentence with the reason and the way on, and to no traceback."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from chalicelib.ingest.customers import key_id
from local.cloud import ports
from local.state import is_alive
from tests.support.local_cloud import LocalCloud, make_project

TOY_APP = Path(__file__).parent / "toys" / "app.py"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a cloud, running or not as the test before left it: starting one takes seconds, and `up` may be repeated.

    Its project lies in a folder whose path has a space: whatever works here works without one, too.
    """
    project = make_project(tmp_path_factory.mktemp("project") / "my cafe", TOY_APP)
    cloud = LocalCloud(project / ".local", project)
    yield cloud
    cloud.run("down")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Return a file that the app loads."""
    path = tmp_path / "leeds.csv"
    path.write_text("good", encoding="utf-8")
    return path


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of the processes that work for a state folder."""
    lines = {process: " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])}
    return [line for process, line in lines.items() if str(folder) in line and is_alive(process)]


def kill(cloud: LocalCloud) -> None:
    """Kill the supervisor, as a crash would, and wait until its server has ended, too."""
    process = psutil.Process(cloud.running.pid)
    children = process.children(recursive=True)
    process.kill()
    _gone, alive = psutil.wait_procs([process, *children], 20)
    assert not alive


def test_a_checkout_may_lie_in_a_folder_with_a_space(cloud: LocalCloud, day: Path) -> None:
    cloud.up()

    assert cloud.put(day).returncode == 0
    assert "my cafe" in str(cloud.state)
    script = f'eval "$({sys.executable} -m local env)" && psql -Atc "select object_key from load_files" && aws s3 ls'
    result = subprocess.run(
        ["bash", "-c", script], cwd=cloud.project, capture_output=True, text=True, check=False
    )
    assert result.stdout.startswith("leeds.csv\n"), result.stderr
    assert "ads-raw-data" in result.stdout


def test_a_port_that_is_taken_is_named_with_the_one_that_is_used_instead(cloud: LocalCloud) -> None:
    """An exported AWS_ENDPOINT_URL is wrong from then on, and the user must know."""
    cloud.up()
    former = int((cloud.state / "port").read_text(encoding="ascii"))
    cloud.run("down")

    with closing(ports.listener(former)):
        result = cloud.run("up", "--detach")

    assert result.returncode == 0
    used = int((cloud.state / "port").read_text(encoding="ascii"))
    assert f"Port {former} is taken by another program, so this is port {used} now" in result.stderr
    assert 'run `eval "$(python -m local env)"` again' in result.stderr
    assert cloud.endpoint == f"http://127.0.0.1:{used}"
    assert "a different port" not in (cloud.state / "logs" / "supervisor.log").read_text(encoding="utf-8")


def test_a_full_disk_is_named_with_the_folder(cloud: LocalCloud) -> None:
    """/dev/full takes the place of a file that a start writes: no byte fits on it."""
    cloud.run("down")
    full = cloud.state / "run.new"
    full.symlink_to("/dev/full")

    result = cloud.run("up", "--detach")
    full.unlink()

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        f"Could not write to {cloud.state}: the disk is full. Free some space and run the command again."
    )
    assert "Traceback" not in result.stderr
    assert processes_of(cloud.state) == []


def test_functions_that_chalice_deleted_are_deployed_again(cloud: LocalCloud, day: Path) -> None:
    cloud.up()
    cloud.client("s3").put_object(Bucket="ads-processed", Key="kept", Body=b"")
    script = f'eval "$({sys.executable} -m local env)" && chalice delete --stage local'
    subprocess.run(["bash", "-c", script], cwd=cloud.project, check=True, capture_output=True)
    status = cloud.run("status").stdout
    assert "functions  none\n" in status
    assert "cafe-etl-local-load; `python -m local up` deploys them again" in status

    result = cloud.run("up")

    assert result.returncode == 0
    assert "Functions were deleted (cafe-etl-local-create_database, " in result.stderr
    assert "deleted" not in cloud.run("status").stdout
    assert cloud.put(day).returncode == 0
    assert cloud.keys("ads-processed") == ["kept"]


def test_a_hash_key_that_is_gone_stops_the_start(cloud: LocalCloud) -> None:
    """A new key would count every customer once more. The sentence names two ways on, and both work."""
    cloud.up()
    path = cloud.state / "hash-key"
    key = path.read_text(encoding="ascii")
    with closing(psycopg2.connect(cloud.running.warehouse)) as connection, connection:
        cursor = connection.cursor()
        cursor.execute("create table customers (hash_key_id varchar(64) not null)")
        cursor.execute("insert into customers values (%s)", (key_id(bytes.fromhex(key)),))
    cloud.run("down")
    path.unlink()

    result = cloud.run("up", "--detach")

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"{path} is gone, and the customers in the warehouse")
    assert not path.exists()
    assert processes_of(cloud.state) == []

    path.write_text(key, encoding="ascii")
    cloud.up()
    cloud.run("down")
    path.unlink()
    cloud.reset()
    cloud.up()
    assert re.fullmatch(r"[0-9a-f]{64}", path.read_text(encoding="ascii"))


def test_a_hash_key_that_was_rotated_outlives_the_cloud(cloud: LocalCloud) -> None:
    cloud.up()
    cloud.client("secretsmanager").put_secret_value(SecretId="cafe-etl/hash-key", SecretString="cd" * 32)

    cloud.run("down")

    path = cloud.state / "hash-key"
    assert path.read_text(encoding="ascii") == "cd" * 32
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", [["up", "--detach"], ["down"]])
def test_the_losses_of_a_killed_supervisor_are_said_once(cloud: LocalCloud, command: list[str]) -> None:
    """The next command says them, whether it starts the cloud or not; the warehouse keeps its data."""
    cloud.up()
    kill(cloud)

    result = cloud.run(*command)

    assert result.returncode == 0
    (line,) = [line for line in result.stderr.splitlines() if "did not stop cleanly" in line]
    assert "objects and messages that came after its start are gone" in line
    assert "Upload again the files that were not loaded; the warehouse kept its data." in line
    assert "did not stop cleanly" not in cloud.run("down").stderr


def test_a_stop_that_cannot_save_is_an_error_and_the_next_start_says_what_is_gone(cloud: LocalCloud) -> None:
    cloud.up()
    obstacle = cloud.state / "saved.new"
    obstacle.symlink_to("/dev/null/nowhere")

    result = cloud.run("down")

    assert result.returncode == 1
    assert result.stderr.startswith("The local cloud is stopped, but could not save everything")
    assert processes_of(cloud.state) == []
    obstacle.unlink()
    assert "did not stop cleanly" in cloud.run("up", "--detach").stderr


@pytest.mark.parametrize("options", [["--detach"], []])
def test_ctrl_c_during_a_start_leaves_nothing_running(cloud: LocalCloud, options: list[str]) -> None:
    cloud.run("down")
    with cloud.start("up", *options) as process:
        assert process.stderr is not None
        while "Deploying" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err in {
        "Stopping.\n",
        "Packaging for Lambda; the first time takes a minute or two.\nStopping.\n",
        "",
    }
    assert processes_of(cloud.state) == []


def test_ctrl_c_while_python_still_imports_is_answered_without_a_traceback(tmp_path: Path) -> None:
    """A module that the command line imports sends the signal."""
    (tmp_path / "psycopg2.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    result = subprocess.run(
        [sys.executable, "-m", "local", "status"],
        env=environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")
