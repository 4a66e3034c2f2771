"""What calls would spoil a need, and what calls would undo that? As values; nothing is called here.

These come from `spoil`, which knows a fault for every need; what takes more a kind says itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access.policies.speaking import Holder, put, texts
from logkeep.access.policies.spoil import undone
from logkeep.lab.spoil import faults
from logkeep.route import Allows, Denies, Hop, Is, Need
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Json


class CannotBreak(Exception):
    """This cannot be broken as things are, and why."""


class Breakage(msgspec.Struct, frozen=True):
    """Calls that break something, what they do in words, and the calls that undo it."""

    says: str
    writes: tuple[Write, ...]
    undo: tuple[Write, ...] = ()
    whole: bool = True
    """Whether that puts everything back; else a plan mends the rest."""


def fault_of(facts: Facts, code: str, account: AccountId) -> Breakage:
    """How a need of an account's routes is spoilt so; raises CannotBreak where none can be."""
    found = next(_of_needs(facts, code, account), None)
    if found is None:
        raise CannotBreak("nothing that the fleet needs can be broken so as it stands now")
    return found


def _of_needs(facts: Facts, code: str, account: AccountId) -> Iterator[Breakage]:
    for route in all_routes(facts):
        if route.account != account:
            continue
        for hop in route.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    if fault.code == code:
                        undo = _undo(facts, hop, need, fault.writes)
                        yield Breakage(fault.says, fault.writes, undo, bool(undo))


def _undo(facts: Facts, hop: Hop, need: Need, writes: tuple[Write, ...]) -> tuple[Write, ...]:
    """The calls that put back what was there."""
    if isinstance(need, Allows | Denies):
        return policies_back(facts, writes)
    if isinstance(need, Is) and need.setting == "key.state":
        named: dict[str, Json] = writes[0].arguments
        return (Write(hop.arn, hop.account, hop.region, "kms:EnableKey", named),)
    if isinstance(need, Is):
        return registry.settings()[need.setting].write(facts, hop, need.value)
    return ()


def hop_of(facts: Facts, account: AccountId, source: str, role: str, *, none: str) -> Hop:
    """The first of a kind's hops in a role, for an account; else says that there is none."""
    for route in all_routes(facts):
        for hop in route.hops if (route.source, route.account) == (source, account) else ():
            if hop.role == role:
                return hop
    raise CannotBreak(none)


def policies_back(facts: Facts, writes: tuple[Write, ...]) -> tuple[Write, ...]:
    """The calls that put policies back as they are; none where one of them cannot be."""
    back = [undone(facts, write) for write in writes]
    return tuple(write for write in back if write) if None not in back else ()


def policy_text(facts: Facts, holder: Holder) -> str:
    """The policy of the bucket or the key as it is."""
    text = (seen(texts(facts, holder)) or {}).get("")
    if text is None:
        raise CannotBreak(f"the {holder.kind.word} has no policy")
    return text


def policy_write(facts: Facts, holder: Holder, text: str) -> Write:
    """The call that gives the bucket or the key another policy."""
    write = put(facts, holder, text)
    if write is None:
        raise CannotBreak(f"the {holder.kind.word} is not the fleet's to change")
    return write
