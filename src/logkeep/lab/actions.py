"""What must be allowed for this operation? Its IAM actions, each with the resource and its owner.

Source: Service Authorization Reference; Amazon S3 User Guide, "Required permissions for Amazon S3
API operations" (rule 2.1.8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from logkeep.lab.context import Values
from logkeep.lab.kind import Names

S3_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
}
"""S3 operations whose action has another name; `s3:` is left out."""

_VERSIONED = {"GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging", "HeadObject"}
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
_OTHERS = {
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
}


def action_of(service: str, operation: str, signing: str, arguments: dict[str, Any]) -> str:
    """The IAM action of an operation; `signing` is the service's name in the signature."""
    if (service, operation) in _OTHERS:
        return _OTHERS[service, operation]
    if service == "s3":
        name = S3_ACTIONS.get(operation, operation)
        if operation in _VERSIONED and arguments.get("VersionId"):
            name = name.replace("Object", "ObjectVersion", 1)
        return f"s3:{name}"
    return f"{_PREFIXES.get(signing, signing)}:{operation}"


@dataclass(frozen=True)
class NeededAction:
    """One thing that must be allowed."""

    action: str
    resource: str
    owner: str
    context: Values = field(default_factory=dict[str, Any])


_IAM = (
    ("PolicyArn", ""),
    ("UserName", "user/"),
    ("RoleName", "role/"),
    ("GroupName", "group/"),
    ("InstanceProfileName", "instance-profile/"),
)
_NAMED: dict[str, tuple[tuple[str, str], ...]] = {
    "lambda": (("FunctionName", "function:"),),
    "ssm": (("Name", "parameter/"),),
    "sns": (("TopicArn", ""), ("TargetArn", ""), ("Name", "")),
    "sqs": (("QueueName", ""),),
    "dynamodb": (("TableName", "table/"),),
    "firehose": (("DeliveryStreamName", "deliverystream/"),),
    "kinesis": (("StreamARN", ""), ("StreamName", "stream/")),
    "secretsmanager": (("SecretId", "secret:"), ("Name", "secret:")),
}


def resource_of(
    service: str, arguments: dict[str, Any], account: str, region: str, more: Names
) -> str:
    """The ARN an operation acts on, from its arguments; `*` where it names none.

    `more` says of further services which arguments name it.
    """
    if service == "s3":
        return _in_s3(arguments)
    if service == "s3control":
        return _access_point(arguments, account, region)
    if service == "iam":
        return _first(_IAM, arguments, f"arn:aws:iam::{account}:")
    if service == "sts":
        return str(arguments.get("RoleArn") or "*")
    if service == "logs":
        return _in_logs(arguments, account, region)
    if service == "sqs" and arguments.get("QueueUrl"):
        name = str(arguments["QueueUrl"]).rstrip("/").rpartition("/")[2]
        return f"arn:aws:sqs:{region}:{account}:{name}"
    names = _NAMED.get(service) or more.get(service, ())
    return _first(names, arguments, f"arn:aws:{service}:{region}:{account}:")


def _first(names: Iterable[tuple[str, str]], arguments: dict[str, Any], stem: str) -> str:
    for name, kind in names:
        value = arguments.get(name)
        if isinstance(value, str) and value:
            return value if value.startswith("arn:") else stem + kind + value.lstrip("/")
    return "*"


def _in_s3(arguments: dict[str, Any]) -> str:
    bucket = arguments.get("Bucket")
    if not bucket:
        return "*"
    key = arguments.get("Key")
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")


def _access_point(arguments: dict[str, Any], account: str, region: str) -> str:
    """An access point by its name; those of several Regions are told by the calls about them."""
    name = arguments.get("Name")
    return f"arn:aws:s3:{region}:{account}:accesspoint/{name}" if name else "*"


def _in_logs(arguments: dict[str, Any], account: str, region: str) -> str:
    group = arguments.get("logGroupName") or arguments.get("logGroupIdentifier")
    if not group:
        return "*"
    stream = arguments.get("logStreamName", "")
    name = str(group).rpartition(":log-group:")[2].removesuffix(":*")
    return f"arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:{stream}"


def copy_source(arguments: dict[str, Any]) -> tuple[str, str]:
    """Bucket and key that a copy reads from."""
    bucket, _, key = unquote(str(arguments.get("CopySource", ""))).lstrip("/").partition("/")
    return bucket, key.partition("?versionId=")[0]
