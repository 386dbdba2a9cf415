"""What is left of a customer."""

import hashlib
import hmac
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ingest import customers

KEY = bytes(range(32))


@settings(max_examples=200, deadline=None, database=None)
@given(name=st.text(max_size=200), key=st.binary(min_size=32, max_size=32))
def test_a_hash_is_the_standard_hmac(name: str, key: bytes) -> None:
    """By the standard library's own."""
    name = name.encode("utf-8", "replace").decode()
    [found] = customers.customer_hashes([name], key)

    assert found == hmac.new(key, customers.normalise(name).encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "other", ["zoë ÅNGSTRÖM", " Zoë\t Ångström ", unicodedata.normalize("NFD", "Zoë Ångström")]
)
def test_spellings_of_a_name_are_one_customer(other: str) -> None:
    """Case, spaces and how letters are composed aside."""
    assert len(set(customers.customer_hashes(["Zoë Ångström", other], KEY))) == 1


def test_names_and_keys_are_told_apart() -> None:
    """Another name or another key is another hash; a key's id is neither the key nor a bare digest of it."""
    hashes = customers.customer_hashes(["Jo", "Jon"], KEY) + customers.customer_hashes(["Jo"], bytes(32))
    ids = {customers.key_id(KEY), customers.key_id(bytes(32))}

    assert (len(set(hashes)), len(ids)) == (3, 2)
    assert customers.key_id(KEY) not in KEY.hex()
    assert not hashlib.sha256(KEY).hexdigest().startswith(customers.key_id(KEY))
