"""Who could end what captures an account's logs, by its own rights or by becoming a role?"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access import organization
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.silencing import Silencing, silencings, undeclared
from logkeep.value import AccountId, Arn, Time
from logkeep.who.candidates import people_of
from logkeep.who.holding import holder
from logkeep.who.switches import behind
from logkeep.who.values import Holder, Power

NAME = "silence"


class Silenced(msgspec.Struct, frozen=True):
    """What captures logs, and everyone who could end it, or of whom it cannot be told."""

    kind: str
    capture: Arn
    account: AccountId
    accounts: tuple[AccountId, ...]
    holders: tuple[Holder, ...]
    behind: tuple[Holder, ...]


class Silence(msgspec.Struct, frozen=True):
    """The whole answer, and which kinds of log were not asked about."""

    fleet: str
    taken_at: Time
    captures: tuple[Silenced, ...]
    not_asked: tuple[str, ...]


def silence(facts: Facts) -> Silence:
    """Of all that captures logs, who could end it."""
    found = tuple(_silenced(facts, each) for each in silencings(facts))
    return Silence(facts.fleet.name, facts.taken_at, found, undeclared(facts))


def _silenced(facts: Facts, of: Silencing) -> Silenced:
    by_name: dict[str, Holder] = {}
    for account, actions, on in _asked(facts, of):
        power = Power(NAME, tuple((action,) for action in actions))
        for who in people_of(facts, account):
            found = holder(facts, msgspec.structs.replace(who, target=on, samples=()), power)
            if found:
                by_name[who.principal] = _both(by_name.get(who.principal, found), found)
    holders = tuple(by_name.values())
    return Silenced(of.kind, of.capture, of.account, of.accounts, holders, behind(facts, holders))


def _asked(facts: Facts, of: Silencing) -> Iterator[tuple[AccountId, tuple[str, ...], Arn]]:
    """Whose people are asked about which calls, and on what."""
    by_what: dict[str, tuple[str, ...]] = {}
    for action, on in of.calls:
        by_what[on] = (*by_what.get(on, ()), action)
    if "capture" in by_what:
        for thing in of.things:
            yield of.account, by_what["capture"], thing
    found = seen(organization.membership(facts, of.account))
    if "organization" in by_what and found:
        yield found.management, by_what["organization"], "*"
    for account in of.accounts if "member" in by_what else ():
        if not organization.is_management(facts, account):
            yield account, by_what["member"], "*"


def _both(one: Holder, other: Holder) -> Holder:
    """Somebody by two kinds of call: what is certain counts."""
    if one.certain is not other.certain:
        return one if one.certain else other
    reasons = tuple(dict.fromkeys((*one.reasons, *other.reasons)))
    unknown = tuple(dict.fromkeys((*one.unknown, *other.unknown)))
    return msgspec.structs.replace(one, reasons=reasons, unknown=unknown)
