"""The calls of AWS that a release and a smoke test make, held against a role of `infra/bootstrap.yaml`."""

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, NamedTuple

from cfnlint.decode import cfn_yaml

from local.account import ACCOUNT, REGION
from local.state import PROJECT

VALUES: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "PackagesBucket.Arn": f"arn:aws:s3:::ads-resources-{ACCOUNT}-{REGION}",
}
ACTIONS: Final = {
    "GetBucketNotificationConfiguration": ["GetBucketNotification"],
    "HeadObject": ["GetObject"],
    "ListObjectsV2": ["ListBucket"],
    "ListObjectVersions": ["ListBucketVersions"],
    "UploadPart": ["PutObject"],
    "CreateMultipartUpload": ["PutObject"],
    "CompleteMultipartUpload": ["PutObject"],
    "CopyObject": ["GetObject", "PutObject"],
    "Invoke": ["InvokeFunction"],
}
"""The actions of IAM for operations of another name."""


class Call(NamedTuple):
    """One call, with its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any]


def recording(client: Callable[[str], Any], calls: list[Call]) -> Callable[[str], Any]:
    """Return a function that makes clients as another one does, and records all of their calls."""

    @cache
    def recorded(service: str) -> Any:
        made = client(service)

        def record(params: dict[str, Any], model: Any, **_: Any) -> None:
            calls.append(Call(service, model.name, dict(params)))

        made.meta.events.register("provide-client-params", record)
        return made

    return recorded


def needs(call: Call) -> Iterator[tuple[str, str]]:
    """Yield each action that IAM requires for a call, with its resource."""
    resource = _resource(call)
    names = list(ACTIONS.get(call.operation, [call.operation]))
    if call.operation == "DeleteObject" and "VersionId" in call.parameters:
        names = ["DeleteObjectVersion"]
    if call.parameters.get("Tagging"):
        names.append("PutObjectTagging")
    yield from ((f"{call.service}:{name}", resource) for name in names)


def _resource(call: Call) -> str:
    parameters = call.parameters
    if call.operation == "ListEventSourceMappings":
        return "*"  # AWS takes no narrower one
    if call.service == "lambda":
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{parameters['FunctionName']}"
    if call.service == "cloudformation":
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{parameters['StackName']}/id"
    key = f"/{parameters['Key']}" if "Key" in parameters else ""
    return f"arn:aws:s3:::{parameters['Bucket']}{key}"


def grants(role: str) -> Iterator[tuple[str, str]]:
    """Yield each action that a role may take, with the pattern of its resources."""
    template = json.loads(json.dumps(cfn_yaml.load(str(PROJECT / "infra" / "bootstrap.yaml"))))
    for policy in template["Resources"][role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in _listed(statement["Action"]):
                yield from ((action, _text(resource)) for resource in _listed(statement["Resource"]))


def denied(role: str, calls: list[Call]) -> set[tuple[str, str]]:
    """Return the actions and resources that calls need and a role does not have."""
    allowed = list(grants(role))
    return {
        need
        for call in calls
        for need in needs(call)
        if not any(need[0] == action and fnmatchcase(need[1], pattern) for action, pattern in allowed)
    }


def _listed(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def _text(value: Any) -> str:
    """Return an ARN with its variables filled in, and with the default names of buckets."""
    if isinstance(value, str):
        return value
    if "Fn::If" in value:
        return _text(value["Fn::If"][-1])
    if "Fn::GetAtt" in value:
        return VALUES.get(".".join(value["Fn::GetAtt"]), "another resource")
    return re.sub(r"\$\{([\w:.]+)\}", lambda match: VALUES[match[1]], value["Fn::Sub"])
