"""What each call that writes to log groups and roles does to AWS's later answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import msgspec

from logkeep.access import people
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Effect, Write
from logkeep.sources.cloudtrail.cloudwatch.groups import LogGroups, group_arn, group_ask
from logkeep.value import Json, account_of

Answers = Mapping[Ask, Reply]
Role = dict[str, Json]


def _create_group(facts: Facts, write: Write) -> Answers:
    """A group without a key; when it was made only AWS can say."""
    question = group_ask(write.address)
    before = seen(facts.look(question, LogGroups))
    listed: list[Json] = msgspec.to_builtins(before)["logGroups"] if before else []
    name: str = write.arguments["logGroupName"]
    arn = group_arn(facts.fleet.partition, write.region, write.account, name)
    made = {"logGroupName": name, "arn": f"{arn}:*"}
    return {question: reply({"logGroups": [*listed, made]})}


def _delete_group(facts: Facts, write: Write) -> Answers:
    question = group_ask(write.address)
    before = seen(facts.look(question, LogGroups))
    gone = write.arguments["logGroupName"]
    listed: list[Json] = msgspec.to_builtins(before)["logGroups"] if before else []
    return {question: reply({"logGroups": [g for g in listed if g["logGroupName"] != gone]})}


def _of_role(change: Callable[[Role | None, Write], Role | None]) -> Effect:
    """A call that changes one role, or makes or deletes it, in the account's details."""

    def effect(facts: Facts, write: Write) -> Answers:
        question = people.details_ask(facts, account_of(write.address))
        found = facts.snapshot.answers.get(question)
        if found is None or found.error:
            return {}
        body: dict[str, Json] = msgspec.json.decode(found.body)
        roles: list[Role] = body.get("RoleDetailList", [])
        before = next((role for role in roles if role["Arn"] == write.address), None)
        after = change(before, write)
        kept = [after if role is before else role for role in roles]
        listed = [role for role in kept if role is not None]
        made = [after] if before is None and after is not None else []
        return {question: reply({**body, "RoleDetailList": [*listed, *made]})}

    return effect


def _created(_before: Role | None, write: Write) -> Role:
    return {
        "RoleName": write.arguments["RoleName"],
        "Arn": write.address,
        "AssumeRolePolicyDocument": json.loads(write.arguments["AssumeRolePolicyDocument"]),
        "RolePolicyList": [],
    }


def _trusting(before: Role | None, write: Write) -> Role | None:
    document: Json = json.loads(write.arguments["PolicyDocument"])
    return {**before, "AssumeRolePolicyDocument": document} if before else None


def _with_policy(before: Role | None, write: Write) -> Role | None:
    if before is None:
        return None
    name: str = write.arguments["PolicyName"]
    made = {"PolicyName": name, "PolicyDocument": json.loads(write.arguments["PolicyDocument"])}
    return {**before, "RolePolicyList": [*_others(before, name), made]}


def _without_policy(before: Role | None, write: Write) -> Role | None:
    if before is None:
        return None
    return {**before, "RolePolicyList": _others(before, write.arguments["PolicyName"])}


def _others(role: Role, name: str) -> list[Json]:
    """The inline policies of a role but the one of a name."""
    listed: list[Json] = role.get("RolePolicyList", [])
    return [each for each in listed if each["PolicyName"] != name]


def _deleted(_before: Role | None, _write: Write) -> Role | None:
    return None


EFFECTS: dict[str, Effect] = {
    "logs:CreateLogGroup": _create_group,
    "logs:DeleteLogGroup": _delete_group,
    "iam:CreateRole": _of_role(_created),
    "iam:DeleteRole": _of_role(_deleted),
    "iam:UpdateAssumeRolePolicy": _of_role(_trusting),
    "iam:PutRolePolicy": _of_role(_with_policy),
    "iam:DeleteRolePolicy": _of_role(_without_policy),
}
