"""Packages that ran before: a stack's list of them, how one is found again, and how long each is kept.

The package that runs has no tag. The release that replaces it lets it expire: docs/adr/0036 says why so.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse
from yaml import YAMLError

from infra.errors import InfraError
from infra.packages import Package, exists, require_bucket
from infra.provisioning import Client

if TYPE_CHECKING:
    from infra.release import Stack

REPLACED: Final = "package=replaced"
"""The tag of a package that does not run any more: `bootstrap.yaml` lets objects with it expire."""

NOT_RELEASED: Final = f"{REPLACED}&released=no"
"""The tags of a package whose release failed or changed nothing: it expires, too, but is none to go back to."""

KEPT: Final = timedelta(days=90)
"""The time for which a package is kept after another one has replaced it, as in `bootstrap.yaml`."""

DIGEST: Final = re.compile("[0-9a-f]{6,64}")
"""A digest, or the beginning of one."""


class State(Enum):
    """The state of a package in a list; the list has them in this order."""

    RUNNING = "runs now"
    REPLACED = "replaced"
    NOT_RELEASED = "not released"


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list of packages: a digest, a state, and the time since when the package has it."""

    digest: str
    state: State
    since: datetime

    def __str__(self) -> str:
        if self.state is State.RUNNING:
            return f"{self.digest}  {self.state.value}"
        until = f"kept until {self.since + KEPT:%Y-%m-%d}"
        return f"{self.digest}  {self.state.value} {self.since:%Y-%m-%d %H:%M}, {until}"


def find(beginning: str, stack: "Stack", s3: Any) -> Package:
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
    package = Package.of(keys[0], _parsed(body))
    if package is None or package.digest not in keys[0]:
        raise InfraError(f"s3://{stack.bucket}/{keys[0]} is not the template of that package.")
    if not exists(package.zip_key, stack, s3):
        raise InfraError(f"The zip of the package {package.digest} is not kept any more.")
    return package


def _parsed(body: bytes) -> Any:
    """Return a template; None if it is no YAML."""
    try:
        return yaml_parse(body.decode())
    except (UnicodeDecodeError, YAMLError):
        return None


def listed(stack: "Stack", client: Client) -> list[Listed]:
    """Return the packages of a stack: the one that runs, those that ran before, then those that never did.

    Of those that ran before, the one that was replaced last comes first.
    """
    s3 = client("s3")
    require_bucket(stack, s3)
    current = running(stack, client)
    packages = [
        Listed(
            key.removeprefix(f"{stack.name}/").removesuffix(".yaml"),
            State.RUNNING if current and key == current.template_key else _state(key, stack, s3),
            since,
        )
        for key, since in _templates(stack, s3)
    ]
    newest_first = sorted(packages, key=lambda package: package.since, reverse=True)
    return sorted(newest_first, key=lambda package: list(State).index(package.state))


def _state(key: str, stack: "Stack", s3: Any) -> State:
    """Return the state of a package that does not run, by the tags of its template."""
    tags = s3.get_object_tagging(Bucket=stack.bucket, Key=key)["TagSet"]
    # Without a tag: a release that was killed, or that has just begun.
    ran = {"Key": "package", "Value": "replaced"} in tags and {"Key": "released", "Value": "no"} not in tags
    return State.REPLACED if ran else State.NOT_RELEASED


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
    """Keep a package for as long as it runs: without the tag its objects do not expire.

    Raise `InfraError` if one of them expired since the package was found.
    """
    if _copy_onto_itself(package.keys, stack, s3, tags=""):
        raise InfraError(
            f"The package {package.digest} is not kept any more: `make packages` lists those that are."
        )


def let_expire(
    package: Package | None, current: Package | None, stack: "Stack", s3: Any, tags: str = REPLACED
) -> None:
    """Let a package expire `KEPT` from now on, except for the objects that the current package has, too.

    Objects that somebody has deleted need no expiry.
    """
    if package is not None:
        _copy_onto_itself(package.keys - (current.keys if current else set()), stack, s3, tags=tags)


def is_kept(package: Package, stack: "Stack", s3: Any) -> bool:
    """Tell whether all objects of a package are in its bucket."""
    return all(exists(key, stack, s3) for key in package.keys)


def _copy_onto_itself(keys: set[str], stack: "Stack", s3: Any, *, tags: str) -> list[str]:
    """Write objects anew with other tags: S3 counts the days to their expiry from then on, not from the upload.

    Return the keys of objects that are not there.
    """
    gone = []
    for key in sorted(keys):
        try:
            s3.copy_object(
                Bucket=stack.bucket,
                Key=key,
                CopySource={"Bucket": stack.bucket, "Key": key},
                # Without a change S3 refuses to copy an object onto itself; and no tag is copied.
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                Tagging=tags,
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "NoSuchKey":
                raise
            gone.append(key)
    return gone


def _templates(stack: "Stack", s3: Any) -> list[tuple[str, datetime]]:
    """Return key and time of the last change of each template in a stack's folder."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=stack.bucket, Prefix=f"{stack.name}/")
    entries = [entry for page in pages for entry in page.get("Contents", [])]
    return [(entry["Key"], entry["LastModified"]) for entry in entries if entry["Key"].endswith(".yaml")]
