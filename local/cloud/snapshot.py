"""Saves moto's memory at `down` and restores it at `up`: objects' versions with their tags, messages, sent mails.

The folder contains `index.json`, and a file under `bodies/` for the bytes of each version:
`{"buckets": {"ads-raw-data": {"leeds.csv": [{"version_id": …, "body": "bodies/3f2a…", …}, …]}}, "queues": …}`.
"""

import base64
import json
import shutil
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeKey
from moto.sqs.models import Message

from local.cloud import moto_backends, sent_mails

MESSAGE_FIELDS = (
    "message_attributes",
    "sender_id",
    "sent_timestamp",
    "approximate_first_receive_timestamp",
    "approximate_receive_count",
    "delayed_until",
)
OBJECT_FIELDS = ("encryption", "checksum_algorithm", "checksum_value", "checksum_type")


def save(folder: Path, pending: list[dict[str, Any]]) -> None:
    """Write objects, messages and pending notifications to a folder, complete or not at all."""
    draft = folder.with_name(folder.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "bodies").mkdir(parents=True)
    index = {
        "buckets": {name: _save_bucket(bucket, draft) for name, bucket in moto_backends.buckets().items()},
        "queues": {name: _save_queue(queue) for name, queue in moto_backends.queues().items()},
        "mails": sent_mails.saved(),
        "pending": pending,
    }
    (draft / "index.json").write_text(json.dumps(index, default=_encode), encoding="utf-8")
    # A folder cannot be renamed over another one. After a kill in between, the next start finds nothing, not a half.
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def load(folder: Path) -> list[dict[str, Any]]:
    """Put objects and messages back into the buckets and queues that exist, and return the pending notifications.

    A bucket or a queue that is no longer deployed loses its content.
    """
    if not (folder / "index.json").exists():
        return []
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"), object_hook=_decode)
    for name, keys in index["buckets"].items():
        if name in moto_backends.buckets():
            _load_bucket(moto_backends.buckets()[name], keys, folder)
    for name, messages in index["queues"].items():
        if name in moto_backends.queues():
            moto_backends.queues()[name]._messages.extend(map(_load_message, messages))  # noqa: SLF001
    sent_mails.restore(index.get("mails", {}))
    pending: list[dict[str, Any]] = index["pending"]
    return pending


def _save_bucket(bucket: Any, draft: Path) -> dict[str, Any]:
    # Versions of a key from the oldest to the newest, as moto lists them: the last one is the current object.
    return {
        key: [_save_version(version, draft) for version in bucket.keys.getlist(key)] for key in bucket.keys
    }


def _save_version(version: Any, draft: Path) -> dict[str, Any]:
    saved = {"version_id": version.version_id, "last_modified": version.last_modified.isoformat()}
    if isinstance(version, FakeDeleteMarker):
        return {**saved, "delete_marker": True}
    body = f"bodies/{uuid.uuid4().hex}"
    (draft / body).write_bytes(version.value)
    fields = {name: getattr(version, name) for name in OBJECT_FIELDS}
    etag = version.etag.strip('"')
    return {
        **saved,
        "body": body,
        "etag": etag,
        "metadata": dict(version.metadata),
        "fields": fields,
        "tags": moto_backends.object_tags().get(version.arn, {}),
    }


def _load_bucket(bucket: Any, keys: dict[str, Any], folder: Path) -> None:
    for key, saved in keys.items():
        versions: list[Any] = []
        for version in saved:
            versions.append(_load_version(bucket, key, version, folder, versions))
        bucket.keys.setlist(key, versions)


def _load_version(bucket: Any, key: str, saved: dict[str, Any], folder: Path, older: list[Any]) -> Any:
    restored: Any
    if saved.get("delete_marker"):
        # Moto makes a delete marker from the version that it hides; a marker that hides none needs a stand-in.
        restored = FakeDeleteMarker(
            older[-1] if older else FakeKey(key, b"", bucket.account_id, bucket.region_name)
        )
        restored._version_id = saved["version_id"]  # noqa: SLF001
    else:
        restored = FakeKey(
            name=key,
            bucket_name=bucket.name,
            value=(folder / saved["body"]).read_bytes(),
            account_id=bucket.account_id,
            region_name=bucket.region_name,
            etag=saved["etag"],
            is_versioned=bucket.is_versioned,
            version_id=saved["version_id"],
        )
        restored.set_metadata(saved["metadata"])
        for name, value in saved["fields"].items():
            setattr(restored, name, value)
        # An earlier release saved no tags.
        if tags := saved.get("tags"):
            moto_backends.object_tags()[restored.arn] = tags
    restored.last_modified = datetime.fromisoformat(saved["last_modified"])
    return restored


def _save_queue(queue: Any) -> list[dict[str, Any]]:
    return [
        {"id": message.id, "body": message.body, **{name: getattr(message, name) for name in MESSAGE_FIELDS}}
        for message in queue._messages  # noqa: SLF001
    ]


def _load_message(saved: dict[str, Any]) -> Message:
    message = Message(saved["id"], saved["body"])
    for name in MESSAGE_FIELDS:
        setattr(message, name, saved[name])
    return message


def _encode(value: Any) -> Any:
    # The binary attributes of messages; all else is JSON as it is. `_decode` reads them back.
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def _decode(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["base64"]) if value.keys() == {"base64"} else value
