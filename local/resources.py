"""What `chalice deploy` needs: buckets, queues, topic and secret, named in `.chalice/config.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.account import REGION
from local.client import Clients

STAGE = "local"
VISIBILITY_SECONDS = 1800
MAXIMUM_RECEIVES = 5


@dataclass(frozen=True)
class Names:
    """The names of a project's resources in the stage `local`."""

    raw_bucket: str
    processed_bucket: str
    load_queue: str
    notice_topic: str
    hash_key_secret: str
    functions: str

    @classmethod
    def of(cls, project: Path) -> Self:
        """Read them from the project's Chalice configuration."""
        config = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8"))
        variables = config["stages"][STAGE]["environment_variables"]
        return cls(
            raw_bucket=variables["RAW_BUCKET"],
            processed_bucket=variables["PROCESSED_BUCKET"],
            load_queue=variables["LOAD_QUEUE"],
            notice_topic=variables["NOTICE_TOPIC"].rsplit(":", 1)[-1],
            hash_key_secret=variables["HASH_KEY_SECRET"],
            functions=f"{config['app_name']}-{STAGE}-",
        )

    @property
    def dead_letters(self) -> str:
        """The queue of the load requests that failed too often."""
        return self.load_queue + "-dead"

    def function(self, name: str) -> str:
        """Return the name that Chalice gives a function in this stage."""
        return self.functions + name


def create(names: Names, clients: Clients, hash_key: str) -> None:
    """Make them all in an empty cloud."""
    _create_buckets(names, clients)
    _create_queues(names, clients)
    clients.sns.create_topic(Name=names.notice_topic)
    clients.secrets.create_secret(Name=names.hash_key_secret, SecretString=hash_key)


def report_partial_failures(names: Names, clients: Clients) -> None:
    """Set what Chalice has no setting for: that the load answers with the messages that failed."""
    for mapping in clients.functions.list_event_source_mappings()["EventSourceMappings"]:
        if mapping["FunctionArn"].endswith(f":{names.function('load')}"):
            clients.functions.update_event_source_mapping(
                UUID=mapping["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
            )


def _create_buckets(names: Names, clients: Clients) -> None:
    for bucket in (names.raw_bucket, names.processed_bucket):
        clients.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    clients.s3.put_bucket_versioning(Bucket=names.raw_bucket, VersioningConfiguration={"Status": "Enabled"})


def _create_queues(names: Names, clients: Clients) -> None:
    dead = clients.sqs.create_queue(QueueName=names.dead_letters)
    attributes = clients.sqs.get_queue_attributes(QueueUrl=dead["QueueUrl"], AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAXIMUM_RECEIVES}
    clients.sqs.create_queue(
        QueueName=names.load_queue,
        Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": json.dumps(redrive)},
    )
