"""`up --warehouse redshift`: the whole cloud on the stand-in for Redshift."""

import json
from pathlib import Path

import pytest

from tests.support.local_cloud import LocalCloud


def test_a_query_that_redshift_refuses_is_refused(redshift_cloud: LocalCloud) -> None:
    result = redshift_cloud.run("query", "select now()")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("SQL error: Specified types or functions")
    assert redshift_cloud.query("select 1 as one") == [{"one": "1"}]


def test_each_function_enters_as_the_user_of_its_role(redshift_cloud: LocalCloud) -> None:
    """`create_database` enters as the admin; it has given them no more rights than they need."""
    roles = ("load", "reader", "remove", "replay", "smoke_cleanup", "summarise", "sweep")
    for name in ("replay", "summarise", "sweep"):
        assert redshift_cloud.run(name).returncode == 0
    assert "has no refused version" in redshift_cloud.run("discard", "unknown.csv").stderr
    users = {f"IAMR:cafe-etl-local-{name}" for name in roles}
    rows = redshift_cloud.query("select usename, usesuper from pg_user where usename like 'IAMR:%'")
    assert {row["usename"] for row in rows} == users
    assert {row["usesuper"] for row in rows} == {"f"}
    rights = redshift_cloud.query(
        "select usename from pg_user where has_table_privilege(usename, 'load_files', 'insert') "
        "and usename like 'IAMR:%'"
    )
    assert {row["usename"] for row in rights} == users - {
        "IAMR:cafe-etl-local-reader",
        "IAMR:cafe-etl-local-summarise",
        "IAMR:cafe-etl-local-sweep",
    }


def test_a_reader_reads_sales_but_no_hashes_of_customers(redshift_cloud: LocalCloud) -> None:
    """People query as this user."""
    tables = ("transactions", "daily_sales", "customers")
    rights = redshift_cloud.query(
        "select "
        + ", ".join(
            f"has_table_privilege('IAMR:cafe-etl-local-reader', '{table}', 'select') as {table}"
            for table in tables
        )
    )

    assert rights == [{"transactions": "t", "daily_sales": "t", "customers": "f"}]


def test_the_environment_names_the_warehouse_as_the_functions_have_it(redshift_cloud: LocalCloud) -> None:
    lines = redshift_cloud.run("env").stdout

    assert "export WAREHOUSE='redshift-serverless://local/cafe?sslrootcert=" in lines
    assert "password" not in lines.casefold()


def test_the_admins_password_is_a_secret(redshift_cloud: LocalCloud) -> None:
    secrets = redshift_cloud.client("secretsmanager")
    admin = json.loads(secrets.get_secret_value(SecretId="redshift!cafe-etl-local-admin")["SecretString"])
    assert admin["username"] == "cafe"

    for log in redshift_cloud.state.glob("logs/*"):
        assert admin["password"] not in log.read_text(errors="replace")
    assert admin["password"] not in redshift_cloud.run("status").stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--warehouse", "postgres"], "is redshift and cannot become postgres: give another folder"),
        (["--tcp"], "always listens on TCP: leave out `--tcp`"),
    ],
)
def test_options_that_do_not_fit_the_warehouse_end_in_a_sentence(
    redshift_cloud: LocalCloud, options: list[str], sentence: str
) -> None:
    result = redshift_cloud.run("up", "--detach", *options)

    assert (result.returncode, result.stdout) == (1, "")
    assert sentence in result.stderr


def test_a_state_of_postgresql_stays_one(tmp_path: Path) -> None:
    """The state of an earlier release does not say which warehouse it has."""
    cloud = LocalCloud(tmp_path)
    (tmp_path / "warehouse").mkdir()

    result = cloud.run("up", "--detach", "--warehouse", "redshift")

    assert result.returncode == 1
    assert "is postgres and cannot become redshift" in result.stderr
    assert not (tmp_path / "warehouse-kind").exists()
