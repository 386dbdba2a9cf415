"""The access key of a run. The endpoint answers only those who know it; it does not check signatures.

People sign with the key itself, a function with the key and its role: the local cloud knows by it who calls.
"""

import secrets
from typing import Final

SEPARATOR: Final = "."


def generate() -> str:
    """Return a new access key, 32 hexadecimal digits."""
    return secrets.token_hex(16)


def of_role(access_key: str, role: str) -> str:
    """Return the access key of a function, such as `9f2c….cafe-etl-local-load`."""
    return f"{access_key}{SEPARATOR}{role}"


def split(access_key: str) -> tuple[str, str]:
    """Return the run's key and the role that an access key names; without a role, an empty text."""
    # "9f2c….cafe-etl-local-load" -> "9f2c…", "cafe-etl-local-load"
    key, _, role = access_key.partition(SEPARATOR)
    return key, role
