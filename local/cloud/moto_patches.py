"""The differences of the local cloud from moto: one function each, with the reason in its docstring."""

import json
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import quote

from moto.awslambda.models import LambdaFunction
from moto.cloudwatch.models import CloudWatchBackend
from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.moto_server.utilities import RegexConverter
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.sqs.models import Queue, SQSBackend

from infra.provisioning import Client
from local.cloud import mapping_states, moto_backends, moto_stacks, s3_events, saved_queries
from local.cloud.warm_worker import Answer, Function

Invoke = Callable[[Function, Any], Answer]
Submit = Callable[[str, Any], None]

# The originals, taken once at import: `install` runs once per cloud, and must not wrap its own functions again.
_notification_config = S3Response._notification_config_from_body  # noqa: SLF001 - moto offers no other way
_list_object_versions = S3Response.list_object_versions
_init_converter = RegexConverter.__init__
_delete_message = Queue.delete_message
_get_filtered_metrics = CloudWatchBackend.get_filtered_metrics
_receive_message = SQSBackend.receive_message

ENCODED_TEXTS: Final = ("KeyMarker", "NextKeyMarker", "Prefix", "Delimiter")
ENCODED_ENTRIES: Final = {"Versions": "Key", "DeleteMarkers": "Key", "CommonPrefixes": "Prefix"}
"""The parts of a listing that S3 encodes."""


def install(invoke: Invoke, submit: Submit, client: Client) -> None:
    """Let moto run functions through `invoke`, hand events to `submit`, and make stacks by `client`."""
    _patch_lambda(invoke, submit)
    _patch_s3_events(submit)
    _patch_s3_filters()
    _patch_s3_policies()
    _patch_s3_paths()
    _patch_s3_listings()
    _patch_sqs()
    _patch_cloudwatch()
    mapping_states.install()
    saved_queries.install()
    moto_stacks.install(client)


def _replace(owner: Any, **functions: Callable[..., Any]) -> None:
    for name, function in functions.items():
        setattr(owner, name, function)


def _patch_lambda(invoke: Invoke, submit: Submit) -> None:
    """Moto runs functions in Docker containers; here they run in warm workers."""

    def run(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        event = json.loads(body or "{}")
        kind = request_headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "Event":
            submit(self.function_arn, event)
        if kind != "RequestResponse":  # neither an event nor a dry run has an answer
            return b""
        answer = invoke(moto_backends.describe(self), event)
        response_headers["x-amz-executed-version"] = "$LATEST"
        response_headers["x-amz-log-result"] = moto_backends.log_tail(answer.log)
        if answer.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return answer.payload.encode()

    _replace(LambdaFunction, invoke=run)


def _patch_s3_events(submit: Submit) -> None:
    """Moto's events have no sequencer and no version, and an upload waits there until the function has run."""
    sequencer = s3_events.Sequencer()

    def event(name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
        return s3_events.event(name, bucket, key, notification_id, sequencer.next())

    def deliver(_account: str, body: Any, function_arn: str, _region: str) -> None:
        submit(function_arn, body)

    _replace(notifications, _get_s3_event=event, _invoke_awslambda=deliver)


def _patch_s3_filters() -> None:
    """Chalice writes the filters' names as `Prefix` and `Suffix`: S3 accepts them, moto answers with status 500."""

    def notification_config(self: Any) -> Any:
        for name in (b"Prefix", b"Suffix"):
            body = self.body if isinstance(self.body, bytes) else self.body.encode()
            # "<Name>Suffix</Name>" -> "<Name>suffix</Name>"
            self.body = body.replace(b"<Name>%s</Name>" % name, b"<Name>%s</Name>" % name.lower())
        return _notification_config(self)

    _replace(S3Response, _notification_config_from_body=notification_config)


def _patch_s3_policies() -> None:
    """Moto ignores conditions in bucket policies, so that a rule against plain HTTP would deny every request here."""

    def permission(_self: Any, _action: str, _resource: str) -> Any:
        return PermissionResult.NEUTRAL

    _replace(FakeBucket, get_permission=permission)


def _patch_s3_paths() -> None:
    """Moto's patterns of paths end at a line break, which a key of S3 may contain."""

    def init(self: Any, url_map: Any, *patterns: str) -> None:
        _init_converter(self, url_map, *(f"(?s:{pattern})" for pattern in patterns))

    _replace(RegexConverter, __init__=init)


def _patch_s3_listings() -> None:
    """Moto writes keys into the listing of versions as they are: one with a control character is no XML any more."""

    def list_object_versions(self: Any) -> Any:
        serialized = self.serialized

        def serialize(action: ActionResult) -> Any:
            if isinstance(action.result, Exception):  # there is no such bucket
                return serialized(action)
            return serialized(ActionResult(_url_encoded(cast("dict[str, Any]", action.result))))

        if self.querystring.get("encoding-type") == ["url"]:
            self.serialized = serialize
        return _list_object_versions(self)

    _replace(S3Response, list_object_versions=list_object_versions)


def _url_encoded(listing: dict[str, Any]) -> dict[str, Any]:
    """Return a listing of versions with its keys encoded, as S3 does if asked; boto3 always asks, and decodes them."""
    texts: dict[str, Any] = {name: quote(listing[name] or "") for name in ENCODED_TEXTS if name in listing}
    entries: dict[str, Any] = {
        name: [{**entry, part: quote(entry[part])} for entry in listing[name]]
        for name, part in ENCODED_ENTRIES.items()
        if name in listing
    }
    return {**listing, **texts, **entries, "EncodingType": "url"}


def _patch_sqs() -> None:
    """Moto runs a mapped function for each single message as it is sent; here `event_source` polls for batches.

    Moto also builds a new list of messages when it deletes one. A message that is sent meanwhile goes to the old list
    and is lost, so all three steps take the queue's lock.
    """

    def add_message(self: Any, message: Any) -> None:
        with self._messages_lock:
            self._messages.append(message)
            self._messages_lock.notify_all()

    def delete_message(self: Any, receipt_handle: str) -> None:
        with self._messages_lock:
            _delete_message(self, receipt_handle)

    def receive_message(self: Any, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        with self.get_queue(queue_name)._messages_lock:  # noqa: SLF001
            return _receive_message(self, queue_name, *args, **kwargs)

    _replace(Queue, add_message=add_message, delete_message=delete_message)
    _replace(SQSBackend, receive_message=receive_message)


def _patch_cloudwatch() -> None:
    """Moto lists a metric that has no dimension once for each of its values."""

    def get_filtered_metrics(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
        metrics = {
            (
                metric.namespace,
                metric.name,
                *sorted((each.name, each.value) for each in metric.dimensions),
            ): metric
            for metric in _get_filtered_metrics(self, *args, **kwargs)
        }
        return list(metrics.values())

    _replace(CloudWatchBackend, get_filtered_metrics=get_filtered_metrics)
