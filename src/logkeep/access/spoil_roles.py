"""How what a service's role needs is spoilt: the role, its trust, its policies, a log group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

import msgspec

from logkeep.access import people
from logkeep.access.granting import Document, account_of, statements
from logkeep.access.legs import text_of
from logkeep.route import Allows, Exists, Hop
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Fault, Write
from logkeep.value import Arn, Json, arn_name

SOMEBODY: Final = "SomebodyElsesDeny"


def group_gone(_facts: Facts, hop: Hop, need: Exists) -> Iterator[Fault]:
    """The log group is deleted."""
    name = hop.arn.partition(":log-group:")[2]
    yield Fault(need.code, "the log group is deleted", (_delete_group(hop, name),))


def role_gone(facts: Facts, hop: Hop, need: Exists) -> Iterator[Fault]:
    """The role is deleted, its policies first: IAM deletes none that has any ("DeleteRole")."""
    emptied = next((fault.writes for fault in _disarmed(facts, hop.arn, need)), ())
    named: dict[str, Json] = {"RoleName": arn_name(hop.arn)}
    deleted = _of_role(facts, hop.arn, "iam:DeleteRole", named)
    yield Fault(need.code, "the role is deleted", (*emptied, deleted))


def _delete_group(hop: Hop, name: str) -> Write:
    named: dict[str, Json] = {"logGroupName": name}
    return Write(hop.arn, hop.account, hop.region, "logs:DeleteLogGroup", named)


def _of_role(facts: Facts, role: Arn, call: str, arguments: dict[str, Json]) -> Write:
    return Write(role, account_of(role), facts.fleet.home_region, call, arguments)


def refused(facts: Facts, hop: Hop, need: Allows) -> Iterator[Fault]:
    """The request is no longer allowed, or somebody denies it."""
    match need.leg:
        case "trust":
            yield from _distrusted(facts, hop.arn, need)
        case "role":
            yield from _disarmed(facts, hop.arn, need)
            yield from _narrowed(facts, hop.arn, need)
            yield _denied(facts, hop.arn, need)
        case "group-key":
            yield from _closed(facts, hop, need)
        case _:
            return


def _distrusted(facts: Facts, role: Arn, need: Allows) -> Iterator[Fault]:
    """Another service is trusted instead, or this one is shut out outright."""
    before = _document(facts, need)
    other: Document = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    deny: Document = {**other, "Effect": "Deny", "Principal": {"Service": need.request.principal}}
    for says, body in (
        ("the role trusts another service", [other]),
        ("the role's trust denies CloudTrail", [*statements(before), deny]),
    ):
        text = json.dumps({"Version": "2012-10-17", "Statement": body})
        named: dict[str, Json] = {"RoleName": arn_name(role), "PolicyDocument": text}
        writes = (_of_role(facts, role, "iam:UpdateAssumeRolePolicy", named),)
        yield Fault(need.code, says, writes)


def _document(facts: Facts, need: Allows) -> Document:
    text = seen(text_of(facts, need.leg, need.request.resource))
    return cast(Document, msgspec.json.decode(text)) if text else {}


def _policies(facts: Facts, role: Arn) -> tuple[people.Inline, ...]:
    found = seen(people.details(facts, account_of(role)))
    roles = [known for known in found.role_detail_list if known.arn == role] if found else []
    return roles[0].role_policy_list if roles else ()


def _disarmed(facts: Facts, role: Arn, need: Allows | Exists) -> Iterator[Fault]:
    """Every inline policy of the role is deleted."""
    writes = tuple(
        _of_role(
            facts,
            role,
            "iam:DeleteRolePolicy",
            {"RoleName": arn_name(role), "PolicyName": each.policy_name},
        )
        for each in _policies(facts, role)
    )
    if writes:
        yield Fault(need.code, "the role's policies are deleted", writes)


def _narrowed(facts: Facts, role: Arn, need: Allows) -> Iterator[Fault]:
    """Every inline policy names the log group's ARN and not its streams' (case CW01)."""
    group = need.request.resource.partition(":log-stream:")[0]
    writes: list[Write] = []
    for each in _policies(facts, role):
        document = cast(Document, each.policy_document)
        body = [{**statement, "Resource": group} for statement in statements(document)]
        named: dict[str, Json] = {
            "RoleName": arn_name(role),
            "PolicyName": each.policy_name,
            "PolicyDocument": json.dumps({**document, "Statement": body}),
        }
        writes.append(_of_role(facts, role, "iam:PutRolePolicy", named))
    if writes:
        says = "the role's policies name the log group instead of its streams"
        yield Fault(need.code, says, tuple(writes))


def _denied(facts: Facts, role: Arn, need: Allows) -> Fault:
    """Another policy of the role denies what ours allows."""
    deny: Document = {"Effect": "Deny", "Action": need.request.action, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    named: dict[str, Json] = {
        "RoleName": arn_name(role),
        "PolicyName": SOMEBODY,
        "PolicyDocument": text,
    }
    says = f"a foreign policy of the role denies {need.request.action}"
    return Fault(need.code, says, (_of_role(facts, role, "iam:PutRolePolicy", named),))


def _closed(facts: Facts, hop: Hop, need: Allows) -> Iterator[Fault]:
    """The key's policy says nothing of CloudWatch Logs any more, or denies it outright."""
    before = statements(_document(facts, need))
    service = {"Service": need.request.principal}
    kept = [s for s in before if s.get("Principal") != service]
    deny: Document = {
        "Sid": SOMEBODY,
        "Effect": "Deny",
        "Principal": service,
        "Action": need.request.action,
        "Resource": "*",
    }
    for says, body in (
        ("the log group's key no longer names CloudWatch Logs", kept),
        (f"the log group's key denies {need.request.action}", [*before, deny]),
    ):
        text = json.dumps({"Version": "2012-10-17", "Statement": body})
        named: dict[str, Json] = {"KeyId": hop.arn, "PolicyName": "default", "Policy": text}
        write = Write(hop.arn, hop.account, hop.region, "kms:PutKeyPolicy", named)
        yield Fault(need.code, says, (write,))


def undone(facts: Facts, hop: Hop, need: Allows) -> tuple[Write, ...]:
    """The calls that put back the policies that were there."""
    text = seen(text_of(facts, need.leg, need.request.resource)) or ""
    match need.leg:
        case "trust":
            named: dict[str, Json] = {"RoleName": arn_name(hop.arn), "PolicyDocument": text}
            return (_of_role(facts, hop.arn, "iam:UpdateAssumeRolePolicy", named),)
        case "role":
            return tuple(_put_back(facts, hop.arn, each) for each in _policies(facts, hop.arn))
        case "group-key":
            named = {"KeyId": hop.arn, "PolicyName": "default", "Policy": text}
            return (Write(hop.arn, hop.account, hop.region, "kms:PutKeyPolicy", named),)
        case _:
            return ()


def _put_back(facts: Facts, role: Arn, policy: people.Inline) -> Write:
    named: dict[str, Json] = {
        "RoleName": arn_name(role),
        "PolicyName": policy.policy_name,
        "PolicyDocument": json.dumps(policy.policy_document),
    }
    return _of_role(facts, role, "iam:PutRolePolicy", named)
