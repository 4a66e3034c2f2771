"""A kind of log that a service writes into a log group, by the Region's resource policy (8.2.1).

A buoy in each account sends to the group `/tide/main` without a role: CloudWatch Logs asks the
resource policies of the account and Region, which all groups share, and the group's own.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

import msgspec

from logkeep.access.log_group import group_arn, group_ask, policies_ask
from logkeep.archive import evidence
from logkeep.archive.log_groups import LOG_GROUPS, LOG_POLICIES
from logkeep.policy import request
from logkeep.route import (
    Allows,
    Arrived,
    Events,
    Exists,
    Grant,
    Hop,
    Is,
    Need,
    Rhythm,
    Route,
)
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.call import Call, Permit, WritingCall
from logkeep.snapshot.facts import Facts, map_look
from logkeep.snapshot.setting import Setting, Write
from logkeep.sources import OwnLogs, Source
from logkeep.value import AccountId, Arn, Json, Look
from logkeep.words.described import worded
from logkeep.words.wording import Wording

SERVICE = "tide.amazonaws.com"
SIX_HOURS = datetime.timedelta(hours=6)
TIDES = Rhythm("event", SIX_HOURS, patience=2 * SIX_HOURS, window=4 * SIX_HOURS, steady=True)
"""The sea rises and falls whether anybody looks or not, so silence is a fault."""
ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


class Buoy(msgspec.Struct, frozen=True):
    """The answer of tide:DescribeBuoy."""

    group: str = ""


def group_of(facts: Facts, account: AccountId) -> Arn:
    """The log group that takes what an account's buoy says."""
    return group_arn(facts.fleet.partition, facts.fleet.home_region, account, "/tide/main")


def wants(facts: Facts, logs: OwnLogs) -> Iterator[Ask]:
    """The buoy, its group, and the policies that speak on it."""
    for each in logs:
        for account in each.accounts:
            yield ask(account, facts.fleet.home_region, "tide:DescribeBuoy")
            yield group_ask(group_of(facts, account))
            yield from policies_ask(group_of(facts, account))
            yield from evidence.asks(facts, waters(facts, account), look_back=False)


def routes(facts: Facts, logs: OwnLogs, _intended: bool) -> Iterator[Route]:
    """The buoy and its group."""
    home = facts.fleet.home_region
    for each in logs:
        for account in each.accounts:
            buoy, group = f"arn:aws:tide:{home}:{account}:buoy/main", group_of(facts, account)
            points = (Is("buoy.group", group, "buoy-off"),)
            takes: tuple[Need, ...] = (
                Exists("log group", "tide-group-missing"),
                *(_writes(account, buoy, group, action) for action in ACTIONS),
            )
            hops = (
                Hop(buoy, "buoy", account, home, points, speaks=True),
                Hop(group, "log group", account, home, takes),
                Hop(f"{group}:*", "events", account, home, (_came(facts, account, buoy),)),
            )
            yield Route(f"tide/{account}/{home}", "tide", account, home, hops)


def waters(facts: Facts, account: AccountId) -> Events:
    """What comes into any stream of an account's group."""
    return Events(group_of(facts, account), "", TIDES)


def _came(facts: Facts, account: AccountId, buoy: Arn) -> Arrived:
    home = facts.fleet.home_region
    return Arrived("tide-stale", waters(facts, account), region=home, of=buoy)


def _writes(account: AccountId, buoy: Arn, group: Arn, action: str) -> Allows:
    context = {
        "aws:SourceArn": buoy,
        "aws:SourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:PrincipalServiceName": SERVICE,
    }
    asked = request(SERVICE, action, f"{group}:log-stream:high-water", account, context)
    streams = f"{group}:*"
    grant = Grant("LogkeepTide", SERVICE, ACTIONS, streams, streams, account, buoy)
    return Allows(asked, "the tide", grant)


def _read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    question = ask(hop.account, hop.region, "tide:DescribeBuoy")
    return map_look(facts.look(question, Buoy), lambda buoy: buoy.group)


def _point(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return (Write(hop.arn, hop.account, hop.region, "tide:PointBuoy", {"group": value}),)


def _pointed(_facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    question = ask(write.account, write.region, "tide:DescribeBuoy")
    return {question: reply({"group": write.arguments["group"]})}


SOURCE = Source(
    name="tide",
    routes=routes,
    wants=wants,
    uses=(LOG_GROUPS, LOG_POLICIES),
    settings={"buoy.group": Setting(_read, _point, wrong=("",))},
    effects={"tide:PointBuoy": _pointed},
    wording=Wording(
        sender="Tide",
        speaker="buoy",
        words={
            "buoy-off": worded(
                "the buoy of {who} sends nowhere",
                "DescribeBuoy says that its group is {is_}",
                "`logkeep plan` points it at its log group",
            ),
            "tide-stale": worded("no tide of {who} came lately", "nothing newer", "see the buoy"),
            "tide-group-missing": worded(
                "{who} has no log group for its buoy", "there is none", "`logkeep plan` makes it"
            ),
        },
    ),
    calls={"tide:DescribeBuoy": Call((Permit("tide:DescribeBuoy", "buoy"),))},
    writes={"tide:PointBuoy": WritingCall((Permit("tide:PointBuoy", "buoy"),))},
    resources={"buoy": "arn:{partition}:tide:*:*:buoy/*"},
    not_asked={
        "tide": {
            "intact": "a stream has no digest",
            "protected": "the tide is no secret",
        }
    },
)
