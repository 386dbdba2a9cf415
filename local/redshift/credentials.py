"""The passwords that the stand-in accepts: the admin's, and temporary ones as AWS issues them."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

ROLE: Final = "IAMR:"
"""The prefix of a database user that is a role of IAM. The user is created when the role first enters."""

EXISTING_USER: Final = ("IAM:", "IAMA:")
"""The prefixes with which a cluster's temporary password is used; the name of the database user follows."""

NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass
class Credentials:
    """The admin of a warehouse, who never expires, and the temporary passwords that were issued for it."""

    admin: str
    password: str
    _expirations: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Accept the admin's password."""
        self.add(self.admin, self.password, NEVER)

    def add(self, user: str, password: str, expiration: datetime) -> None:
        """Accept a password from now on until it expires."""
        now = datetime.now(UTC)
        with self._lock:  # functions ask at the same time, and no password may be lost
            valid = {entry: expires for entry, expires in self._expirations.items() if expires > now}
            self._expirations = valid | {(user, password): expiration}

    def issue(self, user: str, seconds: int) -> tuple[str, datetime]:
        """Return a new password of a user, and when it expires."""
        password, expiration = secrets.token_urlsafe(24), datetime.now(UTC) + timedelta(seconds=seconds)
        self.add(user, password, expiration)
        return password, expiration

    def are_valid(self, user: str, password: str) -> bool:
        """Tell whether a user may enter with this password now."""
        return datetime.now(UTC) < self._expirations.get((user, password), datetime.min.replace(tzinfo=UTC))


def database_user(user: str) -> str:
    """Return the database user of somebody who enters: without the prefix of a cluster's temporary password."""
    # "IAM:loader" -> "loader"; "IAMR:cafe-etl-local-load" and "cafe" stay
    for prefix in EXISTING_USER:
        user = user.removeprefix(prefix)
    return user
