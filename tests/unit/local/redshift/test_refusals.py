"""The statements that Redshift refuses, and those like them that it takes."""

from pathlib import Path

import pytest

from chalicelib.warehouse.scripts import SQL_FOLDER
from chalicelib.warehouse.scripts import statements as statements_of_script
from local.redshift.refusals import Refusal, refusal_of
from local.redshift.tokens import statements

REFUSED = {
    "select now()": "0A000",
    "select Current_Timestamp": "0A000",
    "select substr(a, 1) from t": "0A000",
    "select * from generate_series(1, 2)": "0A000",
    "select string_agg(a, ',') from t": "42883",
    "select jsonb_agg(a) from t": "42883",
    "delete from t returning a": "42601",
    "insert into t values (1) on conflict do nothing": "42601",
    "select 1 from t, lateral (select 1) as u": "42601",
    "merge into t using u on t.a = u.a when matched then delete": "0A000",
    "with a as (select 1 as b) insert into t (b) select b from a": "42601",
    "with a as (delete from t) select 1": "42601",
    "copy t from stdin with (format csv)": "0A000",
    "copy t (a, b) to stdout": "0A000",
    "select distinct on (a) a, b from t": "0A000",
    "select count(*) filter (where a > 1) from t": "42601",
    "select 1 from t where a is not distinct from b": "42601",
    "select 1 from (values (1)) as t": "42601",
    "create table t (a int[])": "0A000",
    "select array[1, 2]": "0A000",
    "create table t (a jsonb)": "0A000",
    "select a::json from t": "0A000",
    "create table t (a bigserial)": "0A000",
    "create index i on t (a)": "0A000",
    "create unique index i on t (a)": "0A000",
    "do $$ begin end $$": "0A000",
    "alter table t add column if not exists a int": "42601",
    "alter table t add column a int, add column b int": "42601",
    "alter table t alter column a drop not null": "0A000",
    "alter table t alter column a type bigint": "0A000",
    "alter table t add column a int not null": "0A000",
    "select sum(a) over (order by b) from t": "0A000",
    "select sum(coalesce(a, 0)) over (partition by c order by b) from t": "0A000",
    "select 1 from t where exists (select 1 from u where u.a = t.a)": "0A000",
    "select (select max(u.a) from u where (u.b = 1) and t.b = u.b) from s.t": "0A000",
    "select (select 1 from u join v on v.a = x.a) from t as x": "0A000",
}
TAKEN = [
    "select 'now()' as now, t.now from t -- now()",
    "select getdate(), substring(a, 1, 2), current_date, known() from t",
    "select 'on conflict do nothing returning' as \"returning\"",
    "with a as (select 1 as b) select b from a",
    "insert into t (b) with a as (select 1 as b) select b from a",
    "insert into t values (1), (2)",
    "select distinct a, b from t",
    "select a::varchar(9) from t",
    "select filter from t",
    "alter table t add column a varchar(9) default '' not null",
    "alter table t alter column a type varchar(99)",
    "create table t (a int not null, json_text varchar(9))",
    "create temp table t as select 1 as a",
    "select row_number() over (order by b), sum(a) over (partition by b) from t",
    "select sum(a) over (order by b rows unbounded preceding) from t",
    "select 1 from t where a > (select max(u.a) from u)",
    "select 1 from t where a in (select t.a from t inner join u on t.a = u.a)",
    "select 1 from (select x.a, y.b from t as x, u y where (x.a = 1) and y.b = x.a) as z where z.a = 1",
    "delete from t using u where t.a = u.a and t.a >= (select min(v.a) from u as v)",
]


def refusals_of(text: str) -> list[Refusal]:
    """Return why statements are refused."""
    return [refusal for statement in statements(text) if (refusal := refusal_of(statement))]


@pytest.mark.parametrize("statement", REFUSED)
def test_a_statement_that_redshift_does_not_know_is_refused(statement: str) -> None:
    [refusal] = refusals_of(statement)

    assert refusal.code == REFUSED[statement]
    assert "{" not in refusal.message


@pytest.mark.parametrize("statement", TAKEN)
def test_a_statement_that_redshift_knows_is_taken(statement: str) -> None:
    assert refusals_of(statement) == []


def test_a_refusal_names_the_function() -> None:
    assert 'Function "now()" not supported' in refusals_of("select NOW()")[0].message
    assert refusals_of("select unnest(a)")[0].message == "function unnest() does not exist"


@pytest.mark.parametrize(
    "script",
    sorted(set(SQL_FOLDER.rglob("*.sql")) - {SQL_FOLDER / "tuning" / "postgres.sql"}),
    ids=lambda path: path.stem,
)
def test_every_script_is_taken(script: Path) -> None:
    """Only PostgreSQL's own tuning creates indexes."""
    for statement in statements_of_script(script.read_text(encoding="utf-8")):
        assert refusals_of(statement) == []
