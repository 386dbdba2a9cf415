"""Who queries: a role of the stage that may only read. The stack's parameter ReaderRoles says who may assume it."""

import re
from collections.abc import Mapping
from typing import Final

import boto3
from botocore.exceptions import ClientError

from infra.accounts import Account
from infra.errors import InfraError
from infra.names import Names, partition

PARAMETER: Final = "ReaderRoles"
"""The parameter of the stack with those who may query."""

NOT_IN_NAMES: Final = re.compile(r"[^\w+=,.@-]", re.ASCII)
LONGEST_NAME: Final = 64
"""Letters of the longest name of a session."""


def arns(roles: str, account: str, region: str) -> str:
    """Return roles, comma-separated, with an ARN for each name of a role; ARNs stay as they are."""
    # "analyst,arn:aws:iam::1:user/ana" -> "arn:aws:iam::1:role/analyst,arn:aws:iam::1:user/ana"
    prefix = f"arn:{partition(region)}:iam::{account}:role/"
    names = filter(None, map(str.strip, roles.split(",")))
    return ",".join(name if name.startswith("arn:") else prefix + name for name in names)


def with_arns(parameters: Mapping[str, str], account: Account) -> dict[str, str]:
    """Return the parameters of a stack, with ARNs in ReaderRoles, which IAM wants in a role's trust policy."""
    roles = {
        name: arns(value, account.number, account.region)
        for name, value in parameters.items()
        if name == PARAMETER
    }
    return {**parameters, **roles}


def reader(names: Names, account: Account) -> Account:
    """Return the account with the credentials of the stage's reader.

    The session has the caller's name, so that AWS's records show who queried. Raise `InfraError` if the caller may not
    be the reader.
    """
    sts = account.client("sts")
    caller = sts.get_caller_identity()["Arn"]
    if f":assumed-role/{names.reader_role}/" in caller:
        return account
    role = f"arn:{partition(account.region)}:iam::{account.number}:role/{names.reader_role}"
    # arn:aws:sts::123456789012:assumed-role/analyst/ana@example.org -> ana@example.org
    session = NOT_IN_NAMES.sub("-", caller.rpartition("/")[2])[:LONGEST_NAME].ljust(2, "-")
    try:
        credentials = sts.assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "AccessDenied":
            raise
        raise InfraError(
            f"{caller} may not read as {names.reader_role}: the parameter ReaderRoles says who may. See Queries on AWS"
            " in docs/connect.md."
        ) from exc
    keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    return Account(account.number, account.region, boto3.Session(*keys, region_name=account.region))
