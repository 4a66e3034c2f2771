"""Which kinds of resource carry a policy: of which ARN, language and length, called what?"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.policy.values import Kind


class ResourceKind(msgspec.Struct, frozen=True, eq=False):
    """A kind of resource that carries a policy, as far as it is known without looking."""

    word: str
    """What a person calls it."""
    policy: str
    """What a person calls its policy."""
    language: Kind
    limit: int
    """The most bytes of one document."""
    refuses: str
    """The code of a request that no statement allows."""
    denies: str
    """The code of a request that a statement denies."""
    missing: str = ""
    """The code of the thing that is not there where there is no policy; else none need be."""
    several: int = 0
    """How many documents it may carry, each under a name of its own; 0 is a single one."""
    of_services_only: bool = False
    """Whether AWS enforces it for service principals alone."""
    only_read: bool = False
    """Whether Logkeep writes none of it, whoever owns it."""


BUCKET: Final = ResourceKind(  # rule 2.1.6
    "bucket", "the bucket's policy", "resource", 20 * 1024, "bucket-refuses", "bucket-denies"
)
KEY: Final = ResourceKind(  # rule 4.4
    "key", "the key's policy", "key", 32 * 1024, "key-refuses", "key-denies", "key-missing"
)
ROLE: Final = ResourceKind(  # "IAM and AWS STS quotas": of all inline policies of a role together
    *("role", "the role's own policies", "identity", 10_240, "role-refuses", "role-refuses"),
    several=10_240,
)
TRUST: Final = ResourceKind(  # "IAM and AWS STS quotas": the default, which may be raised
    *("role", "the role's trust", "trust", 2_048, "role-trust", "role-trust", "role-missing"),
)
LOG_GROUP: Final = ResourceKind(  # rule 8.2.1
    *("log group", "the resource policy of CloudWatch Logs", "resource", 5_120),
    *("resource-policy-refuses", "resource-policy-refuses"),
    several=10,
    of_services_only=True,
)
DESTINATION: Final = ResourceKind(  # CloudWatch Logs API Reference, "PutDestinationPolicy"
    *("logs destination", "the destination's policy", "resource", 5_120),
    *("destination-refuses", "destination-refuses"),
)
QUEUE: Final = ResourceKind(  # SQS Developer Guide, "Amazon SQS policy quotas"
    *("queue", "the queue's policy", "resource", 8_192, "queue-refuses", "queue-refuses"),
)
TOPIC: Final = ResourceKind(  # "Amazon SNS endpoints and quotas"
    *("topic", "the topic's policy", "resource", 30_720, "topic-refuses", "topic-refuses"),
)
FUNCTION: Final = ResourceKind(  # "Lambda quotas"
    *("function", "the function's policy", "resource", 20_480),
    *("function-refuses", "function-refuses"),
    only_read=True,
)


def kind_of(resource: str, action: str) -> ResourceKind | None:
    """The kind of resource whose policy a request for this ARN meets; None where it has none."""
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return None
    match parts[2]:
        case "s3" if not parts[4]:  # what names an account is an access point
            return BUCKET
        case "kms":
            return KEY
        case "iam" if action == "sts:AssumeRole" and parts[5].startswith("role/"):
            return TRUST
        case "logs":
            return _of_logs(parts[5])
        case "sqs":
            return QUEUE
        case "sns":
            return TOPIC
        case "lambda" if parts[5].startswith("function:"):
            return FUNCTION
        case _:
            return None


def _of_logs(resource: str) -> ResourceKind | None:
    if resource.startswith("log-group:"):
        return LOG_GROUP
    return DESTINATION if resource.startswith("destination:") else None


def carrier_of(resource: str, kind: ResourceKind) -> str:
    """The ARN of what carries the policy: an object's bucket, a stream's log group, a topic."""
    if kind is BUCKET:
        return resource.partition("/")[0]
    if kind is LOG_GROUP:
        return resource.partition(":log-stream:")[0].removesuffix(":*")
    return resource
