"""Which trails would record an event of a kind, made in an account and Region now (rule 1.11)."""

from __future__ import annotations

from typing import NamedTuple

from logkeep.access.enabled_regions import regions
from logkeep.access.policies.speaking import layers_for
from logkeep.policy import Outcome, decide
from logkeep.route import Allows, Hop, Once
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Recorders, Recording, Write
from logkeep.sources.cloudtrail import organization_trail, requests
from logkeep.sources.cloudtrail.delivered import has_delivered
from logkeep.sources.cloudtrail.selectors import GLOBAL
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import (
    Trail,
    TrailList,
    described_ask,
    leader,
    listed_in,
    reaches_global,
    selectors,
    serving,
    status,
    trails,
)
from logkeep.sources.cloudtrail.ways import takes_all
from logkeep.value import Absent, AccountId, Arn, Json, Look, Region, Seen, Unseen


def recorders(
    facts: Facts, account: AccountId, region: Region, kind: str
) -> Look[tuple[Trail, ...]]:
    """The trails that bring every event of a kind into the archive, in the order of their ARNs.

    A kind is `management`, `global-events` (made in the Region of global services) or what the
    fleet file names under `data-events`. Unseen where one trail more may do so.
    """
    listing = facts.look(described_ask(account, region), TrailList)
    if region in listed_in(facts, account) and not isinstance(listing, Seen):
        return listing if isinstance(listing, Unseen) else Unseen(listing.call, "is not there")
    found: list[Trail] = []
    for trail in serving(facts, account):
        if not _reaches(trail, region):
            continue
        look = _takes(facts, trail, account, kind)
        if not isinstance(look, Seen):
            return look if isinstance(look, Unseen) else Unseen(look.call, "is not there")
        found += [trail] if look.value else []
    return Seen(tuple(found))


def _takes(facts: Facts, trail: Trail, account: AccountId, kind: str) -> Look[bool]:
    """Whether a trail is on and selects every event of a kind."""
    asked = organization_trail.asked(facts) if trail.is_organization_trail else account
    on = status(facts, trail.arn, asked, trail.home_region)
    chosen = selectors(facts, trail, asked)
    if isinstance(on, Seen) and not on.value.is_logging:
        return Seen(False)
    if not isinstance(on, Seen):
        return on
    if not isinstance(chosen, Seen):
        return chosen
    return Seen(takes_all(facts, trail, chosen.value, kind))


def _count(facts: Facts, hop: Hop, _need: Once) -> Look[Recorders]:
    """Who records global events of the hop's account; who is refused on the way does not count.

    None is told to leave them but for another that is allowed and has shown that it delivers.
    """
    look = recorders(facts, hop.account, leader(facts), GLOBAL)
    if not isinstance(look, Seen):
        return look
    if not look.value:
        return _none(facts, hop)
    if len(look.value) == 1:
        return Seen(Recorders((look.value[0].arn,)))
    takers = [_taker(facts, t, hop.account) for t in look.value]
    coming = [t for t in takers if t.passes is not False] or takers
    arns = tuple(sorted((t.trail.arn for t in coming), key=lambda arn: (arn != hop.arn, arn)))
    extra = _beyond([t for t in coming if t.passes is True], hop)
    doubt = next((d for t in coming for d in (t.passes, t.came) if isinstance(d, Unseen)), None)
    if not extra and doubt is not None and _beyond(coming, hop, perhaps=True):
        return doubt
    return Seen(Recorders(arns, extra))


class _Taker(NamedTuple):
    """A trail that takes global events: whether it is let through, and has shown that it is."""

    trail: Trail
    passes: bool | Unseen
    came: bool | Unseen


def _taker(facts: Facts, trail: Trail, account: AccountId) -> _Taker:
    who, region = as_it_is(facts, account, trail), leader(facts)
    # What comes of a Region that the fleet does not list is not looked at.
    came = region in regions(facts, account) and has_delivered(facts, who, region)
    return _Taker(trail, _passes(facts, who), came)


def _beyond(takers: list[_Taker], hop: Hop, *, perhaps: bool = False) -> tuple[Arn, ...]:
    """The trails that can leave global events to one of the others, or perhaps can."""
    kept = [t.trail for t in takers if t.came is True or (perhaps and t.came is not False)]
    keeper = min(kept, key=lambda t: (_can_leave(t), t.arn != hop.arn, t.arn), default=None)
    if keeper is None:
        return ()
    others = (t.trail for t in takers if t.trail.arn != keeper.arn)
    return tuple(t.arn for t in others if _can_leave(t))


def _passes(facts: Facts, who: Speaker) -> bool | Unseen:
    """Whether the policies let the trail's logs of global events through."""
    log = requests.deliveries(facts, who, leader(facts))[0]
    needs = [requests.write(facts, who, log)]
    needs += [requests.encrypt(facts, who, log)] if who.kms_key else []
    outcomes = {_outcome(facts, need) for need in needs}
    if outcomes == {"Allowed"}:
        return True
    if outcomes <= {"Allowed", "Unknown"}:
        return Unseen(f"the policies that {who.arn} has to pass", "could not all be read")
    return False


def _outcome(facts: Facts, need: Allows) -> Outcome:
    return decide(need.request, layers_for(facts, need.request)).outcome


def _none(facts: Facts, hop: Hop) -> Look[Recorders]:
    """Nothing records; a trail that would, were it whole and at the archive, has needs that say so.

    An organization's is looked for where it is owned: an account outside does not see it.
    """
    trail = _of_hop(facts, hop)
    if trail is None:
        return Absent(described_ask(hop.account, leader(facts)).says())
    able = trail.include_global_service_events and reaches_global(facts, trail)
    return Seen(Recorders((hop.arn,) if able else ()))


def _of_hop(facts: Facts, hop: Hop) -> Trail | None:
    for account in (hop.account, organization_trail.asked(facts)):
        for trail in seen(trails(facts, account)) or ():
            if trail.arn == hop.arn:
                return trail
    return None


def _reaches(trail: Trail, region: Region) -> bool:
    return trail.is_multi_region_trail or trail.home_region == region


def _can_leave(trail: Trail) -> bool:
    """Multi-Region trails always take global events (rule 1.11.3); others can be told not to."""
    return not trail.is_multi_region_trail and not trail.is_organization_trail


def _write(facts: Facts, hop: Hop, need: Once) -> tuple[Write, ...]:
    """Global events on the hop's trail where nothing takes them, off on those beyond the first."""
    look = _count(facts, hop, need)
    if not isinstance(look, Seen):
        return ()
    if not look.value.all:
        return (_switched(facts, hop.account, hop.arn, on=True),)
    return tuple(_switched(facts, hop.account, arn, on=False) for arn in look.value.extra)


def _switched(facts: Facts, account: AccountId, arn: str, *, on: bool) -> Write:
    trail = next(t for t in seen(trails(facts, account)) or () if t.arn == arn)
    arguments: dict[str, Json] = {"Name": arn, "IncludeGlobalServiceEvents": on}
    if on and not trail.is_multi_region_trail and trail.home_region != leader(facts):
        arguments["IsMultiRegionTrail"] = True
    asked = organization_trail.asked(facts) if trail.is_organization_trail else account
    return Write(arn, asked, trail.home_region, "cloudtrail:UpdateTrail", arguments)


RECORDINGS: dict[str, Recording] = {GLOBAL: Recording(_count, _write)}
