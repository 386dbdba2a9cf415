"""The AWS account and region that the environment leads to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.errors import InfraError

PATIENT: Final = Config(read_timeout=910, retries={"total_max_attempts": 1})
"""A function may take a quarter of an hour; a second call would run beside the first."""


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
        return self.session.client(service, config=PATIENT if service == "lambda" else None)  # type: ignore[call-overload]


@contextmanager
def aws_errors() -> Iterator[None]:
    """Say in a sentence what AWS refuses, or what is in the way to it."""
    try:
        yield
    except (Boto3Error, ClientError) as exc:
        raise InfraError(f"AWS refuses: {exc}") from exc
    except (BotoCoreError, ResponseParserError) as exc:
        raise InfraError(f"AWS cannot be asked: {exc}") from exc
