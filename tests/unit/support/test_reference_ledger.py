"""The reference ledger itself, on small histories whose outcome is written here by hand."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count, permutations

import pytest

from tests.support.overlapping_files import (
    ANN,
    BOB,
    CAT,
    CONTENTS,
    DAN,
    EVE,
    FAY,
    HAL,
    TEA,
    content,
    content_with_header,
    nameless,
    sold,
)
from tests.support.reference_ledger import ReferenceLedger, Removal, Version, numbering
from tests.support.reference_tables import expected_tables, live_contents
from tests.support.stated_sales import Content, Sale
from tests.support.union import Counted, union

DATED = "leeds_25-08-2021_09-00-00.csv"
COPY = "copies/leeds_25-08-2021.csv"
ROLLING = "sales.csv"
CLOSED = content_with_header()
KEY = bytes(32)
TEN = [sold(minute, "B", f"Guest {minute}", TEA) for minute in range(10)]


class Warehouse:
    """A warehouse in which nothing is wrong: it numbers files as the ledger asks it to."""

    def __init__(self) -> None:
        self.ledger = ReferenceLedger()
        self._numbers = count(1)

    def load(self, *batch: Version) -> None:
        """Load a batch."""
        self.ledger.take(batch, lambda _name: next(self._numbers))

    def load_each(self, *versions: Version) -> None:
        """Load files one after the other."""
        for version in versions:
            self.load(version)

    def sales(self) -> Counter[Counted]:
        """Return what counts."""
        return union([sale for _, sale in lines] for lines in live_contents(self.ledger).values())

    def rows(self) -> list[tuple[object, ...]]:
        """Return number, status, the number of the file with the sales, and the successor of each row."""
        return [
            (entry.file_id, entry.status, entry.sales_file_id, entry.superseded_by)
            for entry in self.ledger.entries
        ]

    def table(self, name: str) -> list[tuple[object, ...]]:
        """Return the rows that a table must have."""
        return sorted(expected_tables(self.ledger, KEY).required[name], key=repr)


@pytest.fixture
def warehouse() -> Warehouse:
    """Return an empty warehouse."""
    return Warehouse()


def upload(number: int, key: str, content: Content) -> Version:
    """Return an upload; a higher number is newer."""
    at = datetime.fromisoformat("2021-09-01") + timedelta(hours=number)
    return Version(number, key, content, f"v{number}", at)


def counted(*sales: Sale) -> Counter[Counted]:
    """Return what counts if one file states these sales, and no other does."""
    return union([sales])


def loaded_in_any_order(*versions: Version) -> list[Warehouse]:
    """Load versions one by one in each order, and all in one batch; return the warehouses."""
    warehouses = [Warehouse() for _ in permutations(versions)]
    for warehouse, order in zip(warehouses, permutations(versions), strict=True):
        warehouse.load_each(*order)
    warehouses.append(Warehouse())
    warehouses[-1].load(*versions)
    return warehouses


def test_sales_stay_when_an_overlapping_export_of_another_key_is_corrected(warehouse: Warehouse) -> None:
    """Store B's ten sales stand in an export of both stores, too, whose correction leaves them out."""
    of_a = sold(0, "A", "Guest", TEA)
    warehouse.load(upload(1, "b 25-08-2021.csv", content(*TEN)))
    warehouse.load(upload(2, "both 25-08-2021.csv", content(of_a, *TEN)))
    assert {row[0] for row in warehouse.table("transactions")} == {2}

    warehouse.load(upload(3, "both 25-08-2021.csv", content(of_a)))

    assert warehouse.sales() == counted(of_a, *TEN)
    assert warehouse.rows() == [(1, "loaded", 1, None), (2, "superseded", None, 3), (3, "loaded", 3, None)]
    assert Counter(row[0] for row in warehouse.table("transactions")) == {1: 10, 3: 1}
    assert warehouse.table("kept_aside") == []


def test_a_till_that_always_exports_the_same_name_loses_no_day() -> None:
    versions = [upload(number, ROLLING, content(sale)) for number, sale in enumerate([HAL, ANN, FAY])]
    for warehouse in loaded_in_any_order(*versions):
        assert warehouse.sales() == counted(HAL, ANN, FAY)


def test_under_a_rolling_name_an_export_covers_those_whose_stores_and_days_are_among_its_own() -> None:
    """The week leaves Bob out, and so he never counts; the month's first day stays beside it."""
    versions = [
        upload(1, ROLLING, content(HAL, ANN)),
        upload(2, ROLLING, content(BOB)),
        upload(3, ROLLING, content(ANN, CAT, FAY)),
    ]
    for warehouse in loaded_in_any_order(*versions):
        assert warehouse.sales() == counted(HAL, ANN, CAT, FAY)


def test_under_a_rolling_name_the_same_day_again_is_a_correction() -> None:
    versions = [
        upload(1, ROLLING, content(ANN, BOB)),
        upload(2, ROLLING, content(ANN)),
        upload(3, ROLLING, content(DAN)),
    ]
    for warehouse in loaded_in_any_order(*versions):
        assert warehouse.sales() == counted(ANN, DAN)


def test_of_a_dated_name_only_the_newest_version_counts() -> None:
    versions = [upload(number, DATED, content(sale)) for number, sale in enumerate([HAL, ANN, FAY])]
    for warehouse in loaded_in_any_order(*versions):
        assert warehouse.sales() == counted(FAY)


def test_superseded_files_name_the_newest_version_that_covers_them(warehouse: Warehouse) -> None:
    warehouse.load(upload(1, DATED, content(HAL)))
    warehouse.load(upload(2, DATED, content(ANN)), upload(4, DATED, content(BOB)))
    warehouse.load(upload(3, DATED, content(FAY)))

    assert warehouse.rows() == [
        (1, "superseded", None, 3),
        (2, "superseded", None, 3),
        (3, "loaded", 3, None),
        (4, "superseded", None, 3),
    ]


def test_a_day_that_is_sent_again_without_customers_doubles_nothing() -> None:
    day = [ANN, BOB, CAT, CAT, DAN]
    versions = [upload(1, DATED, content(*day)), upload(2, COPY, content_with_header(*nameless(*day)))]
    for warehouse in loaded_in_any_order(*versions):
        assert warehouse.sales() == counted(*day)
        assert len(warehouse.table("stated_rows")) == 10
        assert {row[4] for row in warehouse.table("kept_aside")} == {""}


def test_nameless_sales_count_again_when_the_file_with_the_names_leaves(warehouse: Warehouse) -> None:
    warehouse.load(upload(1, COPY, content_with_header(*nameless(CAT, CAT))))
    warehouse.load(upload(2, DATED, content(CAT, EVE)))
    assert warehouse.sales() == counted(CAT, EVE)

    warehouse.ledger.remove(Removal("withdraw", DATED))

    assert warehouse.sales() == counted(*nameless(CAT, CAT))


def test_the_oldest_duplicate_becomes_the_loaded_file_when_the_original_is_corrected(
    warehouse: Warehouse,
) -> None:
    day = content(ANN, BOB)
    warehouse.load(upload(1, DATED, day))
    warehouse.load(upload(3, ROLLING, day), upload(2, COPY, day))
    assert warehouse.rows() == [(1, "loaded", 1, None), (2, "duplicate", 1, None), (3, "duplicate", 1, None)]

    warehouse.load(upload(4, DATED, content(CAT)))

    assert warehouse.rows() == [
        (1, "superseded", None, 4),
        (2, "loaded", 1, None),
        (3, "duplicate", 1, None),
        (4, "loaded", 4, None),
    ]
    assert warehouse.sales() == counted(ANN, BOB, CAT)
    assert {row[0] for row in warehouse.table("transactions")} == {1, 4}


def test_a_file_without_sales_between_two_with_sales_is_refused_in_one_batch_as_one_by_one() -> None:
    versions = [upload(1, DATED, content(ANN)), upload(2, DATED, CLOSED), upload(3, DATED, content(BOB))]
    for load in (Warehouse.load, Warehouse.load_each):
        warehouse = Warehouse()
        load(warehouse, *versions)
        assert [row[1] for row in warehouse.rows()] == ["superseded", "refused", "loaded"]


def test_a_file_without_sales_is_a_closed_day_unless_it_would_replace_sales(warehouse: Warehouse) -> None:
    warehouse.load(upload(1, DATED, CLOSED))
    warehouse.load(upload(2, COPY, CLOSED))
    warehouse.load(upload(3, DATED, content(ANN)))
    warehouse.load(upload(4, DATED, CLOSED))
    warehouse.load(upload(5, ROLLING, content(BOB)))
    warehouse.load(upload(6, ROLLING, CLOSED))

    assert [row[1:] for row in warehouse.rows()] == [
        ("superseded", None, 3),
        ("loaded", None, None),
        ("loaded", 3, None),
        ("refused", None, None),
        ("loaded", 5, None),
        ("loaded", None, None),
    ]
    assert warehouse.sales() == counted(ANN, BOB)


def test_a_closed_day_that_came_first_covers_no_sales(warehouse: Warehouse) -> None:
    warehouse.load_each(upload(2, DATED, CLOSED), upload(1, DATED, content(ANN)))

    assert warehouse.sales() == counted(ANN)


def test_the_same_content_again_under_a_rolling_name_covers_what_came_between(warehouse: Warehouse) -> None:
    warehouse.load(upload(1, ROLLING, content(ANN, FAY)))
    warehouse.load(upload(2, ROLLING, content(BOB)))
    warehouse.load(upload(3, ROLLING, content(ANN, FAY)))

    assert warehouse.rows() == [(1, "loaded", 1, None), (2, "superseded", None, 1)]
    assert warehouse.sales() == counted(ANN, FAY)


def test_nothing_older_comes_back_after_a_withdrawal(warehouse: Warehouse) -> None:
    older, newer = upload(1, DATED, content(ANN)), upload(3, DATED, content(BOB))
    warehouse.load_each(older, newer)
    warehouse.ledger.remove(Removal("withdraw", DATED))
    warehouse.load(upload(2, DATED, content(CAT)))
    warehouse.load(older, newer)

    assert warehouse.sales() == counted()
    assert [row[1] for row in warehouse.rows()] == ["superseded", "withdrawn", "superseded"]


def test_sales_that_another_current_file_states_survive_a_withdrawal(warehouse: Warehouse) -> None:
    warehouse.load(upload(1, DATED, content(ANN, BOB)), upload(2, ROLLING, content(BOB, FAY)))
    warehouse.ledger.remove(Removal("withdraw", DATED))

    assert warehouse.sales() == counted(BOB, FAY)


def test_a_withdrawal_may_concern_one_store_or_one_day_of_a_rolling_name(warehouse: Warehouse) -> None:
    for number, sale in enumerate([HAL, ANN, FAY, DAN]):
        warehouse.load(upload(number, ROLLING, content(sale)))
    warehouse.ledger.remove(Removal("withdraw", ROLLING, store="leeds", day=date(2021, 8, 25)))
    assert warehouse.sales() == counted(HAL, FAY, DAN)

    warehouse.ledger.remove(Removal("withdraw", ROLLING, store="YORK"))

    assert warehouse.sales() == counted(HAL, FAY)


def test_an_erasure_takes_all_versions_of_a_key_and_copies_under_other_keys(warehouse: Warehouse) -> None:
    older, newer = content(ANN), content(ANN, BOB)
    warehouse.load_each(
        upload(1, DATED, older),
        upload(2, COPY, older),
        upload(3, DATED, newer),
        upload(4, ROLLING, content(BOB, CAT)),
    )
    warehouse.ledger.remove(Removal("erase", DATED))
    warehouse.load(upload(1, DATED, older), upload(0, COPY, content(HAL)))

    assert [row[1] for row in warehouse.rows()] == ["erased", "erased", "erased", "loaded", "superseded"]
    assert warehouse.sales() == counted(BOB, CAT)
    erased = (0, 0, 0, 0, 0, "erased", "", None)
    assert [row[5:-1] for row in warehouse.table("load_files")][:3] == [erased] * 3
    assert {row[0] for row in warehouse.table("file_days")} == {4}


def test_a_refusal_stays_until_it_is_discarded(warehouse: Warehouse) -> None:
    refused = upload(1, ROLLING, CONTENTS["gibberish"])
    warehouse.load(refused)
    warehouse.load(upload(2, ROLLING, content(ANN)))
    assert [row[1] for row in warehouse.rows()] == ["refused", "loaded"]

    warehouse.ledger.remove(Removal("discard", ROLLING))
    warehouse.load(refused)

    assert [row[1] for row in warehouse.rows()] == ["discarded", "loaded"]


def test_an_erased_customer_s_sales_become_nameless(warehouse: Warehouse) -> None:
    """Of the two sales in Cat's visit, one has a name still; of the two files, none has more than one row of it."""
    warehouse.load(upload(1, DATED, content(ANN, CAT)), upload(2, ROLLING, content(EVE)))
    warehouse.ledger.remove(Removal("erase_customer", store="LEEDS", customer=" ann  ARCHER"))
    assert warehouse.sales() == counted(*nameless(ANN), CAT, EVE)

    warehouse.ledger.remove(Removal("erase_customer", store="Leeds", customer="Cat Clark"))

    assert warehouse.sales() == counted(*nameless(ANN), EVE)


@pytest.mark.parametrize("removal", [None, Removal("withdraw", DATED), Removal("erase", DATED)])
def test_a_warehouse_that_is_rebuilt_from_the_archive_has_the_same_sales(
    warehouse: Warehouse, removal: Removal | None
) -> None:
    day = content(ANN, BOB)
    warehouse.load(upload(1, DATED, day), upload(2, COPY, day), upload(3, ROLLING, CONTENTS["gibberish"]))
    warehouse.load(upload(6, DATED, content(CAT)), upload(5, ROLLING, content(BOB, FAY)))
    warehouse.load(upload(4, DATED, content(HAL)))
    if removal:
        warehouse.ledger.remove(removal)
    before = deepcopy(warehouse)

    warehouse.ledger.rebuild()

    assert warehouse.sales() == before.sales()
    assert "refused" not in {row[1] for row in warehouse.rows()}


def test_stores_keep_the_name_under_which_they_came_first(warehouse: Warehouse) -> None:
    first, second = replace(ANN, store="Chester-le-Street"), replace(BOB, store="CHESTER  LE STREET")
    warehouse.load_each(upload(1, DATED, content(first)), upload(2, COPY, content(second)))

    assert warehouse.table("stores") == [("chester le street",)]
    assert warehouse.ledger.spellings == {"chester le street": {"Chester-le-Street"}}


def test_each_store_has_one_unknown_customer(warehouse: Warehouse) -> None:
    warehouse.load(upload(1, DATED, content_with_header(*nameless(ANN, BOB, DAN))))

    assert warehouse.table("customers") == [("leeds", ""), ("york", "")]


def test_the_ledger_must_have_a_row_for_each_file() -> None:
    """Otherwise the warehouse and the reference ledger number different files."""
    version = upload(1, DATED, content(ANN))
    for rows in ([], [(1, "other.csv", version.content.sha256)]):
        with pytest.raises(AssertionError):
            ReferenceLedger().take([version], numbering(rows))
