"""Creates resources of a template, or brings them up to date, by calls of AWS's API. Every call may be repeated."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.resolving import Resource

Client = Callable[[str], Any]
"""Takes the name of a service and returns its client."""

US_EAST_1: Final = "us-east-1"
"""The region that S3 refuses as a location: a bucket is created there if no location is given."""

ALARM_SETTINGS: Final = {
    "AlarmName",
    "AlarmDescription",
    "Namespace",
    "MetricName",
    "Dimensions",
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ComparisonOperator",
    "Threshold",
    "TreatMissingData",
    "AlarmActions",
    "OKActions",
}
"""The properties of an alarm that the API has under the same name."""


def provision(resources: Iterable[Resource], client: Client) -> None:
    """Create resources of the types in `MAKERS`, or bring them up to date, in the order of that table."""
    cached = cache(client)
    # A dead-letter queue comes before the queue that names it: False sorts before True.
    ordered = sorted(resources, key=lambda resource: "RedrivePolicy" in resource.properties)
    for kind, make in MAKERS.items():
        for resource in ordered:
            if resource.type == kind:
                make(resource.properties, cached)


def remove(resources: Iterable[Resource], client: Client) -> list[str]:
    """Delete the resources that exist; return the names of those that the template says to retain."""
    cached = cache(client)
    retained = []
    for resource in resources:
        if resource.is_retained:
            retained.append(resource.name)
        elif resource.type in REMOVERS:
            REMOVERS[resource.type](resource, cached)
    return sorted(retained)


def _remove_queue(resource: Resource, client: Client) -> None:
    with _unless("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"):
        url = client("sqs").get_queue_url(QueueName=resource.name)["QueueUrl"]
        client("sqs").delete_queue(QueueUrl=url)


def _remove_topic(resource: Resource, client: Client) -> None:
    client("sns").delete_topic(TopicArn=resource.arn)


def _remove_log_group(resource: Resource, client: Client) -> None:
    with _unless("ResourceNotFoundException"):
        client("logs").delete_log_group(logGroupName=resource.name)


def _remove_alarm(resource: Resource, client: Client) -> None:
    client("cloudwatch").delete_alarms(AlarmNames=[resource.name])


def _remove_dashboard(resource: Resource, client: Client) -> None:
    with _unless("ResourceNotFound"):
        client("cloudwatch").delete_dashboards(DashboardNames=[resource.name])


def _remove_query(resource: Resource, client: Client) -> None:
    for query_id in _query_ids(resource.name, client):
        client("logs").delete_query_definition(queryDefinitionId=query_id)


def _remove_role(resource: Resource, client: Client) -> None:
    with _unless("NoSuchEntity"):
        for policy in resource.properties["Policies"]:  # IAM deletes no role that still has one
            client("iam").delete_role_policy(RoleName=resource.name, PolicyName=policy["PolicyName"])
        client("iam").delete_role(RoleName=resource.name)


def _secret(properties: dict[str, Any], client: Client) -> None:
    """Create the secret unless it exists: a new key would make a new customer of every name."""
    length = properties["GenerateSecretString"]["PasswordLength"]
    with _unless("ResourceExistsException"):
        client("secretsmanager").create_secret(
            Name=properties["Name"],
            Description=properties["Description"],
            SecretString=secrets.token_hex(length // 2),  # two digits a byte
        )


def _queue(properties: dict[str, Any], client: Client) -> None:
    # SQS takes every attribute as a text: 1800 -> "1800", true -> "true", a policy -> its JSON
    attributes = {
        name: json.dumps(value) if isinstance(value, dict | bool) else str(value)
        for name, value in properties.items()
        if name != "QueueName"
    }
    url = client("sqs").create_queue(QueueName=properties["QueueName"])["QueueUrl"]
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _queue_policy(properties: dict[str, Any], client: Client) -> None:
    policy = json.dumps(properties["PolicyDocument"])
    for queue in properties["Queues"]:
        url = client("sqs").get_queue_url(QueueName=queue.rsplit("/", 1)[-1])["QueueUrl"]
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _topic(properties: dict[str, Any], client: Client) -> None:
    client("sns").create_topic(Name=properties["TopicName"])


def _topic_policy(properties: dict[str, Any], client: Client) -> None:
    policy = json.dumps(properties["PolicyDocument"])
    for topic in properties["Topics"]:
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _subscription(properties: dict[str, Any], client: Client) -> None:
    client("sns").subscribe(
        **properties
    )  # of an address that is subscribed already it returns the subscription


def _log_group(properties: dict[str, Any], client: Client) -> None:
    name = properties["LogGroupName"]
    with _unless("ResourceAlreadyExistsException"):
        client("logs").create_log_group(logGroupName=name)
    client("logs").put_retention_policy(logGroupName=name, retentionInDays=properties["RetentionInDays"])


def _alarm(properties: dict[str, Any], client: Client) -> None:
    client("cloudwatch").put_metric_alarm(
        **{name: value for name, value in properties.items() if name in ALARM_SETTINGS}
    )


def _dashboard(properties: dict[str, Any], client: Client) -> None:
    client("cloudwatch").put_dashboard(**properties)


def _query(properties: dict[str, Any], client: Client) -> None:
    """Save the query, under the id that it has already if it was saved before: a name alone makes a second one."""
    settings = {"queryString": properties["QueryString"], "logGroupNames": properties["LogGroupNames"]}
    ids = [{"queryDefinitionId": query_id} for query_id in _query_ids(properties["Name"], client)]
    for identity in ids or [{}]:
        client("logs").put_query_definition(name=properties["Name"], **settings, **identity)


def _query_ids(name: str, client: Client) -> list[str]:
    """Return the ids of the saved queries of a name."""
    response = client("logs").describe_query_definitions(queryDefinitionNamePrefix=name)
    return [query["queryDefinitionId"] for query in response["queryDefinitions"] if query["name"] == name]


def _role(properties: dict[str, Any], client: Client) -> None:
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    with _unless("EntityAlreadyExists"):
        client("iam").create_role(RoleName=properties["RoleName"], AssumeRolePolicyDocument=trust)
    # A role that existed gets its trust policy and its permissions anew.
    client("iam").update_assume_role_policy(RoleName=properties["RoleName"], PolicyDocument=trust)
    for policy in properties["Policies"]:
        client("iam").put_role_policy(
            RoleName=properties["RoleName"],
            PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"]),
        )


def _bucket(properties: dict[str, Any], client: Client) -> None:
    s3 = client("s3")
    bucket, region = properties["BucketName"], s3.meta.region_name
    where = {} if region == US_EAST_1 else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    with _unless("BucketAlreadyOwnedByYou"):
        s3.create_bucket(Bucket=bucket, **where)
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
    )
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=properties["OwnershipControls"])
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"])
    s3.put_bucket_encryption(
        Bucket=bucket, ServerSideEncryptionConfiguration=_encryption(properties["BucketEncryption"])
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
        },
    )
    # In a stage that Chalice deploys, Chalice sets the notification itself.
    if "NotificationConfiguration" in properties:
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=_notification(properties["NotificationConfiguration"])
        )


def _bucket_policy(properties: dict[str, Any], client: Client) -> None:
    client("s3").put_bucket_policy(
        Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"])
    )


def _failures(properties: dict[str, Any], client: Client) -> None:
    names = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig", "FunctionName"}
    client("lambda").put_function_event_invoke_config(
        **{name: value for name, value in properties.items() if name in names}
    )


def _encryption(configuration: dict[str, Any]) -> dict[str, Any]:
    # The API says "ApplyServerSideEncryptionByDefault", CloudFormation drops the first word.
    rules = configuration["ServerSideEncryptionConfiguration"]
    return {
        "Rules": [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]} for rule in rules
        ]
    }


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a lifecycle rule as the API has it."""
    # {"ExpirationInDays": 30} -> {"Expiration": {"Days": 30}}; the API has one setting for both kinds of expiration.
    settings = {
        "Days": rule.get("ExpirationInDays"),
        "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
    }
    expiration = {name: value for name, value in settings.items() if value is not None}
    same = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    return {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
        **({"Expiration": expiration} if expiration else {}),
        **{name: rule[name] for name in same if name in rule},
    }


def _notification(configuration: dict[str, Any]) -> dict[str, Any]:
    return {
        "LambdaFunctionConfigurations": [
            {"LambdaFunctionArn": target["Function"], "Events": [target["Event"]]}
            for target in configuration["LambdaConfigurations"]
        ]
    }


@contextmanager
def _unless(*codes: str) -> Iterator[None]:
    """Ignore these error codes: they say that the resource is in the desired state already."""
    try:
        yield
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in codes:
            raise


MAKERS: Final[dict[str, Callable[[dict[str, Any], Client], None]]] = {
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::Logs::QueryDefinition": _query,
    "AWS::IAM::Role": _role,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::Lambda::EventInvokeConfig": _failures,
}
"""The function that creates a resource of each type. A type comes before the types that need it."""

REMOVERS: Final[dict[str, Callable[[Resource, Client], None]]] = {
    "AWS::CloudWatch::Alarm": _remove_alarm,
    "AWS::CloudWatch::Dashboard": _remove_dashboard,
    "AWS::IAM::Role": _remove_role,
    "AWS::Logs::LogGroup": _remove_log_group,
    "AWS::Logs::QueryDefinition": _remove_query,
    "AWS::SNS::Topic": _remove_topic,
    "AWS::SQS::Queue": _remove_queue,
}
"""The function that deletes a resource of each type. Policies and subscriptions go with their queue or topic."""
