"""The hash key's file and the customers in the warehouse must fit; otherwise each customer would be counted twice."""

from pathlib import Path

import pytest

from chalicelib.ingest.customers import key_id
from local.cloud import hash_key
from local.errors import LocalCloudError
from tests.support.sql_loads import Loads

KEY, FORMER_KEY, NEW_KEY = "ab" * 32, "cd" * 32, "ef" * 32


def hash_customers(loads: Loads, *keys: str) -> None:
    """Put customers into the warehouse, one for each key that a name was hashed with."""
    for number, key in enumerate(keys):
        values = (number, "0" * 64, key_id(bytes.fromhex(key)))
        loads.warehouse.execute("insert into customers values (%s, 1, %s, %s)", values)


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "is gone"), ("", "holds no key of 64 hexadecimal digits"), ("x" * 64, "holds no key of 64")],
)
def test_customers_without_their_key_are_an_error_with_two_ways_on(
    loads: Loads, warehouse_url: str, tmp_path: Path, text: str | None, problem: str
) -> None:
    hash_customers(loads, KEY)
    path = tmp_path / "hash-key"
    if text is not None:
        path.write_text(text, encoding="ascii")

    with pytest.raises(LocalCloudError) as error:
        hash_key.check(path, warehouse_url, pytest.fail)

    sentence = str(error.value)
    assert sentence.startswith(f"{path} {problem}")
    assert f"(key id {key_id(bytes.fromhex(KEY))})" in sentence
    assert sentence.endswith("Put the file back, or empty the cloud: `python -m local reset`.")


def test_a_key_that_no_customer_has_is_reported(loads: Loads, warehouse_url: str, tmp_path: Path) -> None:
    """The runbook rotates the key this way: the cloud starts, and the user learns the consequence."""
    hash_customers(loads, KEY, FORMER_KEY)
    path = tmp_path / "hash-key"
    path.write_text(NEW_KEY + "\n", encoding="ascii")
    lines: list[str] = []

    hash_key.check(path, warehouse_url, lines.append)

    (line,) = lines
    assert f"holds a new key (key id {key_id(bytes.fromhex(NEW_KEY))})" in line
    assert all(key_id(bytes.fromhex(key)) in line for key in (KEY, FORMER_KEY))
    assert "every customer counts as a new one" in line


@pytest.mark.parametrize("keys", [(), (KEY,), (FORMER_KEY, KEY)])
def test_the_key_of_some_customers_passes_silently(
    loads: Loads, warehouse_url: str, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """Customers that came before a rotation keep the former key's id; a warehouse without any fits every key."""
    hash_customers(loads, *keys)
    path = tmp_path / "hash-key"
    path.write_text(KEY, encoding="ascii")

    hash_key.check(path, warehouse_url, pytest.fail)
