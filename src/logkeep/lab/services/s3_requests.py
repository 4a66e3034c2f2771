"""What is a request of S3 called in the logs of AWS, and which keys did a batch of deletes touch?

Sources: S3 User Guide, "Amazon S3 CloudTrail events" and "Amazon S3 server access log format".
"""

from __future__ import annotations

from typing import Any

from logkeep.lab.call import Answer, Call

_EVENTS = {
    "ListObjectsV2": "ListObjects",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
}
"""CloudTrail's names where they differ from the API's."""

_ON_OBJECTS = frozenset(
    {
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjectTagging",
        "DeleteObjects",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectLegalHold",
        "GetObjectRetention",
        "GetObjectTagging",
        "GetObjectTorrent",
        "HeadBucket",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListParts",
        "PutObject",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "PutObjectTagging",
        "RestoreObject",
        "SelectObjectContent",
        "UploadPart",
        "UploadPartCopy",
    }
)
"""The events on the level of objects, which are data events, by CloudTrail's names."""

_RESOURCES = {
    "AbortMultipartUpload": "UPLOAD",
    "CompleteMultipartUpload": "UPLOAD",
    "CreateMultipartUpload": "UPLOADS",
    "UploadPart": "PART",
    "ListParts": "UPLOAD",
    "ListMultipartUploads": "UPLOADS",
    "ListObjects": "BUCKET",
    "ListObjectVersions": "BUCKETVERSIONS",
    "HeadBucket": "BUCKET",
    "CreateBucket": "BUCKET",
    "DeleteBucket": "BUCKET",
    "DeleteObjects": "MULTI_OBJECT_DELETE",
    "BucketLogging": "LOGGING_STATUS",
    "BucketPolicy": "BUCKETPOLICY",
    "BucketRequestPayment": "REQUEST_PAYMENT",
    "AccelerateConfiguration": "ACCELERATE",
    "BucketOwnershipControls": "OWNERSHIP_CONTROLS",
    "BucketPublicAccessBlock": "PUBLIC_ACCESS_BLOCK",
    "BucketObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
    "ObjectTagging": "OBJECT_TAGGING",
    "ObjectRetention": "OBJECT_LOCK_RETENTION",
    "ObjectLegalHold": "OBJECT_LOCK_LEGALHOLD",
    "BucketPolicyStatus": "BUCKET_POLICY_STATUS",
    "ObjectAttributes": "OBJECT_ATTRIBUTES",
}
"""Access logs' names of what an event is about, where it is not the event's own."""
_VERBS = ("Get", "Put", "Head", "Delete", "List", "Create")
COPIES = {"CopyObject": "REST.COPY.OBJECT", "UploadPartCopy": "REST.COPY.PART"}
"""What access logs call the requests that read another object."""


def event_name(operation: str) -> str:
    """The name of an operation in CloudTrail's events."""
    return _EVENTS.get(operation, operation)


def is_on_objects(operation: str) -> bool:
    """Whether CloudTrail has it as a data event."""
    return event_name(operation) in _ON_OBJECTS


def rest_name(method: str, operation: str) -> str:
    """The name in access logs: `REST.`, the HTTP method, and what the request is about."""
    return COPIES.get(operation) or f"REST.{method or 'GET'}.{_resource(event_name(operation))}"


def _resource(event: str) -> str:
    if event in _RESOURCES:
        return _RESOURCES[event]
    name = event.removeprefix(next((verb for verb in _VERBS if event.startswith(verb)), ""))
    bare = name.removeprefix("Bucket").removeprefix("Object") or name
    return _RESOURCES.get(name) or bare.upper()


def batch(call: Call, answer: Answer) -> list[tuple[str, str]]:
    """Each key of a batch of deletes, with the error's code where it was refused.

    A quiet batch answers its errors only (S3 API Reference, DeleteObjects).
    """
    if call.operation != "DeleteObjects" or answer.error_code:
        return []
    wanted: dict[str, Any] = call.arguments.get("Delete") or {}
    asked: list[dict[str, Any]] = wanted.get("Objects") or []
    errors: list[dict[str, Any]] = answer.output.get("Errors") or []
    refused = {(one["Key"], one.get("VersionId")): str(one["Code"]) for one in errors}
    return [(str(one["Key"]), refused.get((one["Key"], one.get("VersionId")), "")) for one in asked]
