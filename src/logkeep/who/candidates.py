"""Who has to be asked about: whom the policies can admit at all, then those accounts' people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from logkeep.access import key, organization, people
from logkeep.access.own_side import is_strangers, nobodys_account
from logkeep.access.policies.speaking import layer, of_archive
from logkeep.archive.judged_actions import DELETES, FORGES
from logkeep.archive.sample import Sample
from logkeep.archive.strangers import (
    NO_ORGANIZATION,
    Told,
    arns_meant,
    organizations,
    sent_for_stranger,
    strangers_meant,
)
from logkeep.policy import Context, Policy, Request, Unread
from logkeep.policy.write import statements, texts
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.samples import any_log, deliveries, samples
from logkeep.value import AccountId, Arn, Seen, account_of, parse_arn
from logkeep.who.admission import Admission, admitted_by_points, both, with_more
from logkeep.who.every_object import named_by
from logkeep.who.grants import grantees
from logkeep.who.one_decision import apart_for_anyone
from logkeep.who.values import BY_ACL, POWERS, STEPS, HolderKind

ACCOUNT_ID: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
ACTIONS: Final = tuple(dict.fromkeys([*(a for p in POWERS for a in p.actions), *STEPS]))


class Rights(NamedTuple):
    """What a principal's own policies would be: all that allow it, and its boundary."""

    identity: tuple[Policy, ...] | Unread
    boundary: Policy | Unread | None


class Candidate(msgspec.Struct, frozen=True):
    """Somebody to ask the policies about."""

    principal: str
    kind: HolderKind
    account: AccountId
    context: tuple[tuple[str, str], ...] = ()
    """What is known of its requests besides who it is."""
    exact: tuple[Request, ...] = ()
    """Requests that it is known to make, in their exact context."""
    samples: tuple[Sample, ...] = ()
    source: Arn = ""
    sources: tuple[Told, ...] = ()
    """What it may say of whom it comes for, where several things are worth asking about."""
    target: Arn = ""
    """The resource asked about, where it is neither the archive's bucket or key nor a log."""
    rights: Rights | None = None
    """Instead of its own policies, what these would be after a change."""
    is_about_one: bool = False
    """Whether nothing but its samples is asked about."""


def part_of_action(action: str) -> Literal["bucket", "key"]:
    """Whose policy an action meets: the key's or the bucket's."""
    return "key" if action.startswith("kms:") else "bucket"


@remembered
def candidates(facts: Facts) -> tuple[Candidate, ...]:
    """Everybody worth asking about the archive: who is left out is admitted by no policy."""
    return tuple(everybody(facts, admission(facts), owners(facts)))


@remembered
def owners(facts: Facts) -> frozenset[AccountId]:
    """The archive's account and the key's."""
    return frozenset({facts.fleet.archive.account, key.account(facts)})


def everybody(
    facts: Facts,
    found: Admission,
    own: frozenset[AccountId],
    about: tuple[Sample, ...] | None = None,
    *,
    named_services_only: bool = False,
) -> Iterator[Candidate]:
    """Services, the people of these accounts and of those admitted, all others, the public.

    They are asked about every log there is, unless about some.
    """
    granted = frozenset(name for name in grantees(facts) if not account_of(name))
    services = found.services | granted
    if services or not named_services_only:
        yield from _services(facts, services)
    everywhere = samples(facts) if about is None else about
    yield from _people(facts, found, own, everywhere)
    yield Candidate("*", "everyone", "", samples=everywhere)
    yield Candidate("anonymous", "public", "", samples=everywhere)


def admission(facts: Facts) -> Admission:
    """Read whom the bucket's and the key's policy can admit: names, `*`, account roots."""
    merged = Admission()
    for action in ACTIONS:
        found = admitted_for(facts, action)
        merged = both(merged, found) if found else merged
    return merged


@remembered
def admitted_for(facts: Facts, action: str, log: Arn = "") -> Admission | None:
    """Whom the policies can admit for one action, on any log unless on one.

    None where its policy could not be read.
    """
    policy = layer(facts, of_archive(facts, part_of_action(action)))
    merged = Admission()
    if policy is None:
        return merged
    if not isinstance(policy, Policy):
        return None
    one = (log,) if log and is_about_objects(action) else ()
    for resource in one or _resources(facts, policy, action):
        merged = with_more(merged, policy, action, resource)
    return both(merged, admitted_by_points(facts, action, facts.fleet.bucket_arn))


def _resources(facts: Facts, policy: Policy, action: str) -> tuple[Arn, ...]:
    """What an action is about: the key, the bucket, or a log of each kind that a policy knows."""
    if action.startswith("kms:"):
        return (key.arn(facts),)
    if is_about_objects(action):
        today = apart_for_anyone(facts, policy)
        return (*(log.object_arn for log in today), *named_by(facts, policy))
    return (facts.fleet.bucket_arn,)


def is_about_objects(action: str) -> bool:
    """Whether an S3 action is about objects (Service Authorization Reference, "Amazon S3")."""
    return action in _ON_OBJECTS


_ON_OBJECTS: Final = frozenset({*DELETES, *FORGES, *BY_ACL, "s3:GetObject", "s3:GetObjectVersion"})


def _services(facts: Facts, admitted: frozenset[str]) -> Iterator[Candidate]:
    """Services, on behalf of each account that they deliver for or that a policy mentions."""
    known: dict[str, dict[AccountId, tuple[Request, ...]]] = {}
    for account, requests in deliveries(facts).items():
        for name in {asked.principal for asked in requests}:
            mine = tuple(asked for asked in requests if asked.principal == name)
            known.setdefault(name, {})[account] = mine
    mentioned = _mentioned(facts)
    stranger = _unmentioned(mentioned)
    for name in sorted(known.keys() | admitted):
        delivered = known.get(name, {})
        for account, requests in delivered.items():
            yield _service(facts, name, account, requests)
        for account in sorted((mentioned | {stranger}) - delivered.keys()):
            shown = "" if account == stranger else account
            yield _foreign_service(facts, name, account, shown, delivered)


def _mentioned(facts: Facts) -> frozenset[AccountId]:
    """Every account that a policy of the archive speaks of, and the fleet's."""
    found = set(facts.fleet.accounts.values())
    for part in ("bucket", "key"):
        policy = layer(facts, of_archive(facts, part))
        if isinstance(policy, Policy):
            found.update(ACCOUNT_ID.findall(json.dumps(policy.document)))
            found.update(set(strangers_meant(facts, policy)) - {nobodys_account(facts)})
    return frozenset(found)


def _unmentioned(mentioned: frozenset[AccountId]) -> AccountId:
    """The id of an account that nobody speaks of: it stands for any other."""
    free = (f"{number:012d}" for number in range(999_999_999_999, 0, -1))
    return next(account for account in free if account not in mentioned)


def _service(
    facts: Facts, name: str, account: AccountId, requests: tuple[Request, ...]
) -> Candidate:
    keys = {k: v for asked in requests for k, v in asked.context.items() if k.startswith("aws:")}
    context = tuple((k, v) for k, v in sorted(keys.items()) if isinstance(v, str))
    mine = _logs_of_accounts(facts).get(account, ())
    source = dict(context).get("aws:sourcearn", "")
    return Candidate(
        name, "service", account, context, requests, mine or samples(facts)[:1], source
    )


@remembered
def _logs_of_accounts(facts: Facts) -> dict[AccountId, tuple[Sample, ...]]:
    return _by_account(samples(facts))


def _by_account(logs: tuple[Sample, ...]) -> dict[AccountId, tuple[Sample, ...]]:
    found: dict[AccountId, list[Sample]] = {}
    for log in logs:
        found.setdefault(log.account, []).append(log)
    return {account: tuple(mine) for account, mine in found.items()}


def _foreign_service(
    facts: Facts,
    name: str,
    account: AccountId,
    shown: AccountId,
    delivered: dict[AccountId, tuple[Request, ...]],
) -> Candidate:
    """A service on behalf of an account that sends no logs here: as it would deliver for one."""
    archive = facts.fleet.archive.account
    # The archive's own account is the last to be the pattern: its id stands in the key's ARN too.
    like = min(delivered, key=lambda known: (known == archive, known), default="")
    if like:
        same = tuple(_moved(facts, asked, like, account) for asked in delivered[like])
        if is_strangers(facts, account):
            same = tuple(_of_sources(facts, _of_organizations(facts, same), account))
        moved = (*same, *_elsewhere(facts, same))
        made = _service(facts, name, account, moved)
        # Whoever stands for all others is no account to show, nor is a trail of theirs.
        return msgspec.structs.replace(made, account=shown, source=made.source if shown else "")
    context = (
        ("aws:principalisawsservice", "true"),
        ("aws:principalservicename", name),
        ("aws:securetransport", "true"),
        ("aws:sourceaccount", account),
    )
    sources = _sources_of(facts, name, account) if is_strangers(facts, account) else ()
    return Candidate(name, "service", shown, context, samples=samples(facts), sources=sources)


def _of_organizations(facts: Facts, asked: Iterable[Request]) -> Iterator[Request]:
    """The same requests from each organization that a stranger may be in."""
    policy = layer(facts, of_archive(facts, "bucket"))
    for each in asked:
        known = organizations(facts, policy, each.principal) if isinstance(policy, Policy) else ()
        for one in known or (NO_ORGANIZATION,):
            context = Context({**each.context, **({"aws:sourceorgid": one} if one else {})})
            possible = tuple(pair for pair in each.possible if pair[0] != "aws:sourceorgid")
            yield msgspec.structs.replace(each, context=context, possible=possible)


def _of_sources(facts: Facts, asked: Iterable[Request], account: AccountId) -> Iterator[Request]:
    """The same requests for each source of the stranger's that the policy means."""
    for each in asked:
        yield each
        for arn in arns_meant(facts, each.principal, account):
            context = Context({**each.context, "aws:sourcearn": arn})
            possible = tuple(pair for pair in each.possible if pair[0] != "aws:sourcearn")
            yield msgspec.structs.replace(each, context=context, possible=possible)


def _sources_of(facts: Facts, service: str, account: AccountId) -> tuple[Told, ...]:
    """What a service says besides when it comes for a stranger: each that the policy means."""
    policy = layer(facts, of_archive(facts, "bucket"))
    if not isinstance(policy, Policy):
        return ()
    return tuple(sent_for_stranger(facts, policy, service, account))


def _elsewhere(facts: Facts, asked: Iterable[Request]) -> Iterator[Request]:
    """The same uploads under each prefix that the bucket's policy has a statement for.

    Whose trail it is chooses the prefix; none has the folder of the accounts in it (rule 1.3.2).
    """
    policy = layer(facts, of_archive(facts, "bucket"))
    if not isinstance(policy, Policy):
        return
    bucket = f"{facts.fleet.bucket_arn}/"
    allows = [s for s in statements(policy.document) if s.get("Effect") == "Allow"]
    named = dict.fromkeys(text for s in allows for text in texts(s.get("Resource")))
    for text in named:
        prefix = text.removeprefix(bucket).removesuffix("*").replace("*", "x").rstrip("/")
        if not text.startswith(bucket) or not text.endswith("*") or "AWSLogs" in prefix:
            continue
        for each in asked:
            if prefix and each.resource.startswith(bucket):
                at = f"{bucket}{prefix}/{each.resource.removeprefix(bucket)}"
                yield msgspec.structs.replace(each, resource=at)


def _moved(facts: Facts, asked: Request, old: AccountId, new: AccountId) -> Request:
    """The same request on behalf of another account: its source, its folder, its context."""
    bucket = facts.fleet.bucket_arn

    def move(text: str) -> str:
        if text.startswith(f"{bucket}/"):
            return bucket + text.removeprefix(bucket).replace(old, new)
        parts = parse_arn(text)
        is_source = parts is not None and parts.service not in ("s3", "kms")
        return text.replace(old, new) if text == old or is_source else text

    context = {k: move(v) if isinstance(v, str) else v for k, v in asked.context.items()}
    return msgspec.structs.replace(asked, resource=move(asked.resource), context=Context(context))


def _people(
    facts: Facts, found: Admission, own: frozenset[AccountId], about: tuple[Sample, ...]
) -> Iterator[Candidate]:
    """Users and roles of the resource's own account, and of every account admitted."""
    asked = own | found.accounts
    if found.anyone:
        asked |= set(facts.fleet.accounts.values())
    granted = {name for name in grantees(facts) if account_of(name)}
    named = {*found.principals, *granted}
    asked |= {account_of(name) for name in granted if name.endswith(":root")}
    for account in sorted(asked):
        listed = people.principals(facts, account)
        named.update(listed.value if isinstance(listed, Seen) else ())
        yield _person(facts, f"arn:{facts.fleet.partition}:iam::{account}:root", about)
        if not isinstance(listed, Seen):
            yield _unread_account(facts, account, about)
    for principal in sorted(name for name in named if not name.endswith(":root")):
        yield _person(facts, principal, about)


def people_of(facts: Facts, account: AccountId) -> Iterator[Candidate]:
    """Everybody of an account, or somebody of whom nothing is known; asked about no special log.

    A big fleet has tens of thousands, which need not be known for what hangs on none of them.
    """
    about = any_log(facts)
    yield person(facts, f"arn:{facts.fleet.partition}:iam::{account}:root", about)
    listed = people.principals(facts, account)
    if not isinstance(listed, Seen):
        yield unread_account(facts, account, about)
        return
    for principal in listed.value:
        yield person(facts, principal, about)


def unread_account(facts: Facts, account: AccountId, about: Sample) -> Candidate:
    """Everybody of an account whose IAM could not be read, asked about one log."""
    return msgspec.structs.replace(_unread_account(facts, account, (about,)), is_about_one=True)


def _unread_account(facts: Facts, account: AccountId, about: tuple[Sample, ...]) -> Candidate:
    """Everybody of an account whose IAM could not be read, as one whose policies are unknown."""
    arn = f"arn:{facts.fleet.partition}:iam::{account}:role/of-whom-nothing-is-known"
    return msgspec.structs.replace(_person(facts, arn, about), kind="account")


def person(facts: Facts, principal: Arn, about: Sample | None = None) -> Candidate:
    """A user, role or root user as one who asks: about every log there is, unless about one."""
    if about is None:
        return _person(facts, principal, samples(facts))
    return msgspec.structs.replace(_person(facts, principal, (about,)), is_about_one=True)


def _person(facts: Facts, principal: Arn, about: tuple[Sample, ...]) -> Candidate:
    account = account_of(principal)
    known = (("aws:securetransport", "true"), *_organization(facts, account))
    return Candidate(principal, _kind(principal), account, known, samples=about)


def _kind(principal: Arn) -> HolderKind:
    if principal.endswith(":root"):
        return "root"
    return "user" if ":user/" in principal else "role"


def _organization(facts: Facts, account: AccountId) -> tuple[tuple[str, str], ...]:
    found = seen(organization.membership(facts, account))
    return (("aws:principalorgid", found.id),) if found else ()
