"""Would AWS refuse a call of a plan to the role that Logkeep works by, and which statement says so?

What the role may do is asked of the snapshot that the plan began with, by the engine of `why`.
"""

from __future__ import annotations

import fnmatch
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from logkeep.access import bucket, people
from logkeep.access.policies.speaking import layers_for, of_request, policy, with_resource
from logkeep.archive.roles import boundary_context
from logkeep.diagnose.check.finding import Finding
from logkeep.policy import Context, Decision, Policy, Request, decide
from logkeep.policy.awss_own import kept_by_aws
from logkeep.policy.catalogue import Action, find_action, takes
from logkeep.policy.resource_kinds import BUCKET, kind_of
from logkeep.snapshot.call import Permit
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.snapshot.setting import Write
from logkeep.sources import all_parts, of_parts, registry
from logkeep.value import Absent, AccountId, Arn, Json, Region, Seen, account_of, arn_name
from logkeep.who.why import Question, why

PlannedCall: TypeAlias = Write | Change


class Refusal(msgspec.Struct, frozen=True):
    """A call that AWS would refuse: to whom, for want of which permission, and by what."""

    call: str
    principal: Arn
    action: str
    resource: Arn
    decision: Decision


class CallDoubt(msgspec.Struct, frozen=True):
    """Calls of which nobody can tell whether AWS lets them be made, and what would settle it."""

    calls: tuple[str, ...]
    accounts: tuple[AccountId, ...]
    settle: tuple[str, ...]


def refusal(facts: Facts, call: PlannedCall) -> Refusal | None:
    """Why AWS would refuse a call; None where it would not, or where nobody can tell."""
    for action, resource, passed in _asked(facts, call):
        found = _decided(facts.began, call.account, call.region, action, resource, passed)
        if found is not None and found.decision.outcome != "Unknown":
            return msgspec.structs.replace(found, call=call.call)
    return None


def doubts(facts: Facts, calls: Iterable[PlannedCall]) -> tuple[CallDoubt, ...]:
    """The calls of which it cannot be told, those together that hang on the same."""
    found: dict[tuple[str, ...], tuple[dict[str, None], dict[AccountId, None]]] = {}
    for call in calls:
        for action, resource, passed in _asked(facts, call):
            ruling = _decided(facts.began, call.account, call.region, action, resource, passed)
            if ruling is not None and ruling.decision.outcome == "Unknown":
                named, accounts = found.setdefault(ruling.decision.unknown, ({}, {}))
                named[call.call], accounts[call.account] = None, None
        settle = _unchecked(facts, call)
        if settle:
            named, accounts = found.setdefault(settle, ({}, {}))
            named[call.call], accounts[call.account] = None, None
    return tuple(CallDoubt(tuple(c), tuple(a), settle) for settle, (c, a) in found.items())


def _unchecked(facts: Facts, call: PlannedCall) -> tuple[str, ...]:
    """What AWS checks of a call besides who makes it, and could not be seen."""
    asks = registry.unchecked().get(call.call)
    return asks(facts, call) if asks else ()


def with_refusal(finding: Finding, found: Refusal) -> Finding:
    """A finding with the refusal of the call that would have mended it."""
    by, kept = found.decision.statement, kept_by_aws(found.action, found.resource)
    refused: dict[str, Json] = {
        "call": found.call,
        "principal": found.principal,
        "action": found.action,
        "resource": found.resource,
        "outcome": found.decision.outcome,
        "layer": found.decision.layer,
    }
    if kept:
        refused["kept"] = kept
    if by is not None:
        refused |= {"statement": by.sid or f"number {by.index + 1}", "policy": by.policy}
    return msgspec.structs.replace(finding, evidence={**finding.evidence, "refused": refused})


@functools.cache
def _permits() -> Mapping[str, tuple[Permit, ...]]:
    return {name: call.permits for part in all_parts() for name, call in part.writes.items()}


@functools.cache
def _kinds() -> Mapping[str, str]:
    """The kinds of resource that a permit may name, as patterns of ARNs."""
    named = dict.fromkeys(("partition", "bucket", "prefix", "role"), "*")
    forms = of_parts("the kind of resource", lambda part: part.resources)
    return {kind: form.format(**named) for kind, form in forms.items()}


@functools.cache
def _needed(call: str) -> tuple[tuple[Action, Callable[[str], object] | None, str], ...]:
    """The permissions that a call takes, each with the test of its resource, and to whom a role is
    passed; a test of None is any resource."""
    permits = ((find_action(each.action), each) for each in _permits().get(call, ()))
    return tuple(
        (action, None if each.on == "anything" else _is_of_kind(each.on), each.passed_to)
        for action, each in permits
        if isinstance(action, Action)
    )


def _is_of_kind(kind: str) -> Callable[[str], object]:
    return re.compile(fnmatch.translate(_kinds()[kind])).match


def _asked(_facts: Facts, call: PlannedCall) -> Iterator[tuple[Action, Arn, str]]:
    """The permissions that a call takes, each on its resource, and to whom a role is passed.

    One whose resource the call does not name is not asked about, or not needed: iam:PassRole
    where no role is handed over.
    """
    for action, is_its_kind, passed_to in _needed(call.call):
        named = _texts((call.address, *call.arguments.values()))
        found = ["*"] if is_its_kind is None else filter(is_its_kind, named)
        for resource in itertools.islice(found, 1):
            if takes(action, resource) or not action.arns:
                yield action, resource if action.arns else "*", passed_to


def _texts(values: Iterable[Json]) -> Iterator[str]:
    """Every text of a call's arguments, those of its own members first."""
    inner: list[Json] = []
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            inner += value.values()
        elif isinstance(value, list):
            inner += value
    if inner:
        yield from _texts(inner)


GLOBAL: Final = frozenset({"iam", "organizations"})
"""Services whose requests go to one Region, wherever they come from (IAM User Guide, "AWS global
condition context keys", aws:RequestedRegion)."""


@remembered
def _decided(
    facts: Facts, account: AccountId, region: Region, action: Action, resource: Arn, passed: str
) -> Refusal | None:
    """The decision on one permission unless it is an Allow; told of the account's own worker."""
    who, is_sure = _worker(facts, account)
    context = {} if action.name.partition(":")[0] in GLOBAL else {"aws:RequestedRegion": region}
    context |= {"iam:PassedToService": passed} if passed else {}
    context |= boundary_context(facts, action.name, resource)
    owner = "" if account_of(resource) or ":s3:::" in resource else account
    ruling = why(facts, Question(who, action, resource, Context(context), owner=owner)).deciding
    decision = ruling.explanation.decision
    if decision.outcome == "ImplicitlyDenied" and _acts_for_another(account, ruling.request):
        own_side = msgspec.structs.replace(ruling.request, resource_account=account)
        decision = decide(own_side, layers_for(facts, own_side))
    if decision.outcome == "Unknown" and _is_yet_to_be_made(facts, ruling.request):
        own = layers_for(facts, ruling.request)
        decision = decide(ruling.request, with_resource(own, _first_policy(facts, account, action)))
    if decision.outcome == "Allowed":
        return None
    by_all = decision.layer in ("scp", "rcp") and decision.outcome == "ExplicitlyDenied"
    if decision.outcome != "Unknown" and not is_sure and not by_all:
        settle = (f"which principal Logkeep is in {account}",)
        decision = Decision("Unknown", unknown=settle)
    return Refusal("", who, action.name, ruling.request.resource, decision)


def _acts_for_another(account: AccountId, asked: Request) -> bool:
    """Whether it is another account's thing, of a kind on which no policy could name the caller.

    The service itself lets a delegated administrator at an organization's trail (rule 1.2.1).
    """
    is_apart = account_of(asked.resource) not in ("", account)
    return is_apart and kind_of(asked.resource, asked.action) is None


def _is_yet_to_be_made(facts: Facts, asked: Request) -> bool:
    """Whether what a call is about is not there, so that no policy of its own can refuse it."""
    holder = of_request(facts, asked.resource, asked.action)
    if holder is None:
        return False
    at = bucket.known(facts, holder.arn) if holder.kind is BUCKET else None
    return isinstance(bucket.owner(facts, at) if at else policy(facts, holder), Absent)


@remembered
def _worker(facts: Facts, account: AccountId) -> tuple[Arn, bool]:
    """Who makes the calls in an account, and whether that is sure: what enters it, or the caller.

    The caller's own account is entered by no role. Where the caller came into the archive's account
    by the fleet's role, his own is not known, and may be any other.
    """
    fleet = facts.fleet
    role = f"arn:{fleet.partition}:iam::{account}:role/{fleet.role}"
    caller = seen(people.caller(facts))
    entered = caller is None or arn_name(caller) == arn_name(role)
    who = caller if caller and account_of(caller) == account else role
    is_own = who == caller or not entered
    return who, is_own and isinstance(people.exists(facts, who), Seen)


def _first_policy(facts: Facts, account: AccountId, action: Action) -> Policy | None:
    """What a key says at first, which is that its account decides; nothing else has a policy."""
    if not action.name.startswith("kms:"):
        return None
    root = f"arn:{facts.fleet.partition}:iam::{account}:root"
    allow = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allow]}
    read = facts.policy(msgspec.json.encode(document).decode(), "key", "a new key's policy")
    return read if isinstance(read, Policy) else None
