"""The AWS account and region that the credentials and settings of the environment name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from chalicelib.aws import expect_owner
from infra.errors import InfraError

PATIENT: Final = Config(read_timeout=910, retries={"total_max_attempts": 1})
"""A function may take a quarter of an hour. No retries: a second call would run at the same time as the first."""

CREDENTIALS_ERRORS: Final = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
CREDENTIALS_ADVICE: Final = (
    "Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, until `aws sts get-caller-identity` answers."
    ' For the local cloud run `eval "$(.venv/bin/python -m local env)"`.'
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account in a region, and the session that makes clients for it."""

    number: str
    region: str
    session: boto3.Session

    @classmethod
    def current(cls) -> "Account":
        """Return the account of the environment's credentials; raise `InfraError` without credentials or region."""
        with aws_errors():
            session = boto3.Session()
            if not session.region_name:
                raise InfraError("No region is set: set AWS_DEFAULT_REGION, to eu-west-1 for example.")
            number = session.client("sts").get_caller_identity()["Account"]
        return cls(number, session.region_name, session)

    @property
    def place(self) -> str:
        """Account, region and endpoint in words: a local cloud has another endpoint than AWS."""
        endpoint = self.session.client("lambda", region_name=self.region).meta.endpoint_url
        return f"account {self.number}, region {self.region}, endpoint {endpoint}"

    def client(self, service: str) -> Any:
        """Return a client for a service. S3 refuses it the buckets of other accounts: names can be guessed."""
        config = PATIENT if service == "lambda" else None
        client = self.session.client(service, config=config)  # type: ignore[call-overload]
        if service == "s3":
            expect_owner(client, self.number)
        return client


@contextmanager
def aws_errors() -> Iterator[None]:
    """Turn the errors of boto3 into an `InfraError` with one sentence: AWS refused, or could not be reached."""
    try:
        yield
    except CREDENTIALS_ERRORS as exc:
        raise InfraError(f"{exc}. {CREDENTIALS_ADVICE}") from exc
    except (Boto3Error, ClientError) as exc:
        raise InfraError(f"AWS refused: {exc}") from exc
    except (BotoCoreError, ResponseParserError) as exc:
        raise InfraError(f"Could not reach AWS: {exc}") from exc
