"""The requests of a delivery to CloudWatch Logs, in their exact context (rules 1.5g, 1.10.2)."""

from __future__ import annotations

from typing import Final

from logkeep.access import organization
from logkeep.policy import Request, request
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed
from logkeep.value import Arn, account_of

SERVICE: Final = "cloudtrail.amazonaws.com"
TRUST_SID: Final = "LogkeepCloudTrailAssumes"
ROLE_SID: Final = "LogkeepCloudTrailLogs"
WRITES: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
ABOUT_SOURCE: Final = frozenset({"aws:SourceArn", "aws:SourceAccount"})
ABOUT_ORGANIZATION: Final = frozenset(
    {"aws:SourceOrgID", "aws:SourceOrgPaths", "aws:PrincipalServiceNamesList"}
)
"""Keys that a service's own call may or may not carry: AWS's pages do not say (5.2.10, 12.11)."""


def _by(service: str, action: str, resource: Arn, *, managed: bool) -> Request:
    """A service's own call, of which it is not documented for which source it is made."""
    context = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:SecureTransport": "true",
    }
    return request(
        service,
        action,
        resource,
        account_of(resource),
        context,
        unknown=ABOUT_SOURCE | ABOUT_ORGANIZATION,
        resource_in_management_account=managed,
    )


def _as_role(feed: Feed, action: str, *, managed: bool) -> Request:
    """A call of the service as the role: to the stream's policies the caller is the role.

    That is no forward access session (IAM User Guide, "aws:ViaAWSService"), and only a service's
    own calls carry a source (rules 5.2.5, 5.2.6).
    """
    return request(
        feed.role,
        action,
        feed.stream,
        account_of(feed.group),
        {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"},
        unknown=frozenset({"aws:SourceIp", "aws:UserAgent", "aws:CalledVia"}),
        resource_in_management_account=managed,
    )


def _is_managed(facts: Facts, feed: Feed) -> bool:
    return organization.is_management(facts, feed.speaker.owner)


def assumes(facts: Facts, feed: Feed) -> Allows:
    """CloudTrail becomes the role, which the role's trust has to allow (rule 5.1.3)."""
    grant = Grant(TRUST_SID, SERVICE, ("sts:AssumeRole",), feed.role, feed.role, feed.speaker.owner)
    asked = _by(SERVICE, "sts:AssumeRole", feed.role, managed=_is_managed(facts, feed))
    return Allows(asked, "the switch into the role", grant)


def writes(facts: Facts, feed: Feed) -> tuple[Allows, ...]:
    """As the role it makes a stream and puts events there: asked of the stream's own ARN."""
    grant = Grant(ROLE_SID, feed.role, WRITES, feed.streams, feed.streams, feed.speaker.owner)
    managed = _is_managed(facts, feed)
    return tuple(
        Allows(_as_role(feed, action, managed=managed), sends, grant, policy_of=feed.role)
        for action, sends in zip(WRITES, ("a new stream", "the events"), strict=True)
    )
