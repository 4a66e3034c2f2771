"""The calls by which each policy lets through all that routes ask of it, and what keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from logkeep.access.policies.compose import TooLong
from logkeep.access.policies.granting import Granted, NotOurs, TooMany, granted, place_of
from logkeep.access.policies.speaking import Holder, part_of_archive
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Checked
from logkeep.plan.refused import Refusal, refusal, with_refusal
from logkeep.plan.wish import DELIVERY, Halted, Obstacle, Round, Together, Wish
from logkeep.route import Allows, Denies, Exists
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.value import Arn, Json, account_of


class PolicyNeed(NamedTuple):
    """What a policy is asked, of which hop, and by which routes."""

    finding: Finding
    need: Allows | Denies
    hop: Checked
    by: list[Together]


def policies(
    facts: Facts, open_: Iterable[Together], halted: Iterable[Halted] = ()
) -> Iterator[Round]:
    """What each policy takes that does not yet meet all that is asked of it.

    What stops a delivery does not stop what keeps its logs, nor what else lets it through.
    """
    for at, asked in _by_policy(facts, open_, halted).items():
        unmet = [each for each in asked if _is_unmet(each.finding)]
        yield _policy(facts, at, asked, unmet)


def _is_unmet(finding: Finding) -> bool:
    return finding.is_unmet or finding.is_contested


def _by_policy(
    facts: Facts, open_: Iterable[Together], halted: Iterable[Halted]
) -> dict[Holder, list[PolicyNeed]]:
    """Everything that is asked of each policy that has to be written; a shared hop counts once."""
    hops: dict[int, tuple[Checked, list[Together]]] = {}
    for each in open_:
        for hop in each.checked.hops:
            hops.setdefault(id(hop), (hop, []))[1].append(each)
    whole = frozenset(hops)
    wanted = {place: hop.findings for place, (hop, _) in hops.items()}
    for each, lost in halted:
        speaks = not any(hop.arn in lost for hop in each.checked.hops if hop.speaks)
        for hop in each.checked.hops:
            if hop.arn in lost:
                continue
            place = id(hop)
            hops.setdefault(place, (hop, []))[1].append(each)
            if place not in wanted or (speaks and place not in whole):
                wanted[place] = tuple(_apart(facts, hop, lost, speaks=speaks))
    # Nobody is let in to what is not there, nor one who is not there.
    there = [
        (hop, by, wanted[place])
        for place, (hop, by) in hops.items()
        if all(f.verdict == "holds" for f in hop.findings if isinstance(f.need, Exists))
    ]
    unmet = (f for hop, _, asked in there if hop.verdict != "holds" for f in asked if _is_unmet(f))
    written = {at for f in unmet if (at := _place(facts, f)) is not None}
    found: dict[Holder, list[PolicyNeed]] = {}
    for hop, by, asked in there if written else ():  # in most rounds there are none
        for finding in asked:
            need, at = finding.need, _place(facts, finding)
            if at is not None and at in written and isinstance(need, Allows | Denies):
                found.setdefault(at, []).append(PolicyNeed(finding, need, hop, by))
    return found


def _place(facts: Facts, finding: Finding) -> Holder | None:
    """What carries the policy that is asked; nothing where none of ours to write is."""
    need = finding.need
    return place_of(facts, need) if isinstance(need, Allows | Denies) else None


def _apart(facts: Facts, hop: Checked, lost: frozenset[Arn], *, speaks: bool) -> Iterator[Finding]:
    """What can be met though something else stops the delivery.

    A grant names what speaks, so it waits until that is there. What a Deny stops, none mends.
    """
    for finding in hop.findings:
        need = finding.need
        if isinstance(need, Allows) and finding.verdict != "holds":
            waits = not speaks and finding.aspect in DELIVERY
            denied = finding.evidence.get("outcome") == "ExplicitlyDenied"
            if waits or denied or not (finding.is_unmet or finding.is_contested):
                continue
        at = place_of(facts, need) if isinstance(need, Allows | Denies) else None
        if at is not None and at.arn not in lost:
            yield finding


def _policy(facts: Facts, at: Holder, asked: list[PolicyNeed], unmet: list[PolicyNeed]) -> Round:
    """The writes of one policy that answer every grant and denial asked of it."""
    made = granted(facts, at, [each.need for each in asked])
    match made:
        case Granted(writes=writes) if refused := _refused(facts, writes):
            refusals = ((each, with_refusal(each.finding, refused)) for each in unmet)
            obstacles = (
                _in_the_way(each, each.hop.role, each.hop.arn, found) for each, found in refusals
            )
        case Granted(writes=writes, form=form) if writes:
            because = tuple(sorted({each.finding.code for each in unmet}))
            accounts = tuple(sorted({of.route.account for each in unmet for of in each.by}))
            short = (part_of_archive(facts, at.arn) or at.arn,) if form == "short" else ()
            return Round(tuple(Wish(write, because, accounts) for write in writes), (), short)
        case Granted() | NotOurs():
            # It says all that was asked, or is not ours: what is refused has another reason.
            obstacles = (
                _in_the_way(each, each.hop.role, each.hop.arn, each.finding) for each in unmet
            )
        case TooLong(length=length, limit=limit):
            size: dict[str, Json] = {"length": length, "limit": limit}
            obstacles = (_no_room(at, each, "policy-too-long", size) for each in unmet)
        case TooMany(limit=limit):
            obstacles = (
                _no_room(at, each, "policies-too-many", {"limit": limit}) for each in unmet
            )
    return Round((), tuple(found for each in obstacles for found in each))


def _refused(facts: Facts, writes: Iterable[Write]) -> Refusal | None:
    """The first of the calls that AWS would refuse."""
    return next((found for write in writes if (found := refusal(facts, write))), None)


def _in_the_way(each: PolicyNeed, role: str, arn: str, finding: Finding) -> Iterator[Obstacle]:
    owner = account_of(arn) or each.hop.account
    for of in each.by:
        for name in of.names:
            yield Obstacle(name, of.route.source, of.route.account, role, arn, owner, finding)


def _no_room(at: Holder, each: PolicyNeed, code: str, size: dict[str, Json]) -> Iterator[Obstacle]:
    evidence = {**each.finding.evidence, **size}
    stated = msgspec.structs.replace(each.finding, code=code, evidence=evidence)
    return _in_the_way(each, "policy", at.arn, stated)


def document_named(write: Write) -> str:
    """Which of several documents a call writes; nothing where it writes no such one."""
    named = write.arguments
    return str(named.get("PolicyName") or named.get("policyName") or "")
