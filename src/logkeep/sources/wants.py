"""Everything worth asking AWS for a fleet, given what is known so far: collecting's only guide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from logkeep.access import (
    access_points,
    accounts,
    bucket,
    endpoints,
    key,
    organization,
    people,
    second_keys,
)
from logkeep.archive import strangers
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources import lately, mentions, sources
from logkeep.value import AccountId, account_of


def wants(fleet: Fleet) -> Callable[[Snapshot], Iterable[Ask]]:
    """The function of what is known that names what is still worth knowing."""
    return lambda snapshot: _wanted(Facts(fleet, snapshot))


def _wanted(facts: Facts) -> Iterator[Ask]:
    yield people.caller_ask(facts)
    yield from bucket.asks(facts)
    yield from access_points.asks(facts)
    yield from _of_lock(facts)
    yield from key.asks(facts)
    yield from second_keys.asks(facts)
    for account in policy_accounts(facts):
        yield from organization.asks(facts, account)
        yield people.details_ask(facts, account)
    yield from accounts.members_asks(facts)
    yield from endpoints.asks(facts)
    for source in sources().values():
        yield from source.wants(facts, facts.fleet.logs_of(source.name))
    yield from mentions.asks(facts)
    yield from strangers.asks(facts)
    yield from lately.asks(facts)


def _of_lock(facts: Facts) -> Iterator[Ask]:
    """The archive's Object Lock, where the fleet file asks for one."""
    if facts.fleet.archive.lock is not None:
        yield from bucket.asks(facts, calls=("s3:GetObjectLockConfiguration",))


def policy_accounts(facts: Facts) -> list[AccountId]:
    """The accounts whose people and control policies speak: the fleet's, the key's, readers'.

    One call tells of all people of an account; what speaks of an organization is asked once for
    all accounts that share it, as equal questions are one question.
    """
    listed = filter(None, map(account_of, facts.fleet.archive.readers or ()))
    own = facts.fleet.accounts.values()
    return sorted({facts.fleet.archive.account, key.asker(facts), *own, *listed})
