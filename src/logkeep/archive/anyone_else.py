"""Who else could: does a policy deny something to everybody, or let more in than it should?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import msgspec

from logkeep.access import key, people
from logkeep.access.own_side import as_stranger, is_strangers
from logkeep.access.policies.distinguish import OF_OBJECT
from logkeep.access.policies.every_object import (
    is_many,
    lists_of,
    lists_of_document,
    objects_under,
)
from logkeep.access.policies.speaking import layers_for
from logkeep.access.shapes import shapes
from logkeep.archive.readers import as_reader
from logkeep.archive.readers_and_writers import reads
from logkeep.policy import (
    Admitted,
    KeyGrant,
    Layers,
    Malformed,
    Outcome,
    Policy,
    Request,
    Unread,
    admits,
    decide,
    read_policy,
    request,
)
from logkeep.policy.every_name import Patterns, Undecided
from logkeep.policy.varying import varies_by_context
from logkeep.policy.write import document, document_of, statements, text_of, texts
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.value import AccountId, Arn, Json, Seen, Unseen, account_of

STRANGER = "role/anybody-with-every-permission"
"""Stands for whoever comes: a role that its own account allows everything."""
ANOTHER = "000000000000"
"""Stands for any other account: AWS gives nobody this one."""
PRINCIPAL_ARN = "aws:principalarn"
NEGATED = frozenset({"arnnotlike", "arnnotequals", "stringnotequals", "stringnotlike"})


class Could(msgspec.Struct, frozen=True):
    """Who could do something, and whom it was not possible to ask about."""

    who: tuple[Arn, ...]
    unknown: tuple[str, ...]


Known: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""What is known of a request; a key without values is known not to be there."""
_Told: TypeAlias = tuple[tuple[str, str | tuple[str, ...]], ...]
"""The same as pairs."""


class _Denial(NamedTuple):
    """A Deny that speaks of everybody, read without its exception, and whom that leaves out."""

    read: Policy
    but: frozenset[Arn]


def left_out(
    facts: Facts, policy: Policy, action: str, resource: Arn, context: Known, account: AccountId
) -> frozenset[str] | Undecided | None:
    """Whom a policy's Denies leave out for an action on any object that a pattern matches.

    None where one such object is denied to nobody, or not to everybody.
    """
    objects = _objects(facts, policy, resource) if is_many(resource) else (resource,)
    if isinstance(objects, Undecided):
        return objects
    known = tuple(context.items())
    denials = _denials(facts, policy)
    found = [_excepted(denials, action, each, known, account) for each in objects]
    whole = [names for names in found if names is not None]
    return frozenset[str]().union(*whole) if len(whole) == len(found) else None


def services_spared(
    facts: Facts, policy: Policy, action: str, resource: Arn, account: AccountId
) -> frozenset[str] | Undecided:
    """The services that a policy lets do something, and that none of its Denies keeps from it.

    A Deny may be of persons alone (`aws:PrincipalIsAWSService`): it is enough while no service is
    let in, and not where one is.
    """
    services = admits(policy, action).services
    if not services:
        return services
    found = _told_apart(facts, policy, resource) if is_many(resource) else (resource,)
    if isinstance(found, Undecided):
        return found
    return frozenset(
        service
        for service in services
        if any(_may_pass(policy, service, action, each, account) for each in found)
    )


@remembered
def _told_apart(_facts: Facts, policy: Policy, resource: Arn) -> Patterns | Undecided:
    """An object of each kind that any statement of a policy tells apart under a pattern."""
    return objects_under(resource, lists_of_document(policy.document))


@lru_cache(maxsize=4096)
def _may_pass(policy: Policy, service: str, action: str, resource: Arn, account: AccountId) -> bool:
    """Whether a policy lets a service do it, or may for all that is known of its request."""
    context: Known = {"aws:principalisawsservice": "true", "aws:principalservicename": service}
    asked = request(service, action, resource, account, dict(context), unknown=("*",))
    return decide(asked, Layers(resource=policy)).outcome in ("Allowed", "Unknown")


@remembered
def _objects(_facts: Facts, policy: Policy, resource: Arn) -> Patterns | Undecided:
    """An object of each kind that the Denies of a policy tell apart under a pattern."""
    denies: Json = {"Statement": list(_statements(policy.document))}
    return objects_under(resource, lists_of_document(denies))


@remembered
def _denials(_facts: Facts, policy: Policy) -> tuple[_Denial, ...]:
    """The Denies of a policy that speak of everybody, as far as they are understood."""
    found = map(_without_exceptions, _statements(policy.document))
    read = ((_alone(text_of(statement)), but) for statement, but in found if statement is not None)
    return tuple(_Denial(each, but) for each, but in read if each is not None)


def _excepted(
    denials: Iterable[_Denial], action: str, resource: Arn, known: _Told, account: AccountId
) -> frozenset[str] | None:
    """Whom Denies leave out for an action; None where nothing denies it to everybody."""
    found: frozenset[str] | None = None
    for read, but in denials:
        if _denies(read, action, resource, known, account):
            found = but if found is None else found & but
    return found


def _statements(found: Json) -> Iterator[dict[str, Json]]:
    """The Deny statements that speak of everybody."""
    for statement in statements(found):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Deny" and principal in ("*", {"AWS": "*"}, {"AWS": ["*"]}):
            yield statement


def _without_exceptions(
    statement: dict[str, Json],
) -> tuple[dict[str, Json] | None, frozenset[str]]:
    """The statement without its exception by aws:PrincipalArn, and whom that leaves out.

    A statement with two such exceptions is not understood and counts as saying nothing.
    """
    condition = cast(dict[str, dict[str, Json]], statement.get("Condition") or {})
    kept: dict[str, dict[str, Json]] = {}
    names: list[frozenset[str]] = []
    for operator, keys in condition.items():
        for name, values in keys.items():
            plain = operator.lower().removesuffix("ifexists")
            if name.lower() == PRINCIPAL_ARN and plain in NEGATED:
                names.append(frozenset(texts(values)))
            else:
                kept.setdefault(operator, {})[name] = values
    if len(names) > 1:
        return None, frozenset()
    rest = {key: value for key, value in statement.items() if key != "Condition"}
    return {**rest, **({"Condition": kept} if kept else {})}, names[0] if names else frozenset()


@lru_cache(maxsize=1024)
def _alone(statement: str) -> Policy | None:
    """A statement read as a policy that says nothing else; None where it cannot be."""
    read = read_policy(document(document_of(statement)), "resource", "deny")
    return None if isinstance(read, Malformed) else read


@lru_cache(maxsize=4096)
def _denies(read: Policy, action: str, resource: Arn, known: _Told, account: AccountId) -> bool:
    """Whether a statement alone denies an action to a stranger of whom nothing else is known."""
    return all(_is_denied(read, who, action, resource, known, account) for who in (
        f"arn:aws:iam::{account}:{STRANGER}", f"arn:aws:iam::{account}:user/anybody",
        f"arn:aws:iam::{ANOTHER}:{STRANGER}", f"arn:aws:iam::{ANOTHER}:user/anybody",
    ))  # fmt: skip


def _is_denied(
    read: Policy, who: Arn, action: str, resource: Arn, known: _Told, account: AccountId
) -> bool:
    asked = request(
        principal=who,
        action=action,
        resource=resource,
        resource_account=account,
        context=dict(known),
        unknown=frozenset({"*"}),
    )
    return decide(asked, Layers(resource=read)).outcome == "ExplicitlyDenied"


def could_decrypt(
    facts: Facts,
    policy: Policy,
    key_arn: Arn,
    but: Iterable[Arn],
    context: tuple[tuple[str, str], ...],
) -> Could:
    """Which users and roles but these may decrypt logs, by the key's policy or by a grant.

    Everyone whom either admits at all is asked (rule 4.2); once for all logs, unless what speaks
    of them asks in which encryption context the log was written.
    """
    found = _of_any_log(facts, policy, key_arn, frozenset(but), context)
    able, doubted = list(found.could.who), list(found.could.unknown)
    for who in found.by_log:
        outcome = decide(*_asked(facts, found.layers, who, key_arn, context)).outcome
        if outcome == "Allowed":
            able.append(who)
        elif outcome == "Unknown":
            doubted.append(who)
    return Could(tuple(dict.fromkeys(able)), tuple(dict.fromkeys(doubted)))


def _of_other_objects(
    facts: Facts, layers: Layers, who: Arn, key_arn: Arn, context: tuple[tuple[str, str], ...]
) -> Outcome:
    """Whether it may decrypt any object of the archive, where what speaks asks for its name."""
    if OF_OBJECT not in dict(context):
        return "ImplicitlyDenied"
    lists = tuple(lists_of(*_asked(facts, layers, who, key_arn, context)))
    objects = objects_under(f"{_bucket_of(facts, context)}/*", lists) if lists else ()
    if isinstance(objects, Undecided):
        return "Unknown"
    outcomes = {
        decide(*_asked(facts, layers, who, key_arn, ((OF_OBJECT, each),))).outcome
        for each in objects
    }
    if "Allowed" in outcomes:
        return "Allowed"
    return "Unknown" if "Unknown" in outcomes else "ImplicitlyDenied"


def _bucket_of(facts: Facts, context: tuple[tuple[str, str], ...]) -> Arn:
    """The bucket that a log lies in: the archive, or its replica."""
    return dict(context).get(OF_OBJECT, "").partition("/")[0] or facts.fleet.bucket_arn


class _AskedOf(msgspec.Struct, frozen=True):
    """Who could decrypt any log, and who has to be asked about each."""

    could: Could
    by_log: tuple[Arn, ...]
    layers: Layers
    """What speaks of the key besides everyone's own policies."""


def _of_one_for_all(
    facts: Facts,
    policy: Policy,
    key_arn: Arn,
    but: frozenset[Arn],
    context: tuple[tuple[str, str], ...],
) -> tuple[Policy, Arn, frozenset[Arn], Arn]:
    """What is the same of all logs in a bucket, of which the first stands for all."""
    return policy, key_arn, but, _bucket_of(facts, context)


@remembered_by(_of_one_for_all)
def _of_any_log(
    facts: Facts,
    policy: Policy,
    key_arn: Arn,
    but: frozenset[Arn],
    context: tuple[tuple[str, str], ...],
) -> _AskedOf:
    admitted = admits(policy, "kms:Decrypt", key_arn)
    grants = key.grants_layer(facts, key_arn)
    unread = [f"{grants.call}: {grants.error}"] if isinstance(grants, Unread) else []
    by_policy = Layers(resource=policy, grants=None if isinstance(grants, Unread) else grants)
    named = admitted.principals | _grantees(by_policy.grants)
    accounts = admitted.accounts | _accounts(named)
    people_of, missing = everybody_of(facts, accounts)
    people_of |= named_as_asked(facts, policy, accounts)
    found: dict[str, list[Arn]] = {"Allowed": ["everybody"] if admitted.anyone else []}
    persons = {arn for arn in named if not arn.endswith(":root")}
    by_log: list[Arn] = []
    for principal in sorted((persons | people_of) - but):
        asked, layers = _asked(facts, by_policy, principal, key_arn, context)
        if varies_by_context(asked, layers):
            by_log.append(principal)
            outcome = _of_other_objects(facts, by_policy, principal, key_arn, context)
            found.setdefault(outcome, []).append(principal)
        else:
            found.setdefault(decide(asked, layers).outcome, []).append(principal)
    for service in sorted(admitted.services):
        outcome = reads(facts, service, key_arn, _bucket_of(facts, context))
        found.setdefault(outcome, []).append(service)
    unknown = (*unread, *missing, *found.get("Unknown", ()), *unnamed(admitted))
    return _AskedOf(Could(tuple(found["Allowed"]), unknown), tuple(by_log), by_policy)


def unnamed(admitted: Admitted) -> Iterator[str]:
    """Whom a policy admits and does not name: an identity provider's users, a canonical user."""
    yield from (f"who signs in through `{name}`" for name in sorted(admitted.federated))
    if admitted.canonical_users:
        yield "whose account a canonical user id stands for"


def _grantees(grants: Iterable[KeyGrant] | Unread | None) -> frozenset[Arn]:
    """The accounts, users, roles and sessions that a grant lets decrypt."""
    listed = () if grants is None or isinstance(grants, Unread) else grants
    arns = (grant.grantee for grant in listed if "Decrypt" in grant.operations)
    return frozenset(arn for arn in arns if arn.startswith("arn:"))


def _accounts(named: Iterable[Arn]) -> frozenset[AccountId]:
    """The accounts that are named whole, by their root."""
    return frozenset(account_of(arn) for arn in named if arn.endswith(":root"))


def everybody_of(facts: Facts, accounts: Iterable[AccountId]) -> tuple[set[Arn], list[str]]:
    """All principals of some accounts, and of which accounts they could not be read."""
    everybody: set[Arn] = set()
    missing: list[str] = []
    for account in sorted(accounts):
        found = people.principals(facts, account)
        root = f"arn:{facts.fleet.partition}:iam::{account}:root"
        if isinstance(found, Seen):
            everybody |= {*found.value, root}
        elif is_strangers(facts, account):
            everybody.add(root)
        else:
            why = found.error if isinstance(found, Unseen) else "is not there"
            missing.append(f"{found.call}: {why}")
    return everybody, missing


def named_as_asked(facts: Facts, policy: Policy, accounts: Iterable[AccountId]) -> set[Arn]:
    """Somebody of each stranger's account by each name that a policy asks for."""
    start = f"arn:{facts.fleet.partition}:iam::"
    strangers = (each for each in accounts if is_strangers(facts, each))
    return {n for each in strangers for n in shapes(policy, f"{start}{each}:{STRANGER}")[1:]}


def _asked(
    facts: Facts,
    layers: Layers,
    principal: Arn,
    key_arn: Arn,
    context: tuple[tuple[str, str], ...],
) -> tuple[Request, Layers]:
    """A principal's request to decrypt a log, and all that speaks of it."""
    asked = as_reader(facts, principal, account_of(principal), "kms:Decrypt", key_arn, context)
    found = layers_for(facts, asked)
    if is_strangers(facts, account_of(principal)):
        found = as_stranger(found)
    return asked, msgspec.structs.replace(found, resource=layers.resource, grants=layers.grants)
