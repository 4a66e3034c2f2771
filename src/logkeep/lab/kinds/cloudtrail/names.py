"""What a call is called in CloudTrail's records, and what kind of event it is (rule 1.12)."""

from __future__ import annotations

import re

from logkeep.lab.kinds.cloudtrail.model import signing_name
from logkeep.lab.services import s3_requests

S3_CONTROL_NAMES = {
    "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteAccountPublicAccessBlock",
}

_LAMBDA_SECOND = {
    "AddPermission",
    "GetFunction",
    "GetFunctionConfiguration",
    "GetPolicy",
    "RemovePermission",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
}
"""Lambda operations whose records end `20150331v2`, as in real logs."""

_LAMBDA_FIRST = {
    "CreateAlias",
    "CreateEventSourceMapping",
    "CreateFunction",
    "DeleteAlias",
    "DeleteEventSourceMapping",
    "DeleteFunction",
    "GetAlias",
    "GetEventSourceMapping",
    "ListAliases",
    "ListEventSourceMappings",
    "ListFunctions",
    "ListVersionsByFunction",
    "PublishVersion",
    "UpdateAlias",
    "UpdateEventSourceMapping",
}

DATA_TYPES: dict[str, tuple[str, frozenset[str]]] = {
    "lambda": ("AWS::Lambda::Function", frozenset({"Invoke", "InvokeAsync"})),
    "dynamodb": (
        "AWS::DynamoDB::Table",
        frozenset(
            {
                "BatchExecuteStatement",
                "BatchGetItem",
                "BatchWriteItem",
                "DeleteItem",
                "ExecuteStatement",
                "ExecuteTransaction",
                "GetItem",
                "PutItem",
                "Query",
                "Scan",
                "TransactGetItems",
                "TransactWriteItems",
                "UpdateItem",
            }
        ),
    ),
    "sqs": (
        "AWS::SQS::Queue",
        frozenset(
            {
                "ChangeMessageVisibility",
                "ChangeMessageVisibilityBatch",
                "DeleteMessage",
                "DeleteMessageBatch",
                "ReceiveMessage",
                "SendMessage",
                "SendMessageBatch",
            }
        ),
    ),
    "sns": ("AWS::SNS::Topic", frozenset({"Publish", "PublishBatch"})),
    "kinesis": (
        "AWS::Kinesis::Stream",
        frozenset(
            {"GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard"}
        ),
    ),
}
"""Data events of the other services: the resource type that selects them, and the operations."""

UNRECORDED = {
    ("logs", "PutLogEvents"),
    ("logs", "StartLiveTail"),
    ("firehose", "PutRecord"),
    ("firehose", "PutRecordBatch"),
    ("cloudwatch", "PutMetricData"),
}
"""Calls of data planes that CloudTrail does not record at all."""

_READS = re.compile(
    "(BatchGet|Check|Decrypt|Describe|Detect|Encrypt|Estimate|Filter|GenerateDataKey|GenerateMac"
    "|GenerateRandom|Get|Head|List|Lookup|Preview|Query|ReEncrypt|Scan|Search|Select|Simulate"
    "|Test|Validate|Verify|View)"
)
_READS_BESIDES = {
    ("kms", "Sign"),
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "DecodeAuthorizationMessage"),
}
_GLOBAL = {"iam", "cloudfront"}
"""Rule 1.11.1; STS only at its global endpoint, which today's SDKs do not call."""
_LEADER_ONLY = {"organizations", "route53", "account", "shield", "waf"}
"""Recorded in us-east-1 as well, but not switched by IncludeGlobalServiceEvents."""


def event_source(service: str) -> str:
    """The eventSource of a botocore service."""
    return f"{signing_name(service)}.amazonaws.com"


def event_name(service: str, operation: str) -> str:
    """The eventName of an operation."""
    match service:
        case "s3":
            return s3_requests.event_name(operation)
        case "s3control":
            return S3_CONTROL_NAMES.get(operation, operation)
        case "lambda" if operation in _LAMBDA_SECOND:
            return f"{operation}20150331v2"
        case "lambda" if operation in _LAMBDA_FIRST:
            return f"{operation}20150331"
        case _:
            return operation


def is_read(service: str, operation: str) -> bool:
    """Whether the event is readOnly; encrypting and assuming a role are, in real records."""
    return bool(_READS.match(operation)) or (service, operation) in _READS_BESIDES


def data_type(service: str, operation: str) -> str:
    """The resource type of a data event; empty for a management event."""
    if service == "s3":
        return "AWS::S3::Object" if s3_requests.is_on_objects(operation) else ""
    kind, operations = DATA_TYPES.get(service, ("", frozenset[str]()))
    return kind if operation in operations else ""


def is_global(service: str, region: str) -> bool:
    """Whether the event is a global service event (rule 1.11.1)."""
    return service in _GLOBAL or (service == "sts" and region in ("", "aws-global"))


def is_recorded_by_the_leader(service: str, region: str) -> bool:
    """Whether the event is recorded in us-east-1, wherever the call went."""
    return is_global(service, region) or service in _LEADER_ONLY
