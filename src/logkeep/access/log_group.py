"""What AWS says of a log group: whether it is there, its key, and the policies of its Region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look
from logkeep.value import Absent, Arn, Look, Seen, parse_arn

GROUPS: Final = "logs:DescribeLogGroups"
POLICIES: Final = "logs:DescribeResourcePolicies"
ALL: Final = ":log-group:*"
"""How the ARN ends that stands for every log group of an account in a Region."""


class LogGroup(msgspec.Struct, frozen=True, rename="camel"):
    """A log group as logs:DescribeLogGroups shows it."""

    log_group_name: str
    kms_key_id: str = ""
    """The ARN of its own key."""
    creation_time: int = 0
    """In milliseconds since 1970; 0 where AWS does not say."""


class LogGroups(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeLogGroups."""

    log_groups: tuple[LogGroup, ...] = ()


class ResourcePolicy(msgspec.Struct, frozen=True, rename="camel"):
    """A resource policy as logs:DescribeResourcePolicies shows it."""

    policy_document: str
    policy_name: str = ""


class ResourcePolicies(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeResourcePolicies."""

    resource_policies: tuple[ResourcePolicy, ...] = ()


def group_arn(partition: str, region: str, account: str, name: str) -> Arn:
    """A log group's ARN, without the `:*` that a trail's setting ends with."""
    return f"arn:{partition}:logs:{region}:{account}:log-group:{name}"


def bare(arn: Arn) -> Arn:
    """A log group's ARN as a resource has it."""
    return arn.removesuffix(":*")


def group_name(arn: Arn) -> str:
    """The name of the group that a group's or stream's ARN names."""
    return arn.partition(":log-group:")[2].partition(":")[0]


def stream_name(arn: Arn) -> str:
    """The name of the stream that a stream's ARN names."""
    return arn.partition(":log-stream:")[2]


def group_ask(arn: Arn) -> Ask:
    """The question whether there is a group of that name where its ARN says."""
    parts = parse_arn(arn)
    account, region = (parts.account, parts.region) if parts else ("", "")
    return ask(account, region, GROUPS, logGroupNamePrefix=group_name(arn))


def group(facts: Facts, arn: Arn) -> Look[LogGroup]:
    """The log group of an ARN."""
    look = facts.look(group_ask(arn), LogGroups)
    if not isinstance(look, Seen):
        return look
    name = group_name(arn)
    found = next((g for g in look.value.log_groups if g.log_group_name == name), None)
    return Seen(found) if found else Absent(group_ask(arn).says())


def all_groups(arn: Arn) -> Arn:
    """What stands for every group of the account and Region, whose policies they share."""
    return f"{arn.partition(':log-group:')[0]}{ALL}"


def policies_ask(arn: Arn) -> list[Ask]:
    """The questions which resource policies speak: the Region's, and the group's own (8.2.1)."""
    parts = parse_arn(arn)
    account, region = (parts.account, parts.region) if parts else ("", "")
    of_region = ask(account, region, POLICIES)
    if arn.endswith(ALL):
        return [of_region]
    return [of_region, ask(account, region, POLICIES, policyScope="RESOURCE", resourceArn=arn)]


def shown_policies(facts: Facts, question: Ask) -> Look[Mapping[str, str]]:
    """The documents that such a question was answered with, by their names."""
    own = dict(question.arguments).get("resourceArn", "")
    return map_look(
        facts.look(question, ResourcePolicies),
        lambda answer: {
            each.policy_name or own: each.policy_document for each in answer.resource_policies
        },
    )
