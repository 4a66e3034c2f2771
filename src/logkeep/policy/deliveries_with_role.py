"""What the services send that deliver logs with a role, which they assume first.

The role's policies then allow the rest: to them the caller is the role, not the service.
"""

from __future__ import annotations

from typing import Final

from logkeep.policy.delivery import (
    ACL,
    CONTEXT_KEYS,
    NO_SSE_RULE,
    NONE,
    OF_CUSTOMERS,
    S3_CONTEXT,
    STREAM,
    UNDOCUMENTED,
    Delivery,
    Sent,
    by_service,
)

_AS_ROLE: Final = {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}
"""A service with a role is no forward access session (IAM User Guide, "aws:ViaAWSService")."""
_NOT_AS_ROLE: Final = frozenset({"aws:SourceArn", "aws:SourceAccount", "aws:PrincipalServiceName"})
"""Only direct service calls carry these (rules 5.2.5, 5.2.6)."""
_ROLE_UNDOCUMENTED: Final = frozenset({"aws:SourceIp", "aws:UserAgent", "aws:CalledVia"})


# With a role: the service assumes it, and the role's policies allow the rest.


def _assumes(
    service: str, rules: tuple[str, ...], source: str = "", doubts: frozenset[str] = NONE
) -> Sent:
    """The service's own call to sts; without a documented source it may carry any."""
    told = by_service(service, source)
    unsaid = {"aws:SourceArn", "aws:SourceAccount"} if not source else set[str]()
    return Sent(
        principal=service,
        action="sts:AssumeRole",
        resource="{role}",
        owner="{role_account}",
        context={key: value for key, value in told.items() if key not in unsaid},
        absent=OF_CUSTOMERS,
        undocumented=UNDOCUMENTED | unsaid | doubts,
        rules=rules,
    )


def _with_role(
    action: str,
    resource: str,
    owner: str,
    rules: tuple[str, ...],
    *,
    more: dict[str, str] | None = None,
    doubts: frozenset[str] = NONE,
) -> Sent:
    return Sent(
        principal="{role}",
        action=action,
        resource=resource,
        owner=owner,
        context=_AS_ROLE | (more or {}),
        absent=_NOT_AS_ROLE,
        undocumented=_ROLE_UNDOCUMENTED | doubts,
        rules=rules,
    )


_GROUP: Final = "arn:{partition}:logs:{region}:{account}:log-group:{group}"
FLOW_LOGS_TO_CLOUDWATCH: Final = Delivery(
    "flow-logs-to-cloudwatch",
    (
        _assumes(
            "vpc-flow-logs.amazonaws.com",
            ("6.3.1",),
            "arn:{partition}:ec2:{region}:{account}:vpc-flow-log/{flow_log}",
        ),
        *(
            _with_role(f"logs:{name}", resource, "{account}", ("6.3.1",))
            for name, resource in (
                ("CreateLogGroup", _GROUP),
                ("CreateLogStream", STREAM),
                ("PutLogEvents", STREAM),
                ("DescribeLogGroups", "*"),
                ("DescribeLogStreams", _GROUP),
            )
        ),
    ),
)
CLOUDTRAIL_TO_CLOUDWATCH: Final = Delivery(
    "cloudtrail-to-cloudwatch",
    (
        _assumes("cloudtrail.amazonaws.com", ("1.10.2",)),
        *(
            _with_role(f"logs:{name}", STREAM, "{account}", ("1.5g", "1.10.2"))
            for name in ("CreateLogStream", "PutLogEvents")
        ),
    ),
)


# Amazon Data Firehose to S3 (its Developer Guide, "Controlling access", "Grant Firehose access to
# an Amazon S3 destination"; rule 8.3.2).

_FIREHOSE_RULES: Final = ("8.3.2",)
_FIREHOSE: Final = (
    # The guide's samples trust the service alone; CloudWatch Logs' ask for sts:ExternalId.
    _assumes("firehose.amazonaws.com", _FIREHOSE_RULES, doubts=frozenset({"sts:ExternalId"})),
    *(
        _with_role(f"s3:{name}", resource, "{bucket_account}", _FIREHOSE_RULES, doubts=doubts)
        for name, resource, doubts in (
            ("GetBucketLocation", "{bucket}", NONE),
            ("ListBucket", "{bucket}", frozenset({"s3:prefix", "s3:delimiter", "s3:max-keys"})),
            ("ListBucketMultipartUploads", "{bucket}", NONE),
            ("PutObject", "{object}", NO_SSE_RULE | {ACL}),
            ("GetObject", "{object}", NONE),
            ("AbortMultipartUpload", "{object}", NONE),
        )
    ),
)
FIREHOSE_TO_S3: Final = Delivery("firehose-to-s3", _FIREHOSE)
FIREHOSE_TO_S3_KMS: Final = Delivery(
    "firehose-to-s3-kms",
    (
        *_FIREHOSE,
        *(
            _with_role(
                f"kms:{name}",
                "{key}",
                "{key_account}",
                _FIREHOSE_RULES,
                more={"kms:ViaService": "s3.{region}.amazonaws.com", S3_CONTEXT: "{object}"},
                doubts=frozenset({CONTEXT_KEYS}),
            )
            for name in ("GenerateDataKey", "Decrypt")
        ),
    ),
)


# S3 replication (rules 3.2.1 to 3.2.6): {bucket} and {object} are the source's.

_REPLICATED: Final = (
    _assumes("s3.amazonaws.com", ("3.2.1",)),
    *(
        _with_role(f"s3:{name}", resource, owner, rules, doubts=doubts)
        for name, resource, owner, rules, doubts in (
            ("GetReplicationConfiguration", "{bucket}", "{bucket_account}", ("3.2.2",), NONE),
            ("ListBucket", "{bucket}", "{bucket_account}", ("3.2.2",), frozenset({"s3:prefix"})),
            ("GetObjectVersionForReplication", "{object}", "{bucket_account}", ("3.2.2",), NONE),
            ("GetObjectVersionAcl", "{object}", "{bucket_account}", ("3.2.2",), NONE),
            ("GetObjectVersionTagging", "{object}", "{bucket_account}", ("3.2.2",), NONE),
            # A Deny on s3:PutObject does not meet these (rule 2.2.12, last row).
            ("ReplicateObject", "{replica}", "{replica_account}", ("3.2.2", "3.2.3"), NO_SSE_RULE),
            ("ReplicateDelete", "{replica}", "{replica_account}", ("3.2.2", "3.2.3"), NONE),
            ("ReplicateTags", "{replica}", "{replica_account}", ("3.2.2", "3.2.3"), NONE),
        )
    ),
)
S3_REPLICATION: Final = Delivery("s3-replication", _REPLICATED)


def _replication_to_key(action: str, key: str, region: str, context: str) -> Sent:
    return _with_role(
        f"kms:{action}",
        f"{{{key}}}",
        f"{{{key}_account}}",
        ("3.2.5", "3.2.6"),
        more={"kms:ViaService": f"s3.{{{region}}}.amazonaws.com", S3_CONTEXT: f"{{{context}}}"},
        doubts=frozenset({CONTEXT_KEYS}),
    )


S3_REPLICATION_KMS: Final = Delivery(
    "s3-replication-kms",
    (
        *_REPLICATED,
        _replication_to_key("Decrypt", "key", "region", "object"),
        # Sources differ which of the two is asked (rules 3.2.5, 12.4), so both must pass.
        _replication_to_key("Encrypt", "replica_key", "replica_region", "replica"),
        _replication_to_key("GenerateDataKey", "replica_key", "replica_region", "replica"),
    ),
)
S3_REPLICATION_BUCKET_KEY: Final = Delivery(
    "s3-replication-bucket-key",
    (
        *_REPLICATED,
        _replication_to_key("Decrypt", "key", "region", "bucket"),
        *(
            _replication_to_key(action, "replica_key", "replica_region", "replica_bucket")
            for action in ("Encrypt", "GenerateDataKey", "Decrypt")
        ),
    ),
)
