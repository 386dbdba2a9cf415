"""The hash key of a state: the file that outlives the cloud, and the secret that functions read it from."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from botocore.exceptions import ClientError

from chalicelib.ingest.customers import KEY_BYTES, key_id
from local import warehouse
from local.client import Clients
from local.errors import LocalCloudError
from local.state import State

IS_CREATED: Final = "select to_regclass('customers') is not null as is_created"
KEY_IDS: Final = "select distinct hash_key_id from customers"


def create_secret(name: str, state: State, clients: Clients) -> None:
    """Make the secret with the state's key."""
    clients.secrets.create_secret(Name=name, SecretString=state.hash_key())


def keep_secret(name: str, state: State, clients: Clients) -> None:
    """Write the secret's key to the state's file: somebody may have rotated it while the cloud ran."""
    with suppress(ClientError):  # the secret was deleted; the file has the last key
        state.keep_hash_key(clients.secrets.get_secret_value(SecretId=name)["SecretString"])


def check(path: Path, url: str, report: Callable[[str], None]) -> None:
    """Compare the key in a file with the ids of the keys that the customers in the warehouse were hashed with.

    Raise `LocalCloudError` if there are customers but no key. Report a key that no customer has: it was rotated.
    """
    ids = _key_ids(url)
    if not ids:
        return
    key = _key_id(path)
    if not key:
        problem = "holds no key of 64 hexadecimal digits" if path.exists() else "is gone"
        raise LocalCloudError(
            f"{path} {problem}, and the customers in the warehouse were hashed with its key (key id {', '.join(ids)})."
            " With a new key every customer would count as a new one."
            " Put the file back, or empty the cloud: `python -m local reset`."
        )
    if key not in ids:
        report(
            f"{path} holds a new key (key id {key}), with which no customer in the warehouse was hashed"
            f" (key id {', '.join(ids)}): from now on every customer counts as a new one."
            " To undo this, run `python -m local down` and put the old file back."
        )


def _key_ids(url: str) -> list[str]:
    if not warehouse.rows(url, IS_CREATED)[0]["is_created"]:
        return []
    return sorted(row["hash_key_id"] for row in warehouse.rows(url, KEY_IDS))


def _key_id(path: Path) -> str:
    """Return the id of the key in a file, or nothing if there is no key in it."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return ""
    return key_id(key) if len(key) == KEY_BYTES else ""
