"""The names of a stage's resources as they are deployed."""

from dataclasses import replace
from pathlib import Path

from infra import release
from infra.accounts import Account
from infra.names import Names
from infra.stages import has_template


def deployed_names(project: Path, stage: str, account: Account) -> Names:
    """Return the names of a stage's resources in an account; raise `InfraError` for a stack that does not exist."""
    names = Names.of(project, stage).within(account.number, account.region)
    if not has_template(project, stage):
        return names
    # A parameter of the stack may have given the bucket another name.
    stack = release.Stack.of(stage, account.number, account.region, {})
    return replace(names, raw_bucket=release.outputs(stack, account.client)["RawBucketName"])
