"""A kind of log that a service hands to a queue, topic, function or logs destination.

A beacon has a light for each target that it lists; what takes it lets it in by its own policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from logkeep.access.policies.speaking import Holder, asked_of, asks
from logkeep.policy import request
from logkeep.policy.resource_kinds import kind_of
from logkeep.route import Allows, Grant, Hop, Route
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.call import Call, Permit, WritingCall
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources import OwnLogs, Source
from logkeep.value import AccountId, Arn, Json, account_of, parse_arn
from logkeep.words.access import denied_fix, why
from logkeep.words.described import Words, template
from logkeep.words.wording import Wording

SERVICE: Final = "beacon.amazonaws.com"
LISTED: Final = "beacon:ListTargets"
ACTIONS: Final[Mapping[str, str]] = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "logs": "logs:PutSubscriptionFilter",
}


class Targets(msgspec.Struct, frozen=True):
    """The answer of beacon:ListTargets."""

    targets: tuple[Arn, ...] = ()


def _targets(facts: Facts, account: AccountId) -> tuple[Arn, ...]:
    found = seen(facts.look(ask(account, facts.fleet.home_region, LISTED), Targets))
    return found.targets if found else ()


def _beacon(facts: Facts, account: AccountId) -> Arn:
    return f"arn:aws:beacon:{facts.fleet.home_region}:{account}:beacon/main"


def needed(facts: Facts, account: AccountId, target: Arn) -> Allows:
    """The request by which a beacon hands its log to a target."""
    parts = parse_arn(target)
    assert parts is not None
    action, source = ACTIONS[parts.service], _beacon(facts, account)
    context = {"aws:SourceArn": source, "aws:SourceAccount": account}
    asked = request(SERVICE, action, target, account_of(target), context)
    grant = Grant("LogkeepBeacon", SERVICE, (action,), target, target, account, source)
    return Allows(asked, "a light", grant)


def wants(facts: Facts, logs: OwnLogs) -> Iterator[Ask]:
    """The targets of each account, and the policy of each."""
    for each in logs:
        for account in each.accounts:
            yield ask(account, facts.fleet.home_region, LISTED)
            for target in _targets(facts, account):
                holder = asked_of(facts, needed(facts, account, target))
                yield from asks(facts, holder) if holder else ()


def routes(facts: Facts, logs: OwnLogs, _intended: bool) -> Iterator[Route]:
    """The beacon, and what takes its log."""
    home = facts.fleet.home_region
    for each in logs:
        for account in each.accounts:
            for target in _targets(facts, account):
                need = needed(facts, account, target)
                kind = kind_of(target, need.request.action)
                assert kind is not None
                hops = (
                    Hop(_beacon(facts, account), "beacon", account, home, (), speaks=True),
                    Hop(target, kind.word, account_of(target), home, (need,)),
                )
                yield Route(f"beacon/{target}", "beacon", account, home, hops)


def _queue_policy(facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    return _shown(facts, write, {"Attributes": write.arguments["Attributes"]})


def _topic_policy(facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    return _shown(facts, write, {"Attributes": {"Policy": write.arguments["AttributeValue"]}})


def _destination_policy(facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    policy = write.arguments["accessPolicy"]
    return _shown(facts, write, {"destinations": [{"arn": write.address, "accessPolicy": policy}]})


def _shown(facts: Facts, write: Write, body: dict[str, Json]) -> Mapping[Ask, Reply]:
    (question,) = asks(facts, _holder(facts, write))
    return {question: reply(body)}


def _holder(facts: Facts, write: Write) -> Holder:
    holder = asked_of(facts, needed(facts, write.account, write.address))
    assert holder is not None
    return holder


REFUSES: Final = Words(template("{sender} of {who} is refused: {arn}"), why, denied_fix)
WRITES: Final = ("sqs:SetQueueAttributes", "sns:SetTopicAttributes", "logs:PutDestinationPolicy")
SOURCE = Source(
    name="beacon",
    routes=routes,
    wants=wants,
    effects=dict(zip(WRITES, (_queue_policy, _topic_policy, _destination_policy), strict=True)),
    wording=Wording(
        sender="Beacon",
        speaker="beacon",
        words=dict.fromkeys(
            ("queue-refuses", "topic-refuses", "function-refuses", "destination-refuses"), REFUSES
        ),
    ),
    calls={
        LISTED: Call((Permit(LISTED),)),
        "sqs:GetQueueAttributes": Call(
            (Permit("sqs:GetQueueAttributes"),),
            needs=("QueueUrl",),
            takes=("AttributeNames",),
            forms={"AttributeNames": ("AttributeNames", ["{}"])},
        ),
        "sns:GetTopicAttributes": Call((Permit("sns:GetTopicAttributes"),), needs=("TopicArn",)),
        "lambda:GetPolicy": Call((Permit("lambda:GetPolicy"),), needs=("FunctionName",)),
        "logs:DescribeDestinations": Call(
            (Permit("logs:DescribeDestinations"),), needs=("DestinationNamePrefix",), paged=True
        ),
    },
    writes={call: WritingCall((Permit(call),)) for call in WRITES},
    not_asked={
        "beacon": {
            "configured": "a beacon has no setting",
            "arriving": "a light leaves nothing behind",
            "intact": "a light has no digest",
            "protected": "everybody may see a light",
        }
    },
)
