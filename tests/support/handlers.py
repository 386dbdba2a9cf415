"""What CloudFormation's handlers ask for, by AWS's resource schemas, which cfn-lint has in its package.

The handler of a type creates, reads, updates and deletes its resources with the permissions of the stack's role.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from infra.policy_reference import actions

REGION: Final = "eu-west-1"

EXPANDED: Final = {
    "AWS::Serverless::Function": (
        "AWS::Events::Rule",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
    ),
}
"""The types that AWS's transform makes of a type."""

OPERATIONS: Final = ("create", "read", "update", "delete")
"""The operations of a handler that a stack needs; `list` finds resources that belong to no stack."""

KEYS: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:ListGrants",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
)
S3_TABLES: Final = (
    "s3:CreateBucketMetadataTableConfiguration",
    "s3:DeleteBucketMetadataTableConfiguration",
    "s3:UpdateBucketMetadataInventoryTableConfiguration",
    "s3:UpdateBucketMetadataJournalTableConfiguration",
    "s3tables:CreateNamespace",
    "s3tables:CreateTable",
    "s3tables:CreateTableBucket",
    "s3tables:GetTable",
    "s3tables:GetTableMetadataLocation",
    "s3tables:PutTableBucketPolicy",
    "s3tables:PutTableEncryption",
    "s3tables:PutTablePolicy",
    "s3tables:UpdateTableMetadataLocation",
)

OF_PROPERTIES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "AWS::Lambda::EventSourceMapping": {"KmsKeyArn": KEYS},
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": ("lambda:PassCapacityProvider",),
        "CodeSigningConfigArn": (
            "lambda:DeleteFunctionCodeSigningConfig",
            "lambda:GetCodeSigningConfig",
            "lambda:PutFunctionCodeSigningConfig",
        ),
        "FileSystemConfigs": ("elasticfilesystem:DescribeMountTargets",),
        "FunctionScalingConfig": ("lambda:PutFunctionScalingConfig",),
        "KmsKeyArn": KEYS,
        "Layers": ("lambda:GetLayerVersion",),
        "PublishToLatestPublished": ("lambda:PublishVersion",),
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": ("logs:PutBearerTokenAuthentication",),
        "DataProtectionPolicy": (
            "firehose:TagDeliveryStream",
            "logs:CreateLogDelivery",
            "logs:PutDataProtectionPolicy",
        ),
        "DeletionProtectionEnabled": ("logs:PutLogGroupDeletionProtection",),
        "FieldIndexPolicies": ("logs:DeleteIndexPolicy", "logs:PutIndexPolicy"),
        "KmsKeyId": ("logs:AssociateKmsKey", "logs:DisassociateKmsKey"),
        "ResourcePolicyDocument": ("logs:DeleteResourcePolicy", "logs:PutResourcePolicy"),
    },
    "AWS::RedshiftServerless::Namespace": {
        "KmsKeyId": KEYS,
        "NamespaceResourcePolicy": ("redshift:PutResourcePolicy",),
        "SnapshotCopyConfigurations": (
            "redshift-serverless:CreateSnapshotCopyConfiguration",
            "redshift-serverless:DeleteSnapshotCopyConfiguration",
            "redshift-serverless:UpdateSnapshotCopyConfiguration",
        ),
    },
    "AWS::RedshiftServerless::Workgroup": {
        "RecoveryPointId": ("redshift-serverless:RestoreFromRecoveryPoint",),
        "SnapshotArn": ("redshift-serverless:RestoreFromSnapshot",),
        "SnapshotName": ("redshift-serverless:RestoreFromSnapshot",),
    },
    "AWS::S3::Bucket": {
        "AbacStatus": ("s3:PutBucketAbac",),
        "AccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
        "AccessControl": ("s3:PutBucketAcl",),
        "AnalyticsConfigurations": ("s3:PutAnalyticsConfiguration",),
        "CorsConfiguration": ("s3:PutBucketCORS",),
        "IntelligentTieringConfigurations": ("s3:PutIntelligentTieringConfiguration",),
        "InventoryConfigurations": ("s3:PutInventoryConfiguration",),
        "MetadataConfiguration": S3_TABLES,
        "MetadataTableConfiguration": S3_TABLES,
        "MetricsConfigurations": ("s3:PutMetricsConfiguration",),
        "ObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
        "ReplicationConfiguration": ("s3:PutReplicationConfiguration",),
        "WebsiteConfiguration": ("s3:DeleteBucketWebsite", "s3:PutBucketWebsite"),
    },
    "AWS::SNS::Topic": {"DataProtectionPolicy": ("sns:PutDataProtectionPolicy",)},
    "AWS::SecretsManager::Secret": {
        "ReplicaRegions": (
            "secretsmanager:RemoveRegionsFromReplication",
            "secretsmanager:ReplicateSecretToRegions",
        ),
    },
}
"""Actions that a handler needs only for a property which no resource of the stack has, by type and property."""

WITHHELD: Final = {
    "iam:DeleteRolePermissionsBoundary": "a role without its boundary could have any permission",
    "s3:DeleteObject": "the role reaches the buckets, but none of their objects",
    "s3:PutObjectAcl": "the role reaches the buckets, but none of their objects",
    "secretsmanager:GetSecretValue": (
        "the role need not read the hash key: AWS made it, and a release that changes nothing of it does not read it"
    ),
}
"""Actions that the role does without, and why."""


def handled(types: Iterable[str]) -> list[str]:
    """Return the types that CloudFormation has handlers for, of the types in a template that it expands."""
    return sorted({name for kind in types for name in EXPANDED.get(kind, (kind,))})


def schema(kind: str) -> dict[str, Any]:
    """Return AWS's schema of a type of resource."""
    return dict(PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema)


def asked(kind: str) -> set[str]:
    """Return the actions that the handler of a type asks for; some that it names do not exist in IAM."""
    handlers = schema(kind)["handlers"]
    names = {name for each in OPERATIONS for name in handlers.get(each, {}).get("permissions", [])}
    return {name for name in names if actions(name)}


def withheld(kind: str) -> Iterator[tuple[str, str]]:
    """Yield each action that the handler of a type asks for and the role does not have, with the reason."""
    by_property = OF_PROPERTIES.get(kind, {})
    for name in sorted(asked(kind)):
        properties = [each for each, names in by_property.items() if name in names]
        if properties:
            yield name, f"no resource has {properties[0]}"
        elif name in WITHHELD:
            yield name, WITHHELD[name]
