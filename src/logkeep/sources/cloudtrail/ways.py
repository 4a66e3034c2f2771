"""By which trails an account's events of a Region may come: one, or several that share them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from logkeep.access.enabled_regions import regions
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.retired import is_replaced
from logkeep.sources.cloudtrail.selectors import (
    ALL,
    GLOBAL,
    MANAGEMENT,
    data_covered,
    management_covered,
)
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is, as_meant, of_organization, own
from logkeep.sources.cloudtrail.trails import (
    Selectors,
    Trail,
    adopted,
    leader,
    reaches_global,
    selectors,
    serving,
    status,
)
from logkeep.value import AccountId, Arn, Region


class Part(msgspec.Struct, frozen=True, cache_hash=True):
    """A trail and the kinds of events that it has to bring."""

    speaker: Speaker
    kinds: tuple[str, ...]
    """`management`, `global-events`, and what the fleet file names under `data-events`."""


Way = tuple[Part, ...]
WAYS_MAX = 64
"""Beyond so many choices no more are tried: a fleet that needs them is told what is missing."""


def _asks_global(facts: Facts, account: AccountId, region: Region) -> bool:
    """Whether the trails of an account and Region have to bring global events.

    They are asked about where they are recorded. Where the fleet does not list that Region, the
    trails of each Region that it lists have to bring them.
    """
    leads = leader(facts)
    return region == leads or leads not in regions(facts, account)


def _kinds(logs: TrailLogs, *, asks_global: bool) -> tuple[str, ...]:
    """The kinds of events that the fleet wants."""
    return (MANAGEMENT, *((GLOBAL,) if asks_global else ()), *logs.options.data_events)


def ways(
    facts: Facts, logs: TrailLogs, account: AccountId, region: Region, *, intended: bool
) -> tuple[Way, ...]:
    """The wanted way, and every other that trails at the archive make together.

    Where the fleet file says whose trail it is to be, a plan goes by none without that trail.
    """
    asks_global = _asks_global(facts, account, region)
    only, has_others = _alone(facts, logs, account, asks_global, intended)
    if not has_others:
        return only
    (alone,) = only
    first = alone[0].speaker
    covering = frozenset(t.arn for t in serving(facts, account) if _covers(t, region))
    shared = _shared(facts, logs, account, covering, alone, intended)
    others = _others(facts, account, covering, alone)
    if intended and logs.options.organization is not None:
        kept = {t.arn for t in serving(facts, account) if not is_replaced(facts, logs, account, t)}
        others = tuple(way for way in others if first.arn in _arns(way) <= kept)
    found = (shared, alone, *others) if shared else (alone, *others)
    return tuple(dict.fromkeys(found))


def ways_of_regions(
    facts: Facts,
    logs: TrailLogs,
    account: AccountId,
    listed: Iterable[Region],
    *,
    intended: bool,
) -> Iterator[tuple[Region, tuple[Way, ...]]]:
    """The same for each of an account's Regions; where one trail is all, worked out but twice."""
    known: dict[bool, tuple[Way, ...]] = {}
    for region in listed:
        asks_global = _asks_global(facts, account, region)
        found = known.get(asks_global)
        if found is None:
            found = ways(facts, logs, account, region, intended=intended)
            only, has_others = _alone(facts, logs, account, asks_global, intended)
            if not has_others:
                known[asks_global] = only
        yield region, found


def sharing(facts: Facts, logs: TrailLogs, account: AccountId) -> frozenset[Arn]:
    """The trails that share an account's work in some Region; none where one does it alone."""
    wanted_ways = (
        ways(facts, logs, account, r, intended=False)[0] for r in regions(facts, account)
    )
    return frozenset(arn for way in wanted_ways if len(way) > 1 for arn in _arns(way))


def _arns(way: Way) -> frozenset[Arn]:
    return frozenset(part.speaker.arn for part in way)


@remembered
def _alone(
    facts: Facts, logs: TrailLogs, account: AccountId, asks_global: bool, intended: bool
) -> tuple[tuple[Way], bool]:
    """The wanted way, one for all Regions of which the same is wanted, and if others may do too."""
    first = wanted(facts, logs, account, intended=intended)
    others = any(t.arn != first.arn for t in serving(facts, account))
    return ((Part(first, _kinds(logs, asks_global=asks_global)),),), others


@remembered
def _shared(
    facts: Facts,
    logs: TrailLogs,
    account: AccountId,
    covering: frozenset[Arn],
    alone: Way,
    intended: bool,
) -> Way | None:
    """The wanted trail with those that are on and select what it does not; None where none does.

    Trails that share the work are one way, whatever else is amiss with it: it is mended as it
    stands, and no trail is told to take what another takes already.
    """
    ((first, kinds),) = ((part.speaker, part.kinds) for part in alone)
    known = {t.arn: t for t in serving(facts, account) if t.arn in covering}
    if first.arn not in known:
        return None
    beside = [
        t for t in known.values() if t.arn != first.arn and _may_help(facts, logs, account, t)
    ]
    speakers = {t.arn: as_meant(facts, account, t, intended=intended) for t in beside}
    takes = {arn: _takes(facts, kinds, speaker) for arn, speaker in speakers.items()}
    sure = _takes(facts, kinds, first, unseen=())
    left = [kind for kind in kinds if kind not in sure]
    by = {kind: next((arn for arn in sorted(takes) if kind in takes[arn]), "") for kind in left}
    parts = {first.arn: tuple(kind for kind in kinds if not by.get(kind))}
    for arn in sorted({arn for arn in by.values() if arn}):
        parts[arn] = tuple(kind for kind in kinds if by.get(kind) == arn)
    if len(parts) == 1 or not parts[first.arn]:
        return None
    return tuple(
        Part(first if arn == first.arn else speakers[arn], own) for arn, own in parts.items()
    )


def _may_help(facts: Facts, logs: TrailLogs, account: AccountId, trail: Trail) -> bool:
    """Whether a trail is on, and is none of ours that the fleet file no longer asks for."""
    asked = organization_trail.asked(facts) if trail.is_organization_trail else account
    on = seen(status(facts, trail.arn, asked, trail.home_region))
    return (on is None or on.is_logging) and not is_replaced(facts, logs, account, trail)


@remembered
def wanted(facts: Facts, logs: TrailLogs, account: AccountId, *, intended: bool) -> Speaker:
    """The trail that the fleet wants: as its file says, else the one that serves already."""
    shared = logs.options.organization
    if shared is None:
        trail = seen(adopted(facts, logs, account))
        is_here = trail is not None and trail.s3_bucket_name == facts.fleet.archive.bucket
        shared = not is_here and any(t.is_organization_trail for t in serving(facts, account))
    speaker = of_organization if shared else own
    return speaker(facts, logs, account, intended=intended)


def _covers(trail: Trail, region: Region) -> bool:
    return trail.is_multi_region_trail or trail.home_region == region


@remembered
def _others(
    facts: Facts, account: AccountId, covering: frozenset[str], alone: Way
) -> tuple[Way, ...]:
    """Each trail as the one that leads, with others for what it does not select."""
    kinds_wanted = alone[0].kinds
    speakers = {
        t.arn: as_it_is(facts, account, t) for t in serving(facts, account) if t.arn in covering
    }
    takes = {arn: _takes(facts, kinds_wanted, speakers[arn]) for arn in speakers}
    made = (
        tuple(Part(speakers[arn], kinds) for arn, kinds in way)
        for lead in speakers
        for way in _led_by(lead, kinds_wanted, takes)
    )
    return tuple(way for way in dict.fromkeys(made) if way != alone)


def _takes(
    facts: Facts,
    kinds: tuple[str, ...],
    speaker: Speaker,
    unseen: tuple[str, ...] | None = None,
) -> frozenset[str]:
    """The kinds of which a trail selects every event, or may: what it really takes is a need of it.

    Where its selectors could not be seen, a way by it is unknown, which no other way may hide.
    """
    trail = next((t for t in serving(facts, speaker.account) if t.arn == speaker.arn), None)
    found = seen(selectors(facts, trail, speaker.asked)) if trail else None
    if trail is None or found is None:
        return frozenset(kinds if unseen is None else unseen)
    return frozenset(kind for kind in kinds if takes_all(facts, trail, found, kind))


def takes_all(facts: Facts, trail: Trail, found: Selectors, kind: str) -> bool:
    """Whether a trail of these selectors takes every event of a kind that it meets."""
    if kind == GLOBAL:
        flagged = trail.include_global_service_events and reaches_global(facts, trail)
        return flagged and management_covered(found) == ALL
    if kind == MANAGEMENT:
        return management_covered(found) == ALL
    return data_covered(found, kind, facts.fleet.partition) == ALL


def _led_by(
    lead: str, kinds: tuple[str, ...], takes: dict[str, frozenset[str]]
) -> Iterator[tuple[tuple[str, tuple[str, ...]], ...]]:
    """Every choice of trails for the kinds that the lead does not take; nobody's are its own."""
    left = [kind for kind in kinds if kind not in takes[lead]]
    helpers = [[arn for arn in takes if kind in takes[arn]] or [lead] for kind in left]
    for choice in itertools.islice(itertools.product(*helpers), WAYS_MAX):
        brought = dict(zip(left, choice, strict=True))
        by = {arn: tuple(k for k in kinds if brought.get(k, lead) == arn) for arn in takes}
        if by[lead]:
            others = sorted(arn for arn in by if arn != lead and by[arn])
            yield ((lead, by[lead]), *((arn, by[arn]) for arn in others))
