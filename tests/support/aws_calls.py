"""The calls of AWS that functions made in a local cloud, and what IAM asks of each."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from local.account import ACCOUNT, REGION

Names = Mapping[str, Any]
HERE: Final = f"{REGION}:{ACCOUNT}"
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Need:
    """An action that a policy has to allow on a resource, and what its conditions may look at."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as a worker has written it down."""

    function: str
    service: str
    operation: str
    status: int
    named: Names
    given: tuple[str, ...]
    """The names of all parameters: some ask for another action, such as a tag or an ACL."""


class UnknownCallError(Exception):
    """A call of which nobody has said yet what it needs."""


def read(path: Path) -> Iterator[Call]:
    """Yield the calls of a file of `CAFE_LOCAL_CALLS`."""
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        yield Call(**told | {"given": tuple(told["given"])})


def needs(call: Call) -> list[Need]:
    """Return what IAM asks of a call; raise `UnknownCallError` if that is not known."""
    name = f"{call.service}.{call.operation}"
    known = OPERATIONS.get(name, Operation("", _nothing))
    if strange := set(call.given) - set(known.parameters.split()):
        raise UnknownCallError(
            f"{call.function} called {name} with {', '.join(sorted(strange))}:"
            " tests/support/aws_calls.py says what a call needs."
        )
    return [*known.needs(call.named), *(_telling_gone(call.named) if call.status == NOT_FOUND else [])]


class Operation(NamedTuple):
    """The parameters that are known not to ask for more, and what is needed, by what is named."""

    parameters: str
    needs: Callable[[Names], list[Need]]


def _nothing(_names: Names) -> list[Need]:
    return []


def _bucket(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def _object(verb: str, subject: str = "") -> Callable[[Names], list[Need]]:
    """Return what something done to an object needs; to a certain version of it that is another action."""

    def needs(names: Names) -> list[Need]:
        version = "Version" if "VersionId" in names else ""
        return [Need(f"s3:{verb}Object{version}{subject}", f"{_bucket(names['Bucket'])}/{names['Key']}")]

    return needs


def _copy(names: Names) -> list[Need]:
    """Return what a copy needs; of tags, which would need more, there are none on what is copied."""
    return [*_object("Get")(names["CopySource"]), *_object("Put")(names)]


def _delete_many(names: Names) -> list[Need]:
    return [Need("s3:DeleteObject", f"{_bucket(names['Bucket'])}/{key}") for key in names["Keys"]]


def _list(action: str) -> Callable[[Names], list[Need]]:
    def needs(names: Names) -> list[Need]:
        context = {"s3:prefix": names["Prefix"]} if "Prefix" in names else {}
        return [Need(action, _bucket(names["Bucket"]), context)]

    return needs


def _telling_gone(names: Names) -> list[Need]:
    """Return what S3 wants to see before it says 404 and not 403. Of versions AWS's own pages do not tell: both."""
    source = names.get("CopySource", names)
    actions = ["s3:ListBucket", *(["s3:ListBucketVersions"] if "VersionId" in source else [])]
    return [Need(action, _bucket(source["Bucket"])) for action in actions]


def _queue(action: str) -> Callable[[Names], list[Need]]:
    def needs(names: Names) -> list[Need]:
        name = names.get("QueueName") or names["QueueUrl"].rpartition("/")[2]
        return [Need(action, f"arn:aws:sqs:{HERE}:{name}")]

    return needs


def _secret(names: Names) -> list[Need]:
    """Return what reading a secret needs: its ARN ends in six characters that AWS chooses."""
    name = names["SecretId"]
    arn = name if name.startswith("arn:") else f"arn:aws:secretsmanager:{HERE}:secret:{name}-a1B2c3"
    return [Need("secretsmanager:GetSecretValue", arn)]


def _function(names: Names) -> list[Need]:
    return [Need("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:{names['FunctionName']}")]


def _topic(names: Names) -> list[Need]:
    return [Need("sns:Publish", names["TopicArn"])]


def _metrics(names: Names) -> list[Need]:
    return [Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": names["Namespace"]})]


def _cluster(names: Names) -> list[Need]:
    return [
        Need("redshift:DescribeClusters", f"arn:aws:redshift:{HERE}:cluster:{names['ClusterIdentifier']}")
    ]


def _cluster_password(names: Names) -> list[Need]:
    """Return what a temporary password needs: the user and the database, both in the cluster's name."""
    return [
        Need(
            "redshift:GetClusterCredentials",
            f"arn:aws:redshift:{HERE}:{kind}:{names['ClusterIdentifier']}/{names[name]}",
        )
        for kind, name in (("dbuser", "DbUser"), ("dbname", "DbName"))
    ]


def _workgroup(action: str) -> Callable[[Names], list[Need]]:
    """Return what a workgroup needs, of which the ARN has an id that AWS chooses, and not the name."""
    arn = f"arn:aws:redshift-serverless:{HERE}:workgroup/5a6ff11c-35cb-4ae1-a4a8-9e4a3c1d0b2f"
    return lambda _names: [Need(f"redshift-serverless:{action}", arn)]


OPERATIONS: Final = {
    "cloudwatch.PutMetricData": Operation("Namespace MetricData", _metrics),
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
    "s3.PutObject": Operation("Bucket Key Body", _object("Put")),
    "s3.PutObjectTagging": Operation("Bucket Key VersionId Tagging", _object("Put", "Tagging")),
    "secretsmanager.GetSecretValue": Operation("SecretId", _secret),
    "sns.Publish": Operation("TopicArn Subject Message", _topic),
    "sqs.GetQueueAttributes": Operation("QueueUrl AttributeNames", _queue("sqs:GetQueueAttributes")),
    "sqs.GetQueueUrl": Operation("QueueName", _queue("sqs:GetQueueUrl")),
    "sqs.SendMessage": Operation("QueueUrl MessageBody", _queue("sqs:SendMessage")),
}
"""Every call that a function makes. One that is not here, or has another parameter, fails its test until it is."""
