"""The text of a COPY: what is loaded, from where, by whom, and how."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from local.redshift.refusals import SYNTAX, UNSUPPORTED, Refusal
from local.redshift.tokens import Token, normalised

HEAD: Final = re.compile(r"^copy (?P<target>[^']+?) from '\?' iam_role '\?' (?P<options>.*)$")
ROLE: Final = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/\S+")
OPTION: Final = re.compile(
    r"(?:format (?:as )?)?csv|gzip|manifest|roundec|maxerror (?:as )?0|(?:comp|stat)update off"
)
REQUIRED: Final = ("csv", "gzip", "manifest", "roundec")
"""Without ROUNDEC, Redshift would cut decimals off."""


@dataclass(frozen=True, slots=True)
class CopyCommand:
    """A COPY from a manifest of gzipped CSV files."""

    target: str
    """The table and the list of columns as they were written."""

    table: str
    manifest: str
    """The manifest's URL."""

    @classmethod
    def of(cls, statements: Sequence[Sequence[Token]], text: str) -> Self | Refusal:
        """Read the COPY that a message begins with, or say why it is refused."""
        statement = statements[0]
        match = HEAD.match(normalised(statement))
        if not match or len(statements) > 1:
            return Refusal(
                "The stand-in executes COPY from S3 with IAM_ROLE '…' only, and alone in its message", SYNTAX
            )
        # copy "t" ("a") from 's3://…' iam_role 'arn:…' format as csv …: the first string is the source
        source = next(place for place, token in enumerate(statement) if token.kind == "string")
        url, role = statement[source].name, statement[source + 2].name
        if not ROLE.fullmatch(role):
            return Refusal(
                "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or"
                " 'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'",
                UNSUPPORTED,
            )
        # What is left without the options that the stand-in knows is one that it does not.
        options = match["options"]
        if OPTION.sub("", options).strip() or not all(word in options.split() for word in REQUIRED):
            return Refusal(f"The stand-in executes COPY with {', '.join(REQUIRED).upper()} only", UNSUPPORTED)
        target = text[statement[1].start : statement[source - 2].end]
        return cls(target, statement[1].name, url)
