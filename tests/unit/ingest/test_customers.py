"""Customers' hashes, and the ids of hash keys."""

import hashlib
import hmac
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ingest import customers

KEY = bytes(range(32))


@settings(max_examples=200, deadline=None, database=None)
@given(name=st.text(max_size=200).map("A{}".format), key=st.binary(min_size=32, max_size=32))
def test_a_hash_is_the_standard_hmac(name: str, key: bytes) -> None:
    name = name.encode("utf-8", "replace").decode()
    [customer_hash] = customers.customer_hashes(["leeds"], [name], key)

    message = f"leeds\n{customers.normalise(name)}".encode()
    assert customer_hash == hmac.new(key, message, hashlib.sha256).hexdigest()


@settings(max_examples=200, deadline=None, database=None)
@given(names=st.lists(st.text(st.sampled_from("Aß \n\t\u2003\u0301\u0345\u0390İ"), max_size=4), max_size=5))
def test_names_are_normalised_together_as_one_by_one(names: list[str]) -> None:
    assert customers.normalised(names) == list(map(customers.normalise, names))


@pytest.mark.parametrize(
    "spelling", ["zoë ÅNGSTRÖM", " Zoë\t Ångström ", unicodedata.normalize("NFD", "Zoë Ångström")]
)
def test_spellings_of_a_name_are_one_customer(spelling: str) -> None:
    """Case, spaces and the composition of letters do not count."""
    assert len(set(customers.customer_hashes(["leeds"] * 2, ["Zoë Ångström", spelling], KEY))) == 1


def test_names_and_keys_are_told_apart() -> None:
    """A different name or key gives a different hash; a key's id is neither the key nor a bare digest of it."""
    hashes = customers.customer_hashes(["leeds"] * 2, ["Jo", "Jon"], KEY)
    hashes += customers.customer_hashes(["leeds"], ["Jo"], bytes(32))
    ids = {customers.key_id(KEY), customers.key_id(bytes(32))}

    assert (len(set(hashes)), len(ids)) == (3, 2)
    assert customers.key_id(KEY) not in KEY.hex()
    assert not hashlib.sha256(KEY).hexdigest().startswith(customers.key_id(KEY))


def test_a_name_in_another_store_has_another_hash() -> None:
    """Store and name cannot run into each other: `york` with `a b` is not `york a` with `b`."""
    hashes = customers.customer_hashes(["leeds", "york", "york a"], ["a b", "a b", "b"], KEY)

    assert len(set(hashes)) == 3


@pytest.mark.parametrize("name", ["", " ", "\t\u2003"])
def test_a_blank_name_has_the_empty_hash(name: str) -> None:
    assert customers.customer_hashes(["leeds"], [name], KEY) == [""]


def test_the_id_of_a_hash_key_tells_the_scheme() -> None:
    """It was the HMAC of `cafe-etl key id` in the scheme before, whose hashes have nothing to do with today's."""
    assert (
        customers.key_id(KEY) == hmac.new(KEY, b"cafe-etl key id, scheme 2", hashlib.sha256).hexdigest()[:16]
    )
    assert customers.key_id(KEY) != hmac.new(KEY, b"cafe-etl key id", hashlib.sha256).hexdigest()[:16]
