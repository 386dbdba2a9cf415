"""The schema of the warehouse before a release: its version now, and the migrations that the release will run."""

import json
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import InfraError
from infra.functions import call
from infra.provisioning import Client
from infra.release import Stack, exists
from infra.schemas import Schemas

UNKNOWN: Final = (
    "{reason}\nSo the schema of the warehouse is not known, and nothing was released. If this release repairs"
    " the cause, add --no-schema-check."
)


def plan(stack: Stack, function: str, client: Client, schemas: Schemas) -> str:
    """Return one sentence on the migrations of a release. It asks the function that is deployed now.

    Raise `InfraError` if that function fails or does not answer, or if the package cannot write such tables.
    """
    if not exists(stack, client):
        return first_release(stack, schemas)
    return describe(deployed_version(function, client), schemas)


def first_release(stack: Stack, schemas: Schemas) -> str:
    """Return the sentence for a new stack, which has no function to ask."""
    if stack.parameters.get("Warehouse"):
        return f"This is the first release: it brings the warehouse's tables to schema {schemas.newest}."
    return f"There is no warehouse yet: its tables will be of schema {schemas.newest}."


def describe(version: int, schemas: Schemas) -> str:
    """Return the sentence for tables of a version; raise `InfraError` if the package cannot write them.

    Migrations are additive, but older code leaves new columns empty, so it never writes newer tables.
    """
    newest = schemas.newest
    if not version:
        return f"The warehouse has no tables yet: they will be of schema {newest}."
    if not schemas.oldest <= version <= newest:
        raise InfraError(
            f"The warehouse's tables are of schema {version}; this package can write schemas {schemas.oldest} to"
            f" {newest} only. Nothing was released: release a package whose schemas include {version}."
        )
    if version == newest:
        return f"The warehouse's tables are of schema {version}, as this release needs: nothing to migrate."
    names = ", ".join(schemas.after(version))
    return (
        f"The warehouse's tables are of schema {version}; this release needs {newest} and will run: {names}."
    )


def deployed_version(function: str, client: Client) -> int:
    """Return the version that the deployed `create_database` answers with.

    A dry run changes nothing. The function of an older release may not know dry runs: it repeats its own release's
    work, which does no harm. Raise `InfraError` if it fails, cannot be called, or answers something else.
    """
    try:
        response = call(function, {"dry_run": True}, client)
    except InfraError as exc:
        raise InfraError(UNKNOWN.format(reason=exc)) from exc
    except (BotoCoreError, ClientError) as exc:
        raise InfraError(UNKNOWN.format(reason=f"{function} does not answer: {exc}")) from exc
    # {"schema_version": 3, "engine": "redshift"} -> 3
    version = response.get("schema_version") if isinstance(response, dict) else None
    if not isinstance(version, int):
        raise InfraError(
            UNKNOWN.format(reason=f"{function} answers without a schema_version: {json.dumps(response)}")
        )
    return version
