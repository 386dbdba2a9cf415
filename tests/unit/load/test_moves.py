"""Remarks on sales that a load moves: what the ledger says of them, and what a notice must say."""

from datetime import date

import pytest

from chalicelib.load.moves import KEPT_ASIDE, NOWHERE, STAGED, TRANSACTIONS, Move, Remarks, remarks

DAY = date(2022, 3, 12)


def move(  # noqa: PLR0913 - a move has all of these
    file_id: int,
    before: str,
    after: str,
    *,
    sales: int = 40,
    taken_over_by: int | None = None,
    was_taken_over_by: int | None = None,
    days: tuple[date, date] = (DAY, DAY),
    stores: tuple[str, str] = ("Leeds", "Leeds"),
    object_key: str | None = None,
) -> Move:
    """Return a move of Leeds' sales."""
    return Move(
        file_id,
        before,
        after,
        taken_over_by,
        was_taken_over_by,
        sales,
        file_id * 10**9 + 1,
        file_id * 10**9 + sales,
        *days,
        *stores,
        object_key,
        "Leeds",
    )


def remarks_of(
    *moves: Move,
    store: str = "Leeds",
    keys: dict[int, str] | None = None,
    successors: dict[int, int] | None = None,
) -> Remarks:
    """Return the remarks on file 9, which a batch loads."""
    return remarks(moves, {9: "new.csv"} | (keys or {}), {9: store, 8: store}, successors or {})[9]


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        ({}, "It replaces 40 sales of 12/03/2022, Leeds, which no longer count."),
        ({"sales": 1}, "It replaces 1 sale of 12/03/2022, Leeds, which no longer counts."),
        (
            {"days": (DAY, date(2022, 3, 14)), "stores": ("Leeds", "York"), "sales": 1200},
            "It replaces 1,200 sales of 12/03/2022 to 14/03/2022, 2 stores, which no longer count.",
        ),
    ],
)
def test_sales_that_count_no_more_are_noticed(lost: dict[str, object], sentence: str) -> None:
    remark = remarks_of(move(3, TRANSACTIONS, NOWHERE, **lost), successors={3: 9})  # type: ignore[arg-type]

    assert remark == Remarks([sentence], [sentence])


def test_sales_that_are_stated_again_are_told_and_not_noticed() -> None:
    remark = remarks_of(move(3, TRANSACTIONS, NOWHERE, taken_over_by=9), successors={3: 9})

    assert remark == Remarks(
        ["It replaces 40 sales of an earlier version that it, or another file, states again."], []
    )


@pytest.mark.parametrize(("store", "is_noticed"), [("Leeds", False), ("York", True), ("", True)])
def test_sales_of_another_stores_file_are_noticed(store: str, is_noticed: bool) -> None:  # noqa: FBT001 - of the test
    sentence = "It counts 40 sales of old.csv as its own now."
    remark = remarks_of(move(3, TRANSACTIONS, KEPT_ASIDE, taken_over_by=9, object_key="old.csv"), store=store)

    assert remark == Remarks([sentence], [sentence] if is_noticed else [])


def test_of_several_files_one_is_named() -> None:
    moves = [
        move(number, TRANSACTIONS, KEPT_ASIDE, sales=20, taken_over_by=9, object_key=key)
        for number, key in ((3, "b.csv"), (4, "a.csv"))
    ]

    assert remarks_of(*moves).all == ["It counts 40 sales of 2 files, one of them a.csv, as its own now."]


def test_a_files_own_sales_may_count_under_another() -> None:
    remark = remarks_of(move(9, STAGED, KEPT_ASIDE, sales=1, taken_over_by=8), keys={8: "newer.csv"})

    assert remark == Remarks(["1 of its sales counts under newer.csv instead."], [])


def test_sales_that_come_back_are_told_by_the_file_that_brings_them_back() -> None:
    """A correction does not state them any more, so that another file's count again."""
    back = move(4, KEPT_ASIDE, TRANSACTIONS, was_taken_over_by=3, object_key="week.csv")

    assert remarks_of(back, successors={3: 9}).all == ["40 sales of week.csv count again."]


def test_sentences_stand_in_one_order() -> None:
    moves = (
        move(4, KEPT_ASIDE, TRANSACTIONS, was_taken_over_by=3, object_key="week.csv"),
        move(3, TRANSACTIONS, NOWHERE),
    )

    assert [text.split()[0] for text in remarks_of(*moves, successors={3: 9}).all] == ["It", "40"]


def test_moves_that_no_new_file_causes_have_no_remark() -> None:
    """Somebody withdrew the file: the command says what that did."""
    assert remarks([move(3, TRANSACTIONS, NOWHERE)], {9: "new.csv"}, {9: "Leeds"}, {}) == {}
