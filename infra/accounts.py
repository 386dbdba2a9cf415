"""The AWS account and region that the environment leads to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import InfraError


@dataclass(frozen=True, slots=True)
class Account:
    """An account in a region, and clients for it."""

    number: str
    region: str
    session: boto3.Session

    @classmethod
    def current(cls) -> "Account":
        """Return the one that credentials and settings of the environment lead to; raise `InfraError` if none does."""
        with aws_errors():
            session = boto3.Session()
            if not session.region_name:
                raise InfraError("No region is set: say AWS_DEFAULT_REGION=eu-west-1, or which other.")
            number = session.client("sts").get_caller_identity()["Account"]
        return cls(number, session.region_name, session)

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        return self.session.client(service)  # type: ignore[call-overload]


@contextmanager
def aws_errors() -> Iterator[None]:
    """Say in a sentence what AWS, or the way to it, refuses."""
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as exc:
        raise InfraError(f"AWS refuses: {exc}") from exc
