"""Random uploads in random batches: the warehouse holds what a small model of the design in Python holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.sql_loads import File, Item, Loads, Sale

pytestmark = pytest.mark.engines("postgres", "redshift", sample=False)

SALES = (
    Sale(0, "ann"),
    Sale(1, "bob", (Item(), Item("Mocha", "Regular"))),
    Sale(1, "bob", (Item(),), store="York"),
    Sale(2, "ann", (Item("Flavoured latte", flavour="Hazelnut"), Item())),
)
CONTENTS = ((0,), (0, 1), (1, 2), (0, 1, 2, 3), (3, 2))
"""The sales of each content by their numbers; several contents share sales."""

KEYS = ("leeds.csv", "york.csv", "both.csv")


def upload(key: str, content: int, second: int, sequencer: int) -> File:
    """Return a version of a file. The last content is one that cannot be read, and has no sales."""
    if content == len(CONTENTS):
        return File(key, (), second, f"{sequencer:02}", reason="no_columns", content="gibberish")
    return File(key, tuple(SALES[number] for number in CONTENTS[content]), second, f"{sequencer:02}")


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[File]]:
    """Draw uploads in batches, in an order that has nothing to do with their age, some of them twice."""
    sequencers = draw(st.lists(st.integers(0, 99), min_size=1, max_size=9, unique=True))
    uploads = [
        upload(
            draw(st.sampled_from(KEYS)),
            draw(st.integers(0, len(CONTENTS))),
            draw(st.integers(0, 2)),
            sequencer,
        )
        for sequencer in sequencers
    ]
    again = draw(st.lists(st.sampled_from(uploads), max_size=4))
    order = draw(st.permutations(uploads + again))
    # Deliveries a to e in batches that end after 2, 3 and 5 -> [[a, b], [c], [d, e]]
    ends = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {len(order)})
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def recency(file: File) -> tuple[int, str]:
    """Return a value that is greater for the newer of two versions."""
    return file.second, file.sequencer


@dataclass
class Model:
    """The promises of the design without tables: the current file of each key, and the owner of each sale."""

    states: dict[str, File] = field(default_factory=dict)
    owners: dict[Sale, str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    """The keys whose current file is loaded; all other keys have duplicates, which own no sales."""

    def load(self, batch: Iterable[File]) -> None:
        """Take the newest readable version of each key; of these, the oldest first."""
        newest: dict[str, File] = {}
        for file in sorted(batch, key=recency):
            if file.reason:
                self.refused.add((file.key, file.sha256))
            else:
                newest[file.key] = file
        for file in sorted(newest.values(), key=lambda file: (recency(file), file.key)):
            if self._is_newer(file):
                self._take(file)

    def _take(self, file: File) -> None:
        """Make a file the current one of its key. It is a duplicate if another key has its content loaded."""
        # The same content again changes the version only, as in sql/load/decide/file_decisions.sql.
        before = self._content(file.key)
        self.states[file.key] = file
        if before == file.sha256:
            return
        is_duplicate = file.sha256 in {self._content(key) for key in self.loaded - {file.key}}
        if file.key in self.loaded:
            self.owners = {sale: content for sale, content in self.owners.items() if content != before}
            self.loaded.remove(file.key)
        if not is_duplicate:
            self.loaded.add(file.key)
            self.owners |= dict.fromkeys(file.sales, file.sha256)

    def _is_newer(self, file: File) -> bool:
        return file.key not in self.states or recency(self.states[file.key]) < recency(file)

    def _content(self, key: str) -> str:
        return self.states[key].sha256 if key in self.states else ""


def ledger_of_keys(loads: Loads) -> list[tuple[str, str, str]]:
    """Return key, content and version of the current file of each key, as the ledger has them."""
    return loads.rows(
        "select object_key, content_sha256, version_id from load_files"
        " where status in ('loaded', 'duplicate') order by 1"
    )


def owners(loads: Loads) -> dict[tuple[str, int, int], str]:
    """Return the content of the file that owns each sale; fail if a sale is in the warehouse twice."""
    rows = loads.rows(
        "select stores.store_name, cast(extract(minute from sold_at) as integer), sale_key, content_sha256"
        " from transactions inner join stores using (store_id) inner join load_files using (file_id)"
    )
    owners = {(store, minute, sale_key): content for store, minute, sale_key, content in rows}
    assert len(owners) == len(rows)
    return owners


def inconsistencies(loads: Loads) -> list[str]:
    """Return the names of the rules that the tables break: rows that exist twice, or that do not fit together."""
    questions = {
        "stores": "select 1 from stores group by store_name having count(*) > 1",
        "customers": "select 1 from customers group by store_id, customer_hash having count(*) > 1",
        "products": "select 1 from products group by product_name, size having count(*) > 1",
        "flavours": "select 1 from flavours group by flavour_name having count(*) > 1",
        "load_files": "select 1 from load_files group by file_id having count(*) > 1",
        "loaded": "select 1 from load_files where status = 'loaded' group by content_sha256 having count(*) > 1",
        "transactions": "select 1 from transactions group by transaction_id having count(*) > 1",
        "customers of other stores": (
            "select 1 from transactions inner join customers using (customer_id)"
            " where transactions.store_id <> customers.store_id"
        ),
        "baskets": (
            "select 1 from transactions full join baskets on transactions.transaction_id = baskets.transaction_id"
            " group by transactions.transaction_id, baskets.transaction_id"
            " having coalesce(min(total_price), -1) <> coalesce(sum(unit_price), -2)"
        ),
        "owners that are not loaded": (
            "select 1 from transactions inner join load_files using (file_id) where status <> 'loaded'"
        ),
    }
    return [name for name, question in questions.items() if loads.rows(question)]


@settings(
    max_examples=80,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=deliveries())
def test_the_warehouse_holds_what_the_newest_files_state(loads: Loads, batches: list[list[File]]) -> None:
    """Each sale counts once and belongs to the last file with it. A redelivery of everything changes nothing."""
    loads.empty()
    model = Model()
    for batch in batches:
        loads.load(*batch)
        model.load(batch)

        assert inconsistencies(loads) == []
        assert owners(loads) == {
            (sale.store, sale.minute, sale.sale_key): content for sale, content in model.owners.items()
        }

    assert ledger_of_keys(loads) == sorted(
        (key, file.sha256, file.version_id) for key, file in model.states.items()
    )
    refusals = loads.rows("select object_key, content_sha256 from load_files where status = 'refused'")
    assert sorted(refusals) == sorted(model.refused)
    assert set(loads.column("select object_key from load_files where status = 'loaded'")) == model.loaded
    before = loads.everything()
    loads.load(*(file for batch in batches for file in batch))
    assert loads.everything() == before
