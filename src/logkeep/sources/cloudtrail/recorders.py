"""Which trails would record an event of a kind, made in an account and Region now (rule 1.11)."""

from __future__ import annotations

from typing import Final, NamedTuple

from logkeep.access.enabled_regions import regions
from logkeep.access.policies.speaking import layers_for
from logkeep.policy import Outcome, decide
from logkeep.route import Allows, Hop, Is
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.snapshot.setting import Setting, Write
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

TAKEN: Final = "trail.global-events-taken"
DOUBLED: Final = "trail.global-events-doubled"
ONCE: Final = (Is(TAKEN, True, "global-events-off"), Is(DOUBLED, False, "global-events-doubled"))
"""Global events of an account are recorded, and not twice where that can be helped."""


class Recorders(NamedTuple):
    """Who would record a global event, made now."""

    all: tuple[Arn, ...]
    extra: tuple[Arn, ...] = ()
    """Those beyond the first that can be told to leave it."""


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


@remembered
def _count(facts: Facts, account: AccountId, own: Arn) -> Look[Recorders]:
    """Who records global events of an account; who is refused on the way does not count.

    None is told to leave them but for another that is allowed and has shown that it delivers.
    """
    look = recorders(facts, account, leader(facts), GLOBAL)
    if not isinstance(look, Seen):
        return look
    if not look.value:
        return _none(facts, account, own)
    if len(look.value) == 1:
        return Seen(Recorders((look.value[0].arn,)))
    takers = [_taker(facts, t, account) for t in look.value]
    coming = [t for t in takers if t.passes is not False] or takers
    arns = tuple(sorted((t.trail.arn for t in coming), key=lambda arn: (arn != own, arn)))
    extra = _beyond([t for t in coming if t.passes is True], own)
    doubt = next((d for t in coming for d in (t.passes, t.came) if isinstance(d, Unseen)), None)
    if not extra and doubt is not None and _beyond(coming, own, perhaps=True):
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


def _beyond(takers: list[_Taker], own: Arn, *, perhaps: bool = False) -> tuple[Arn, ...]:
    """The trails that can leave global events to one of the others, or perhaps can."""
    kept = [t.trail for t in takers if t.came is True or (perhaps and t.came is not False)]
    keeper = min(kept, key=lambda t: (_can_leave(t), t.arn != own, t.arn), default=None)
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


def _none(facts: Facts, account: AccountId, own: Arn) -> Look[Recorders]:
    """Nothing records; a trail that would, were it whole and at the archive, has needs that say so.

    An organization's is looked for where it is owned: an account outside does not see it.
    """
    trail = _own(facts, account, own)
    if trail is None:
        return Absent(described_ask(account, leader(facts)).says())
    able = trail.include_global_service_events and reaches_global(facts, trail)
    return Seen(Recorders((own,) if able else ()))


def _own(facts: Facts, account: AccountId, arn: Arn) -> Trail | None:
    for asked in (account, organization_trail.asked(facts)):
        for trail in seen(trails(facts, asked)) or ():
            if trail.arn == arn:
                return trail
    return None


def _reaches(trail: Trail, region: Region) -> bool:
    return trail.is_multi_region_trail or trail.home_region == region


def _can_leave(trail: Trail) -> bool:
    """Multi-Region trails always take global events (rule 1.11.3); others can be told not to."""
    return not trail.is_multi_region_trail and not trail.is_organization_trail


def _is_taken(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_count(facts, hop.account, hop.arn), lambda found: bool(found.all))


def _is_doubled(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_count(facts, hop.account, hop.arn), lambda found: bool(found.extra))


def _tells(facts: Facts, hop: Hop, _need: Is) -> dict[str, Json]:
    found = seen(_count(facts, hop.account, hop.arn))
    return {"recorders": list(found.all), "extra": list(found.extra)} if found else {}


def _tells_doubled(facts: Facts, hop: Hop, need: Is) -> dict[str, Json]:
    found = _tells(facts, hop, need)
    return found if found.get("extra") else {}


def _take(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """Global events on the hop's trail, where nothing takes them."""
    found = seen(_count(facts, hop.account, hop.arn))
    if found is None or found.all:
        return ()
    return (_switched(facts, hop.account, hop.arn, on=True),)


def _leave(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """Off on the trails beyond the first."""
    found = seen(_count(facts, hop.account, hop.arn))
    extra = found.extra if found else ()
    return tuple(_switched(facts, hop.account, arn, on=False) for arn in extra)


def _switched(facts: Facts, account: AccountId, arn: str, *, on: bool) -> Write:
    trail = next(t for t in seen(trails(facts, account)) or () if t.arn == arn)
    arguments: dict[str, Json] = {"Name": arn, "IncludeGlobalServiceEvents": on}
    if on and not trail.is_multi_region_trail and trail.home_region != leader(facts):
        arguments["IsMultiRegionTrail"] = True
    asked = organization_trail.asked(facts) if trail.is_organization_trail else account
    return Write(arn, asked, trail.home_region, "cloudtrail:UpdateTrail", arguments)


SETTINGS: dict[str, Setting] = {
    TAKEN: Setting(_is_taken, _take, tells=_tells),
    DOUBLED: Setting(_is_doubled, _leave, tells=_tells_doubled),
}
