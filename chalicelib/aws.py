"""AWS clients, made when first needed and kept for as long as the function stays warm."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

RETRIES = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)


@cache
def client(service: str) -> Any:
    """Return the client of a service, in the region and with the role of the function."""
    return boto3.client(service, config=RETRIES)  # type: ignore[call-overload]
