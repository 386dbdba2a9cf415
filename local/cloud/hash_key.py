"""The hash key of a state: the file that outlives the cloud, and the secret that functions read it from."""

from pathlib import Path
from typing import Final

from chalicelib.ingest.customers import key_id
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
    state.keep_hash_key(clients.secrets.get_secret_value(SecretId=name)["SecretString"])


def require_right_key(path: Path, url: str) -> None:
    """Raise `LocalCloudError` if the warehouse has customers, and none was hashed with the key in this file.

    After a rotation some customers have the id of the new key and others still that of an older one: that is fine.
    """
    ids = _key_ids(url)
    if ids and _key_id(path) not in ids:
        problem = "does not hold the key" if path.exists() else "is gone: it held the key"
        raise LocalCloudError(
            f"{path} {problem} with which the customers in the warehouse were hashed (key id {', '.join(ids)})."
            " With a new key every customer would count as a new one."
            " Put the file back, or empty the cloud: `python -m local reset`."
        )


def _key_ids(url: str) -> list[str]:
    if not warehouse.rows(url, IS_CREATED)[0]["is_created"]:
        return []
    return sorted(row["hash_key_id"] for row in warehouse.rows(url, KEY_IDS))


def _key_id(path: Path) -> str:
    """Return the id of the key in a file; nothing if no key is in it."""
    try:
        return key_id(bytes.fromhex(path.read_text(encoding="ascii")))
    except (FileNotFoundError, ValueError):
        return ""
