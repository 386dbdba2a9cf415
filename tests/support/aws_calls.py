"""The calls of AWS that functions made in a local cloud, and the permissions that IAM requires for each."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from local.account import ACCOUNT, REGION

Names = Mapping[str, Any]
HERE: Final = f"{REGION}:{ACCOUNT}"
NOT_FOUND: Final = 404
OWNER: Final = "ExpectedBucketOwner"
SOURCE_OWNER: Final = "ExpectedSourceBucketOwner"


@dataclass(frozen=True, slots=True)
class Need:
    """An action that a policy must allow on a resource, with the values that its conditions may check."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as a worker recorded it."""

    function: str
    service: str
    operation: str
    status: int
    named: Names
    parameters: tuple[str, ...]
    """The names of all parameters. Some need another action, such as a tag or an ACL."""
    process: int = 0
    thread: str = ""
    began: float = 0
    ended: float = 0


class UnknownCallError(Exception):
    """A call, or a parameter of it, whose permissions `OPERATIONS` does not declare yet."""


def read(path: Path) -> Iterator[Call]:
    """Yield the calls in a file that a cloud with the variable `CAFE_LOCAL_CALLS` wrote."""
    for line in path.read_text(encoding="utf-8").splitlines():
        # local/cloud/worker.py calls the names of the parameters "given"
        fields = json.loads(line)
        yield Call(parameters=tuple(fields.pop("given")), **fields)


def needs(call: Call) -> list[Need]:
    """Return the permissions that IAM requires for a call; raise `UnknownCallError` if they are not declared."""
    name = f"{call.service}.{call.operation}"
    operation = OPERATIONS.get(name, Operation("", _nothing))
    if undeclared := set(call.parameters) - {OWNER, SOURCE_OWNER} - set(operation.parameters.split()):
        raise UnknownCallError(
            f"{call.function} called {name} with {', '.join(sorted(undeclared))}:"
            " declare in tests/support/aws_calls.py what that needs."
        )
    if call.service == "s3" and OWNER not in call.parameters:
        raise UnknownCallError(
            f"{call.function} called {name} on a bucket that may be anybody's: without {OWNER}."
        )
    return [
        *operation.needs(call.named),
        *(_object("Get")(call.named) if is_conditional_delete(call) else []),
        *(_for_a_404(call.named) if call.status == NOT_FOUND else []),
    ]


def is_conditional_delete(call: Call) -> bool:
    """Tell whether S3 compares before it deletes: for an eTag it also needs the permission to read the object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
    """
    return (call.service, call.operation) == ("s3", "DeleteObject") and "IfMatch" in call.parameters


class Operation(NamedTuple):
    """The parameters that need no further permission, and the function that returns what the call needs."""

    parameters: str
    needs: Callable[[Names], list[Need]]


def _nothing(_names: Names) -> list[Need]:
    return []


def _bucket(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def _object(verb: str, subject: str = "") -> Callable[[Names], list[Need]]:
    """Return the permission for an action on an object; on one version of it that is another action."""

    # "Get" -> s3:GetObject, or s3:GetObjectVersion; "Get", "Tagging" -> s3:GetObjectTagging, s3:GetObjectVersionTagging
    def needs(names: Names) -> list[Need]:
        version = "Version" if "VersionId" in names else ""
        return [Need(f"s3:{verb}Object{version}{subject}", f"{_bucket(names['Bucket'])}/{names['Key']}")]

    return needs


def _copy(names: Names) -> list[Need]:
    """Return the permissions for a copy. Tags would need more, but the objects that we copy have none."""
    return [*_object("Get")(names["CopySource"]), *_object("Put")(names)]


def _delete_many(names: Names) -> list[Need]:
    return [Need("s3:DeleteObject", f"{_bucket(names['Bucket'])}/{key}") for key in names["Keys"]]


def _list(action: str) -> Callable[[Names], list[Need]]:
    def needs(names: Names) -> list[Need]:
        context = {"s3:prefix": names["Prefix"]} if "Prefix" in names else {}
        return [Need(action, _bucket(names["Bucket"]), context)]

    return needs


def _for_a_404(names: Names) -> list[Need]:
    """Return the permissions without which S3 answers 403 for a missing object, not 404.

    AWS's pages do not say which permission a missing version needs, so it needs both.
    """
    source = names.get("CopySource", names)
    actions = ["s3:ListBucket", *(["s3:ListBucketVersions"] if "VersionId" in source else [])]
    return [Need(action, _bucket(source["Bucket"])) for action in actions]


def _queue(action: str) -> Callable[[Names], list[Need]]:
    def needs(names: Names) -> list[Need]:
        name = names.get("QueueName") or names["QueueUrl"].rpartition("/")[2]
        return [Need(action, f"arn:aws:sqs:{HERE}:{name}")]

    return needs


def _secret(names: Names) -> list[Need]:
    """Return the permission to read a secret, whose ARN ends in six characters that AWS chooses."""
    name = names["SecretId"]
    arn = name if name.startswith("arn:") else f"arn:aws:secretsmanager:{HERE}:secret:{name}-a1B2c3"
    return [Need("secretsmanager:GetSecretValue", arn)]


def _function(names: Names) -> list[Need]:
    return [Need("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:{names['FunctionName']}")]


def _topic(names: Names) -> list[Need]:
    return [Need("sns:Publish", names["TopicArn"])]


def _cluster(names: Names) -> list[Need]:
    return [
        Need("redshift:DescribeClusters", f"arn:aws:redshift:{HERE}:cluster:{names['ClusterIdentifier']}")
    ]


def _cluster_password(names: Names) -> list[Need]:
    """Return the permissions for a temporary password: on the user and on the database of the cluster."""
    return [
        Need(
            "redshift:GetClusterCredentials",
            f"arn:aws:redshift:{HERE}:{kind}:{names['ClusterIdentifier']}/{names[name]}",
        )
        for kind, name in (("dbuser", "DbUser"), ("dbname", "DbName"))
    ]


def _workgroup(action: str) -> Callable[[Names], list[Need]]:
    """Return the permission on a workgroup, whose ARN has an id that AWS chooses in the place of the name."""
    arn = f"arn:aws:redshift-serverless:{HERE}:workgroup/5a6ff11c-35cb-4ae1-a4a8-9e4a3c1d0b2f"
    return lambda _names: [Need(f"redshift-serverless:{action}", arn)]


OPERATIONS: Final = {
    "lambda.Invoke": Operation("FunctionName InvocationType Payload", _function),
    "redshift-serverless.GetCredentials": Operation(
        "workgroupName dbName durationSeconds", _workgroup("GetCredentials")
    ),
    "redshift-serverless.GetWorkgroup": Operation("workgroupName", _workgroup("GetWorkgroup")),
    "redshift.DescribeClusters": Operation("ClusterIdentifier", _cluster),
    "redshift.GetClusterCredentials": Operation(
        "ClusterIdentifier DbName DbUser AutoCreate", _cluster_password
    ),
    "s3.CopyObject": Operation("Bucket Key CopySource Metadata MetadataDirective", _copy),
    "s3.DeleteObject": Operation("Bucket Key VersionId IfMatch", _object("Delete")),
    "s3.DeleteObjects": Operation("Bucket Delete", _delete_many),
    "s3.GetObject": Operation("Bucket Key VersionId", _object("Get")),
    "s3.GetObjectTagging": Operation("Bucket Key VersionId", _object("Get", "Tagging")),
    "s3.HeadObject": Operation("Bucket Key VersionId", _object("Get")),
    "s3.ListObjectVersions": Operation(
        "Bucket Prefix KeyMarker VersionIdMarker", _list("s3:ListBucketVersions")
    ),
    "s3.ListObjectsV2": Operation("Bucket Prefix ContinuationToken", _list("s3:ListBucket")),
    "s3.PutObject": Operation("Bucket Key Body ContentType Metadata", _object("Put")),
    "s3.PutObjectTagging": Operation("Bucket Key VersionId Tagging", _object("Put", "Tagging")),
    "secretsmanager.GetSecretValue": Operation("SecretId", _secret),
    "sns.Publish": Operation("TopicArn Subject Message", _topic),
    "sns.PublishBatch": Operation("TopicArn PublishBatchRequestEntries", _topic),
    "sqs.ChangeMessageVisibility": Operation(
        "QueueUrl ReceiptHandle VisibilityTimeout", _queue("sqs:ChangeMessageVisibility")
    ),
    "sqs.ChangeMessageVisibilityBatch": Operation("QueueUrl Entries", _queue("sqs:ChangeMessageVisibility")),
    "sqs.DeleteMessageBatch": Operation("QueueUrl Entries", _queue("sqs:DeleteMessage")),
    "sqs.DeleteMessage": Operation("QueueUrl ReceiptHandle", _queue("sqs:DeleteMessage")),
    "sqs.GetQueueAttributes": Operation("QueueUrl AttributeNames", _queue("sqs:GetQueueAttributes")),
    "sqs.GetQueueUrl": Operation("QueueName", _queue("sqs:GetQueueUrl")),
    "sqs.ReceiveMessage": Operation(
        "QueueUrl MaxNumberOfMessages VisibilityTimeout WaitTimeSeconds AttributeNames",
        _queue("sqs:ReceiveMessage"),
    ),
    "sqs.SendMessage": Operation("QueueUrl MessageBody", _queue("sqs:SendMessage")),
}
"""Every call that a function makes. A call or a parameter that is not declared here fails the test."""
