"""Statements of Redshift as PostgreSQL gets them."""

import pytest

from local.redshift.rewriting import rewritten

CHECKED = (
    "{0} bpchar check (case when octet_length({0}) > {1} then redshift.too_long({1}, '{0}') else true end)"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 'as (' as a", "select 'as (' as a"),
        (
            "with a as (select 1), b as (select 2) select 1",
            "with a as not materialized (select 1), b as not materialized (select 2) select 1",
        ),
        ("create table t as (select 1 as a)", "create table t as (select 1 as a)"),
        (
            "create table t (a VARCHAR(9) not null, b int, c text)",
            f"create table t ({CHECKED.format('a', 9)} not null, b int, {CHECKED.format('c', 256)})",
        ),
        ("alter table t add column a varchar(9)", f"alter table t add column {CHECKED.format('a', 9)}"),
        ("alter table t add a varchar(9)", f"alter table t add {CHECKED.format('a', 9)}"),
        ("select cast(a as varchar(9)) from t", "select cast(cast(a as varchar(9)) as bpchar) from t"),
        ("select cast(a as date) from t", "select cast(a as date) from t"),
        ("select a::varchar(9) from t", "select a::varchar(9)::bpchar from t"),
        ("select dateadd(second, -5, getdate())", "select dateadd('second', -5, getdate())"),
        (
            "create table t (a int encode az64) diststyle key distkey (a) compound sortkey (a, b)",
            "create table t (a int )   ",
        ),
        (
            "create table t (a int) diststyle auto sortkey auto; select 1",
            "create table t (a int)  ; select 1",
        ),
        ('create user "IAMR:load" password disable', 'create user "IAMR:load" '),
        ("alter user loader session timeout 300", "alter user loader "),
    ],
)
def test_a_statement_is_rewritten(text: str, expected: str) -> None:
    assert rewritten(text) == expected


def test_a_view_is_replaced_by_a_function_that_looks_at_its_columns() -> None:
    assert rewritten("create or replace view v as with a as (select 'b' as c) select c from a") == (
        "do $redshift$ begin perform redshift.replace_view('v', 'create or replace view v as"
        " with a as not materialized (select ''b'' as c) select c from a'); end $redshift$"
    )
