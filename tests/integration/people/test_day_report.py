"""Each figure that a day's report prints is what a plain count of the files says."""

import random
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.errors import RequestError, WarehouseError
from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import scripts
from local.samples.sales import generate_day, to_csv
from tests.support.pipeline import Pipeline, csv_of, sale
from tests.support.plain_figures import items_of
from tests.support.report_count import Count, pounds
from tests.support.report_page import Page

pytestmark = pytest.mark.engines("postgres", "redshift")

SUNDAY = date(2022, 4, 3)
STORES = {
    "Brackenford": [*range(15), 20, 21, 27, 28],
    "Alder Cross": [0, 1, 2, 7, 8, 14, 21],
    "Chalk Mill": [1, 2, 3, 7, 9],
    "Marram": [0, 10],
}
"""The days on which each store sold something, counted back. Chalk Mill is missing, Marram has no last Sunday."""


def file_of(store: str, day: date, seed: int = 1) -> str:
    """Return a store's file of a day. Some customers give no name, and some come often."""
    dice = random.Random(f"{store}{day}{seed}")  # noqa: S311 - a seed makes the files the same each time
    sales = list(generate_day(store, day, sales=dice.randint(8, 30), seed=seed))
    text = to_csv(store, sales)
    return "".join(
        line.replace(sales[number].customer, "" if number % 5 == 0 else f"Guest {number % 7}", 1)
        for number, line in enumerate(text.splitlines(keepends=True))
    )


def name_of(store: str, day: date) -> str:
    """Return the name of a store's file of a day."""
    return f"{store.lower().replace(' ', '_')}_{day:%d-%m-%Y}_08-00-00.csv"


def all_files() -> dict[str, str]:
    """Return the files of all stores by their names."""
    return {
        name_of(store, day): file_of(store, day)
        for store, days in STORES.items()
        for day in (SUNDAY - timedelta(days=back) for back in days)
    }


def last_week() -> dict[str, str]:
    """Return Brackenford's files of the last eight days."""
    days = [SUNDAY - timedelta(days=back) for back in range(8)]
    return {name_of("Brackenford", day): file_of("Brackenford", day) for day in days}


def load(pipeline: Pipeline, files: dict[str, str]) -> None:
    """Load files."""
    pipeline.run(**{name: text.encode() for name, text in files.items()})


def report(pipeline: Pipeline, day: date | None = SUNDAY, store: str = "") -> Page:
    """Return the report of a day."""
    return Page(report_bytes(pipeline, day, store))


def report_bytes(pipeline: Pipeline, day: date | None = SUNDAY, store: str = "") -> bytes:
    """Return the report of a day as bytes."""
    with closing(Warehouse.connect(pipeline.warehouse_url)) as warehouse:
        return day_report(warehouse, day, store)


def check(page: Page, count: Count) -> None:
    """Compare each figure of a report with a count of the files."""
    for heading, texts in count.tiles().items():
        assert page.section(heading).paragraphs == texts
    hours, days = page.section("Sales by hour"), page.section("Revenue by day, four weeks")
    assert hours.rows[1:] == count.hours()
    assert days.rows[1:] == count.days()
    assert [*hours.charts["desc"], *days.charts["desc"]] == count.descriptions()
    assert page.section("Stores").rows[1:] == count.stores()
    assert page.section("When they come").rows[1:] == count.week()
    assert page.section("Products").rows[1:] == count.products()
    last = page.section("Flavours, payment, customers")
    assert last.rows[1:] == count.flavours()
    assert last.paragraphs[0] == count.payments()
    share, customers, returning = count.customers()
    assert last.paragraphs[1].startswith(f"{share} of {customers} customers ({returning}) had bought ")


def content_of(text: str) -> str:
    """Return the sales and the revenue of a file in the base format, all of whose rows are good."""
    items = items_of([text])
    revenue = pounds(sum((item.price for item in items), Decimal(0)))
    return f"{len({item.sale for item in items})} sales, {revenue}"


def points(page: Page) -> list[str]:
    """Return what is to be looked at."""
    return page.section("To be looked at").points


def test_every_figure_is_that_of_the_files_and_changes_with_a_correction(
    pipeline: Pipeline,
) -> None:
    """Those of the whole chain, of a store, and of an earlier day."""
    loaded = all_files()
    load(pipeline, loaded)

    check(report(pipeline), Count(items_of(loaded.values()), SUNDAY))
    earlier = SUNDAY - timedelta(days=7)
    check(report(pipeline, earlier), Count(items_of(loaded.values()), earlier))

    own = {name: text for name, text in loaded.items() if name.startswith("brackenford")}
    check(report(pipeline, store="BRACKENFORD"), Count(items_of(own.values()), SUNDAY))

    before = report_bytes(pipeline)
    corrected = {name_of("Brackenford", SUNDAY): file_of("Brackenford", SUNDAY, seed=2)}
    load(pipeline, corrected)
    loaded |= corrected
    check(report(pipeline), Count(items_of(loaded.values()), SUNDAY))
    assert report_bytes(pipeline) != before
    assert any(
        point.startswith("brackenford_03-04-2022_08-00-00.csv: replaced: ")
        for point in points(report(pipeline))
    )


def test_the_last_day_with_sales_is_reported_if_none_is_named(pipeline: Pipeline) -> None:
    """The day of sale decides, not that of the upload."""
    load(pipeline, {"b.csv": file_of("Brackenford", SUNDAY)})
    load(pipeline, {"a.csv": file_of("Brackenford", SUNDAY - timedelta(days=3))})

    assert report(pipeline, None).title == "Sales of Sunday, 3 April 2022"
    assert report_bytes(pipeline, None) == report_bytes(pipeline)


def test_an_empty_warehouse_has_a_report(pipeline: Pipeline) -> None:
    assert report(pipeline, None).title == "No sales yet"

    load(pipeline, {"stock.csv": "a picture"})

    assert [point.partition(". ")[0] for point in points(report(pipeline, None))] == ["stock.csv: refused"]
    assert report(pipeline).title == "Sales of Sunday, 3 April 2022"


def test_what_needs_attention_is_on_top_and_in_the_ledger(pipeline: Pipeline) -> None:
    """A missing store, a refused file, rejected rows, a replaced file, a closed store."""
    days = [SUNDAY - timedelta(days=back) for back in range(3)]
    stores = ("Brackenford", "Chalk Mill", "Marram", "Thornwick")
    files = {name_of(store, day): file_of(store, day) for store in stores for day in days[1:]}
    first, second = (file_of("Brackenford", SUNDAY, seed=seed) for seed in (1, 2))
    load(pipeline, files | {name_of("Brackenford", SUNDAY): first + "x,y\n"})
    load(pipeline, {name_of("Brackenford", SUNDAY): second + "x,y\n"})
    header = "Date,Store,Customer,Items,Total,Payment,Card\n"
    load(pipeline, {name_of("Chalk Mill", SUNDAY): "prose\n", name_of("Marram", SUNDAY): header})

    page = report(pipeline)

    ledger = {row[0]: row[-1] for row in page.section("The files of the last 14 days").rows[1:]}
    assert ledger == {
        "Brackenford": "Ppartly rejected",
        "Chalk Mill": "Rrefused",
        "Marram": "Cclosed",
        "Thornwick": "\N{MULTIPLICATION SIGN}missing",
    }
    sentences = points(page)
    assert len(sentences) == 4
    assert sentences[0].startswith("Thornwick: no sales of this day have come")
    assert sentences[1].startswith(
        "chalk_mill_03-04-2022_08-00-00.csv: refused. The file is not a list of sales"
    )
    rows = len(second.splitlines()) + 1
    assert sentences[2].startswith(
        f"brackenford_03-04-2022_08-00-00.csv: 1 of {rows} rows rejected; the rest is counted."
        f" The first is line {rows}: "
    )
    assert sentences[3] == (
        f"brackenford_03-04-2022_08-00-00.csv: replaced: {content_of(second)} instead of {content_of(first)}."
    )


def test_suspect_sales_are_told(pipeline: Pipeline) -> None:
    """Two files have different sales of one customer, store and minute."""
    cheaper = sale(basket="Tea - 1.45", total="1.45")
    pipeline.run(**{"a.csv": csv_of(sale(), sale(5)), "b.csv": csv_of(cheaper, sale(6))})

    page = report(pipeline, date(2021, 8, 25))

    assert points(page) == ["Leeds: 2 sales, £3.90, may be in two files in different words; all are counted."]


def test_the_same_sales_in_another_order_make_the_same_report(pipeline: Pipeline) -> None:
    loaded = last_week()
    load(pipeline, loaded)
    before = report_bytes(pipeline)
    pipeline.empty()

    for name in sorted(loaded, reverse=True):
        load(pipeline, {name: loaded[name]})

    assert report_bytes(pipeline) == before


def test_a_reader_may_make_a_report_and_nothing_is_written(pipeline: Pipeline) -> None:
    load(pipeline, last_week())
    with closing(Warehouse.connect(pipeline.warehouse_url)) as warehouse:
        schema.create(warehouse, readers=["report_reader"])
        everything = pipeline.everything()
        warehouse.execute("set session authorization report_reader")
        content = day_report(warehouse, SUNDAY)
    assert content == report_bytes(pipeline)
    assert pipeline.everything() == everything


def test_a_snapshot_refuses_to_write(pipeline: Pipeline) -> None:
    with (
        closing(Warehouse.connect(pipeline.warehouse_url)) as warehouse,
        pytest.raises(WarehouseError, match="read-only"),
        warehouse.snapshot(),
    ):
        warehouse.execute("delete from stores")


def test_no_query_reads_the_hashes_of_customers() -> None:
    texts = [path.read_text(encoding="utf-8") for path in scripts("report")]

    assert len(texts) >= 13
    assert not any("customer_hash" in text for text in texts)


def test_no_name_or_card_is_in_a_report(pipeline: Pipeline) -> None:
    """Rejected rows and refused files have them, too."""
    names = ("Quentin Canary", "Ottoline Canary", "Ignatius Canary")
    card = "5494000000000000"
    good = sale(name=names[0])
    bad = sale(1, name=names[1], total="9.99")
    pipeline.run(
        **{"leeds_25-08-2021.csv": csv_of(good, bad), "york_25-08-2021.csv": csv_of((names[2], card))}
    )

    text = report_bytes(pipeline, date(2021, 8, 25)).decode()

    assert "1 of 2 rows rejected" in text
    assert "york_25-08-2021.csv" in text
    assert not [secret for secret in (*names, card, "Canary", card[:6]) if secret in text]


def test_a_day_on_which_no_sale_can_be_is_an_error(pipeline: Pipeline) -> None:
    for day in (date.min, date(1999, 12, 31), date.max):
        with pytest.raises(RequestError, match=f"must be in the years 2000 to 9998, not {day}"):
            report_bytes(pipeline, day)


def test_an_unknown_store_is_an_error_that_names_the_stores(pipeline: Pipeline) -> None:
    pipeline.run(**{"a.csv": csv_of(sale(), sale(1, store="York"))})

    with pytest.raises(
        RequestError, match=r"No store has the name Hull\. The warehouse has these stores: Leeds, York\."
    ):
        report_bytes(pipeline, store="Hull")


def test_a_late_file_is_late_in_the_ledger(pipeline: Pipeline) -> None:
    """Files came at 19:00; that of Sunday at 20:01."""
    load(pipeline, last_week())
    with closing(Warehouse.connect(pipeline.warehouse_url)) as warehouse:
        for back in range(8):
            day = SUNDAY - timedelta(days=back)
            minute = 61 if back == 0 else 0
            arrived_at = datetime.combine(day, datetime.min.time()) + timedelta(hours=19, minutes=minute)
            warehouse.execute(
                "update load_files set last_modified = %s where object_key = %s",
                (arrived_at, name_of("Brackenford", day)),
            )

    rows = {row[0]: row[1:] for row in report(pipeline).section("The files of the last 14 days").rows[1:]}

    assert rows["Brackenford"] == [""] * 6 + ["✓loaded"] * 7 + ["Llate"]
