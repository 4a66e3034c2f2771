"""What captures logs, and by which calls could somebody end that? Each kind of log says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from logkeep.policy.catalogue import Action, find_action, takes
from logkeep.route import Hop
from logkeep.snapshot.facts import Facts
from logkeep.sources import On, sources
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Arn


class Silencing(NamedTuple):
    """What captures logs of some accounts, and the calls that would end it."""

    kind: str
    """The kind of log."""
    capture: Arn
    account: AccountId
    """Whose it is."""
    accounts: tuple[AccountId, ...]
    """Whose logs it captures."""
    things: tuple[Arn, ...]
    """What captures there, where it is something else than the place where it captures."""
    calls: tuple[tuple[str, On], ...]
    """What is called, and on what: what captures; or, of what captures for other accounts too, the
    organization by its management account, or a member by itself."""


def silencings(facts: Facts) -> Iterator[Silencing]:
    """Everything that captures logs and can be ended, once each."""
    found: dict[tuple[str, Arn, AccountId], dict[AccountId, None]] = {}
    hops: dict[tuple[str, Arn, AccountId], Hop] = {}
    for route in all_routes(facts):
        for hop in (hop for way in route.ways for hop in way if hop.speaks):
            place = (route.source, hop.arn, hop.account)
            found.setdefault(place, {})[route.account] = None
            hops.setdefault(place, hop)
    for (kind, arn, account), of in found.items():
        things = sources()[kind].captures(facts, hops[kind, arn, account])
        others = any(each != account for each in of)
        calls: tuple[tuple[str, On], ...] = tuple(
            (action, on)
            for action, on in sources()[kind].silences.items()
            if (others if on != "capture" else any(_takes(action, each) for each in things))
        )
        if calls:
            yield Silencing(kind, arn, account, tuple(of), things, calls)


def _takes(action: str, arn: Arn) -> bool:
    known = find_action(action)
    return isinstance(known, Action) and takes(known, arn)


def undeclared(facts: Facts) -> tuple[str, ...]:
    """The fleet's kinds of log of which no call is asked about that would end their capture.

    Some say none; others say calls that are about nothing of what captures.
    """
    wanted = {route.source for route in all_routes(facts)}
    asked = {each.kind for each in silencings(facts)}
    return tuple(name for name in sources() if name in wanted - asked)
