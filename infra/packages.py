"""Packages in their bucket: under which keys they are, and what each says about itself.

A package is a template and the zip that the template names. Both are in the folder of their stack:

    ads-resources-stack-cf/<digest of the package>.yaml
    ads-resources-stack-cf/<digest of the zip>.zip

docs/adr/0036 says why a zip has a digest of its own.
"""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from infra.errors import InfraError
from infra.packaging import TEMPLATE, ZIP
from infra.schemas import Schemas
from infra.template import dump

if TYPE_CHECKING:
    from infra.release import Stack

METADATA: Final = "CafeEtlPackage"
"""The entry in a template's metadata in which a package says what it is. CloudFormation ignores it."""

PULL_REQUESTS: Final = "pull-requests/"
"""The folder of the packages of pull requests. No release takes anything from it."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package in the bucket: its digest, the keys of template and zip, and the schemas that it can write."""

    digest: str
    template_key: str
    zip_key: str
    schemas: Schemas
    template: dict[str, Any]

    @classmethod
    def of(cls, template_key: str, template: Any) -> Self | None:
        """Return the package of a template; None if the template does not say which package it is."""
        metadata = template.get("Metadata") if isinstance(template, dict) else None
        match metadata.get(METADATA) if isinstance(metadata, dict) else None:
            case {"Digest": str(digest), "Zip": str(zip_key), "Migrations": [*migrations]}:
                schemas = Schemas.of_files(f"sql/migrations/{name}.sql" for name in migrations)
                return cls(digest, template_key, zip_key, schemas, template)
        return None

    @property
    def keys(self) -> set[str]:
        """The keys of template and zip."""
        return {self.template_key, self.zip_key}


def require_built(build: Path) -> None:
    """Raise `InfraError` unless there is a package in a folder."""
    if not (build / ZIP).is_file():
        raise InfraError(f"{build / ZIP} does not exist: run `make package` first.")


def schemas_of(build: Path) -> Schemas:
    """Return the schemas that the package in a folder can write; its zip has the migrations."""
    require_built(build)
    with zipfile.ZipFile(build / ZIP) as packed:
        return Schemas.of_files(packed.namelist())


def upload(build: Path, stack: "Stack", s3: Any, folder: str = "") -> Package:
    """Upload the package in a folder, to the folder of its stack or to another one, and return it.

    Each key has the digest of the content: the same build has the same keys, and only another zip changes the
    functions. A zip that was released before is not uploaded to another folder: its key would be the only change.
    """
    require_built(build)
    require_bucket(stack, s3)
    text = (build / TEMPLATE).read_text(encoding="utf-8")
    zip_digest = hashlib.sha256((build / ZIP).read_bytes()).hexdigest()
    digest = hashlib.sha256(f"{zip_digest}\n{text}".encode()).hexdigest()
    zip_key = f"{stack.name}/{zip_digest}.zip"
    if not (folder and exists(zip_key, stack, s3)):
        zip_key = f"{folder or stack.name + '/'}{zip_digest}.zip"
        # upload_file sends a large file in parts, put_object would not.
        s3.upload_file(str(build / ZIP), stack.bucket, zip_key)
    template = yaml_parse(text.replace(f"./{ZIP}", f"s3://{stack.bucket}/{zip_key}"))
    schemas = schemas_of(build)
    template["Metadata"] = {
        **template.get("Metadata", {}),
        METADATA: {"Digest": digest, "Zip": zip_key, **schemas.description},
    }
    template_key = f"{folder or stack.name + '/'}{digest}.yaml"
    s3.put_object(Bucket=stack.bucket, Key=template_key, Body=dump(template).encode())
    return Package(digest, template_key, zip_key, schemas, template)


def require_bucket(stack: "Stack", s3: Any) -> None:
    """Raise `InfraError` unless there is a bucket for a stack's packages."""
    try:
        s3.list_objects_v2(Bucket=stack.bucket, MaxKeys=1)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchBucket":
            raise
        raise InfraError(
            f"There is no bucket {stack.bucket} for packages: infra/bootstrap.yaml creates it (docs/deploy.md)."
        ) from exc


def exists(key: str, stack: "Stack", s3: Any) -> bool:
    """Tell whether there is an object in a stack's bucket."""
    response = s3.list_objects_v2(Bucket=stack.bucket, Prefix=key, MaxKeys=1)
    return [entry["Key"] for entry in response.get("Contents", [])] == [key]
