"""The functions in this process, between a real S3, SQS and SNS over HTTP and a real PostgreSQL.

A test composes the batches: it takes the messages off the queue and passes them to `load` as they were sent.
"""

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

from moto.awslambda.models import LambdaFunction

from chalicelib.ingest import handler as ingest_handler
from chalicelib.load import handler as load_handler
from chalicelib.warehouse.connection import Warehouse
from local.client import Clients
from tests.support.endpoint import ACCESS_KEY
from tests.support.sql_loads import TABLES
from tests.support.stand_in import ROLE

RAW = "ads-raw-data"
UNVERSIONED = f"{RAW}-unversioned"
PROCESSED = "ads-processed"
QUEUE = "cafe-etl-load"
INGEST = "cafe-etl-ingest"
NOTICES = "cafe-etl-notices"
STORES = "cafe-etl-stores"
SECRET = "cafe-etl/hash-key"
HASH_KEY = "0f" * 32
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


class Pipeline:
    """One account and one warehouse."""

    def __init__(self, endpoint: str, warehouse_url: str) -> None:
        self.clients = Clients(endpoint, ACCESS_KEY)
        self.warehouse_url = warehouse_url
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "RAW_BUCKET": RAW,
            "PROCESSED_BUCKET": PROCESSED,
            "LOAD_QUEUE": QUEUE,
            "INGEST_FUNCTION": INGEST,
            "HASH_KEY_SECRET": SECRET,
            "NOTICE_TOPIC": self._create(),
            "STORE_TOPIC": self._create_topic(STORES),
            "WAREHOUSE": warehouse_url,
            "COPY_ROLE": ROLE,
        }
        self._numbers = itertools.count(1)
        self.reingests: list[dict[str, Any]] = []
        """The records that load or sweep has sent to `ingest` again."""

    def _create(self) -> str:
        """Create buckets, queues, functions, secret and the topic of notices; return its ARN."""
        region: Any = {"LocationConstraint": "eu-west-1"}
        for bucket in (RAW, PROCESSED):
            self.clients.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        self.clients.s3.put_bucket_versioning(Bucket=RAW, VersioningConfiguration={"Status": "Enabled"})
        self.clients.sqs.create_queue(QueueName=QUEUE)
        self._create_ingest()
        self.clients.secrets.create_secret(Name=SECRET, SecretString=HASH_KEY)
        return self._create_topic(NOTICES)

    def _create_topic(self, name: str) -> str:
        """Create a topic, and a queue of its name that gets all its mails; return the topic's ARN."""
        topic = self.clients.sns.create_topic(Name=name)["TopicArn"]
        self.subscribe(topic, name)
        return topic

    def subscribe(self, topic: str, queue: str, policy: dict[str, list[str]] | None = None) -> None:
        """Create a queue, and let it get the mails of a topic that pass its filter."""
        url = self.clients.sqs.create_queue(QueueName=queue)["QueueUrl"]
        attributes = self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self.clients.sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            Attributes={"FilterPolicy": json.dumps(policy)} if policy else {},
        )

    def _create_ingest(self) -> None:
        """Create the function `ingest`. Its asynchronous invocations are recorded in `reingests` and not run."""
        role = self.clients.any("iam").create_role(RoleName=INGEST, AssumeRolePolicyDocument="{}")["Role"]
        self.clients.functions.create_function(
            FunctionName=INGEST,
            Runtime="python3.13",
            Role=role["Arn"],
            Handler="app.ingest",
            Code={"ZipFile": EMPTY_ZIP},
        )

        # moto's server runs in this process, so its class can be patched here.
        def invoke(_function: Any, body: Any, _headers: Any, _response_headers: Any) -> bytes:
            self.reingests.extend(json.loads(body)["Records"])
            return b""

        LambdaFunction.invoke = invoke  # type: ignore[assignment,method-assign]

    def empty(self) -> None:
        """Delete all objects, messages and rows."""
        self.reingests.clear()
        self.take()
        self.take(NOTICES)
        self.take(STORES)
        for bucket in (RAW, PROCESSED):
            for key, version_id in self.versions(bucket):
                self.clients.s3.delete_object(Bucket=bucket, Key=key, VersionId=version_id)
        warehouse = Warehouse.connect(self.warehouse_url)
        for table in TABLES:
            warehouse.execute(f"delete from {table}")
        warehouse.close()

    def put(self, key: str, content: bytes) -> dict[str, Any]:
        """Upload an object; return the record that S3's event has of it."""
        stored = self.clients.s3.put_object(Bucket=RAW, Key=key, Body=content)
        item = {
            "key": quote_plus(key),
            "size": len(content),
            "eTag": stored["ETag"].strip('"'),
            "versionId": stored["VersionId"],
            "sequencer": f"{next(self._numbers):016X}",
        }
        return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": RAW}, "object": item}}

    def put_unversioned(self, key: str, content: bytes, sequencer: str = "") -> dict[str, Any]:
        """Upload an object to the bucket without versions; return the record that S3's event has of it."""
        stored = self.clients.s3.put_object(Bucket=UNVERSIONED, Key=key, Body=content)
        item = {"key": quote_plus(key), "eTag": stored["ETag"].strip('"')}
        item |= {"sequencer": sequencer} if sequencer else {}
        return {"eventName": "ObjectCreated:Put", "s3": {"object": item}}

    def ingest(self, *records: dict[str, Any]) -> dict[str, Any]:
        """Run `ingest` on one event."""
        return ingest_handler.handle({"Records": list(records)})

    def take(self, queue: str = QUEUE) -> list[str]:
        """Return the bodies of all messages of a queue and delete them."""
        url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        bodies = []
        while messages := self.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                bodies.append(message["Body"])
                self.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def request(self, **files: bytes) -> list[str]:
        """Upload and ingest files, each under its name; return the load requests as they were sent."""
        self.ingest(*(self.put(key, content) for key, content in files.items()))
        return self.take()

    def request_of(self, record: dict[str, Any]) -> str:
        """Ingest one record of an event; return its load request as it was sent."""
        self.ingest(record)
        [body] = self.take()
        return body

    def load(self, bodies: list[str]) -> list[int]:
        """Run `load` on one batch; return the positions in it of the messages that failed."""
        records = [{"messageId": f"message-{number}", "body": body} for number, body in enumerate(bodies)]
        failures = load_handler.handle({"Records": records})["batchItemFailures"]
        return [int(failure["itemIdentifier"].removeprefix("message-")) for failure in failures]

    def run(self, **files: bytes) -> None:
        """Upload, ingest and load files in one batch."""
        assert self.load(self.request(**files)) == []

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        warehouse = Warehouse.connect(self.warehouse_url)
        try:
            return warehouse.execute(query)
        finally:
            warehouse.close()

    def count_sales(self) -> int:
        """Return the number of sales in the warehouse."""
        [(count,)] = self.rows("select count(*) from transactions")
        assert isinstance(count, int)
        return count

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables, sorted, to compare them before and after."""
        return {table: sorted(self.rows(f"select * from {table}"), key=repr) for table in TABLES}

    def statuses(self) -> dict[str, str]:
        """Return the status of each key's newest file."""
        return dict(self.rows("select object_key, status from load_files order by file_id"))

    def versions(self, bucket: str, *, are_markers_included: bool = True) -> list[tuple[str, str]]:
        """Return key and version of every object in a bucket, and of every delete marker if they are to be included."""
        pages = self.clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
        return [
            (version["Key"], version["VersionId"])
            for page in pages
            for version in [
                *page.get("Versions", []),
                *(page.get("DeleteMarkers", []) if are_markers_included else []),
            ]
        ]

    def keys(self, bucket: str) -> list[str]:
        """Return the key of every version in a bucket."""
        return [key for key, _ in self.versions(bucket)]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield place and text of every object in the processed bucket, unpacked, and of every table."""
        for key, version_id in self.versions(PROCESSED, are_markers_included=False):
            body = self.clients.s3.get_object(Bucket=PROCESSED, Key=key, VersionId=version_id)["Body"].read()
            text = gzip.decompress(body) if key.endswith(".gz") else body
            yield f"{PROCESSED}/{key}", text.decode("utf-8", "replace")
        for table, rows in self.everything().items():
            yield table, repr(rows)


def part_of(body: str, name: str) -> str:
    """Return the key of one of the parts that a load request names."""
    key: str = json.loads(body)["parts"][name]
    return key


def csv_of(*rows: tuple[str, ...]) -> bytes:
    """Return a sales file of these rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def sale(
    minute: int = 0,
    *,
    store: str = "Leeds",
    name: str = "Jo Bloggs",
    basket: str = "Large Latte - 2.45",
    total: str = "2.45",
) -> tuple[str, ...]:
    """Return a row of a sales file."""
    return f"25/08/2021 09:{minute:02}", store, name, basket, total, "CARD", "5494000000000000"
