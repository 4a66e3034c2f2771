"""Log groups that routes end in: how they are made, and what each call does to later answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from logkeep.access.key import FLEET_TAG
from logkeep.access.log_group import (
    POLICIES,
    LogGroups,
    ResourcePolicies,
    all_groups,
    group,
    group_arn,
    group_ask,
    group_name,
    policies_ask,
)
from logkeep.archive import exports
from logkeep.archive.log_group_key import SETTINGS
from logkeep.archive.part import Part
from logkeep.route import Exists, Hop
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.call import Entry, Permit, WritingCall, listing
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Effect, Fault, Thing, Write
from logkeep.value import Json, Look, parse_arn
from logkeep.words import log_policies, log_roles

Answers = Mapping[Ask, Reply]


def find(facts: Facts, hop: Hop) -> Look[Json]:
    """The log group of a hop."""
    return map_look(group(facts, hop.arn), lambda found: found.log_group_name)


def make(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    """An empty group without a key; a key or a time to keep events is its owner's to choose."""
    parts = parse_arn(hop.arn)
    if parts is None or parts.region != hop.region:
        return ()
    arguments: dict[str, Json] = {
        "logGroupName": group_name(hop.arn),
        "tags": {FLEET_TAG: facts.fleet.name},
    }
    return (Write(hop.arn, hop.account, hop.region, "logs:CreateLogGroup", arguments),)


def gone(_facts: Facts, hop: Hop, need: Exists) -> Iterator[Fault]:
    """The log group is deleted."""
    named: dict[str, Json] = {"logGroupName": group_name(hop.arn)}
    write = Write(hop.arn, hop.account, hop.region, "logs:DeleteLogGroup", named)
    yield Fault(need.code, "the log group is deleted", (write,))


THINGS: dict[str, Thing] = {"log group": Thing(find, make, gone)}


def _listed(facts: Facts, write: Write) -> list[Json]:
    before = seen(facts.look(group_ask(write.address), LogGroups))
    return msgspec.to_builtins(before)["logGroups"] if before else []


def _create_group(facts: Facts, write: Write) -> Answers:
    """A group without a key; when it was made only AWS can say."""
    name: str = write.arguments["logGroupName"]
    arn = group_arn(facts.fleet.partition, write.region, write.account, name)
    made = {"logGroupName": name, "arn": f"{arn}:*"}
    return {group_ask(write.address): reply({"logGroups": [*_listed(facts, write), made]})}


def _delete_group(facts: Facts, write: Write) -> Answers:
    name = write.arguments["logGroupName"]
    kept = [each for each in _listed(facts, write) if each["logGroupName"] != name]
    return {group_ask(write.address): reply({"logGroups": kept})}


def _of_policies(change: Callable[[list[Json], Write], list[Json]]) -> Effect:
    """A call that changes the resource policies of a Region (rule 8.2.1)."""

    def effect(facts: Facts, write: Write) -> Answers:
        (question,) = policies_ask(all_groups(write.address))
        before = seen(facts.look(question, ResourcePolicies))
        if before is None:
            return {}
        named = write.arguments["policyName"]
        listed: list[Json] = msgspec.to_builtins(before)["resourcePolicies"]
        others = [each for each in listed if each["policyName"] != named]
        return {question: reply({"resourcePolicies": change(others, write)})}

    return effect


def _with_policy(others: list[Json], write: Write) -> list[Json]:
    named = ("policyName", "policyDocument")
    return [*others, {name: write.arguments[name] for name in named}]


LOG_GROUPS: Final = Part(
    name="log groups",
    settings=SETTINGS,
    things=THINGS,
    effects={"logs:CreateLogGroup": _create_group, "logs:DeleteLogGroup": _delete_group},
    calls={
        "logs:DescribeLogGroups": listing(
            "logGroups",
            Permit("logs:DescribeLogGroups"),
            each=("logGroupName", "arn"),
            needs=("logGroupNamePrefix",),
            entry=Entry("logGroups", "logGroupName", ":log-group:"),
        ),
        "logs:DescribeLogStreams": listing(
            "logStreams",
            Permit("logs:DescribeLogStreams", "loggroup"),
            each=("logStreamName",),
            needs=("logGroupName",),
            takes=("logStreamNamePrefix", "orderBy", "descending", "limit"),
            literal=("descending", "limit"),
            bounded_by="limit",
        ),
        **exports.CALLS,
    },
    writes={
        "logs:CreateLogGroup": WritingCall(
            (Permit("logs:CreateLogGroup", "loggroup"), Permit("logs:TagResource", "loggroup"))
        ),
    },
    resources={"loggroup": "arn:{partition}:logs:*:*:log-group:*"},
    words=log_roles.GROUPS,
)
LOG_POLICIES: Final = Part(
    name="the resource policies of log groups",
    effects={
        "logs:PutResourcePolicy": _of_policies(_with_policy),
        "logs:DeleteResourcePolicy": _of_policies(lambda others, _write: others),
    },
    calls={
        POLICIES: listing(
            "resourcePolicies",
            Permit(POLICIES),
            each=("policyDocument",),
            takes=("policyScope", "resourceArn"),
        ),
    },
    writes={
        "logs:PutResourcePolicy": WritingCall(
            (Permit("logs:PutResourcePolicy"),), always=("resourcePolicy",)
        )
    },
    words=log_policies.WORDS,
)
"""For the kinds of log that services bring into log groups by themselves, without a role."""
