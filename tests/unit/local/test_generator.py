"""Generated sales files, read with nothing but csv and decimal."""

import csv
import io
import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import cli
from local.samples.menu import STORES, menu_of
from local.samples.sales import file_name, generate_day, to_csv
from local.state import PROJECT

STORE = "Dunley Quay"
DAY = date(2022, 3, 14)
SAMPLES = PROJECT / "samples"


def day_file(sales: int = 600, seed: int = 1, *, two_decimals: bool = False) -> str:
    """Return a generated file."""
    return to_csv(STORE, generate_day(STORE, DAY, sales=sales, seed=seed), two_decimals=two_decimals)


def rows_of(text: str) -> list[list[str]]:
    """Return the rows of a file, without the last line of a single space that some tills write."""
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row != [" "]]


def prices(basket: str) -> list[Decimal]:
    """Return the price at the end of each item: `Large Latte - 2.45, Tea - 1.20` -> 2.45 and 1.20."""
    return [Decimal(item.rsplit(" - ", 1)[1]) for item in basket.split(", ")]


def passes_luhn(card: str) -> bool:
    """Return whether a card number of an even number of digits passes the Luhn check."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(card)]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def generate(*arguments: str) -> int:
    """Run the command and return its exit code."""
    return cli.main(["generate", *arguments])


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of each file by its name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes() -> None:
    """So a seed is enough to show others a bug that a generated file has."""
    assert day_file() == day_file()
    assert day_file(seed=1) != day_file(seed=2)


def test_a_file_does_not_depend_on_what_else_is_generated(tmp_path: Path) -> None:
    """More stores and days add files, and change none."""
    generate("--output", str(tmp_path / "one"), "--store", STORE, "--days", "1")
    generate("--output", str(tmp_path / "many"), "--store", "Marram", "--store", STORE, "--days", "3")

    assert contents(tmp_path / "one").items() < contents(tmp_path / "many").items()


def test_every_total_is_the_sum_of_its_items() -> None:
    rows = rows_of(day_file())

    assert len(rows) == 600
    assert all(Decimal(total) == sum(prices(basket)) for _, _, _, basket, total, _, _ in rows)


def test_rows_are_of_the_base_format() -> None:
    """A row has seven columns; an item has its size, name, flavour and price, and a card stands where one was used."""
    item = r"(Regular|Large) [A-Z][A-Za-z ]+( - [A-Z][A-Za-z& ]+)? - \d+\.\d\d"
    for sold_at, store, name, basket, total, payment, card in rows_of(day_file()):
        assert re.fullmatch(r"14/03/2022 \d\d:\d\d", sold_at)
        assert store == STORE
        assert re.fullmatch(r"[\w'-]+ [\w'-]+", name)
        assert re.fullmatch(rf"{item}(, {item})*", basket)
        assert re.fullmatch(r"\d+\.\d[1-9]?", total)
        assert re.fullmatch(r"CASH,|CARD,9999\d{12}", f"{payment},{card}")


def test_only_what_needs_quotes_is_quoted() -> None:
    """As in the stores' files, a basket of one item has no quotes; lines end in LF."""
    text = day_file()

    assert "\r" not in text
    assert all((", " in basket) == (f'"{basket}"' in text) for _, _, _, basket, *_ in rows_of(text))


def test_two_decimals_is_the_same_day_in_the_other_spelling() -> None:
    """Some tills write 5.20, and a last line of a single space."""
    text = day_file(two_decimals=True)

    assert text.endswith("\n \n")
    assert all(re.fullmatch(r"\d+\.\d\d", row[4]) for row in rows_of(text))
    assert [Decimal(row[4]) for row in rows_of(text)] == [Decimal(row[4]) for row in rows_of(day_file())]


def test_no_card_could_be_real() -> None:
    """Each has a prefix that no bank uses, and a wrong check digit."""
    cards = [row[6] for row in rows_of(day_file(sales=3000)) if row[6]]

    assert len(cards) > 1500
    assert not any(passes_luhn(card) for card in cards)


def test_the_luhn_check_of_this_test_knows_a_valid_number() -> None:
    """Else the test above would prove nothing: a check that refuses every number would pass it."""
    assert passes_luhn("4111111111111111")
    assert not passes_luhn("4111111111111112")


def test_rush_hours_stand_out() -> None:
    """Morning, lunch and the time after work have several sales in some minutes; the hours between them are quiet."""
    minutes = Counter(row[0][11:] for row in rows_of(day_file()))
    hours = Counter(row[0][11:13] for row in rows_of(day_file()))

    assert min(hours["08"], hours["12"], hours["17"]) > 2 * max(hours["10"], hours["15"])
    assert sum(count >= 3 for count in minutes.values()) > 20


def test_days_are_like_real_days() -> None:
    """Customers come back the next day, some buy an item twice, and some pay in cash."""
    today = list(generate_day(STORE, DAY, sales=300, seed=1))
    tomorrow = list(generate_day(STORE, DAY + timedelta(days=1), sales=300, seed=1))

    assert {sale.customer for sale in today} & {sale.customer for sale in tomorrow}
    assert any(len(set(sale.items)) < len(sale.items) for sale in today)
    assert {len(sale.items) for sale in today} == {1, 2, 3, 4, 5, 6}
    assert 150 < sum(bool(sale.card) for sale in today) < 270


def test_menus_differ_by_store_and_share_the_staples() -> None:
    menus = [frozenset(item.text.rsplit(" - ", 1)[0] for item in menu_of(store).items) for store in STORES]

    assert len(set(menus)) > len(STORES) / 2
    assert "Large Flat white" in frozenset.intersection(*menus)


@given(
    store=st.sampled_from(STORES),
    day=st.dates(),
    sales=st.integers(1, 60),
    seed=st.integers(),
    two_decimals=st.booleans(),
)
def test_any_day_reads_back_in_order_of_time(
    *, store: str, day: date, sales: int, seed: int, two_decimals: bool
) -> None:
    text = to_csv(store, generate_day(store, day, sales=sales, seed=seed), two_decimals=two_decimals)
    rows = rows_of(text)
    times = [datetime.strptime(row[0], "%d/%m/%Y %H:%M") for row in rows]  # noqa: DTZ007 - a store's local time

    assert len(rows) == sales
    assert times == sorted(times)
    assert {sold_at.date() for sold_at in times} == {day}
    assert all(Decimal(row[4]) == sum(prices(row[3])) for row in rows)


def test_a_file_is_named_for_store_day_and_opening_hour() -> None:
    """Names are in lower case, with underscores for spaces; hyphens stay."""
    name = file_name("Ferriby-on-the-Water St", date(2022, 3, 4))

    assert re.fullmatch(r"ferriby-on-the-water_st_04-03-2022_0[78]-00-00\.csv", name)


def test_days_have_about_as_many_sales_as_asked_for(tmp_path: Path) -> None:
    """Saturdays are busier than Mondays; the mean over two weeks is the number asked for."""
    generate("--output", str(tmp_path), "--stores", "3", "--days", "14", "--sales", "100")
    sizes = [len(rows_of(path.read_text(encoding="utf-8"))) for path in tmp_path.iterdir()]

    assert len(sizes) == 42
    assert len(set(sizes)) > 10
    assert 95 * 42 < sum(sizes) < 105 * 42


def test_the_command_prints_the_paths_and_may_be_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints nothing but paths, for `put`; without a terminal there is no progress bar."""
    assert generate("--output", str(tmp_path), "--sales", "5") == 0
    assert generate("--output", str(tmp_path), "--sales", "5") == 0

    printed = capsys.readouterr()
    assert len(contents(tmp_path)) == 4
    assert {Path(line) for line in printed.out.splitlines()} == set(tmp_path.iterdir())
    assert printed.err == ""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--sales", "0"], "--sales"),
        (["--days", "-1"], "--days"),
        (["--stores", "0"], "--stores"),
        (["--stores", "1000"], "--stores"),
        (["--first-day", "14/03/2022"], "14/03/2022"),
        (["--first-day", "9999-12-30", "--days", "5"], "5 days"),
        (["--store", "../elsewhere"], "../elsewhere"),
        (["--store", ""], "--store"),
        (["--store", "Marram", "--store", "MARRAM"], "same file"),
        (["--store", "Marram", "--stores", "2"], "--stores"),
    ],
)
def test_arguments_that_make_no_sense_get_a_sentence(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code is 2, and nothing is written."""
    monkeypatch.chdir(tmp_path)

    assert generate(*arguments) == 2

    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert named in printed.err
    assert not list(tmp_path.iterdir())


def test_the_samples_are_what_their_commands_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands are those in `samples/README.md`."""
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"local generate --output samples (.+)", readme)
    for command in commands:
        generate("--output", str(tmp_path), *next(csv.reader([command], delimiter=" ")))

    assert len(contents(tmp_path)) == 3
    assert contents(tmp_path).items() < contents(SAMPLES).items()


def test_the_spoiled_sample_has_five_bad_rows() -> None:
    """They are the ones that `samples/README.md` lists; the other rows are as the generator wrote them."""
    sample = (SAMPLES / "chalk_mill_14-03-2022_07-00-00.csv").read_text(encoding="utf-8")
    generated = to_csv("Chalk Mill", generate_day("Chalk Mill", DAY, sales=20, seed=1)).splitlines()
    differing = [number for number, line in enumerate(sample.splitlines(), 1) if line not in generated]

    assert differing == [3, 7, 9, 14, 17]
