"""The main job as a user does it: upload files, find their figures in the warehouse, and names nowhere."""

import csv
import os
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from local import counting
from local.samples import generator, menu
from local.state import PROJECT
from tests.support.local_cloud import LocalCloud
from tests.support.sql_loads import TABLES

DAY_FILES = Path(os.environ.get("CAFE_DAY_FILES", PROJECT.parent / "shared" / "data"))
RAW, PROCESSED = "ads-raw-data", "ads-processed"
SALES_OF_ANOTHER_STORES_CUSTOMERS = """
    select count(*) as sales
    from transactions
    inner join customers on transactions.customer_id = customers.customer_id
    where customers.store_id <> transactions.store_id
"""


@pytest.fixture
def generated(tmp_path: Path) -> list[Path]:
    """Return two stores' days."""
    return generator.write_files(
        tmp_path / "files", stores=menu.STORES[:2], first_day=date(2022, 3, 14), days=2, sales=120, seed=11
    )


def expected_totals(paths: list[Path]) -> dict[str, str]:
    """Count the totals of files without mistakes, with plain csv and decimal."""
    rows = [row for path in paths for row in csv.reader(path.read_text().splitlines()) if len(row) == 7]
    items = [item.strip() for row in rows for item in row[3].split(",")]
    names = [item.rsplit(" - ", 1)[0] for item in items]
    return {
        "sales": str(len(rows)),
        "total": str(sum((Decimal(row[4]) for row in rows), Decimal("0.00"))),
        "items": str(len(items)),
        "prices": str(sum((Decimal(item.rsplit(" - ", 1)[1]) for item in items), Decimal("0.00"))),
        "customers": str(len({(row[1], " ".join(row[2].split()).casefold()) for row in rows})),
        "products": str(len({name.partition(" - ")[0] for name in names})),
        "flavours": str(len({name.partition(" - ")[2] for name in names} - {""})),
        "stores": str(len({row[1] for row in rows})),
        "files": str(len(paths)),
        "rejected": "0",
    }


def check_twice(cloud: LocalCloud, paths: list[Path]) -> dict[str, str]:
    """Upload files twice, and check warehouse and buckets each time; return the totals."""
    first = cloud.put(*paths)
    assert (first.returncode, first.stdout.count(": loaded (")) == (0, len(paths)), (
        first.stdout + first.stderr
    )
    totals = cloud.totals()
    assert totals == expected_totals(paths)
    second = cloud.put(*paths)
    assert (second.returncode, second.stdout.count(": duplicate")) == (0, len(paths)), second.stdout
    assert cloud.totals() == totals
    assert cloud.query(SALES_OF_ANOTHER_STORES_CUSTOMERS) == [{"sales": "0"}]
    assert cloud.keys(RAW) == []
    assert sorted(key.split("/")[1] for key in cloud.keys(PROCESSED)) == sorted(path.name for path in paths)
    return totals


def check_rebuild(cloud: LocalCloud) -> None:
    """Replay the archive: first it changes nothing, then it restores the emptied warehouse."""
    totals, archive = cloud.totals(), cloud.keys(PROCESSED)
    again = cloud.run("replay")
    assert (again.returncode, again.stdout.count(": unchanged: nothing new")) == (0, len(archive)), (
        again.stdout
    )
    assert cloud.totals() == totals
    cloud.query("; ".join(f"delete from {table}" for table in TABLES))
    dry_run = cloud.run("replay", "--dry-run")
    assert dry_run.stdout.count(": would be loaded: ") == len(archive), dry_run.stdout
    assert set(cloud.totals().values()) <= {"0", "0.00"}

    rebuilt = cloud.run("replay")

    assert (rebuilt.returncode, rebuilt.stdout.count(": loaded: ")) == (0, len(archive)), rebuilt.stdout
    assert (cloud.totals(), cloud.keys(PROCESSED)) == (totals, archive)


def test_a_replay_that_makes_no_sense_ends_with_one_sentence_and_exit_code_2(cloud: LocalCloud) -> None:
    result = cloud.run("replay", "--since", "yesterday")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.strip() == (
        "cafe-etl-local-replay failed: A replay's since must be a day such as 2021-08-25."
    )


def test_generated_days_load_to_the_penny_once(empty_cloud: LocalCloud, generated: list[Path]) -> None:
    """A second upload changes nothing. The raw bucket is empty, and each file has its archive copy."""
    check_twice(empty_cloud, generated)
    check_rebuild(empty_cloud)


@pytest.mark.skipif(not DAY_FILES.is_dir(), reason="the real day files are not there")
def test_real_days_load_to_the_penny_once(each_cloud: LocalCloud) -> None:
    """The totals of these 23 files are known."""
    totals = check_twice(each_cloud, sorted(DAY_FILES.glob("*.csv")))

    assert totals == {
        "sales": "6487",
        "total": "44352.00",
        "items": "17666",
        "prices": "44352.00",
        "customers": "6451",
        "products": "36",
        "flavours": "11",
        "stores": "7",
        "files": "23",
        "rejected": "0",
    }
    check_rebuild(each_cloud)


def test_names_and_cards_are_nowhere(each_cloud: LocalCloud, generated: list[Path], tmp_path: Path) -> None:
    """Buckets, tables, queues and logs are searched. The names of a rejected row must not be there either."""
    row = '14/03/2022 09:00,Mill,"Quentin Canarybird",Large Latte - 2.45,9.99,CARD,5494111122223333\n'
    spoiled = tmp_path / "spoiled.csv"
    spoiled.write_text(generated[0].read_text() + row)
    files = [*generated[1:], spoiled]
    rows = [row for path in files for row in csv.reader(path.read_text().splitlines())]
    secrets = {field for row in rows for field in (row[2], row[6]) if field}

    result = each_cloud.put(*files)

    assert (result.returncode, "1 row rejected" in result.stdout) == (0, True)
    clients = each_cloud.clients
    assert "5494111122223333" in secrets
    assert counting.places_of_names(secrets, each_cloud.running.warehouse, clients) == []
    logs = {path.name: path.read_text(errors="replace") for path in each_cloud.state.glob("logs/*")}
    assert "file_decided" in logs["cafe-etl-local-load.log"]
    assert [name for name, text in logs.items() if any(secret in text for secret in secrets)] == []
    for url in clients.sqs.list_queues()["QueueUrls"]:
        assert "Messages" not in clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)


BAD_FILES = {
    "empty_25-08-2021.csv": (b"", "The file is empty."),
    "binary.csv": (bytes(range(256)), "The file contains binary data"),
    "encoding.csv": (b"\x81\x8d\x8f" * 20, "The file is not text in UTF-8 or Windows-1252"),
    "another_table.csv": (b"sku,stock\nA1,7\n", "The file is not a list of sales"),
    "all_bad.csv": (
        b"31/02/2022 09:00,Mill,Jo,Large Latte - 2.45,2.45,CASH,\n",
        "The file has no valid sale; rejected rows: 1.",
    ),
}


def test_a_bad_file_is_refused_in_a_sentence_and_blocks_no_other_file(
    empty_cloud: LocalCloud, generated: list[Path], tmp_path: Path
) -> None:
    """It stays in the raw bucket until a corrected upload under its key replaces it."""
    for name, (content, _) in BAD_FILES.items():
        (tmp_path / name).write_bytes(content)

    result = empty_cloud.put(*(tmp_path / name for name in BAD_FILES), generated[0])

    lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert (result.returncode, result.stderr) == (1, "")
    assert lines.pop(generated[0].name).startswith("loaded")
    assert {name: lines[name].startswith(f"refused: {words}") for name, (_, words) in BAD_FILES.items()} == (
        dict.fromkeys(BAD_FILES, True)
    )
    assert empty_cloud.keys(RAW) == sorted(BAD_FILES)
    logs = [path.read_text(errors="replace") for path in empty_cloud.state.glob("logs/cafe-etl-local-*.log")]
    assert not any("Traceback" in text for text in logs)

    corrected = empty_cloud.put(generated[1], key="empty_25-08-2021.csv")
    assert corrected.returncode == 0
    assert "empty_25-08-2021.csv" not in empty_cloud.keys(RAW)


def test_a_file_whose_key_is_refused_is_reported_as_refused(
    empty_cloud: LocalCloud, generated: list[Path]
) -> None:
    """The ledger's digest of such a file is not that of its bytes alone."""
    result = empty_cloud.put(generated[0], key="ashwell\t.csv")

    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith(
        f"{generated[0].name}: refused: The file's name ends in a blank, or contains"
    )


def test_the_aws_command_line_loads_a_file(empty_cloud: LocalCloud, generated: list[Path]) -> None:
    """With the environment that `env` prints, the local cloud looks like AWS."""
    python = f"{sys.executable} -m local --state {empty_cloud.state}"
    script = f"""
        eval "$({python} env)"
        aws sqs get-queue-url --queue-name cafe-etl-load --output text | grep -q "^$AWS_ENDPOINT_URL" || exit 9
        aws s3 cp --only-show-errors "$1" s3://{RAW}/
    """
    command = ["bash", "-c", script, "bash", str(generated[0])]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stderr) == (0, "")

    deadline = time.monotonic() + 60
    while empty_cloud.keys(RAW) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert empty_cloud.totals() == expected_totals(generated[:1])


def test_a_missing_setting_is_named_in_one_sentence() -> None:
    """Whoever deploys the function finds the sentence in its log."""
    code = "from chalicelib.load import handler; handler.handle({'Records': []})"
    environment = {"PATH": os.environ["PATH"], "RAW_BUCKET": RAW}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        "SettingsError: The environment variable PROCESSED_BUCKET is not set"
        in result.stderr.splitlines()[-1]
    )
