"""The API of Redshift Serverless, which moto lacks: where a workgroup is, and a temporary password for the caller."""

from typing import Any, Final

from local.cloud.endpoint import ServiceError
from local.cloud.ports import HOST
from local.redshift.credentials import ROLE, Credentials

PASSWORD_SECONDS: Final = 900
"""The time for which a password is valid, unless the caller asks for more."""


class Workgroup:
    """One workgroup, which is the stand-in."""

    SERVICE: Final = "RedshiftServerless"
    """The beginning of the operations' names in the header `X-Amz-Target`."""

    def __init__(self, name: str, port: int, credentials: Credentials) -> None:
        self._name = name
        self._port = port
        self._credentials = credentials

    def answer(self, operation: str, parameters: dict[str, Any], caller: str) -> dict[str, Any]:
        """Return the answer to an operation, as JSON; raise `ServiceError`. `caller` is the caller's role."""
        operations = {"GetWorkgroup": self._workgroup, "GetCredentials": self._issued}
        if operation not in operations:
            raise ServiceError("UnknownOperationException", f"The local cloud has no operation {operation}.")
        if parameters.get("workgroupName") != self._name:
            raise ServiceError(
                "ResourceNotFoundException",
                f"The workgroup {parameters.get('workgroupName')} does not exist.",
            )
        return operations[operation](parameters, caller)

    def _workgroup(self, _parameters: dict[str, Any], _caller: str) -> dict[str, Any]:
        endpoint = {"address": HOST, "port": self._port}
        return {"workgroup": {"workgroupName": self._name, "status": "AVAILABLE", "endpoint": endpoint}}

    def _issued(self, parameters: dict[str, Any], caller: str) -> dict[str, Any]:
        user = ROLE + caller
        seconds = int(parameters.get("durationSeconds", PASSWORD_SECONDS))
        password, expiration = self._credentials.issue(user, seconds)
        return {"dbUser": user, "dbPassword": password, "expiration": expiration.timestamp()}
