"""Sale keys: which sales have the same one, and which do not."""

import hashlib
import hmac

import numpy as np
import pytest

from tests.support.sip_hash import mixed, sip_hash
from tests.support.staged_parts import KEY, stage

ROW = '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - Mint - 1.20",3.65,CARD,1\n'


def keys(*rows: str) -> list[int]:
    """Return the keys of a file's sales."""
    return stage("".join(rows).encode()).keys


def kind_key(kind: str) -> bytes:
    """Return the key of a kind of digest."""
    return hmac.new(KEY, f"cafe-etl sale keys, scheme 2: {kind}".encode(), hashlib.sha256).digest()


def digest(kind: str, text: str) -> int:
    """Return the digest of a part of a sale."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=kind_key(kind)).digest(), "big")


def key_of(*parts: int) -> int:
    """Return the key of the digests of a sale's parts."""
    sum_key = bytes(byte & 0x7F for byte in kind_key("sum")[:16])
    digested = mixed(sip_hash(sum_key, (sum(parts) % 2**64).to_bytes(8, "little")))
    return digested - 2**64 if digested >= 2**63 else digested


def test_the_oracle_is_siphash() -> None:
    """The example of its authors."""
    assert sip_hash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


@pytest.mark.parametrize("customer", ["Jo Bloggs", ""])
def test_the_keys_are_what_the_data_dictionary_says(customer: str) -> None:
    """An independent computation of both keys, of a sale that the file has twice."""
    row = ROW.replace("Jo Bloggs", customer)
    customer_hash = (
        hmac.new(KEY, b"leeds\njo bloggs", hashlib.sha256).digest() if customer else kind_key("nameless")
    )
    visit = [digest("payment", "CARD"), digest("total", "365")]
    visit += [digest("item", "Large Latte - 2.45"), digest("item", "Tea - Mint - 1.20")]
    sale = [*visit, int.from_bytes(customer_hash[:8], "big")]

    staged = stage((row * 2).encode())

    assert staged.visit_keys == [key_of(*visit)] * 2
    assert staged.keys == [key_of(*sale), key_of(*sale, digest("occurrence", "1"))]


def test_nobody_can_compute_a_key_without_the_hash_key() -> None:
    mine, theirs = (stage(ROW.encode(), key=key) for key in (KEY, bytes(32)))

    assert not {*mine.keys, *mine.visit_keys} & {*theirs.keys, *theirs.visit_keys}


def test_the_total_counts_beside_the_items() -> None:
    """Digests of prices that change places would have the same sum otherwise."""
    rows = [ROW, ROW.replace("2.45", "2.40").replace("3.65", "3.60")]

    assert len(set(stage("".join(rows).encode()).visit_keys)) == 2


def test_the_composition_of_a_products_letters_does_not_count() -> None:
    """`é` may be one character or two."""
    composed, decomposed = (ROW.replace("Latte", f"Caf{letter}") for letter in ("\u00e9", "e\u0301"))

    assert keys(composed) == keys(decomposed)


def test_spellings_of_a_store_in_one_file_are_one_store() -> None:
    """Its customers have one hash, so equal sales under two spellings are numbered."""
    staged = stage((ROW + ROW.replace("Leeds", " LEEDS ")).encode())

    assert staged.store_keys == ["leeds"] * 2
    assert len({row[3] for row in staged.sales}) == 1
    assert len(set(staged.keys)) == 2


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
