"""Whatever comes, in whatever order and batches, the warehouse is what a few lines of Python say it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.sql_loads import File, Item, Loads, Sale

SALES = (
    Sale(0, "ann"),
    Sale(1, "bob", (Item(), Item("Mocha", "Regular"))),
    Sale(1, "bob", (Item(),), store="York"),
    Sale(2, "ann", (Item("Flavoured latte", flavour="Hazelnut"), Item())),
)
CONTENTS = ((0,), (0, 1), (1, 2), (0, 1, 2, 3), (3, 2))
"""The sales of each content; many are in several."""

KEYS = ("leeds.csv", "york.csv", "both.csv")


def upload(key: str, content: int, second: int, sequencer: int) -> File:
    """Return a version of a file; without sales if its content is one that nobody can read."""
    if content == len(CONTENTS):
        return File(key, (), second, f"{sequencer:02}", reason="no_columns", content="gibberish")
    return File(key, tuple(SALES[number] for number in CONTENTS[content]), second, f"{sequencer:02}")


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[File]]:
    """Draw uploads in an order that has nothing to do with their age, in batches, some twice."""
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
    ends = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {len(order)})
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def mark(file: File) -> tuple[int, str]:
    """Return what tells which of two versions of a key is newer."""
    return file.second, file.sequencer


@dataclass
class Model:
    """What the design promises, without tables: what each key states, and which content each sale is owned by."""

    states: dict[str, File] = field(default_factory=dict)
    owners: dict[Sale, str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    """The keys whose content is loaded; the others are duplicates, which state nothing themselves."""

    def load(self, batch: Iterable[File]) -> None:
        """Take the newest readable version of each key, one after the other, the oldest first."""
        newest: dict[str, File] = {}
        for file in sorted(batch, key=mark):
            if file.reason:
                self.refused.add((file.key, file.sha256))
            else:
                newest[file.key] = file
        for file in sorted(newest.values(), key=lambda file: (mark(file), file.key)):
            if self._is_newer(file):
                self._take(file)

    def _take(self, file: File) -> None:
        """Let a key state a content from now on; what is loaded under another key is a duplicate."""
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
        return file.key not in self.states or mark(self.states[file.key]) < mark(file)

    def _content(self, key: str) -> str:
        return self.states[key].sha256 if key in self.states else ""


def ledger_of_keys(loads: Loads) -> list[tuple[str, str, str]]:
    """Return key, content and version of what each key states, by the ledger."""
    return loads.rows(
        "select object_key, content_sha256, version_id from load_files"
        " where status in ('loaded', 'duplicate') order by 1"
    )


def owners(loads: Loads) -> dict[tuple[str, int, int], str]:
    """Return the owner's content of each sale; fail if one is there twice."""
    rows = loads.rows(
        "select stores.store_name, cast(extract(minute from sold_at) as integer), sale_key, content_sha256"
        " from transactions inner join stores using (store_id) inner join load_files using (file_id)"
    )
    found = {(store, minute, sale_key): content for store, minute, sale_key, content in rows}
    assert len(found) == len(rows)
    return found


def doubled(loads: Loads) -> list[str]:
    """Return the tables that say something twice, and what of the tables does not fit together."""
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
    """Each sale once, owned by the file that stated it last; a redelivery of everything changes nothing."""
    loads.empty()
    model = Model()
    for batch in batches:
        loads.load(*batch)
        model.load(batch)

        assert doubled(loads) == []
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
