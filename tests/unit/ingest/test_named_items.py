"""A customer's name in an item is not published as a product; words of the menu are not taken for a name."""

import pytest

from chalicelib.ingest import named_items
from tests.support.staged_parts import Staged, stage_each_way

CANARY = "Zebediah Quartzmane"


def staged(*sales: tuple[str, str]) -> Staged:
    """Stage a sale of one item for each customer and item."""
    lines = (f'25/08/2021 09:00,Leeds,{name},"{item} - 1.45",1.45,CASH,\n' for name, item in sales)
    return stage_each_way("".join(lines).encode())


@pytest.mark.parametrize(
    "item",
    [
        f"Latte for {CANARY}",
        f"Latte - {CANARY}",
        f"({CANARY.upper()}) Latte",
        "Large Tea - 1.45, zebediah quartzmane's latte",
    ],
)
def test_a_row_whose_item_has_the_customers_name_is_rejected(item: str) -> None:
    """The other rows load, and nothing of the name leaves `ingest`."""
    day = staged(("Ann Ash", "Latte"), (CANARY, item), (f" {CANARY} ", "Tea"))

    assert day.reasons == {2: "bad_product"}
    assert len(day.sales) == 2
    assert "quartzmane" not in f"{day.text} {day.request.to_json()}".casefold()


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("Hazel", "Latte - Hazel"),
        ("Jo Li", "Banjo Lime"),
        ("Uber Eats", "Uber Eats Fee"),
        ("Table 5", "Table 5 Cover"),
        ("Jo Bloggs", "Bloggs Jo"),
        ("", "Latte"),
    ],
)
def test_words_that_prove_nothing_cost_no_row(name: str, item: str) -> None:
    assert (staged((name, item)).reasons, staged((name, item)).reason) == ({}, "")


def test_what_others_buy_as_well_is_a_product() -> None:
    """Two other customers have to: one more may just have been in the wrong row."""
    earl, *others = ("Earl Grey", "Earl Grey Tea"), ("Ann Ash", "Earl Grey Tea"), ("Bob Ash", "Earl Grey Tea")

    assert staged(earl, *others).reasons == {}
    assert staged(earl, others[0], ("", "Earl Grey Tea")).reasons == {1: "bad_product"}


def test_so_many_names_in_items_are_not_all_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time would grow with the square of the file's size."""
    monkeypatch.setattr(named_items, "MOST_NAMES", 2)
    monkeypatch.setattr(named_items, "_is_product", lambda *_: pytest.fail("it was looked up"))
    names = [f"{letter} Quartzmane" for letter in "ABC"]

    assert named_items.named_items(names, [f"Tea for {name} - 1.45" for name in names]) == [0, 1, 2]
