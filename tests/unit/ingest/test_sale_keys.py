"""Sale keys: which sales have the same one, and which do not."""

import numpy as np

from tests.support.staged_parts import stage

ROW = '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - Mint - 1.20",3.65,CARD,1\n'


def keys(*rows: str) -> list[int]:
    """Return the keys of a file's sales."""
    return stage("".join(rows).encode()).keys


def test_a_sale_has_the_same_key_in_another_file() -> None:
    """Neither the sales before it, nor its spelling, nor the order of its items matters."""
    same_sale = '25/08/2021 09:00,Leeds, jo  BLOGGS,"Tea - Mint - 1.2, Large Latte - 2.450",3.650,card,\n'

    assert keys(ROW.replace("Jo", "Al"), same_sale)[1:] == keys(ROW)


def test_a_different_sale_has_a_different_key() -> None:
    """Sales differ by customer, payment, an item's name, size, flavour or price, or a second equal item."""
    changes = [("Jo", "Jon"), ("CARD", "CASH"), ("Latte", "Mocha"), ("Large", "Regular"), ("Mint", "Rose")]
    changes += [("Large Latte - 2.45, Tea - Mint - 1.20", "Large Latte - 2.35, Tea - Mint - 1.30")]
    rows = [ROW, *(ROW.replace(old, new) for old, new in changes)]
    rows.append(ROW.replace("1.20", "1.20, Tea - Mint - 0.00"))
    rows.append(ROW.replace("1.20", "1.20, Tea - Mint - 0.00, Tea - Mint - 0.00"))

    assert len(set(keys(*rows))) == len(rows)


def test_store_and_time_are_compared_beside_the_key() -> None:
    """Both are columns of their own, so that the keys leave them out. A customer of another store is another one."""
    staged = stage((ROW + ROW.replace("09:00", "09:01") + ROW.replace("Leeds", "York")).encode())

    assert len(set(staged.visit_keys)) == 1
    assert (staged.keys[0] == staged.keys[1], staged.keys[0] == staged.keys[2]) == (True, False)


def test_equal_sales_of_a_file_have_different_keys() -> None:
    """The first, second and third of equal sales have the same three keys in every file, whatever stands between."""
    twice = keys(ROW, ROW.replace("Jo", "Al"), ROW)

    assert len(set(twice)) == 3
    assert keys(ROW, ROW, ROW)[:2] == [twice[0], twice[2]]


def test_keys_fit_a_bigint_and_do_not_collide() -> None:
    """Among these 100,000 sales of one minute, many differ in one item alone."""
    rows = [
        f"25/08/2021 09:00,Leeds,Customer {number % 1000},Cup {number // 1000} - 1.00,1,CASH,\n"
        for number in range(100_000)
    ]
    all_keys = np.array(keys(*rows), dtype=object)

    assert len(set(all_keys)) == len(rows)
    assert (-(2**63) <= all_keys.min() < 0, 0 < all_keys.max() < 2**63) == (True, True)
