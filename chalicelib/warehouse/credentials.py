"""User and password of the warehouse, from a secret of AWS Secrets Manager: a variable would show them to many."""

import json
from typing import Any

from chalicelib.errors import SettingsError


def user_and_password(secret: str, region: str | None = None) -> tuple[str, str]:
    """Return the two texts of a secret, which is named by its ARN.

    It is read each time, so that a new password counts from the next connection on. Raise `SettingsError`, which quotes
    nothing of it, if it is not a JSON object with `username` and `password`.
    """
    response = _client(region).get_secret_value(SecretId=secret)
    # {"username": "cafe_etl", "password": "…", "engine": "postgres"}: AWS's own secrets for databases have more fields
    try:
        fields = json.loads(response["SecretString"])
        user, password = fields["username"], fields["password"]
    except (ValueError, KeyError, TypeError):
        # `from None` on purpose: the text that cannot be read is the password.
        raise SettingsError(f"The secret {secret} is not a JSON object with username and password.") from None
    return str(user), str(password)


def _client(region: str | None) -> Any:
    from chalicelib.aws import new_client  # noqa: PLC0415 - a laptop's warehouse needs none of it

    return new_client("secretsmanager", region)
