"""AWS clients of a local cloud, and calls of its functions."""

import base64
import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import boto3
import botocore.session
from botocore.config import Config

from local.account import REGION
from local.environment import SIGNING_KEY
from local.errors import LocalCloudError
from local.state import Run

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

NOT_THE_USERS = {
    # Every setting that botocore would read from the user's files and variables, with the value that it has instead.
    "profile": None,
    "ca_bundle": None,
    "config_file": os.devnull,
    "credentials_file": os.devnull,
}
LOG_LINES = 20


class Clients:
    """AWS clients of one endpoint, made when first used, without the user's credentials and proxies."""

    def __init__(self, endpoint: str, access_key: str) -> None:
        self._endpoint = endpoint
        core = botocore.session.Session(
            {name: (None, None, value, None) for name, value in NOT_THE_USERS.items()}
        )
        self._session = boto3.Session(access_key, SIGNING_KEY, region_name=REGION, botocore_session=core)

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return the clients of a running cloud."""
        return cls(run.endpoint, run.access_key)

    def any(self, service: str) -> Any:
        """Return a client of a service by its name."""
        # Bucket names in the path: `http://ads-raw-data.127.0.0.1` is no host. An invocation may take 15 minutes.
        config = Config(proxies={}, read_timeout=900, s3={"addressing_style": "path"})
        return self._session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]

    @cached_property
    def s3(self) -> "S3Client":
        """S3."""
        client: S3Client = self.any("s3")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        client: SQSClient = self.any("sqs")
        return client

    @cached_property
    def sns(self) -> "SNSClient":
        """SNS."""
        client: SNSClient = self.any("sns")
        return client

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager."""
        client: SecretsManagerClient = self.any("secretsmanager")
        return client

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda."""
        client: LambdaClient = self.any("lambda")
        return client


class FunctionError(LocalCloudError):
    """An invocation failed. A `RequestError`, a fault of the event, is one sentence; others have the log's end."""

    def __init__(self, function: str, error: dict[str, str], log: str) -> None:
        kind, message = error.get("errorType", "Error"), error["errorMessage"]
        if kind == "RequestError":
            self.status = 2
            super().__init__(f"{function} failed: {message}")
        else:
            lines = log.splitlines()[-LOG_LINES:]
            super().__init__("\n".join([f"{function} failed: {kind}: {message}", *lines]))


def invoke(clients: Clients, function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Call a function by its full name and return its answer; raise `FunctionError`."""
    response = clients.functions.invoke(FunctionName=function, Payload=json.dumps(event), LogType="Tail")
    payload: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise FunctionError(
            function, payload, base64.b64decode(response["LogResult"]).decode("utf-8", "replace")
        )
    return payload
