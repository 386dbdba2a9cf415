"""Columns separated by semicolons, tabs or bars, amounts with decimal commas, and text in UTF-16."""

import pytest

from chalicelib.reading import csv_blocks, unpacking
from chalicelib.reading.decimal_commas import amount_with_point, basket_with_points
from tests.support import dialects
from tests.support.dialects import IN_UTF_16
from tests.support.staged_parts import Staged, stage, stage_each_way

COMMAS = '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,\n'
SEMICOLONS = '25/08/2021 09:05;Leeds;Ann Lee;"Large Latte - 2,45; Tea - 1,20";3,65;CASH;\n'
TABS = "25/08/2021 09:05\tLeeds\tAnn Lee\tLarge Latte - 2.45, Tea - 1.20\t3.65\tCASH\t\n"
HEADER = "date;location;customer_name;products;total;payment_type;card_number\n"


def totals(staged: Staged) -> list[str]:
    """Return the totals of the sales."""
    return [row[5] for row in staged.sales]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SEMICOLONS, "columns separated by semicolons, decimal commas; UTF-8;"),
        (
            SEMICOLONS.replace(";", "|").replace("| Tea", ", Tea"),
            "columns separated by bars, decimal commas;",
        ),
        (TABS, "columns separated by tabs; UTF-8;"),
        (HEADER, "columns separated by semicolons; UTF-8;"),
        (f"{HEADER}{SEMICOLONS}", "columns separated by semicolons, decimal commas; UTF-8;"),
    ],
)
def test_reading_says_what_separates_the_columns(content: str, words: str) -> None:
    staged = stage_each_way(content.encode())

    assert (staged.reason, staged.rejections) == ("", [])
    assert words in staged.request.reading


@pytest.mark.parametrize(
    "content",
    [
        COMMAS,
        COMMAS.replace("2.45, ", "2.45; "),
        COMMAS.replace("Large Latte - 2.45, Tea - 1.20", "Large;Latte;2.45;;Tea;1.20"),
        COMMAS.replace("2.45, Tea - 1.20", "0.45; A - 1; B - 1; C - 1; D - 0.20;"),
        COMMAS.replace("2.45, ", "2.45|"),
        COMMAS.replace("Jo Bloggs", "Jo;Bloggs;\t|"),
        COMMAS.replace(",CARD,", ",CARD,;;;|||\t\t\t"),
        COMMAS.replace("25/08/2021 09:00", '"25/08/2021, 09:00"'),
    ],
)
def test_a_file_with_commas_may_have_the_other_signs_in_it(content: str) -> None:
    staged = stage_each_way((content * 3).encode())

    assert (staged.rejections, totals(staged)) == ([], ["3.65"] * 3)
    assert "separated" not in staged.request.reading


@pytest.mark.parametrize("other", [SEMICOLONS, TABS, SEMICOLONS.replace(";", "|")])
@pytest.mark.parametrize("place", range(4))
def test_the_head_of_a_mixed_file_decides_and_other_rows_are_rejected_alone(other: str, place: int) -> None:
    mostly_commas, mostly_other = [COMMAS] * 3, [other] * 3
    mostly_commas.insert(place, other)
    mostly_other.insert(place, COMMAS)

    for lines in (mostly_commas, mostly_other):
        staged = stage_each_way("".join(lines).encode())

        assert staged.reasons == {place + 1: "wrong_columns"}
        assert len(staged.sales) == 3


@pytest.mark.parametrize(
    ("separator", "content"), [(",", COMMAS), (";", SEMICOLONS), ("\t", TABS), (";", HEADER + SEMICOLONS)]
)
def test_the_line_for_excel_that_names_the_separator_is_no_row(separator: str, content: str) -> None:
    staged = stage_each_way(f"sep={separator}\n{content}".encode())

    assert (staged.reason, staged.rejections, totals(staged)) == ("", [], ["3.65"])
    assert staged.sales[0][0] == str(1 + len(content.splitlines())), "the line keeps its number"


def test_headers_may_move_the_columns_among_semicolons() -> None:
    moved = "location;date;customer_name;products;total;payment_type;card_number\n"
    sale = SEMICOLONS.replace("25/08/2021 09:05;Leeds", "Leeds;25/08/2021 09:05")

    staged = stage_each_way(f"Sales of Leeds\n{HEADER}{SEMICOLONS}{moved}{sale}".encode())

    assert staged.reasons == {1: "wrong_columns"}
    assert totals(staged) == ["3.65"] * 2


def test_a_basket_of_triples_may_have_semicolons() -> None:
    """An empty size counts, too."""
    basket = "Large;Latte;2,45;;Tea;1,20"

    staged = stage_each_way(SEMICOLONS.replace("Large Latte - 2,45; Tea - 1,20", basket).encode())

    assert [row[2:] for row in staged.items] == [
        ["Latte", "Large", "", "2.45"],
        ["Tea", "", "", "1.20"],
    ]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        *(("4,60", "4.60"), ("4,6", "4.6"), (",70", ".70"), ("2,", "2."), ("4.60", "4.60"), ("5", "5")),
        *(("1.003,90", "1003.90"), ("1,003.90", "1,003.90"), ("1.500", "1500"), ("1 003,90", "1003.90")),
        *(("1.003.900,00", "1003900.00"), ("1\u202f003,90", "1003.90"), ("1.00,90", "1.00,90")),
        *(("£4,60", "£4.60"), ("GBP 4,60", "GBP 4.60"), ("4,60 GBP", "4.60 GBP"), ("-4,60", "-4.60")),
        *(("4,6000000000000005", "4.6000000000000005"), ("44280,375", "44280.375"), ("0,375", "0.375")),
        *(("5,49417E+15", "5.49417E+15"), ("25.08.21", "25.08.21"), ("CARD", "CARD"), ("", ""), (",", ",")),
        *(("4,60,50", "4,60,50"), ("4,6,", "4,6,"), ("1 2 3,00", "1 2 3,00")),
    ],
)
def test_an_amount_gets_a_decimal_point(amount: str, expected: str) -> None:
    assert amount_with_point(amount) == expected


@pytest.mark.parametrize(
    ("basket", "expected"),
    [
        ("Regular Latte - 2,15", "Regular Latte - 2.15"),
        ("Latte - 2,15, Tea - 1,2", "Latte - 2.15, Tea - 1.2"),
        ("Latte - 2,15,Tea - 1,20", "Latte - 2.15,Tea - 1.20"),
        (
            "Latte - 2,15; Tea - 1,20\nCookie - ,70|Cake - 3",
            "Latte - 2.15; Tea - 1.20\nCookie - .70|Cake - 3",
        ),
        ("Latte - 2,7 Seeds Loaf - 1,20", "Latte - 2,7 Seeds Loaf - 1.20"),
        ("Latte - 2,15,7 Seeds Loaf - 1,20", "Latte - 2.15,7 Seeds Loaf - 1.20"),
        ("Latte - 2.15, Tea - 1.20", "Latte - 2.15, Tea - 1.20"),
        ("Cake - 1.003,90, Tea - 1.000", "Cake - 1003.90, Tea - 1000"),
        ("Latte - GBP 2,15, Tea - £1,20, Bun - 1,10 GBP", "Latte - GBP 2.15, Tea - £1.20, Bun - 1.10 GBP"),
        ("['Latte - 2,15', 'Tea - 1,20']", "['Latte - 2.15', 'Tea - 1.20']"),
        ("Large,Latte,2,45,,Tea,1,2", "Large,Latte,2.45,,Tea,1.2"),
        ("Large,Latte,2,,Tea,1,Large,Mocha,3,05", "Large,Latte,2,,Tea,1,Large,Mocha,3.05"),
        ("Frappes - Strawberries, Bananas & Cream - 2,75", "Frappes - Strawberries, Bananas & Cream - 2.75"),
    ],
)
def test_the_prices_of_a_basket_get_decimal_points(basket: str, expected: str) -> None:
    assert basket_with_points(basket) == expected


@pytest.mark.parametrize(
    ("total", "basket", "expected"),
    [
        ("1.003,90", "Cake - 1.003,90", "1003.90"),
        ("1.003,90", "Cake - 1.000, Tea - 3,90", "1003.90"),
        ("1003,9", "Cake - 1003.90", "1003.90"),
        ("£1.003,90", "Cake - £1.003,90", "1003.90"),
        ("1,5", "Cake - 1,500", "1.50"),
    ],
)
def test_decimal_commas_are_read_to_the_penny(total: str, basket: str, expected: str) -> None:
    line = f"25/08/2021 09:10;Leeds;Jo Bloggs;{basket};{total};CASH;\n"

    staged = stage_each_way(f"{SEMICOLONS}{line}".encode())

    assert totals(staged) == ["3.65", expected]


def test_without_decimal_commas_a_comma_sets_off_thousands() -> None:
    """The head shows decimal points, so that `3,65` is no amount: its row is rejected alone."""
    thousand = TABS.replace("3.65", "1,003.90").replace("1.20", "1001.45")
    comma = TABS.replace("3.65", "3,65")

    staged = stage_each_way(f"{TABS}{thousand}{comma}{TABS}".encode())

    assert totals(staged) == ["3.65", "1003.90", "3.65"]
    assert staged.reasons == {3: "bad_total"}


def test_the_items_show_decimal_commas_if_no_total_does() -> None:
    line = '25/08/2021 09:05;Leeds;Ann Lee;"Latte - 2,45, Tea - 0,55";3;CASH;\n'

    assert totals(stage_each_way(line.encode())) == ["3.00"]


def test_a_refund_with_a_decimal_comma_is_called_one() -> None:
    staged = stage_each_way((SEMICOLONS + SEMICOLONS.replace("3,65", "-3,65")).encode())

    assert [sentence for *_, sentence in staged.rejections] == [
        "The total is negative: refunds are not loaded."
    ]


def test_a_name_keeps_its_comma() -> None:
    """A name that looks like an amount gets no point: the hash is that of the name as it stands."""
    named = SEMICOLONS.replace("Ann Lee", "Room 4,5")

    staged = stage_each_way(f"{SEMICOLONS}{named}".encode())
    plain = stage(COMMAS.replace("Jo Bloggs", '"Room 4,5"').encode())

    assert staged.sales[1][3] == plain.sales[0][3]


@pytest.mark.parametrize("days", ["44433,375", "44433.375"])
def test_a_serial_number_may_have_a_decimal_comma(days: str) -> None:
    staged = stage_each_way(SEMICOLONS.replace("25/08/2021 09:05", days).encode())

    assert [row[1] for row in staged.sales] == ["2021-08-25 09:00:00"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_lost_quotation_mark_costs_its_own_line(separator: str) -> None:
    good = COMMAS.replace(", Tea", "; Tea").replace(",", separator)
    lost = good.replace("Leeds", '"Leeds')

    staged = stage_each_way((good + lost + good).encode())

    assert list(staged.reasons) == [2]
    assert len(staged.sales) == 2


@pytest.mark.parametrize("dialect", [*IN_UTF_16, "tabs", "semicolons_and_decimal_commas", "bars"])
@pytest.mark.parametrize("size", [7, 64, 1000])
def test_small_blocks_give_the_same_sales(dialect: str, size: int) -> None:
    """A block may end within a character, or within quotes."""
    content = (dialects.DIALECTS | IN_UTF_16)[dialect](dialects.day(4))
    whole = stage(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "BLOCK_BYTES", size)
        patch.setattr(unpacking, "BLOCK_BYTES", size)
        patch.setattr(csv_blocks, "SMALL_BYTES", 0)
        cut = stage(content)

    assert whole.sales
    assert (cut.sales, cut.items, cut.request.reading) == (whole.sales, whole.items, whole.request.reading)


def test_lines_in_utf_16_are_numbered_as_in_an_editor() -> None:
    """A sign whose half is a byte of a line feed ends no line."""
    text = TABS.replace("Ann Lee", '"Ann\nĊ Lee"') + "soon\n" + TABS

    staged = stage_each_way(("\ufeff" + text).encode("utf-16-le"))

    assert ([row[0] for row in staged.sales], list(staged.reasons)) == (["1", "4"], [3])
