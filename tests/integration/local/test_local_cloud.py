"""The life of a local cloud and its commands, on a small project that deploys in a second."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.state import PROJECT, State, is_alive
from tests.support.local_cloud import LocalCloud, make_project

TOY_APP = Path(__file__).parent / "toys" / "app.py"
RAW = "ads-raw-data"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose app loads every file that does not say `bad`."""
    return make_project(tmp_path_factory.mktemp("project"), TOY_APP)


@pytest.fixture(scope="module")
def shared(project: Path) -> Iterator[LocalCloud]:
    """Return a running cloud for all tests that do not stop it."""
    cloud = LocalCloud(project / ".local", project)
    cloud.up()
    yield cloud
    cloud.run("down")


@pytest.fixture
def toy_cloud(shared: LocalCloud) -> LocalCloud:
    """Return the shared cloud, empty."""
    shared.reset()
    return shared


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Iterator[LocalCloud]:
    """Return a cloud for one test alone, not started."""
    cloud = LocalCloud(tmp_path / "state", project)
    yield cloud
    cloud.run("down")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Return a file that the app loads."""
    path = tmp_path / "leeds.csv"
    path.write_text("good", encoding="utf-8")
    return path


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the processes that work for a state folder, children included."""
    processes: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(folder) in words and process.pid != os.getpid():
            processes += [process, *process.children(recursive=True)]
    return [process for process in processes if is_alive(process)]


def test_up_and_down_may_be_repeated(toy_cloud: LocalCloud) -> None:
    """Both print the state of things and exit with 0; down leaves no process."""
    again = toy_cloud.run("up")
    assert (again.returncode, "already running" in again.stderr) == (0, True)
    processes = processes_of(toy_cloud.state)
    assert processes

    first, second = toy_cloud.run("down"), toy_cloud.run("down")

    assert (first.returncode, second.returncode) == (0, 0)
    assert [process for process in processes if is_alive(process)] == []
    assert processes_of(toy_cloud.state) == []
    toy_cloud.up()


def test_down_and_up_keep_everything(toy_cloud: LocalCloud, day: Path) -> None:
    """The warehouse, objects with versions, metadata and tags, messages, hash key and port are the same again."""
    toy_cloud.put(day)
    s3, sqs, secrets = toy_cloud.client("s3"), toy_cloud.client("sqs"), toy_cloud.client("secretsmanager")
    put = s3.put_object(
        Bucket="ads-processed", Key="a b", Body=b"x", ContentType="text/x", Metadata={"k": "v"}
    )
    version_id = s3.put_object(Bucket=RAW, Key="kept.txt", Body=b"old")["VersionId"]
    tags = [{"Key": "cafe-etl-refused", "Value": "0f"}]
    s3.put_object_tagging(Bucket=RAW, Key="kept.txt", VersionId=version_id, Tagging={"TagSet": tags})
    s3.put_object(Bucket=RAW, Key="kept.txt", Body=b"new")
    s3.delete_object(Bucket=RAW, Key="kept.txt")
    before = s3.get_object(Bucket="ads-processed", Key="a b")
    dead = sqs.get_queue_url(QueueName="cafe-etl-load-dead")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody="letter")
    sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0)
    key = secrets.get_secret_value(SecretId="cafe-etl/hash-key")["SecretString"]
    endpoint = toy_cloud.endpoint

    toy_cloud.run("down")
    toy_cloud.up()
    s3, sqs, secrets = (toy_cloud.client(service) for service in ("s3", "sqs", "secretsmanager"))

    assert toy_cloud.endpoint == endpoint
    assert toy_cloud.query("select object_key from load_files") == [{"object_key": "leeds.csv"}]
    after = s3.get_object(Bucket="ads-processed", Key="a b")
    assert (after["ETag"], after["ContentType"], after["Metadata"]) == (put["ETag"], "text/x", {"k": "v"})
    assert after["LastModified"] == before["LastModified"]
    assert s3.get_object(Bucket=RAW, Key="kept.txt", VersionId=version_id)["Body"].read() == b"old"
    assert s3.get_object_tagging(Bucket=RAW, Key="kept.txt", VersionId=version_id)["TagSet"] == tags
    assert len(s3.list_object_versions(Bucket=RAW)["DeleteMarkers"]) == 1
    (letter,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert (letter["Body"], letter["Attributes"]) == ("letter", {"ApproximateReceiveCount": "2"})
    assert secrets.get_secret_value(SecretId="cafe-etl/hash-key")["SecretString"] == key
    assert len(key) == 64


def test_a_killed_supervisor_takes_its_children_along(toy_cloud: LocalCloud, day: Path) -> None:
    """The next up starts, and the warehouse has its data."""
    toy_cloud.put(day)
    run = toy_cloud.running
    children = psutil.Process(run.pid).children(recursive=True)
    assert len(children) > 3

    os.kill(run.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(map(is_alive, children)):
        assert time.monotonic() < deadline, children
        time.sleep(0.05)
    assert toy_cloud.run("status").returncode == 3

    toy_cloud.up()
    assert toy_cloud.query("select count(*) from load_files") == [{"count": "1"}]


def test_ctrl_c_stops_a_cloud_in_the_foreground(own: LocalCloud) -> None:
    """It exits with 0, says so in one line, and leaves no process."""
    with own.start("up") as process:
        state = State.open(own.state)
        deadline = time.monotonic() + 60
        while state.run() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=30)

    assert process.returncode == 0, err
    assert err.count("Stopping.\n") == 1
    assert processes_of(own.state) == []


def test_an_app_that_cannot_be_deployed_is_said_in_words(tmp_path: Path) -> None:
    """`up` shows the end of the output of chalice, stops everything and exits with 1."""
    broken = make_project(tmp_path / "broken", TOY_APP)
    (broken / "app.py").write_text("import nothing_of_this_name", encoding="utf-8")
    cloud = LocalCloud(tmp_path / "state", broken)

    result = cloud.run("up", "--detach")

    assert result.returncode == 1
    assert "`chalice deploy --stage local` failed" in result.stderr
    assert "nothing_of_this_name" in result.stderr
    assert processes_of(cloud.state) == []


def test_a_database_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    """`up` shows the error that create_database raised, stops everything and exits with 1."""
    broken = make_project(tmp_path / "broken", TOY_APP)
    text = TOY_APP.read_text(encoding="utf-8").replace("create table if not exists", "create tabel")
    (broken / "app.py").write_text(text, encoding="utf-8")
    cloud = LocalCloud(tmp_path / "state", broken)

    result = cloud.run("up")

    assert result.returncode == 1
    assert "create_database failed: SyntaxError" in result.stderr
    assert processes_of(cloud.state) == []


def test_put_prints_the_outcome_of_each_file(toy_cloud: LocalCloud, day: Path, tmp_path: Path) -> None:
    """The exit code is 1 since one is refused."""
    bad = tmp_path / "50% é+.csv"
    bad.write_text("bad", encoding="utf-8")

    result = toy_cloud.put(day, bad)

    assert sorted(result.stdout.splitlines()) == [
        "50% é+.csv: refused: It holds no sales.",
        "leeds.csv: loaded (3 sales, 4 items, 12.50)",
    ]
    assert (result.returncode, result.stderr) == (1, "")


def test_put_uploads_a_file_under_the_key_of_the_user(toy_cloud: LocalCloud, day: Path) -> None:
    """The exit code is 0 since it is loaded."""
    result = toy_cloud.put(day, key="a/b c.csv")

    assert result.returncode == 0
    assert toy_cloud.query("select object_key from load_files") == [{"object_key": "a/b c.csv"}]
    assert toy_cloud.keys(RAW) == []


@pytest.mark.parametrize(
    ("text", "function"), [("good", "cafe-etl-local-ingest"), ("burst", "cafe-etl-local-load")]
)
def test_put_exits_with_3_and_names_the_log_when_a_function_gave_up(
    toy_cloud: LocalCloud, day: Path, text: str, function: str
) -> None:
    """It does not wait for its timeout when nothing moves any more."""
    day.write_text(text, encoding="utf-8")
    key = "lost.csv" if function.endswith("ingest") else "found.csv"
    started = time.monotonic()

    result = toy_cloud.put(day, key=key)

    assert result.returncode == 3
    log = toy_cloud.state / "logs" / f"{function}.log"
    assert result.stdout == f"leeds.csv: undecided: {function} gave up; see {log}\n"
    assert f"ValueError: {key}" in log.read_text(encoding="utf-8")
    assert time.monotonic() - started < 30


def test_put_says_when_no_function_works_on_a_file(toy_cloud: LocalCloud, day: Path) -> None:
    """The bucket notifies `ingest` of keys that end in .csv only."""
    result = toy_cloud.put(day, key="leeds.txt")

    logs = toy_cloud.state / "logs"
    assert result.returncode == 3
    assert result.stdout == f"leeds.csv: undecided: no function works on it; see {logs}\n"


def test_put_prints_a_loaded_files_remarks_beneath_its_line(toy_cloud: LocalCloud, day: Path) -> None:
    """A remark is no mistake, so the exit code is 0."""
    day.write_text("odd", encoding="utf-8")

    result = toy_cloud.put(day)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "leeds.csv: loaded (3 sales, 4 items, 12.50)",
        "  please check: Its name gives a different store.",
    ]


def test_put_shows_uploads_and_then_loads_on_a_terminal(toy_cloud: LocalCloud, day: Path) -> None:
    """Each has a progress bar of its own."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    command = [sys.executable, "-m", "local", "--state", str(toy_cloud.state), "put", str(day)]

    subprocess.run(command, cwd=toy_cloud.project, stdout=subprocess.PIPE, stderr=end, check=True)

    progress = os.read(terminal, 1 << 16).decode()
    os.close(end)
    os.close(terminal)
    assert re.search(r"Uploading.*1/1.*Loading.*1/1", progress, re.DOTALL), progress


def test_a_terminal_shows_the_rows_of_a_query_with_escapes_and_a_pipe_as_they_are(
    toy_cloud: LocalCloud,
) -> None:
    """Somebody may have written an escape sequence into the name of a store."""
    sql = r"select e'a\x1b[2J' as name"
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "local", "--state", str(toy_cloud.state), "query", sql]

    subprocess.run(command, cwd=toy_cloud.project, stdout=end, check=True)

    shown = os.read(terminal, 1 << 16).decode()
    os.close(end)
    os.close(terminal)
    assert shown.splitlines() == ["name", r"a\x1b[2J"]
    assert toy_cloud.query(sql) == [{"name": "a\x1b[2J"}]


def test_put_gives_up_after_the_timeout_of_the_user(toy_cloud: LocalCloud, day: Path) -> None:
    result = toy_cloud.run("put", str(day), "--key", "lost.csv", "--timeout", "0.5")

    assert (result.returncode, result.stdout) == (3, "leeds.csv: undecided after 0.5 s\n")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (b"leedz.csv", "leedz.csv is not a file: check its name and its folder."),
        (b"folder", "folder is a folder, not a file: name the files in it, such as "),
        (b"caf\xe9.csv", "caf\N{REPLACEMENT CHARACTER}.csv is not UTF-8: rename the file, or "),
        (b"l" * 300, "File name too long"),
    ],
)
def test_put_loads_the_good_files_beside_one_that_it_cannot_upload(
    toy_cloud: LocalCloud, day: Path, name: bytes, sentence: str
) -> None:
    """The other one gets a sentence on standard error, and the exit code is 2."""
    day.with_name("folder").mkdir()
    day.with_name(os.fsdecode(b"caf\xe9.csv")).touch()

    result = toy_cloud.put(day.with_name(os.fsdecode(name)), day)

    assert (result.returncode, result.stdout) == (2, "leeds.csv: loaded (3 sales, 4 items, 12.50)\n")
    assert result.stderr.count("\n") == 1
    assert sentence in result.stderr
    assert toy_cloud.query("select object_key from load_files") == [{"object_key": "leeds.csv"}]


def test_put_takes_a_name_that_is_not_utf8_with_a_key(toy_cloud: LocalCloud, day: Path) -> None:
    odd = day.rename(day.with_name(os.fsdecode(b"caf\xe9.csv")))

    result = toy_cloud.put(odd, key="cafe.csv")

    assert (result.returncode, result.stderr) == (0, "")
    assert toy_cloud.query("select object_key from load_files") == [{"object_key": "cafe.csv"}]


def test_put_names_a_key_that_is_not_utf8(toy_cloud: LocalCloud, day: Path) -> None:
    result = toy_cloud.put(day, key=os.fsdecode(b"caf\xe9.csv"))

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "The name caf\N{REPLACEMENT CHARACTER}.csv is not UTF-8: give another --key.\n"


def test_put_exits_with_the_worst_of_all_outcomes(toy_cloud: LocalCloud, day: Path) -> None:
    """Here 2, since one file is not there, and not 1, since one is refused."""
    day.write_text("bad", encoding="utf-8")

    result = toy_cloud.put(day, day.with_name("leedz.csv"))

    assert (result.returncode, result.stdout) == (2, "leeds.csv: refused: It holds no sales.\n")


def test_put_takes_one_file_with_a_key(toy_cloud: LocalCloud, day: Path) -> None:
    """Two files cannot be one object, so the exit code is 2 and nothing is uploaded."""
    result = toy_cloud.put(day, day, key="one")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "--key takes one file, not 2: a key names one object.\n"


@pytest.mark.parametrize("command", [["put", __file__], ["query", "select 1"], ["env"]])
def test_a_command_that_needs_a_cloud_says_how_to_start_it(tmp_path: Path, command: list[str]) -> None:
    """It exits with 2."""
    result = LocalCloud(tmp_path / "state").run(*command)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "python -m local up" in result.stderr


def test_query_prints_csv_as_postgresql_prints_it(toy_cloud: LocalCloud) -> None:
    """There is a header, lines end in LF, null is empty, and numbers have their zeros."""
    sql = "select 44352.00::numeric(12, 2) as total, null as none, 'a,\"b\"' as words, true as yes"

    result = toy_cloud.run("query", sql)

    assert result.stdout == 'total,none,words,yes\n44352.00,,"a,""b""",t\n'
    assert (result.returncode, result.stderr) == (0, "")


def test_query_prints_an_error_as_a_sentence(toy_cloud: LocalCloud) -> None:
    """It goes to standard error, and the exit code is 1."""
    result = toy_cloud.run("query", "select * from sales")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == 'SQL error: relation "sales" does not exist\n'


def test_reset_empties_a_running_cloud(shared: LocalCloud, day: Path) -> None:
    """Tables and buckets exist and are empty. The command may be repeated, and files load again."""
    shared.put(day)
    shared.client("s3").put_object(Bucket="ads-processed", Key="k")

    results = [shared.run("reset"), shared.run("reset")]

    assert [result.returncode for result in results] == [0, 0]
    assert shared.query("select * from load_files") == []
    assert shared.keys("ads-processed") == []
    assert shared.put(day).returncode == 0


def test_reset_empties_a_stopped_cloud(toy_cloud: LocalCloud, day: Path) -> None:
    toy_cloud.put(day)
    toy_cloud.run("down")

    assert [toy_cloud.run("reset").returncode, toy_cloud.run("reset").returncode] == [0, 0]

    toy_cloud.up()
    assert toy_cloud.query("select * from load_files") == []
    assert toy_cloud.keys("ads-processed") == []


def test_two_clouds_do_not_disturb_each_other(toy_cloud: LocalCloud, own: LocalCloud, day: Path) -> None:
    """They are two states of one checkout."""
    own.up()

    own.put(day)

    assert own.endpoint != toy_cloud.endpoint
    assert toy_cloud.query("select * from load_files") == []
    assert len(own.query("select * from load_files")) == 1


def test_the_exports_of_env_lead_a_shells_tools_to_the_cloud(toy_cloud: LocalCloud, day: Path) -> None:
    """The AWS command line, chalice and psql reach it, even if the shell has a profile and a token of AWS."""
    script = f"""
        eval "$({sys.executable} -m local --state '{toy_cloud.state}' env)" && env | grep -c AWS_PROFILE
        aws s3 cp --quiet '{day}' s3://{RAW}/by-hand.csv && aws s3 ls ads-processed
        echo '{{"n": 1}}' | chalice invoke --stage local -n create_database
        sleep 2; psql --csv -c 'select object_key from load_files'
    """

    environment = {**os.environ, "AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "x"}
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=toy_cloud.project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout.split() == ["0", '{"given":', '{"n":', "1}}", "object_key", "by-hand.csv"], (
        result.stderr
    )


def test_it_listens_on_loopback_alone(toy_cloud: LocalCloud) -> None:
    supervisor = psutil.Process(toy_cloud.running.pid)
    addresses = {
        connection.laddr.ip
        for process in [supervisor, *supervisor.children(recursive=True)]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses == {"127.0.0.1"}


def test_status_lists_endpoint_functions_queues_and_buckets(toy_cloud: LocalCloud) -> None:
    result = toy_cloud.run("status")

    assert result.returncode == 0
    for word in (toy_cloud.endpoint, "cafe-etl-local-load", "cafe-etl-load-dead: 0 messages", f"{RAW}: 0"):
        assert word in result.stdout


def test_the_hash_key_is_its_owners_alone(toy_cloud: LocalCloud) -> None:
    """No other user may read the key, or list the folder."""
    assert (toy_cloud.state / "hash-key").stat().st_mode & 0o777 == 0o600
    assert toy_cloud.state.stat().st_mode & 0o066 == 0


def test_outside_the_virtual_environment_it_says_which_command_to_run() -> None:
    """It is one sentence, and no traceback."""
    bare = [sys.executable, "-S", "-m", "local", "status"]

    result = subprocess.run(bare, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "make venv" in result.stderr
