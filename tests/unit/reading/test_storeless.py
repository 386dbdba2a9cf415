"""Files without a column for the store: a known store that their key says is theirs, and nothing else."""

import pytest

from chalicelib.model import Rules
from chalicelib.reading.file_stores import StoreHints
from tests.support import dialects
from tests.support.dialects import Sale
from tests.support.staged_parts import Staged, stage, stage_each_way

STORES = ("Leeds", "London", "London Soho", "Chester-le-Street", "Café Nord", "Leeds 2", "York")
SETTINGS = Rules(stores=STORES)
IN_FOLDERS = Rules(stores=STORES, store_folders=True)
KEY = "leeds_25-08-2021_09-00-00.csv"
COLUMNS = ["date", "customer_name", "products", "total", "payment_type", "card_number"]
SALES = [sale for sale in dialects.day(11) if sale.customer.replace(" ", "").isalpha()]
CANARY = "Zebediah Quartzmane"
PLACE_OF_STORE = 1


def rows_of(sales: list[Sale]) -> list[list[str]]:
    """Return the rows of sales in the base format, without their store."""
    return [[*row[:PLACE_OF_STORE], *row[PLACE_OF_STORE + 1 :]] for row in map(dialects.base_row, sales)]


def written(*rows: list[str]) -> bytes:
    return dialects.text(rows).encode()


def figures(staged: Staged) -> list[list[str]]:
    """Return the sales without their lines; the file is not refused, and no row is rejected."""
    assert (staged.reason, staged.rejections) == ("", [])
    return [row[1:-3] for row in staged.sales]


def with_store(store: str) -> list[list[str]]:
    """Return the sales of the same rows with a column for the store."""
    rows = ([row[0], store, *row[1:]] for row in rows_of(SALES))
    return figures(stage(written(*rows), object_key=KEY))


@pytest.mark.parametrize("header", [[], COLUMNS, ["when", "client", "what", "due", "means", "card"]])
def test_the_name_says_the_store(header: list[str]) -> None:
    content = written(*filter(None, [header, *rows_of(SALES)]))
    staged = stage_each_way(content, object_key=KEY, rules=SETTINGS)

    assert figures(staged) == with_store("Leeds")
    assert staged.request.store_name == "Leeds"
    assert "; store Leeds, as the file's name says; " in staged.request.reading
    assert "The file has no column for the store: its name says Leeds." in staged.request.remarks


@pytest.mark.parametrize(
    "change",
    [
        lambda row: [*row[0].split(" "), *row[1:]],
        lambda row: [*row[:3], row[4], row[3], *row[5:]],
        lambda row: row[:5],
        lambda row: [*row[:5], "1234"],
        lambda row: ["7", *row],
    ],
    ids=["day and time", "payment first", "no card", "four digits of a card", "numbers"],
)
def test_columns_are_told_by_their_values(change: type[list[str]]) -> None:
    """Four digits of a card look like a total: then the store's place would be that of the customer."""
    content = written(*map(change, rows_of(SALES)))

    assert figures(stage_each_way(content, object_key=KEY, rules=SETTINGS)) == with_store("Leeds")
    refused = stage(content, object_key="sales.csv", rules=SETTINGS)
    assert (refused.reason, refused.sales) == ("without_store", [])


@pytest.mark.parametrize("header", [[], COLUMNS])
@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("leeds_25-08-2021.csv", Rules()),
        ("leeds/25-08-2021.csv", Rules()),
        ("sales_25-08-2021.csv", SETTINGS),
        ("leedside_25-08-2021.csv", SETTINGS),
        ("leeds_york_25-08-2021.csv", SETTINGS),
        ("york/leeds_25-08-2021.csv", SETTINGS),
        ("hull/leeds_25-08-2021.csv", IN_FOLDERS),
        ("2021/08/sales.csv", IN_FOLDERS),
        ("zebediah_quartzmane_25-08-2021.csv", SETTINGS),
    ],
)
def test_a_file_whose_key_does_not_say_one_known_store_is_refused(
    header: list[str], key: str, settings: Rules
) -> None:
    rows = [[row[0], CANARY, *row[2:]] for row in rows_of(SALES)]
    staged = stage_each_way(written(*filter(None, [header, *rows])), object_key=key, rules=settings)

    assert (staged.reason, staged.sales, staged.rejections) == ("without_store", [], [])
    assert staged.request.sentence.startswith("The store is missing: the file has no column for it")
    assert CANARY not in f"{staged.text} {staged.request.to_json()}"


@pytest.mark.parametrize(
    ("key", "store"),
    [
        ("LEEDS_25-08-2021.csv", "Leeds"),
        ("leeds 25082021 (1).csv.gz", "Leeds"),
        ("daily/2021/08/25/sales-leeds.csv", "Leeds"),
        ("leeds/25-08-2021.csv", "Leeds"),
        ("london_soho_25-08-2021.csv", "London Soho"),
        ("london_25-08-2021.csv", "London"),
        ("chesterlestreet_25-08-2021.csv", "Chester-le-Street"),
        ("cafe\N{COMBINING ACUTE ACCENT}-nord-25-08-2021.csv", "Café Nord"),
        ("leeds_2_25-08-2021_09-00-00.csv", "Leeds 2"),
        ("leeds2.csv", "Leeds 2"),
        ("london/london_soho.csv", None),
        ("leeds_2/leeds.csv", None),
    ],
)
def test_a_key_says_a_known_store_by_whole_words(key: str, store: str | None) -> None:
    """The longest name counts, and it is written as in the setting."""
    names = [said.name for said in StoreHints.of(key, STORES, in_folders=False).stores]

    assert names == [store] if store else len(names) > 1


@pytest.mark.parametrize(
    ("key", "store", "place"),
    [
        ("Hull/25-08-2021.csv", "Hull", "folder"),
        ("store=hull east/2021/sales.csv", "hull east", "folder"),
        ("leeds/till_1.csv", "Leeds", "folder"),
        ("leeds/leeds_25-08-2021.csv", "Leeds", "name"),
    ],
)
def test_each_stores_own_folder_says_the_store_if_the_setting_says_so(
    key: str, store: str, place: str
) -> None:
    staged = stage(written(*rows_of(SALES)), object_key=key, rules=IN_FOLDERS)

    assert figures(staged) == with_store(store)
    assert f"The file has no column for the store: its {place} says {store}." in staged.request.remarks


def test_a_store_in_the_rows_counts_and_not_the_name() -> None:
    """A remark says that the name gives another one."""
    rows = [[row[0], "York", *row[1:]] for row in rows_of(SALES)]
    staged = stage(written(*rows), object_key=KEY, rules=SETTINGS)

    assert figures(staged) == with_store("York")
    assert staged.request.remarks.startswith("The file's name gives a different store from its rows.")


@pytest.mark.parametrize("heading", ["x", "place", "store_no", "branch x"])
def test_a_column_that_may_be_the_stores_is_not_passed_over(heading: str) -> None:
    """Whatever the key says: its rows may be of several stores."""
    for cells in (["7", "8"], ["Hull", "York"]):
        rows = [[*row, cells[place % 2]] for place, row in enumerate(rows_of(SALES))]
        staged = stage_each_way(written([*COLUMNS, heading], *rows), object_key="leeds.csv", rules=SETTINGS)

        if heading == "x" and cells[0] == "7":
            assert figures(staged) == with_store("Leeds")
        else:
            assert (staged.reason, staged.sales) == ("unknown_header", [])


def test_the_customers_are_missing_where_the_only_names_are_the_files_store() -> None:
    """Six columns as well; the store is in the rows, and its sales are nameless."""
    rows = [[row[0], " LEEDS", *row[2:]] for row in rows_of(SALES)]
    staged = stage_each_way(written(*rows), object_key=KEY, rules=SETTINGS)

    nameless = written(*([row[0], "LEEDS", "", *row[2:]] for row in rows_of(SALES)))
    assert figures(staged) == figures(stage(nameless, object_key=KEY))
    assert "store (inferred)" in staged.request.reading


def test_a_name_below_a_store_in_the_same_column_is_never_published() -> None:
    """As where a file without customers and one without stores were joined."""
    rows = [[row[0], "Leeds", *row[2:]] for row in rows_of(SALES)]
    content = written(*rows * 20, [rows[0][0], CANARY, *rows[0][2:]])
    staged = stage_each_way(content, object_key=KEY, rules=SETTINGS)

    assert (staged.reason, staged.sales) == ("unknown_header", [])
    assert CANARY not in f"{staged.text} {staged.request.to_json()}"


@pytest.mark.parametrize("header", [[], ["date", "name", *COLUMNS[2:]]])
def test_the_sales_of_several_stores_are_not_the_one_that_the_name_says(header: list[str]) -> None:
    """The column that seems to be the customers' is the stores', whatever its heading."""
    stores = ["York", "Leeds"]
    rows = [[row[0], stores[place % 2], *row[2:]] for place, row in enumerate(rows_of(SALES))]
    staged = stage_each_way(written(*filter(None, [header, *rows])), object_key=KEY, rules=SETTINGS)

    assert staged.reason
    assert staged.sales == []


def test_an_odd_row_costs_itself_alone() -> None:
    """Wherever it stands; a row with a store of its own is odd, too."""
    rows = rows_of(SALES)
    for odd in (["Total", "", "", "17.30"], [rows[0][0], "York", *rows[0][1:]], [*rows[0][:4], "IOU", ""]):
        for place in range(len(rows) + 1):
            content = written(*rows[:place], odd, *rows[place:])
            staged = stage_each_way(content, object_key=KEY, rules=SETTINGS)

            assert [row[1:-3] for row in staged.sales] == with_store("Leeds")
            assert list(staged.reasons) == [place + 1]


def test_a_header_alone_is_a_closed_day() -> None:
    closed = stage(written(COLUMNS), object_key=KEY, rules=SETTINGS)

    assert (closed.reason, closed.sales, closed.rejections) == ("", [], [])
    assert stage(written(COLUMNS), object_key=KEY).reason == "without_store"


def test_a_small_table_above_does_not_refuse_the_sales_below_it() -> None:
    rows = [[row[0], "Leeds", *row[1:]] for row in rows_of(SALES)]
    header = [COLUMNS[0], "location", *COLUMNS[1:]]
    staged = stage_each_way(written(COLUMNS, header, *rows), object_key=KEY)

    assert [row[1:-3] for row in staged.sales] == with_store("Leeds")


def test_the_stores_order_of_day_and_month_counts() -> None:
    content = written(["05/06/2021 09:00", "Jo Bloggs", "Tea - 1.20", "1.20", "CASH", ""])
    settings = Rules(stores=STORES, month_first_stores=frozenset({"leeds"}))

    assert [row[1] for row in stage(content, object_key="leeds.csv", rules=settings).sales] == [
        "2021-05-06 09:00:00"
    ]
