"""What each AWS service sends when it delivers logs: the requests, and what they carry.

One table for every delivery. A key is sent with a value, known to be absent, or not documented:
then it is unknown, never guessed (rule 5.2.10). Each entry cites its rules.
"""

from __future__ import annotations

from typing import Final

from logkeep.policy.deliveries_with_role import (
    CLOUDTRAIL_TO_CLOUDWATCH,
    FIREHOSE_TO_S3,
    FIREHOSE_TO_S3_KMS,
    FLOW_LOGS_TO_CLOUDWATCH,
    S3_REPLICATION,
    S3_REPLICATION_BUCKET_KEY,
    S3_REPLICATION_KMS,
)
from logkeep.policy.delivery import (
    ACL,
    CONTEXT_KEYS,
    NO_SSE_RULE,
    NONE,
    OF_CUSTOMERS,
    S3_CONTEXT,
    SSE,
    SSE_KEY,
    STREAM,
    TRAIL_CONTEXT,
    UNDOCUMENTED,
    UNDOCUMENTED_TO_KEY,
    Delivery,
    Sent,
    by_service,
    requests,
)

__all__ = [
    "CLOUDTRAIL",
    "CLOUDTRAIL_BUCKET_KEY",
    "CLOUDTRAIL_KMS",
    "CLOUDTRAIL_TO_CLOUDWATCH",
    "DELIVERIES",
    "DELIVERY_LOGS",
    "DELIVERY_LOGS_KMS",
    "FIREHOSE_TO_S3",
    "FIREHOSE_TO_S3_KMS",
    "FLOW_LOGS_TO_CLOUDWATCH",
    "LOGS_EXPORT",
    "ROUTE53_QUERY_LOGS",
    "S3_REPLICATION",
    "S3_REPLICATION_BUCKET_KEY",
    "S3_REPLICATION_KMS",
    "SERVER_ACCESS_LOGS",
    "Delivery",
    "Sent",
    "requests",
]

# CloudTrail to S3 (rules 1.5, 1.5.1 to 1.5.4).

CLOUDTRAIL_SERVICE: Final = "cloudtrail.amazonaws.com"
_TRAIL: Final = by_service(CLOUDTRAIL_SERVICE, "{trail}")
_OWNED: Final = {ACL: "bucket-owner-full-control"}


def _of_trail(
    action: str, resource: str, rules: tuple[str, ...], more: dict[str, str] | None = None
) -> Sent:
    return Sent(
        principal=CLOUDTRAIL_SERVICE,
        action=action,
        resource=resource,
        owner="{bucket_account}",
        context=_TRAIL | (more or {}),
        absent=OF_CUSTOMERS - {"kms:CallerAccount"},
        undocumented=UNDOCUMENTED,
        rules=rules,
    )


def _of_trail_to_key(
    action: str,
    rules: tuple[str, ...],
    context: dict[str, str] | None = None,
    undocumented: frozenset[str] = NONE,
) -> Sent:
    return Sent(
        principal=CLOUDTRAIL_SERVICE,
        action=action,
        resource="{key}",
        owner="{key_account}",
        context=_TRAIL | (context or {}),
        absent=OF_CUSTOMERS,
        undocumented=UNDOCUMENTED_TO_KEY | undocumented,
        rules=rules,
    )


_TRAIL_LOOKS: Final = _of_trail("s3:GetBucketAcl", "{bucket}", ("1.5a", "1.5.1"))
_TRAIL_WITH_KEY: Final = _of_trail(
    "s3:PutObject",
    "{object}",
    ("1.5b", "1.5c", "1.5.3"),
    _OWNED | {SSE: "aws:kms", SSE_KEY: "{trail_key}"},
)
_TRAIL_LOOKS_AT_KEY: Final = _of_trail_to_key("kms:DescribeKey", ("1.5e",))
_BUCKET_KEY_DOUBTS: Final = frozenset({TRAIL_CONTEXT, CONTEXT_KEYS})
"""Whether the trail's context is still sent with a Bucket Key (rules 1.5.4, 12.10)."""

CLOUDTRAIL: Final = Delivery(
    "cloudtrail",
    (
        _TRAIL_LOOKS,
        # Without a trail key CloudTrail asks for AES256 outright, whatever the bucket's default.
        _of_trail("s3:PutObject", "{object}", ("1.5b", "1.5c", "1.5.2"), _OWNED | {SSE: "AES256"}),
    ),
)
CLOUDTRAIL_KMS: Final = Delivery(
    "cloudtrail-kms",
    (
        _TRAIL_LOOKS,
        _TRAIL_LOOKS_AT_KEY,
        _TRAIL_WITH_KEY,
        _of_trail_to_key(
            "kms:GenerateDataKey",
            ("1.5d", "1.5.4"),
            {TRAIL_CONTEXT: "{trail}", S3_CONTEXT: "{object}"},
            frozenset({CONTEXT_KEYS}),
        ),
    ),
)
CLOUDTRAIL_BUCKET_KEY: Final = Delivery(
    "cloudtrail-bucket-key",
    (
        _TRAIL_LOOKS,
        _TRAIL_LOOKS_AT_KEY,
        _TRAIL_WITH_KEY,
        *(
            _of_trail_to_key(action, rules, {S3_CONTEXT: "{bucket}"}, _BUCKET_KEY_DOUBTS)
            for action, rules in (
                ("kms:GenerateDataKey", ("1.5d", "1.5.4", "12.10")),
                ("kms:Decrypt", ("1.5f", "1.5.4", "12.10")),
            )
        ),
    ),
)


# delivery.logs to S3: VPC flow logs, Resolver query logs (rules 6.3.3, 6.3.5, 7.7).

_DELIVERY_SERVICE: Final = "delivery.logs.amazonaws.com"
_DELIVERY: Final = by_service(_DELIVERY_SERVICE, "arn:{partition}:logs:{region}:{account}:*")


def _by_delivery(
    action: str, resource: str, owner: str = "{bucket_account}", **more: frozenset[str]
) -> Sent:
    return Sent(
        principal=_DELIVERY_SERVICE,
        action=action,
        resource=resource,
        owner=owner,
        context=_DELIVERY | (_OWNED if action == "s3:PutObject" else {}),
        absent=OF_CUSTOMERS,
        undocumented=more.get("undocumented", UNDOCUMENTED),
        rules=("6.3.3", "7.7") if action.startswith("s3:") else ("6.3.5",),
    )


_DELIVERED: Final = (
    _by_delivery("s3:GetBucketAcl", "{bucket}"),
    _by_delivery("s3:PutObject", "{object}", undocumented=UNDOCUMENTED | NO_SSE_RULE),
)
DELIVERY_LOGS: Final = Delivery("delivery-logs", _DELIVERED)
DELIVERY_LOGS_KMS: Final = Delivery(
    "delivery-logs-kms",
    (
        *_DELIVERED,
        # The encryption context of these is on no page that rule 6.3.5 was read from.
        *(
            _by_delivery(
                action,
                "{key}",
                "{key_account}",
                undocumented=UNDOCUMENTED_TO_KEY | {S3_CONTEXT, CONTEXT_KEYS},
            )
            for action in ("kms:GenerateDataKey", "kms:Decrypt")
        ),
    ),
)


# S3 server access logs (rules 9.2, 9.4, 2.2.12): to the same account, SSE-S3 alone, so no key.

SERVER_ACCESS_LOGS: Final = Delivery(
    "server-access-logs",
    (
        Sent(
            principal="logging.s3.amazonaws.com",
            action="s3:PutObject",
            resource="{object}",
            owner="{account}",
            context=by_service("logging.s3.amazonaws.com", "{source_bucket}"),
            # S3 User Guide, "Enabling server access logging": a Deny of uploads without the
            # encryption header stops these logs, as observed too (case SL01).
            absent=OF_CUSTOMERS | {SSE, SSE_KEY},
            undocumented=UNDOCUMENTED | {ACL},
            rules=("9.2", "9.4", "2.2.12"),
        ),
    ),
)


# CloudWatch Logs export to S3 (rule 8.4.3): the service, and whoever starts the task.

_EXPORT_SERVICE: Final = "logs.{region}.amazonaws.com"
_EXPORT: Final = by_service(
    _EXPORT_SERVICE, "arn:{partition}:logs:{region}:{account}:log-group:{group}:*"
)


def _by_export(action: str, resource: str, more: dict[str, str], doubts: frozenset[str]) -> Sent:
    return Sent(
        principal=_EXPORT_SERVICE,
        action=action,
        resource=resource,
        owner="{bucket_account}",
        context=_EXPORT | more,
        absent=OF_CUSTOMERS,
        undocumented=UNDOCUMENTED | doubts,
        rules=("8.4.3",),
    )


LOGS_EXPORT: Final = Delivery(
    "logs-export",
    (
        _by_export("s3:GetBucketAcl", "{bucket}", {}, NONE),
        _by_export("s3:PutObject", "{object}", _OWNED, NO_SSE_RULE),
        Sent(
            principal="{exporter}",
            action="s3:PutObject",
            resource="{object}",
            owner="{bucket_account}",
            context={"aws:SecureTransport": "true"},
            undocumented=NO_SSE_RULE | {ACL, "aws:ViaAWSService", "aws:SourceIp"},
            rules=("8.4.3",),
        ),
    ),
)


# Route 53 public query logs to CloudWatch Logs, always in us-east-1 (rules 7.1, 7.2, 7.4).

_ZONE: Final = by_service("route53.amazonaws.com", "arn:{partition}:route53:::hostedzone/{zone}")
ROUTE53_QUERY_LOGS: Final = Delivery(
    "route53-query-logs",
    tuple(
        Sent(
            principal="route53.amazonaws.com",
            action=action,
            resource=STREAM.replace("{region}", "us-east-1"),
            owner="{account}",
            context=_ZONE,
            absent=OF_CUSTOMERS,
            undocumented=UNDOCUMENTED,
            rules=("7.1", "7.2", "7.4"),
        )
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    ),
)


DELIVERIES: Final[tuple[Delivery, ...]] = (
    CLOUDTRAIL,
    CLOUDTRAIL_KMS,
    CLOUDTRAIL_BUCKET_KEY,
    CLOUDTRAIL_TO_CLOUDWATCH,
    DELIVERY_LOGS,
    DELIVERY_LOGS_KMS,
    SERVER_ACCESS_LOGS,
    LOGS_EXPORT,
    ROUTE53_QUERY_LOGS,
    FLOW_LOGS_TO_CLOUDWATCH,
    FIREHOSE_TO_S3,
    FIREHOSE_TO_S3_KMS,
    S3_REPLICATION,
    S3_REPLICATION_KMS,
    S3_REPLICATION_BUCKET_KEY,
)
