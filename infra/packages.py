"""Packages in their bucket: under which keys they are, what each says about itself, and how long it is kept.

A package is a template and the zip that the template names. Both are in the folder of their stack:

    ads-resources-stack-cf/<digest of the package>.yaml
    ads-resources-stack-cf/<digest of the zip>.zip

docs/adr/0036 says why a zip has a digest of its own, and why the package that runs has no tag.
"""

import hashlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from infra.errors import InfraError
from infra.packaging import TEMPLATE, ZIP
from infra.provisioning import Client
from infra.schemas import Schemas
from infra.template import dump

if TYPE_CHECKING:
    from infra.release import Stack

METADATA: Final = "CafeEtlPackage"
"""The entry in a template's metadata in which a package says what it is. CloudFormation ignores it."""

PULL_REQUESTS: Final = "pull-requests/"
"""The folder of the packages of pull requests. No release takes anything from it."""

REPLACED: Final = "package=replaced"
"""The tag of a package that does not run any more: `bootstrap.yaml` lets objects with it expire."""

KEPT: Final = timedelta(days=90)
"""The time for which a package is kept after another one has replaced it, as in `bootstrap.yaml`."""

DIGEST: Final = re.compile("[0-9a-f]{6,64}")
"""A digest, or the beginning of one."""

Expand = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes a template with AWS's transform and returns one without it, as CloudFormation does by itself."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package in the bucket: its digest, the keys of template and zip, and the schemas that it can write."""

    digest: str
    template_key: str
    zip_key: str
    schemas: Schemas
    template: dict[str, Any]

    @classmethod
    def of(cls, template_key: str, template: dict[str, Any]) -> Self | None:
        """Return the package of a template; None if the template does not say which package it is."""
        description = template.get("Metadata", {}).get(METADATA)
        if description is None:
            return None
        return cls(
            digest=description["Digest"],
            template_key=template_key,
            zip_key=description["Zip"],
            schemas=Schemas(tuple(description["Migrations"])),
            template=template,
        )

    @property
    def keys(self) -> set[str]:
        """The keys of template and zip."""
        return {self.template_key, self.zip_key}


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list of packages: a digest, and the time at which the package was uploaded or replaced."""

    digest: str
    since: datetime
    is_running: bool

    def __str__(self) -> str:
        if self.is_running:
            return f"{self.digest}  runs now"
        return f"{self.digest}  replaced {self.since:%Y-%m-%d %H:%M}, kept until {self.since + KEPT:%Y-%m-%d}"


def require_built(build: Path) -> None:
    """Raise `InfraError` unless there is a package in a folder."""
    if not (build / ZIP).is_file():
        raise InfraError(f"{build / ZIP} does not exist: run `make package` first.")


def schemas_of(build: Path) -> Schemas:
    """Return the schemas that the package in a folder can write; its zip has the migrations."""
    require_built(build)
    with zipfile.ZipFile(build / ZIP) as packed:
        return Schemas.of_files(packed.namelist())


def upload(build: Path, stack: "Stack", s3: Any, folder: str = "", expand: Expand | None = None) -> Package:
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
    if not (folder and _exists(zip_key, stack, s3)):
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
    body = expand(template) if expand else template
    s3.put_object(Bucket=stack.bucket, Key=template_key, Body=dump(body).encode())
    return Package(digest, template_key, zip_key, schemas, body)


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


def kept(beginning: str, stack: "Stack", s3: Any) -> Package:
    """Return the package in a stack's folder whose digest begins with a text.

    Raise `InfraError` if there is none, if there are several, or if one of its two objects is gone.
    """
    if not DIGEST.fullmatch(beginning):
        raise InfraError(
            f"{beginning!r} is not a package's digest, nor 6 or more characters of its beginning."
        )
    require_bucket(stack, s3)
    keys = [
        key for key, _ in _templates(stack, s3) if key.removeprefix(f"{stack.name}/").startswith(beginning)
    ]
    if len(keys) != 1:
        number = "No package" if not keys else "More than one package"
        raise InfraError(
            f"{number} of the stack {stack.name} begins with {beginning}: `make packages` lists those that are kept."
        )
    body = s3.get_object(Bucket=stack.bucket, Key=keys[0])["Body"].read()
    package = Package.of(keys[0], yaml_parse(body.decode()))
    if package is None or package.digest not in keys[0]:
        raise InfraError(f"s3://{stack.bucket}/{keys[0]} is not the template of that package.")
    if not _exists(package.zip_key, stack, s3):
        raise InfraError(f"The zip of the package {package.digest} is not kept any more.")
    return package


def listed(stack: "Stack", client: Client) -> list[Listed]:
    """Return the packages of a stack: the one that runs, then the others, the one replaced last first."""
    s3 = client("s3")
    require_bucket(stack, s3)
    current = running(stack, client)
    packages = [
        Listed(digest, since, is_running=current is not None and current.digest == digest)
        for key, since in _templates(stack, s3)
        for digest in [key.removeprefix(f"{stack.name}/").removesuffix(".yaml")]
    ]
    return sorted(packages, key=lambda package: (package.is_running, package.since), reverse=True)


def running(stack: "Stack", client: Client) -> Package | None:
    """Return the package that a stack runs; None if there is no stack, or if its template does not say."""
    try:
        body = client("cloudformation").get_template(StackName=stack.name)["TemplateBody"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    template = yaml_parse(body) if isinstance(body, str) else body
    package = Package.of("", template or {})
    # Its template may name another folder's zip, but is in the stack's folder.
    return package and Package(
        package.digest, f"{stack.name}/{package.digest}.yaml", package.zip_key, package.schemas, template
    )


def hold(package: Package, stack: "Stack", s3: Any) -> None:
    """Keep a package for as long as it runs: without the tag its objects do not expire."""
    _copy_onto_itself(package.keys, stack, s3, tags="")


def let_expire(package: Package | None, current: Package | None, stack: "Stack", s3: Any) -> None:
    """Let a package expire `KEPT` from now on, except for the objects that the current package has, too."""
    if package is not None:
        _copy_onto_itself(package.keys - (current.keys if current else set()), stack, s3, tags=REPLACED)


def _copy_onto_itself(keys: set[str], stack: "Stack", s3: Any, *, tags: str) -> None:
    """Write objects anew with other tags: S3 counts the days to their expiry from then on, not from the upload."""
    for key in sorted(keys):
        s3.copy_object(
            Bucket=stack.bucket,
            Key=key,
            CopySource={"Bucket": stack.bucket, "Key": key},
            # Without a change S3 refuses to copy an object onto itself; and no tag is copied.
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
            Tagging=tags,
        )


def _exists(key: str, stack: "Stack", s3: Any) -> bool:
    response = s3.list_objects_v2(Bucket=stack.bucket, Prefix=key, MaxKeys=1)
    return [entry["Key"] for entry in response.get("Contents", [])] == [key]


def _templates(stack: "Stack", s3: Any) -> list[tuple[str, datetime]]:
    """Return key and time of the last change of each template in a stack's folder."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=stack.bucket, Prefix=f"{stack.name}/")
    entries = [entry for page in pages for entry in page.get("Contents", [])]
    return [(entry["Key"], entry["LastModified"]) for entry in entries if entry["Key"].endswith(".yaml")]
