"""Could a service put logs here for an account that is none of the fleet's?

A stranger's trail or flow log would fill the archive, and forge what lies in it (rule 1.4.4).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from logkeep.access import any_bucket
from logkeep.access.accounts import Members, askers, members_ask
from logkeep.access.organization import membership
from logkeep.access.own_side import is_strangers, nobodys_account
from logkeep.access.policies.every_object import LOGS, lists_of_document, objects_under
from logkeep.access.policies.speaking import layer, of_archive
from logkeep.archive.stranger_names import (
    ACCOUNT,
    accounts_meant,
    arn_of_stranger,
    fixed_bucket,
    organizations_meant,
    passes_without,
)
from logkeep.archive.stranger_names import asked as asked_of
from logkeep.policy import Policy, Request, admits
from logkeep.policy.every_name import ANY_IN_FOLDER, Undecided
from logkeep.route import Allows, Denies, Need
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, Arn, Seen, Unseen

CODE: Final = "archive-open-to-strangers"
ORGANIZATION: Final = re.compile(r"o-[a-z0-9]{10,32}/")
LETTERS: Final = re.compile(r"[A-Za-z]+")
DIGIT: Final = re.compile(r"\d")
NOBODY: Final = "0" * 12
"""Stands for whichever account a service comes for."""
NO_ORGANIZATION: Final = "o-ofastranger0"
"""What a stranger's service says of its organization, if it is in any."""


def closed_to_strangers(facts: Facts, needs: Iterable[Need]) -> tuple[Denies, ...]:
    """For each upload that a delivery makes: the same is refused on behalf of a stranger."""
    found: dict[Denies, None] = {}
    for need in needs:
        if isinstance(need, Allows) and need.request.action == "s3:PutObject":
            asked = need.request
            if not asked.principal.startswith("arn:"):
                found.update(dict.fromkeys(_closed(facts, asked.principal, *_of_nobody(asked))))
    return tuple(found)


Told: TypeAlias = tuple[tuple[str, str], ...]
"""What a service says when it uploads, by context keys."""


def _of_nobody(asked: Request) -> tuple[Arn, Told]:
    """What an upload is for and says, with its account taken out: for thousands it is the same."""
    context = {name: value for name, value in asked.context.items() if isinstance(value, str)}
    for name, values in asked.possible:
        if name == "aws:sourcearn" and isinstance(values[0], str):
            context[name] = values[0]
    account, arn = context.get("aws:sourceaccount", ""), context.get("aws:sourcearn", "")
    if not ACCOUNT.fullmatch(account):
        return asked.resource, tuple(context.items())
    context["aws:sourceaccount"] = NOBODY
    if arn:
        context["aws:sourcearn"] = ACCOUNT.sub(NOBODY, arn)
    bucket, _, key = asked.resource.partition("/")
    return f"{bucket}/{ACCOUNT.sub(NOBODY, key)}", tuple(context.items())


@remembered
def _closed(facts: Facts, service: str, resource: Arn, context: Told) -> tuple[Denies, ...]:
    policy = layer(facts, of_archive(facts, "bucket"))
    asked = service, resource, context
    if not isinstance(policy, Policy):
        return tuple(_of_stranger(facts, *asked, nobodys_account(facts), NO_ORGANIZATION))
    return tuple(
        each
        for other in strangers_meant(facts, policy)
        for organization in organizations(facts, policy, service)
        for each in _of_stranger(facts, *asked, other, organization)
    )


def _of_stranger(
    facts: Facts, service: str, resource: Arn, said: Told, other: AccountId, organization: str
) -> Iterator[Denies]:
    bucket, _, key = resource.partition("/")
    context = dict(said)
    of = [name for name in ("aws:sourcearn", "aws:sourceaccount") if name in context]
    if not of:
        return
    context |= {name: ACCOUNT.sub(other, context[name]) for name in of}
    if organization:
        context["aws:sourceorgid"] = organization
    # A stranger's service names the stranger's own folder; an organization's has its own too.
    theirs = ACCOUNT.sub(other, ORGANIZATION.sub("", key))
    moved = f"{bucket}/{_wherever(facts, theirs, other)}"
    for arn in (context.get("aws:sourcearn", ""), *arns_meant(facts, service, other)):
        named = {**context, "aws:sourcearn": arn} if arn else context
        yield _refused(facts, service, moved, tuple(sorted(named.items())))


@remembered
def arns_meant(facts: Facts, service: str, other: AccountId) -> tuple[Arn, ...]:
    """The ARNs of an account by which the bucket's policy lets a service in, one of each pattern.

    A trail of a stranger has the name that the policy says.
    """
    policy = layer(facts, of_archive(facts, "bucket"))
    if not isinstance(policy, Policy):
        return ()
    texts = tuple(asked_of(policy, service, "aws:sourcearn"))
    found = (arn_of_stranger(text, other) for text in texts)
    return tuple(dict.fromkeys((*(e for e in found if e), *_named_buckets(facts, texts))))


@remembered
def buckets_in_doubt(facts: Facts) -> frozenset[str]:
    """The buckets that the archive's policy lets services in for, not seen to be the fleet's."""
    policy = layer(facts, of_archive(facts, "bucket"))
    if not isinstance(policy, Policy):
        return frozenset()
    named = {
        fixed_bucket(text)
        for statement in policy.statements
        if statement.allows and statement.principals and statement.principals.services
        for element in statement.elements
        if element.key.lower().endswith("/aws:sourcearn")
        for text in element.wanted
    }
    own = {"", facts.fleet.archive.bucket}
    return frozenset(name for name in named - own if any_bucket.listed(facts, name) is None)


def asks(facts: Facts) -> Iterator[Ask]:
    """The buckets of the fleet's accounts, where the archive's policy names one it lets in for."""
    if buckets_in_doubt(facts):
        yield from any_bucket.asks(facts)


def whose_source(facts: Facts, context: Mapping[str, object]) -> str:
    """What is not known of a stranger that passes by naming a bucket; nothing where it is known."""
    arn = context.get("aws:sourcearn")
    name = fixed_bucket(arn) if isinstance(arn, str) else ""
    if name not in buckets_in_doubt(facts):
        return ""
    lists = "no list of the fleet's buckets that was read has it (s3:ListBuckets)"
    return f"whose bucket `{name}` is: {lists}"


def _named_buckets(facts: Facts, texts: Iterable[str]) -> Iterator[Arn]:
    """The ARNs of buckets in doubt, of those that a policy asks for."""
    in_doubt = buckets_in_doubt(facts)
    return (text for text in texts if fixed_bucket(text) in in_doubt)


@remembered
def other_services_closed(facts: Facts, own: frozenset[str]) -> tuple[Denies, ...]:
    """Every service that the bucket's policy lets write is refused on behalf of a stranger.

    Left out are those of which it is known how they deliver, and so what to ask about them.
    """
    policy = layer(facts, of_archive(facts, "bucket"))
    if not isinstance(policy, Policy):
        return ()
    objects = f"{facts.fleet.bucket_arn}/*"
    needs = (
        Denies(("s3:PutObject",), objects, (), CODE, "silence", context=context, of=(service,))
        for service in sorted(_services(policy, objects) - own)
        for other in strangers_meant(facts, policy)
        for context in sent_for_stranger(facts, policy, service, other)
    )
    return tuple(needs)


def _services(policy: Policy, objects: Arn) -> frozenset[str]:
    """The services that may put any object at all."""
    lists = list(lists_of_document(policy.document))
    found = objects_under(objects, lists)
    every = (objects,) if isinstance(found, Undecided) else found
    return frozenset[str]().union(*(admits(policy, "s3:PutObject", e).services for e in every))


def sent_for_stranger(
    facts: Facts, policy: Policy, service: str, other: AccountId
) -> Iterator[tuple[tuple[str, str], ...]]:
    """What a service says when it comes for a stranger: one for each source that a policy asks for.

    Which ARN it names is the policy's own pattern with the stranger's account in it.
    """
    partition, home = facts.fleet.partition, facts.fleet.home_region
    usual = f"arn:{partition}:{service.partition('.')[0]}:{home}:{other}:anything"
    arns = dict.fromkeys((*arns_meant(facts, service, other), usual))
    for org in organizations(facts, policy, service):
        known = {"aws:sourceaccount": other} | ({"aws:sourceorgid": org} if org else {})
        for arn in arns:
            yield tuple(sorted({**known, "aws:sourcearn": arn}.items()))


def organizations(facts: Facts, policy: Policy, service: str) -> tuple[str, ...]:
    """Where strangers may be: in an organization nobody knows, or in one that a policy lets in.

    An empty one is said where a policy lets in who is in none: what it is asked then stays open.
    """
    own = membership(facts, facts.fleet.archive.account)
    if isinstance(own, Unseen):  # which of them are strangers nobody knows
        return (NO_ORGANIZATION,)
    mine = own.value.id if isinstance(own, Seen) else ""
    texts = asked_of(policy, service, "aws:sourceorgid")
    named = (org for text in texts for org in organizations_meant(text))
    none = ("",) if passes_without(policy, service, "aws:sourceorg") else ()
    return tuple(dict.fromkeys((NO_ORGANIZATION, *(org for org in named if org != mine), *none)))


@remembered
def strangers_meant(facts: Facts, policy: Policy) -> tuple[AccountId, ...]:
    """The accounts that stand for strangers: nobody's, and those that a policy itself names.

    Those of the fleet or of its organization are none.
    """
    found: dict[AccountId, None] = {}
    for statement in policy.statements:
        for element in statement.elements if statement.allows else ():
            if element.key.lower().endswith(("/aws:sourceaccount", "/aws:sourcearn")):
                meant = (accounts_meant(element.key, text) for text in element.wanted)
                found |= dict.fromkeys(itertools.chain.from_iterable(meant))
    home = facts.fleet.home_region
    asked = (facts.look(members_ask(a, home), Members) for a in askers(facts).values())
    members = {m.id for look in asked if isinstance(look, Seen) for m in look.value.accounts}
    named = (a for a in found if a not in members and is_strangers(facts, a))
    return (nobodys_account(facts), *named)


@remembered
def _refused(_facts: Facts, service: str, arn: Arn, context: tuple[tuple[str, str], ...]) -> Denies:
    """One need for the uploads of all accounts that a stranger's would be alike."""
    of = (service,)
    return Denies(("s3:PutObject",), arn, (), CODE, "silence", context=context, of=of)


@remembered
def _wherever(_facts: Facts, key: str, other: AccountId) -> str:
    """Every name that a stranger's delivery may have: of any prefix, Region and day."""
    _, found, rest = key.partition(f"{LOGS}{other}/")
    kind, *folders = rest.split("/")
    name = folders.pop() if folders else ""
    shapes = (LETTERS.sub(ANY_IN_FOLDER, DIGIT.sub("?", folder)) for folder in folders)
    ending = name[name.index(".") :] if "." in name else ""
    last = f"{ANY_IN_FOLDER}{ending}"
    return f"*{found}{'/'.join((kind, *shapes, last))}" if found and folders else key
