"""When a sale is the same sale."""

import numpy as np

from tests.support.staged_parts import stage

ROW = '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - Mint - 1.20",3.65,CARD,1\n'


def keys(*rows: str) -> list[int]:
    """Return the keys of a file's sales."""
    return stage("".join(rows).encode()).keys


def test_a_sale_has_the_same_key_in_another_file() -> None:
    """Whatever stands before it, however it is written, and in whatever order its items stand."""
    other = '25/08/2021 09:00,Leeds, jo  BLOGGS,"Tea - Mint - 1.2, Large Latte - 2.450",3.650,card,\n'

    assert keys(ROW.replace("Jo", "Al"), other)[1:] == keys(ROW)


def test_whatever_makes_it_another_sale_makes_another_key() -> None:
    """Customer, payment, an item's name, size, flavour or price; a second equal item."""
    changes = [("Jo", "Jon"), ("CARD", "CASH"), ("Latte", "Mocha"), ("Large", "Regular"), ("Mint", "Rose")]
    changes += [("Large Latte - 2.45, Tea - Mint - 1.20", "Large Latte - 2.35, Tea - Mint - 1.30")]
    rows = [ROW, *(ROW.replace(old, new) for old, new in changes)]
    rows.append(ROW.replace("1.20", "1.20, Tea - Mint - 0.00"))
    rows.append(ROW.replace("1.20", "1.20, Tea - Mint - 0.00, Tea - Mint - 0.00"))

    assert len(set(keys(*rows))) == len(rows)


def test_store_and_time_are_compared_beside_the_key() -> None:
    """They are columns of their own."""
    assert len(set(keys(ROW, ROW.replace("09:00", "09:01"), ROW.replace("Leeds", "York")))) == 1


def test_equal_sales_of_a_file_are_several() -> None:
    """They are told apart by their occurrence, the same way in every file, across chunks and among others."""
    twice = keys(ROW, ROW.replace("Jo", "Al"), ROW)

    assert len(set(twice)) == 3
    assert keys(ROW, ROW, ROW)[:2] == [twice[0], twice[2]]


def test_keys_fit_a_bigint_and_do_not_collide() -> None:
    """100,000 sales of one minute, of which many differ in one item alone."""
    rows = [
        f"25/08/2021 09:00,Leeds,Customer {number % 1000},Cup {number // 1000} - 1.00,1,CASH,\n"
        for number in range(100_000)
    ]
    found = np.array(keys(*rows), dtype=object)

    assert len(set(found)) == len(rows)
    assert (-(2**63) <= found.min() < 0, 0 < found.max() < 2**63) == (True, True)
