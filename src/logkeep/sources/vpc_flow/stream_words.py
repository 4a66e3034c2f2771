"""What is said of the way of flow logs into a Firehose stream."""

from __future__ import annotations

from typing import Final

from logkeep.words import access
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.log_roles import holder, is_denied


def _fix(finding: Described) -> str:
    if is_denied(finding):
        return f"ask {holder(finding)} to remove the Deny: adding an Allow won't help"
    return "`logkeep plan` adds what the role needs and keeps every other statement of it"


STREAM_WORDS: Final[dict[str, Words]] = {
    "stream-missing": worded(
        "the Firehose stream that is to take the flow logs of {who} is not there: {arn}",
        "no stream of that name is in the account and Region",
        "make it, with its destination: Logkeep makes no streams, since you choose where they "
        "deliver",
        step="Firehose stream",
    ),
    "stream-unfit": worded(
        "the Firehose stream cannot take the flow logs of {who}: {arn}",
        "it is {is_}, and should be {should}",
        "wait until it is active, or name another stream in the fleet file",
        step="stream's state and source",
    ),
    "stream-unmarked": worded(
        "the Firehose stream does not let log delivery in for {who}: {arn}",
        "its tag `LogDeliveryEnabled` is {is_}, and the role of the service reaches only streams "
        "where it is `true`",
        "`logkeep plan` sets the tag",
        step="tag LogDeliveryEnabled",
    ),
    "delivery-role-missing": worded(
        "the role by which AWS delivers the flow logs of {who} to Firehose is not there",
        "`AWSServiceRoleForLogDelivery`, the service-linked role of delivery.logs.amazonaws.com, "
        "is not in the stream's account",
        "`logkeep plan` makes it; AWS defines what it may do",
        step="service-linked role of log delivery",
    ),
    "stream-role-missing": worded(
        "a role by which the flow logs of {who} reach the stream of another account is missing",
        "no role `{arn}` is there",
        "`logkeep plan` makes it",
        step="role into the stream's account",
    ),
    "stream-role-trust": Words(
        template("the role between the accounts of {who} and of the stream cannot be assumed"),
        access.why,
        _fix,
        step="trust policy of the role",
    ),
    "stream-role-refuses": Words(
        template(
            "a role that brings the flow logs of {who} into another account lacks permissions"
        ),
        access.why,
        _fix,
        step="what the role may do",
    ),
}
