"""Files that are read and staged, compared with the oracle, a second reader that shares no code with the project."""

import csv
import io
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.reading import csv_blocks
from local.samples import generator, menu
from local.state import PROJECT
from tests.support import oracle
from tests.support.staged_parts import stage

DAY_FILES = Path(os.environ.get("CAFE_DAY_FILES", PROJECT.parent / "shared" / "data"))
GOOD = "25/08/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,2.45,CARD,5494000000000000\n"
NAMES = st.text("abcXYZ éßø'&-\".", min_size=1, max_size=12).filter(str.strip)
PRICES = ["2.45", "2.4", "2", "0.0", "2.455", "x", "-1", ".7", "GBP 2.45", "2.4500000000000002", "£4.90"]
TIMES = [
    *("25/08/2021 09:00", "1/2/2021 7:05", "31/02/2021 09:00", "soon", "25/08/21 09:00", "31/02/21 09:00"),
    *("25-Aug-2021 09:00", "25 August 2021 09:00", "31-Feb-2021 09:00", "25/08/2021, 09:00:30"),
]
BASKETS = [
    *(
        "Large Latte - {0}",
        "Large Latte \N{EN DASH} {0}",
        "Latte - Mint \N{EN DASH} {0}",
        "2x Large Latte - {0}",
    ),
    *(
        "1x Tea - 0.00; 2x Latte - {0}",
        "Tea - 0; Latte - {0}",
        "Large Latte - {0}; Tea - 1.20",
        "3x Tea - {0}",
    ),
]
PAYMENTS = ["CARD", "cash", "IOU", "Visa", "Credit card", "Gift Card"]
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def assert_read_like_the_oracle(content: bytes, text: str, separator: str = ",") -> None:
    """Stage a file and assert that sales, items and rejected lines are those that the oracle reads."""
    staged, reading = stage(content), oracle.read(text, separator)
    sales = {int(row[0]): (row[1], row[2], row[4], Decimal(row[5])) for row in staged.sales}
    items: dict[int, list[oracle.Item]] = {line: [] for line in sales}
    for line, number, product, size, flavour, price in staged.items:
        items[int(line)].append((product, size, flavour, Decimal(price)))
        assert int(number) == len(items[int(line)])
    assert (sales, items) == (reading.sales, reading.items)
    assert staged.reasons.keys() == reading.faults
    assert bool(staged.reason) == (not reading.sales)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("two_decimals", [False, True])
def test_generated_days_are_read_as_the_oracle_reads_them(
    tmp_path: Path,
    seed: int,
    two_decimals: bool,  # noqa: FBT001
) -> None:
    """Besides, no name or card is in any part."""
    [path] = generator.write_files(
        tmp_path,
        stores=menu.STORES[seed : seed + 1],
        first_day=date(2022, 3, 14),
        days=1,
        sales=200,
        seed=seed,
        two_decimals=two_decimals,
    )
    assert_read_like_the_oracle(path.read_bytes(), path.read_text())
    assert_without_secrets(path)


@pytest.mark.parametrize("path", sorted((PROJECT / "samples").glob("*2022*.csv")), ids=lambda path: path.name)
def test_samples_are_read_as_the_oracle_reads_them(path: Path) -> None:
    assert_read_like_the_oracle(path.read_bytes(), path.read_text())
    assert_without_secrets(path)


@pytest.mark.skipif(not DAY_FILES.is_dir(), reason="the real day files are not there")
def test_real_days_are_read_as_the_oracle_reads_them() -> None:
    for path in sorted(DAY_FILES.glob("*.csv")):
        assert_read_like_the_oracle(path.read_bytes(), path.read_text())
        assert_without_secrets(path)


def assert_without_secrets(path: Path) -> None:
    """Assert that no part holds a name or card of a file."""
    text, secrets = stage(path.read_bytes()).text.casefold(), oracle.read(path.read_text()).secrets
    assert secrets
    assert [secret for secret in secrets if secret.casefold() in text] == []


@st.composite
def files(draw: st.DrawFn, separator: str = ",") -> str:
    """Draw a file with good and bad rows, blank lines, quoted line breaks in names, and line ends of all kinds."""
    text = io.StringIO()
    for _ in range(draw(st.integers(1, 8))):
        end = draw(ENDS)
        if draw(st.integers(0, 5)) == 0:
            text.write(draw(st.sampled_from(["", " ", separator * 6])) + end)
            continue
        is_cut = draw(st.integers(0, 3)) == 0
        # a row of several lines and the wrong width might as well be a lost quote: each of its lines is rejected
        name = draw(NAMES) + draw(
            st.just("") if is_cut else st.sampled_from(["", "\nBloggs", " Bloggs", "\r\nBloggs"])
        )
        price = draw(st.sampled_from(PRICES))
        total = price if draw(st.booleans()) else draw(st.sampled_from(["2.45", "4.9"]))
        row = [draw(st.sampled_from(TIMES)), draw(st.sampled_from(["Leeds", "Chester le  Street", ""])), name]
        row += [draw(st.sampled_from(BASKETS)).format(price), total, draw(st.sampled_from(PAYMENTS)), ""]
        is_quoted = draw(st.booleans())
        csv.writer(
            text,
            delimiter=separator,
            lineterminator=end,
            quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL,
        ).writerow(
            row[: 5 if is_cut else draw(st.integers(6, 7))] + draw(st.sampled_from([[], [""]])) * (not is_cut)
        )
    return text.getvalue()


@settings(max_examples=150, deadline=None, database=None)
@given(text=files(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
def test_any_file_is_read_as_the_oracle_reads_it(text: str, encoding: str) -> None:
    """Every row is loaded or rejected under the line number that an editor shows; the first row is a good one."""
    assert_read_like_the_oracle((GOOD + text).encode(encoding), GOOD + text)


@settings(max_examples=150, deadline=None, database=None)
@given(
    separated=st.sampled_from(";\t|").flatmap(lambda sign: st.tuples(st.just(sign), files(sign))),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_any_file_with_another_separator_is_read_as_the_oracle_reads_it(
    separated: tuple[str, str], encoding: str
) -> None:
    separator, text = separated
    text = GOOD.replace(",", separator) + text

    assert_read_like_the_oracle(text.encode(encoding), text, separator)


@settings(max_examples=60, deadline=None, database=None)
@given(text=files(), size=st.integers(1, 300), few=st.sampled_from([0, csv_blocks.SMALL_BYTES]))
def test_a_file_gives_the_same_sales_however_it_is_cut_into_blocks(text: str, size: int, few: int) -> None:
    """A block may even end within quotes."""
    content = (GOOD + text).encode()
    with pytest.MonkeyPatch.context() as patch:
        whole = stage(content)
        patch.setattr(csv_blocks, "BLOCK_BYTES", size)
        patch.setattr(csv_blocks, "SMALL_BYTES", few)
        chunked = stage(content)

    assert (chunked.sales, chunked.items, chunked.reasons) == (whole.sales, whole.items, whole.reasons)


@pytest.mark.parametrize(
    ("price", "is_read"),
    [
        ("0", True),
        ("99999999.99", True),
        ("2.450", True),
        ("007.5", True),
        (".5", True),
        ("2.", True),
        ("4.6000000000000005", True),
        ("99999999.989999995", True),
        ("100000000", False),
        ("2.455", False),
        ("2.4500011", False),
        ("99999999.999999999", False),
    ]
    + [
        (price, False)
        for price in ("-1", "1e3", "NaN", "inf", "٣", "1_000", "1,5", "", ".", "$5", "1 .5", "9" * 5000)
    ],
)
def test_amounts_are_exact(price: str, is_read: bool) -> None:  # noqa: FBT001
    """Amounts are read to the penny, up to the largest one that the warehouse holds."""
    row = ["25/08/2021 09:00", "Leeds", "Jo", f"Latte - {price}", price, "CASH", ""]
    text = io.StringIO()
    csv.writer(text).writerow(row)
    staged = stage((GOOD + text.getvalue()).encode())

    assert len(staged.sales) == 1 + is_read
    assert not is_read or Decimal(staged.sales[1][5]) == Decimal(price).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    "total", ["-2.45", "£-2.45", "-£2.45", "(2.45)", "2.45-", "\N{MINUS SIGN}2.45", "GBP -2.45"]
)
def test_a_refund_is_rejected_as_such(total: str) -> None:
    staged = stage((GOOD + GOOD.replace(",2.45,", f",{total},")).encode())

    assert [row[-1] for row in staged.rejections] == ["The total is negative: refunds are not loaded."]


def test_pence_add_up_where_binary_fractions_do_not() -> None:
    staged = stage(GOOD.replace("Large Latte - 2.45,2.45", '"Tea - 0.1, Tea - 0.2",0.3').encode())

    assert (staged.reason, staged.prices()) == ("", Decimal("0.30"))


def test_an_open_quote_costs_its_own_line() -> None:
    """The lines up to the next quotation mark, and the rest of the file, are read as usual."""
    bad = GOOD.replace("Jo", '"Jo')
    quoted = GOOD.replace("Jo Bloggs", '"Jo\nBloggs"')

    assert stage((GOOD + bad + GOOD * 3).encode()).reasons == {2: "open_quote"}
    staged = stage((GOOD + bad + quoted + bad + GOOD * 150).encode())
    assert staged.reasons == {2: "open_quote", 5: "open_quote"}
    assert [row[0] for row in staged.sales][:3] == ["1", "3", "6"]
