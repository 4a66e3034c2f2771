"""By which trails an account's events of a Region may come: one, or several that share them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from logkeep.access.enabled_regions import regions
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.selectors import (
    ALL,
    GLOBAL,
    MANAGEMENT,
    data_covered,
    management_covered,
)
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is, of_organization, own
from logkeep.sources.cloudtrail.trails import (
    Selectors,
    Trail,
    adopted,
    leader,
    reaches_global,
    selectors,
    serving,
)
from logkeep.value import AccountId, Region


class Part(msgspec.Struct, frozen=True, cache_hash=True):
    """A trail and the kinds of events that it has to bring."""

    speaker: Speaker
    kinds: tuple[str, ...]
    """`management`, `global-events`, and what the fleet file names under `data-events`."""


Way = tuple[Part, ...]
WAYS_MAX = 64
"""Beyond so many choices no more are tried: a fleet that needs them is told what is missing."""


def kinds_of(facts: Facts, logs: TrailLogs, account: AccountId, region: Region) -> tuple[str, ...]:
    """The kinds of events that the fleet wants of an account and Region.

    Global events are asked about where they are recorded. Where the fleet does not list that
    Region, the trails of each Region that it lists have to bring them.
    """
    asked = region == leader(facts) or leader(facts) not in regions(facts, account)
    return (MANAGEMENT, *((GLOBAL,) if asked else ()), *logs.options.data_events)


def ways(
    facts: Facts, logs: TrailLogs, account: AccountId, region: Region, *, intended: bool
) -> tuple[Way, ...]:
    """The wanted way, and every other that trails at the archive make together."""
    kinds = kinds_of(facts, logs, account, region)
    first, has_others = _first(facts, logs, account, kinds, intended)
    if not has_others:
        return first
    covering = frozenset(t.arn for t in serving(facts, account) if _covers(t, region))
    return (*first, *_others(facts, account, covering, first[0]))


@remembered
def _first(
    facts: Facts, logs: TrailLogs, account: AccountId, kinds: tuple[str, ...], intended: bool
) -> tuple[tuple[Way], bool]:
    """The wanted way, one for all Regions of which the same is wanted, and if others may do too."""
    leads = wanted(facts, logs, account, intended=intended)
    settled = intended and logs.options.organization is not None
    others = not settled and any(t.arn != leads.arn for t in serving(facts, account))
    return ((Part(leads, kinds),),), others


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


def _takes(facts: Facts, kinds: tuple[str, ...], speaker: Speaker) -> frozenset[str]:
    """The kinds of which a trail selects every event, or may: what it really takes is a need of it.

    Where its selectors could not be seen, a way by it is unknown, which no other way may hide.
    """
    trail = next((t for t in serving(facts, speaker.account) if t.arn == speaker.arn), None)
    found = seen(selectors(facts, trail, speaker.asked)) if trail else None
    if trail is None or found is None:
        return frozenset(kinds)
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
