"""A pipeline in miniature, in the shape that `put` expects: a file is loaded unless it says `bad`.

A file that says `odd` is loaded with a remark; one that says `burst` makes `load` fail, and one whose name begins
with `lost` makes `ingest` fail.
"""

import hashlib
import json
import os
from typing import Any
from urllib.parse import unquote_plus

import boto3
import psycopg2
from chalice.app import Chalice, S3Event, SQSEvent

app = Chalice(app_name="cafe-etl")


@app.on_s3_event(
    bucket=os.environ.get("RAW_BUCKET", ""), events=["s3:ObjectCreated:*"], suffix=".csv", name="ingest"
)
def ingest(event: S3Event) -> None:
    """Pass on which version to load."""
    sqs = boto3.client("sqs")
    queue = sqs.get_queue_url(QueueName=os.environ["LOAD_QUEUE"])["QueueUrl"]
    for record in event.to_dict()["Records"]:
        raw = record["s3"]["object"]
        if raw["key"].startswith("lost"):
            raise ValueError(raw["key"])
        body = json.dumps({"key": unquote_plus(raw["key"]), "version": raw["versionId"]})
        sqs.send_message(QueueUrl=queue, MessageBody=body)


@app.on_sqs_message(queue=os.environ.get("LOAD_QUEUE", ""), batch_size=100, name="load")
def load(event: SQSEvent) -> dict[str, Any]:
    """Write the ledger, and delete loaded objects."""
    for record in event:
        _load(json.loads(record.body))
    return {"batchItemFailures": []}


@app.lambda_function(name="create_database")
def create_database(event: Any, context: Any) -> dict[str, Any]:
    """Make the ledger."""
    del context
    _execute(
        "create table if not exists load_files (file_id bigint, object_key varchar, content_sha256 varchar, "
        "version_id varchar, rows_loaded int, rows_rejected int, items int, total numeric(12, 2), "
        "status varchar, sentence varchar, remarks varchar)"
    )
    return {"given": event}


def _load(request: dict[str, str]) -> None:
    version = boto3.resource("s3").ObjectVersion(os.environ["RAW_BUCKET"], request["key"], request["version"])
    body = version.get()["Body"].read()
    if b"burst" in body:
        raise ValueError(request["key"])
    is_bad = b"bad" in body
    _execute(
        "insert into load_files "
        "select coalesce(max(file_id), 0) + 1, %s, %s, %s, 3, 0, 4, 12.5, %s, %s, %s from load_files",
        request["key"],
        hashlib.sha256(body).hexdigest(),
        request["version"],
        "refused" if is_bad else "loaded",
        "It holds no sales." if is_bad else "",
        "Its name gives a different store." if b"odd" in body else "",
    )
    if not is_bad:
        version.delete()


def _execute(sql: str, *parameters: str) -> None:
    connection = psycopg2.connect(os.environ["WAREHOUSE"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    finally:
        connection.close()
