"""What a store may upload: the keys of its files, a policy that allows these alone, and a link for a single file."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.normalisation import store_key
from chalicelib.reading.file_names import folder_store
from infra.accounts import Account
from infra.errors import InfraError
from infra.names import partition

SIGNING: Final = Config(
    signature_version="s3v4", s3={"addressing_style": "virtual"}, request_checksum_calculation="when_required"
)
"""By default boto3 signs links for the global endpoint, which redirects to a host that the signature is not for.

A link with a checksum would fit one content alone.
"""

OF_IAM: Final = {"*": "${*}", "?": "${?}", "$": "${$}"}
"""Characters that mean something else in a policy, and how IAM writes the characters themselves."""

NOT_IN_IAM: Final = re.compile("[^\u0020-\u00ff]")
"""A policy has no letters outside of Latin-1. A question mark stands for any one letter."""

DAY: Final = "??-??-????"
"""A day in a file's name, such as 25-08-2021, in a policy: `leeds_*` would allow the files of Leeds North, too."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """The keys that one store may write in the raw bucket."""

    store: str
    name: str
    """The store's name in keys, such as `london_soho`."""

    @classmethod
    def of(cls, store: str) -> "Uploads":
        """Return the keys of a store; raise `InfraError` if its name cannot be that of a folder."""
        # "London Soho" -> "london soho" -> "london_soho"
        name = store_key(store).replace(" ", "_")
        if "/" in name or not name.isprintable() or not name or folder_store(f"{name}/") != store_key(store):
            raise InfraError(
                f"{store!r} cannot be the name of a store's folder: it needs letters, has no slash, and is no day."
            )
        return cls(store, name)

    def key(self, day: date, till: str = "") -> str:
        """Return the key of the file of a day; a store with several tills gives each a name."""
        # leeds/leeds_25-08-2021.csv, leeds/leeds_25-08-2021_till_2.csv
        suffix = f"_till_{till}" if till else ""
        return f"{self.name}/{self.name}_{day:%d-%m-%Y}{suffix}.csv"

    def policy(self, bucket: str, region: str) -> dict[str, Any]:
        """Return a policy for uploads into the store's folder, or under its name and a day, and for nothing else."""
        arn = f"arn:{partition(region)}:s3:::{bucket}"
        name = NOT_IN_IAM.sub("?", "".join(OF_IAM.get(letter, letter) for letter in self.name))
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "UploadFilesOfOneStore",
                    "Effect": "Allow",
                    "Action": ["s3:PutObject"],
                    "Resource": [f"{arn}/{name}/*", f"{arn}/{name}_{DAY}*"],
                }
            ],
        }


def link(bucket: str, key: str, seconds: int, account: Account) -> str:
    """Return a link that uploads one file by an HTTP PUT, without any header, until some seconds have passed.

    The bucket itself encrypts what comes, and owns it. Raise `InfraError` if the account has no such bucket: whoever
    creates a bucket of that name later must not get the file.
    """
    s3 = account.session.client("s3", config=SIGNING)
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account.number)
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"403", "404"}:
            raise
        raise InfraError(
            f"The account {account.number} has no bucket {bucket}, or you may not see it: deploy the stage first."
        ) from exc
    url: str = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds, HttpMethod="PUT"
    )
    return url
