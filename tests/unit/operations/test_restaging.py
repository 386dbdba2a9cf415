"""An archive copy that is staged again makes the same parts as its file: sales, items and rejected rows."""

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import DamagedPartError
from chalicelib.ingest.staging import Staging
from chalicelib.operations import restaging
from tests.support import dialects, staged_parts
from tests.support.pipeline import csv_of

NAMES = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12)
AMOUNTS = st.decimals(0, 999, places=2).map(str)


@st.composite
def rows(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw a row that may well be rejected."""
    price = draw(AMOUNTS)
    flavour = draw(st.sampled_from(["", " - Hazelnut", " - A, B"]))
    basket = f"{draw(st.sampled_from(['Large ', '']))}{draw(NAMES)}{flavour} - {price}"
    minute, total = draw(st.integers(0, 3)), draw(st.sampled_from([price, "1.00", "none"]))
    store = draw(st.sampled_from(["Leeds", "York, Micklegate", 'The "Mill"', ""]))
    return f"25/08/2021 09:{minute:02}", store, draw(NAMES), basket, total, "CARD", ""


def restaged(text: str) -> dict[str, str]:
    """Return the parts that are made from a copy."""
    with Staging(staged_parts.INGEST_ID, staged_parts.KEY) as staging:
        restaging.restage(io.StringIO(text, newline=""), staging)
        return {name: gzip.decompress(staging.packed(name).read()).decode() for name in staging.parts}


@settings(deadline=None)  # a busy machine is no fault of the parts
@given(st.lists(rows(), max_size=8))
def test_a_copy_makes_the_same_parts_byte_by_byte(drawn: list[tuple[str, ...]]) -> None:
    """The copy itself is one of them. Some rows are in the file twice."""
    staged = staged_parts.stage(csv_of(*drawn, *drawn[:2]))

    assert restaged(staged.texts["archive"]) == staged.texts


@pytest.mark.parametrize("dialect", sorted(dialects.DIALECTS))
def test_a_copy_of_a_file_in_any_format_makes_the_same_sales(dialect: str) -> None:
    """The copy has each item for itself, in the base format, however the file wrote it."""
    staged = staged_parts.stage(dialects.DIALECTS[dialect](dialects.day(7)))
    texts = restaged(staged.texts["archive"])

    assert staged.sales
    assert (texts["archive"], texts["sales"]) == (staged.texts["archive"], staged.texts["sales"])


def test_a_copy_whose_products_look_like_counts_is_read_as_it_was_written() -> None:
    """Copies of older releases have such names; they may not change what a replay loads."""
    header = staged_parts.stage(csv_of()).texts["archive"]
    names = ("2x Latte", "Latte x2", "Latte; Tea", "Latte \N{EN DASH} Mint", "['Latte'", "Latte - .70 Cookie")
    basket = ", ".join(f"{name} - 2.00" for name in names)
    copy = f'{header}1,2021-08-25 09:00:00,Leeds,{"0f" * 32},OTHER,12.00,"{basket}",,,\n'

    assert restaged(copy)["archive"] == copy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "HEADER1,2021-08-25 09:00:00,Leeds,0f,CARD,many,Tea - 1.00,,,\n",
        "HEADER1,2021-08-25 09:00:00,Leeds,0f,CARD,2.00,Tea - 1.00,,,\n",
        "HEADER1,2021-08-25 09:00:00,Leeds,0f,CARD,1.00,Tea,,,\n",
        'HEADER1,"2021-08-25\n',
    ],
)
def test_the_error_about_a_text_that_is_no_copy_does_not_quote_it(text: str) -> None:
    """The text may be anything."""
    header = staged_parts.stage(csv_of()).texts["archive"]
    with pytest.raises(DamagedPartError, match=r"^An archive copy [^:]*$") as caught:
        restaged(text.replace("HEADER", header))

    assert caught.value.__cause__ is None
