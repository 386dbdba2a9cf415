"""Names of customers in the column of stores: such a file is refused, and nothing of it is staged."""

import pytest

from tests.support.staged_parts import Staged, stage

KEY = "25-08-2021_till.csv"


def staged(*pairs: tuple[str, str], object_key: str = KEY) -> Staged:
    """Stage a sale for each pair of store and customer."""
    rows = [
        f"25/08/2021 09:{minute % 60:02},{store},{customer},Tea - 1.45,1.45,CARD,\n"
        for minute, (store, customer) in enumerate(pairs)
    ]
    return stage("".join(rows).encode(), object_key=object_key)


def people(number: int) -> list[str]:
    """Return different names."""
    return [f"Person {chr(65 + place)} Ash" for place in range(number)]


def test_more_stores_than_customers_are_a_mistake() -> None:
    refused = staged(*((name, "Leeds") for name in people(20)))

    assert (refused.reason, refused.sales) == ("swapped", [])
    assert "Person" not in refused.text + refused.request.sentence


def test_a_few_sales_may_be_of_more_stores_than_customers() -> None:
    assert staged(*((f"Shop {name}", "Jo Bloggs") for name in people(19))).reason == ""


def test_as_many_stores_as_customers_are_no_mistake() -> None:
    pairs = [(f"Shop {name}", customer) for name, customer in zip(people(20), people(20), strict=True)]

    assert staged(*pairs).reason == ""


def test_sales_without_a_name_prove_nothing() -> None:
    """An export of all stores, without the customers."""
    assert staged(*((f"Shop {name}", " ") for name in people(26))).reason == ""


@pytest.mark.parametrize("customer", ["Leeds", "LEEDS", " leeds "])
def test_a_customer_who_is_the_store_of_the_files_name_is_a_mistake(customer: str) -> None:
    assert (
        staged(("Ann Ash", customer), ("Bob Ash", customer), object_key="leeds_25-08-2021.csv").reason
        == "swapped"
    )


def test_a_customer_may_be_called_like_a_store_among_others() -> None:
    assert staged(("Leeds", "Leeds"), ("Leeds", "Bob Ash"), object_key="leeds_25-08-2021.csv").reason == ""


@pytest.mark.parametrize("letter", ["\u3164", "\u2800", "\u200b", "\u034f", "\uffa0", "\u202e"])
def test_letters_that_show_nothing_are_refused(letter: str) -> None:
    """Otherwise two names would look the same."""
    rows = staged((f"Leeds{letter}", "Jo"), ("Leeds", "Jo"))

    assert (rows.store_keys, list(rows.reasons.values())) == (["leeds"], ["bad_store"])


@pytest.mark.parametrize("store", ["L\u0435eds", "Leed\u0455", "\u039beeds"])
def test_letters_of_two_scripts_in_a_word_are_refused(store: str) -> None:
    assert staged((store, "Jo"), ("Leeds", "Jo")).reasons == {1: "bad_store"}


def test_marks_that_ask_for_a_picture_are_left_out() -> None:
    rows = staged(("Leeds\ufe0f", "Jo"), ("Leeds", "Jo"))

    assert [row[2] for row in rows.sales] == ["Leeds"] * 2


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
def test_a_store_that_begins_like_a_formula_is_refused(sign: str) -> None:
    assert staged((f"{sign}1", "Jo"), ("Leeds", "Jo")).reasons == {1: "formula"}
