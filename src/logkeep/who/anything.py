"""`who ACTION RESOURCE`: everyone who may do one thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from logkeep.access.now import will_turn
from logkeep.access.policies.speaking import (
    grants_are_by_acl,
    part_of_archive,
    resource_layer,
)
from logkeep.archive.sample import Sample
from logkeep.policy import Policy, Request
from logkeep.policy.catalogue import Action
from logkeep.snapshot.facts import Facts
from logkeep.sources.samples import any_log, sample_of, samples
from logkeep.sources.whose import owner_of
from logkeep.value import AccountId, Arn
from logkeep.who.admission import Admission, admitted_by, admitted_by_points, both
from logkeep.who.candidates import Candidate, everybody, is_about_objects
from logkeep.who.grants import are_unread
from logkeep.who.holding import holder
from logkeep.who.switches import behind
from logkeep.who.values import TURNS, Held, Power

SSE = "s3:x-amz-server-side-encryption"
CHAINED = {"s3:GetObject": "kms:Decrypt", "s3:GetObjectVersion": "kms:Decrypt"}


def who(facts: Facts, action: Action, resource: Arn, *, direct: bool = False) -> Held:
    """Everyone who may do an action on a resource, and why; for a log with the key's say.

    Whoever may become a role that may is found too, unless only those are wanted who may directly.
    """
    found = (
        holder(facts, each, Power(action.name, (_way(action.name, each, facts, resource),)))
        for each in _asked(facts, action.name, resource)
    )
    holders = tuple(each for each in found if each)
    return Held(action.name, (action.name,), holders, () if direct else behind(facts, holders))


def caveats(facts: Facts, resource: Arn) -> tuple[str, ...]:
    """What policies do not settle about a resource: ACLs, grants not read, and what is to come."""
    turns = (TURNS,) if will_turn(facts) else ()
    match part_of_archive(facts, resource):
        case "bucket" if grants_are_by_acl(facts):
            return ("acls-on", *turns)
        case "key" if are_unread(facts):
            return ("grants-unread", *turns)
        case _:
            return turns


def _way(action: str, asked: Candidate, facts: Facts, resource: Arn) -> tuple[str, ...]:
    """The action, and what the key is asked besides where it is a log's (rule 4.8)."""
    if part_of_archive(facts, resource) != "bucket":
        return (action,)
    if action in CHAINED:
        return (action, CHAINED[action])
    under_key = any(str(each.context.get(SSE, "")).startswith("aws:kms") for each in asked.exact)
    return (action, "kms:GenerateDataKey") if action == "s3:PutObject" and under_key else (action,)


def _asked(facts: Facts, action: str, resource: Arn) -> Iterator[Candidate]:
    """Everybody to ask about this resource, each with the requests that it would make."""
    probe = Request("anonymous", action, resource, owner_of(facts, resource))
    policy = resource_layer(facts, probe)
    found = admitted_by(policy, action, resource) if isinstance(policy, Policy) else Admission()
    found = both(found, admitted_by_points(facts, action, resource))
    part = part_of_archive(facts, resource)
    log = sample_of(facts, resource) if part == "bucket" and is_about_objects(action) else None
    is_whole = resource == facts.fleet.bucket_arn or part == "key"
    everywhere = samples(facts) if part == "key" else (log or any_log(facts),)
    only = _is_closed_to_unnamed(facts, policy, found, part)
    asked = everybody(facts, found, _own(facts, resource), everywhere, named_services_only=only)
    for each in asked:
        if is_whole:
            yield each
        elif log:
            yield from _about_log(each, log)
        else:
            yield msgspec.structs.replace(each, target=resource, exact=(), samples=())


def _is_closed_to_unnamed(
    facts: Facts, policy: object, found: Admission, part: Literal["bucket", "key", ""]
) -> bool:
    """Whether a service that stands in no Allow is refused: nothing but the policy lets any in.

    A key's grants may (rule 4.2), and a bucket's ACL where it speaks (rule 2.1.3).
    """
    if not isinstance(policy, Policy) or found.anyone or not part:
        return False
    return not (are_unread(facts) if part == "key" else grants_are_by_acl(facts))


def _own(facts: Facts, resource: Arn) -> frozenset[AccountId]:
    """Whose people need nobody else's leave: the owner's; for no resource each account's own."""
    owner = owner_of(facts, resource)
    return frozenset({owner} if owner else facts.fleet.accounts.values())


def _about_log(asked: Candidate, log: Sample) -> Iterator[Candidate]:
    """The candidate as it would ask for this log; a service delivers to its own folders only."""
    if asked.kind == "service" and log.account and asked.account not in ("", log.account):
        return
    mine = asked.exact if log.account and asked.account == log.account else ()
    moved = tuple(
        msgspec.structs.replace(each, resource=log.object_arn)
        if is_about_objects(each.action)
        else each
        for each in mine
    )
    yield msgspec.structs.replace(asked, samples=(log,), is_about_one=True, exact=moved)
