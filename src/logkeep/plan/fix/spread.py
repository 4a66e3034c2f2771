"""Who else would come in by a changed policy: both policies asked about everybody there is.

Only one statement differs, and it only allows: who it does not speak of is let in no more than
before, and need not be asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import organization, people
from logkeep.access.own_side import all_allowed, outsider
from logkeep.access.policies.speaking import layers_for, part_of_archive
from logkeep.archive.sample import Sample
from logkeep.policy import Context, Layers, Outcome, Policy, Request, decide
from logkeep.snapshot.facts import Facts, remembered
from logkeep.sources.samples import samples
from logkeep.value import AccountId, Seen, account_of
from logkeep.who.admission import Admission
from logkeep.who.asking import requests
from logkeep.who.candidates import ACTIONS, Candidate, admission, everybody, owners
from logkeep.who.values import HolderKind

LOGS_MAX: Final = 40
"""Of how many logs each principal is asked about, besides the one of the question."""
FLIPS_MAX: Final = 1000
"""How many are listed; a change that lets in more is none to choose."""


class Flip(msgspec.Struct, frozen=True):
    """Somebody who would be let in to something besides what was asked."""

    principal: str
    kind: HolderKind
    account: AccountId
    action: str
    resource: str
    """The first that it would be let in to."""
    certain: bool = True
    """Whether it would pass for certain; else it can no longer be told."""


class Spread(msgspec.Struct, frozen=True):
    """Everybody else whom a change lets in, and of how many this was asked."""

    flips: tuple[Flip, ...]
    compared: int
    unread: tuple[AccountId, ...]


def spread(
    facts: Facts, asked: Request, before: Policy | None, after: Policy, index: int
) -> Spread:
    """Ask both policies about the fleet's people, services, outsiders and the public."""
    asker = _asker(facts, asked)
    everyone = (asker, *(who for who in _everybody(facts, asked) if not _is_same(who, asker)))
    found: dict[tuple[str, str, str], Flip] = {}
    for who in everyone:
        for probe in _probes(facts, who, asked, after, index, is_asker=who is asker):
            known = (who.principal, who.account, probe.action)
            if known not in found and len(found) < FLIPS_MAX:
                flip = _flip(facts, who, probe, before, after)
                found.update({known: flip} if flip else {})
    return Spread(tuple(found.values()), len(everyone), _unread(facts))


def _everybody(facts: Facts, asked: Request) -> tuple[Candidate, ...]:
    """Everybody of every account of the fleet, and every service on behalf of each account."""
    services = frozenset({asked.principal}) - {"anonymous"}
    named = frozenset[str]() if asked.principal.startswith("arn:") else services

    return _everybody_and(facts, named)


@remembered
def _everybody_and(facts: Facts, named: frozenset[str]) -> tuple[Candidate, ...]:
    by = admission(facts)
    anyone = Admission(True, by.accounts, by.principals, by.services | named)
    return tuple(everybody(facts, anyone, owners(facts)))


def _asker(facts: Facts, asked: Request) -> Candidate:
    """The one who asked, a session as its role, as one who may ask for more."""
    if asked.principal.startswith("arn:"):
        who = people.principal_of_session(facts, asked.principal)
        kind = "root" if who.endswith(":root") else "user" if ":user/" in who else "role"
        return Candidate(who, kind, account_of(who), samples=samples(facts))
    source = asked.context.get("aws:sourceaccount", "")
    account = source if isinstance(source, str) else ""
    return Candidate(asked.principal, "service", account, samples=samples(facts))


def _is_same(who: Candidate, asker: Candidate) -> bool:
    """Whether it is the one who asked; a service is another one on behalf of each account."""
    if who.principal != asker.principal:
        return False
    if who.kind != "service":
        return True
    # Where nobody told for whom it comes, it is none of those whose account is known.
    return bool(asker.account) and who.account == asker.account and not who.exact


def _unread(facts: Facts) -> tuple[AccountId, ...]:
    accounts = sorted(facts.fleet.accounts.values())
    return tuple(a for a in accounts if not isinstance(people.principals(facts, a), Seen))


def _probes(
    facts: Facts,
    who: Candidate,
    asked: Request,
    after: Policy,
    index: int,
    *,
    is_asker: bool,
) -> Iterator[Request]:
    """Every request of somebody that the changed statement speaks of, but the one asked about."""
    statement = after.statements[index]
    named = [e for e in statement.elements if e.name == "Action"]
    written = [value for e in named for value in e.wanted if "*" not in value and "?" not in value]
    mine = part_of_archive(facts, asked.resource)
    for action in dict.fromkeys((asked.action, *written, *ACTIONS)):
        is_of_leg = action.startswith("kms:") == (mine == "key")
        if not is_of_leg or not _speaks(facts, after, index, action, who):
            continue
        for probe in _requests(facts, who, asked, action, is_asker=is_asker):
            if not _is_asked(asked, probe):
                yield probe


def _speaks(facts: Facts, after: Policy, index: int, action: str, who: Candidate) -> bool:
    principal = outsider(facts) if who.kind == "everyone" else who.principal
    allows = after.select(action.lower(), principal).allows
    return any(each.statement.ref.index == index for each in allows)


def _requests(
    facts: Facts, who: Candidate, asked: Request, action: str, *, is_asker: bool
) -> Iterator[Request]:
    """What somebody could ask: as it is known to, and in place of the one who asked."""
    few = msgspec.structs.replace(who, samples=who.samples[:LOGS_MAX])
    if not is_asker:
        yield from requests(facts, few, action, few.samples)
    if who.kind == "everyone" or (who.kind == "service" and who.principal != asked.principal):
        return
    for sample in few.samples if is_asker else ():
        for each in requests(facts, few, action, (sample,)):
            yield _as_asked(asked, each, sample)
    same = msgspec.structs.replace(asked, action=action, principal=who.principal)
    yield same if is_asker else _unlike(facts, who, same)


def _as_asked(asked: Request, probe: Request, sample: Sample) -> Request:
    """The asker's request in the context that it came in, about another log."""
    context_asked = {
        k: v for k, v in asked.context.items() if not k.startswith("kms:encryptioncontext")
    }
    about = dict(sample.context) if probe.action.startswith("kms:") else {}
    context = Context({**probe.context, **context_asked, **about})
    return msgspec.structs.replace(probe, context=context, unknown=asked.unknown)


def _unlike(facts: Facts, who: Candidate, same: Request) -> Request:
    """The very request, by somebody else: what is known of the one who asked is not of it."""
    service_keys = {k: v for k, v in same.context.items() if not k.startswith("aws:")}
    known = {"aws:securetransport": "true", **dict(who.context)}
    managed = organization.is_management(facts, who.account)
    context = Context({**service_keys, **known})
    return msgspec.structs.replace(same, context=context, in_management_account=managed)


def _is_asked(asked: Request, probe: Request) -> bool:
    """Whether a request is no other than the one asked about."""
    return (
        account_of(probe.principal) == account_of(asked.principal)
        and probe.principal.rsplit("/", 1)[-1] == asked.principal.rsplit("/", 1)[-1]
        and probe.action == asked.action
        and probe.resource == asked.resource
        and _narrow(probe) == _narrow(asked)
    )


def _narrow(asked: Request) -> dict[str, object]:
    """The part of the context that says what a request is about."""
    start = ("kms:encryptioncontext:", "aws:source")
    return {k: v for k, v in asked.context.items() if k.startswith(start)}


def _flip(
    facts: Facts, who: Candidate, probe: Request, before: Policy | None, after: Policy
) -> Flip | None:
    """Somebody who would pass and does not now, or of whom it could no longer be told."""
    layers = layers_for(facts, probe)
    if who.kind == "everyone":
        layers = all_allowed(layers)
    now = _outcome(probe, layers, before)
    then = _outcome(probe, layers, after)
    if now == then or then not in ("Allowed", "Unknown") or now == "Unknown" == then:
        return None
    certain = then == "Allowed"
    return Flip(who.principal, who.kind, who.account, probe.action, probe.resource, certain)


def _outcome(probe: Request, layers: Layers, policy: Policy | None) -> Outcome:
    return decide(probe, msgspec.structs.replace(layers, resource=policy)).outcome
