"""The requests of a delivery to CloudWatch Logs, in their exact context (rules 1.5g, 1.10.2)."""

from __future__ import annotations

from typing import Final

from logkeep.access import organization
from logkeep.access.log_group import group_name, stream_name
from logkeep.policy import Request
from logkeep.policy.deliveries_with_role import CLOUDTRAIL_TO_CLOUDWATCH
from logkeep.policy.delivery import OF_CUSTOMERS, UNDOCUMENTED_TO_KEY, Delivery, Sent, by_service
from logkeep.policy.delivery import requests as requests_of
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed
from logkeep.value import Arn, account_of

SERVICE: Final = "cloudtrail.amazonaws.com"
TRUST_SID: Final = "LogkeepCloudTrailAssumes"
ROLE_SID: Final = "LogkeepCloudTrailLogs"
KEY_SID: Final = "LogkeepLogGroups"
WRITES: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
KEY_GRANT: Final = (
    "kms:Decrypt",
    "kms:Describe*",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)
"""What AWS's own sample lets CloudWatch Logs do (its page on encrypting log data using AWS KMS)."""
_LOGS: Final = "logs.{region}.amazonaws.com"
_CONTEXT: Final = "kms:EncryptionContext:aws:logs:arn"
TO_GROUP_KEY: Final = Delivery(
    "cloudwatch-logs-to-key",
    tuple(
        Sent(
            principal=_LOGS,
            action=action,
            resource="{key}",
            owner="{key_account}",
            context={k: v for k, v in by_service(_LOGS, "").items() if "Source" not in k}
            | {_CONTEXT: "{group}"},
            absent=OF_CUSTOMERS,
            undocumented=UNDOCUMENTED_TO_KEY | {"aws:SourceArn", "aws:SourceAccount"},
            rules=("8.2.3",),
        )
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    ),
)
"""What CloudWatch Logs asks of a log group's own key."""


def _sent(facts: Facts, feed: Feed) -> tuple[Request, ...]:
    return requests_of(
        CLOUDTRAIL_TO_CLOUDWATCH,
        resource_in_management_account=organization.is_management(facts, feed.speaker.owner),
        partition=facts.fleet.partition,
        region=feed.home_region,
        account=account_of(feed.group),
        group=group_name(feed.group),
        stream=stream_name(feed.stream),
        role=feed.role,
        role_account=account_of(feed.role),
    )


def assumes(facts: Facts, feed: Feed) -> Allows:
    """CloudTrail becomes the role, which the role's trust has to allow (rule 5.1.3)."""
    grant = Grant(TRUST_SID, SERVICE, ("sts:AssumeRole",), feed.role, feed.role, feed.speaker.owner)
    asked = _sent(facts, feed)[0]
    return Allows(asked, "the switch into the role", grant)


def writes(facts: Facts, feed: Feed) -> tuple[Allows, ...]:
    """As the role it makes a stream and puts events there: asked of the stream's own ARN."""
    grant = Grant(ROLE_SID, feed.role, WRITES, feed.streams, feed.streams, feed.speaker.owner)
    told = ("a new stream", "the events")
    return tuple(
        Allows(asked, sends, grant, policy_of=feed.role)
        for asked, sends in zip(_sent(facts, feed)[1:], told, strict=True)
    )


def to_key(facts: Facts, feed: Feed, key: Arn) -> tuple[Allows, ...]:
    """CloudWatch Logs uses the group's own key, in the group's context (rule 8.2.3)."""
    owner = account_of(key)
    sent = requests_of(
        TO_GROUP_KEY,
        resource_in_management_account=organization.is_management(facts, owner),
        region=feed.home_region,
        key=key,
        key_account=owner,
        group=feed.group,
    )
    grant = Grant(
        f"{KEY_SID}{feed.home_region.title().replace('-', '')}",
        sent[0].principal,
        KEY_GRANT,
        "*",
        "*",
        feed.speaker.owner,
        listed=(("ArnEquals", _CONTEXT, feed.group),),
    )
    told = ("a data key", "the key of what is there")
    return tuple(
        Allows(asked, sends, grant, code="loggroup-key-refuses")
        for asked, sends in zip(sent, told, strict=True)
    )
