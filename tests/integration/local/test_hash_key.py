"""The hash key's file and the customers in the warehouse must fit; otherwise each customer would be counted twice."""

from pathlib import Path

import pytest

from chalicelib.ingest.customers import key_id
from local.cloud.hash_key import require_right_key
from local.errors import LocalCloudError
from tests.support.sql_loads import Loads

KEY, FORMER_KEY, WRONG_KEY = "ab" * 32, "cd" * 32, "ef" * 32


def hash_customers(loads: Loads, *keys: str) -> None:
    """Put customers into the warehouse, one for each key that a name was hashed with."""
    for number, key in enumerate(keys):
        values = (number, "0" * 64, key_id(bytes.fromhex(key)))
        loads.warehouse.execute("insert into customers values (%s, 1, %s, %s)", values)


@pytest.mark.parametrize(
    ("text", "problem"), [(None, "is gone: it held"), (WRONG_KEY, "does not hold"), ("", "does not hold")]
)
def test_customers_of_another_key_are_an_error_with_two_ways_on(
    loads: Loads, warehouse_url: str, tmp_path: Path, text: str | None, problem: str
) -> None:
    hash_customers(loads, KEY)
    path = tmp_path / "hash-key"
    if text is not None:
        path.write_text(text, encoding="ascii")

    with pytest.raises(LocalCloudError) as error:
        require_right_key(path, warehouse_url)

    sentence = str(error.value)
    assert sentence.startswith(f"{path} {problem} the key with which the customers")
    assert f"(key id {key_id(bytes.fromhex(KEY))})" in sentence
    assert sentence.endswith("Put the file back, or empty the cloud: `python -m local reset`.")


@pytest.mark.parametrize("keys", [(), (KEY,), (FORMER_KEY, KEY)])
def test_the_right_key_passes_after_a_rotation_too(
    loads: Loads, warehouse_url: str, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """Customers that came before the rotation keep the former key's id; a warehouse without any fits every key."""
    hash_customers(loads, *keys)
    path = tmp_path / "hash-key"
    path.write_text(KEY, encoding="ascii")

    require_right_key(path, warehouse_url)
