"""The requests of a delivery to CloudWatch Logs, in their exact context (rules 1.5g, 1.10.2)."""

from __future__ import annotations

from typing import Final

from logkeep.access.service_requests import as_role, becomes, call_for, may_say, unsaid
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed

SERVICE: Final = "cloudtrail.amazonaws.com"
TRUST_SID: Final = "LogkeepCloudTrailAssumes"
ROLE_SID: Final = "LogkeepCloudTrailLogs"
WRITES: Final = ("logs:CreateLogStream", "logs:PutLogEvents")


def assumes(facts: Facts, feed: Feed) -> Allows:
    """CloudTrail becomes the role, which the role's trust has to allow (rule 5.1.3).

    Whether it says for which trail its page leaves open (rule 12.11).
    """
    grant = Grant(TRUST_SID, SERVICE, ("sts:AssumeRole",), feed.role, feed.role, feed.speaker.owner)
    call = call_for(facts, SERVICE, feed.speaker.owner, feed.speaker.arn)
    asked = becomes(facts, unsaid(call), feed.role, may_say(call))
    return Allows(asked, "the switch into the role", grant)


def writes(facts: Facts, feed: Feed) -> tuple[Allows, ...]:
    """As the role it makes a stream and puts events there: asked of the stream's own ARN."""
    grant = Grant(ROLE_SID, feed.role, WRITES, feed.streams, feed.streams, feed.speaker.owner)
    return tuple(
        Allows(as_role(facts, feed.role, action, feed.stream), sends, grant, policy_of=feed.role)
        for action, sends in zip(WRITES, ("a new stream", "the events"), strict=True)
    )
