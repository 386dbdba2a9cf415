"""Questions about statements that may mean something else on Redshift than on PostgreSQL."""

from typing import Final

from infra.probe.asking import refuses, returns
from infra.probe.model import Question

QUESTIONS: Final = (
    Question(
        "Trailing blanks do not count when texts are compared",
        returns(
            "create temp table object_keys (object_key varchar(9))",
            "insert into object_keys (object_key) values ('a'), ('a ')",
            "select count(distinct object_key) from object_keys",
            expected=(1,),
        ),
        "ADR 22",
        "the stand-in compares wrongly: change its rewriting.",
    ),
    Question(
        "A VARCHAR counts bytes, not letters",
        refuses(
            "create temp table names (name varchar(3))",
            "insert into names (name) values ('éé')",
        ),
        "docs/scaling.md",
        "nothing breaks; `ingest` checks more than it has to.",
    ),
    Question(
        "A backslash in a parameter stays as it is",
        returns(
            "select case when %s = chr(92) || chr(92) then 'equal' end",
            parameters=("\\\\",),
            expected=("equal",),
        ),
        "ADR 1",
        "keys and sentences with backslashes are changed in the ledger: escape them in `Warehouse.execute`.",
    ),
    Question(
        "`create or replace view` cannot change a view's columns",
        refuses(
            "create view cups as select 1 as a",
            "create or replace view cups as select 1 as a, 2 as b",
        ),
        "ADR 21",
        "nothing breaks; `create_database` could replace views in place of dropping them.",
    ),
)
