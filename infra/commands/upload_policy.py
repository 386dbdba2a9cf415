"""`python -m infra upload-policy`."""

import json

import click

from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.deployed import deployed_names
from infra.uploads import Uploads
from infra.vendoring import PROJECT


@click.command(
    "upload-policy", epilog=options.example("python -m infra upload-policy --store Leeds --stage prod")
)
@options.stage
@options.store
def command(stage: str, store: str) -> None:
    """Print the policy for a user or role of a store.

    It allows uploads of this store's files, and nothing else. docs/stores.md shows how to use it.
    """
    uploads = Uploads.of(store)
    account = Account.current()
    with aws_errors():
        bucket = deployed_names(PROJECT, stage, account).raw_bucket
    click.echo(json.dumps(uploads.policy(bucket, account.region), indent=2, ensure_ascii=False))
