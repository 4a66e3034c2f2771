"""CloudTrail's routes: one an account and Region, by an own trail or the organization's."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from logkeep.access import bucket, key
from logkeep.access.default_encryption import bucket_key
from logkeep.access.enabled_regions import regions
from logkeep.archive.way import Deliveries, ToArchive, ends_for_every_region, takes
from logkeep.archive.way import way as whole_way
from logkeep.route import Arrived, Exists, Hop, Is, Need, Route
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail import intact, organization_trail, requests
from logkeep.sources.cloudtrail.cloudwatch import routes as cloudwatch
from logkeep.sources.cloudtrail.evidence import VALIDATION, Series, folder, series
from logkeep.sources.cloudtrail.insights import insights_needs
from logkeep.sources.cloudtrail.loop import loop_needs
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.recorders import ONCE
from logkeep.sources.cloudtrail.settings import SETTINGS, selected_need
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.sources.cloudtrail.trails import (
    Trail,
    is_misspelt,
    leader,
    status,
    trails,
    unlisted,
)
from logkeep.sources.cloudtrail.ways import GLOBAL, MANAGEMENT, Part, Way, ways_of_regions
from logkeep.sources.cloudtrail.witness import EVENT_HISTORY
from logkeep.value import AccountId, Arn, Region, Seen, Unseen


def routes(facts: Facts, logs: tuple[TrailLogs, ...], intended: bool) -> Iterator[Route]:
    """Every account's and Region's way, as it is or as the fleet wants it."""
    for each in logs:
        for account in each.accounts:
            yield from _of_account(facts, each, account, intended=intended)
        yield from cloudwatch.routes(facts, each)


def passing(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[Route]:
    """Every account's and Region's way as the fleet wants it, but for what only shows arrivals."""
    for each in logs:
        for account in each.accounts:
            yield from _of_account(facts, each, account, intended=True, shown=False)
        yield from cloudwatch.routes(facts, each)


def sending(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[Route]:
    """Every account's and Region's way as it is, as far as CloudTrail asks something on it."""
    for each in logs:
        for account in each.accounts:
            yield from _sent_by_account(facts, each, account)
        yield from cloudwatch.routes(facts, each)


def _sent_by_account(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Route]:
    listed = regions(facts, account) or (facts.fleet.home_region,)
    for region, found in ways_of_regions(facts, logs, account, listed, intended=False):
        senders = (tuple(part.speaker for part in way) for way in found)
        ways = [takes(facts, ToArchive(DELIVERIES, each, region)) for each in senders]
        name = f"cloudtrail/{account}/{region}"
        yield Route(name, "cloudtrail", account, region, ways[0], tuple(ways[1:]))


def _of_account(
    facts: Facts, logs: TrailLogs, account: AccountId, *, intended: bool, shown: bool = True
) -> Iterable[Route]:
    alike = _Alike(facts, logs, intended)
    listed = regions(facts, account) or (facts.fleet.home_region,)
    for region, found in ways_of_regions(facts, logs, account, listed, intended=intended):
        if not shown and len(found) == 1:
            hops = [_passing(alike, found[0], region)]
        else:
            hops = [_hops(alike, way, region) for way in found]
        name = f"cloudtrail/{account}/{region}"
        yield Route(name, "cloudtrail", account, region, hops[0], tuple(hops[1:]))


def _hops(alike: _Alike, way: Way, region: Region) -> tuple[Hop, ...]:
    facts = alike.facts
    around = alike.around(way, region)
    shown = [_logs_hop(facts, each, region) for each in around.shown]
    if around.ends is not None:
        into, keeping = around.ends
        return (*around.captures, *into, *shown, *keeping)
    to = ToArchive(DELIVERIES, around.senders, region, alike.intended)
    return whole_way(facts, around.captures, to, shown)


def _passing(alike: _Alike, way: Way, region: Region) -> tuple[Hop, ...]:
    """The way but for what shows that logs come: mostly the very same for all Regions."""
    around = alike.around(way, region)
    if around.passing:
        return around.passing
    into = ToArchive(DELIVERIES, around.senders, region, alike.intended)
    return whole_way(alike.facts, around.captures, into, ())


class _Alike:
    """What is the same for Regions of one account, found once for all that are as far away."""

    def __init__(self, facts: Facts, logs: TrailLogs, intended: bool) -> None:
        self.facts, self.logs, self.intended = facts, logs, intended
        # Each keeps its way, so that the id stays the way's own.
        self._known: dict[tuple[int, tuple[bool, ...]], tuple[Way, _Around]] = {}

    def around(self, way: Way, region: Region) -> _Around:
        """What is around the trails of a way where they bring a Region's events."""
        abroad = tuple([_is_abroad(self.facts, part, region) for part in way])
        found = self._known.get((id(way), abroad))
        if found is None:
            around = _around(self.facts, self.logs, way, abroad, self.intended)
            found = self._known[id(way), abroad] = way, around
        return found[1]


class _Shown(NamedTuple):
    """By what it shows that a trail's logs come."""

    who: Speaker
    logs: Series
    digests: Series | None
    """None where it makes none."""


class _Around(NamedTuple):
    """What is the same for all Regions that are as far from the trails' homes."""

    captures: tuple[Hop, ...]
    shown: tuple[_Shown, ...]
    """By what it shows that logs come, of each trail."""
    senders: tuple[Speaker, ...]
    ends: tuple[tuple[Hop, ...], tuple[Hop, ...]] | None
    """What takes and what keeps the logs; None where each Region is asked about."""
    passing: tuple[Hop, ...]
    """All of them; none where each Region is asked about."""


@remembered
def _around(
    facts: Facts, logs: TrailLogs, way: Way, abroad: tuple[bool, ...], intended: bool
) -> _Around:
    captures: list[Hop] = []
    senders: list[Speaker] = []
    for part, spans in zip(way, abroad, strict=True):
        captures += _speaking(facts, logs, part, spans)
        senders.append(_meant(facts, logs, part, spans) if intended else part.speaker)
    to = ToArchive(DELIVERIES, tuple(senders), facts.fleet.home_region, intended)
    ends = ends_for_every_region(facts, to)
    whole = (*captures, *ends[0], *ends[1]) if ends else ()
    shown = tuple(_shown(facts, part.speaker) for part in way)
    return _Around(tuple(captures), shown, to.senders, ends, whole)


def _shown(facts: Facts, who: Speaker) -> _Shown:
    digests = series(facts, who, "digest") if who.validated else None
    return _Shown(who, series(facts, who, "log"), digests)


MADE_OR_CHANGED: Final = frozenset({"cloudtrail:CreateTrail", "cloudtrail:UpdateTrail"})
"""The calls at which CloudTrail tries whether its key and bucket let it through (rule 1.7)."""


@remembered
def _meant(facts: Facts, logs: TrailLogs, part: Part, spans: bool) -> Speaker:
    """The trail as a plan leaves it, and whether it is made or changed by such a call."""
    who = part.speaker
    hop = trail_hop(facts, logs, part, spans)
    is_there = any(trail.arn == who.arn for trail in seen(trails(facts, who.asked)) or ())
    changes = not is_there or any(
        isinstance(need, Is) and _is_to_be_set(facts, hop, need) for need in hop.needs
    )
    return msgspec.structs.replace(who, meant=True, changes=changes)


def _is_to_be_set(facts: Facts, hop: Hop, need: Is) -> bool:
    setting = SETTINGS.get(need.setting)
    look = setting.read(facts, hop, need) if setting else None
    if setting is None or not isinstance(look, Seen) or look.value == need.value:
        return False
    return any(w.call in MADE_OR_CHANGED for w in setting.write(facts, hop, need.value))


def _log_folder(facts: Facts, who: Speaker) -> Arn:
    return f"{facts.fleet.bucket_arn}/{folder(who, 'log')}"


def _root(who: Speaker) -> str:
    return who.accounts_root


def _as_kept(who: Speaker) -> Speaker:
    """What a plan still does to a trail makes no difference to the logs that lie there."""
    return msgspec.structs.replace(who, meant=False, changes=False)


def _of_bucket(facts: Facts, speakers: tuple[Speaker, ...], region: Region) -> tuple[Need, ...]:
    """What trails ask of the archive's bucket where they deliver of a Region."""
    needs: list[Need] = []
    for who in speakers:
        needs.append(requests.acl_check(facts, who))
        needs += [requests.write(facts, who, e) for e in requests.deliveries(facts, who, region)]
        if who.organization and who.changes:
            needs.append(requests.owners_write(facts, who))
    return tuple(needs)


def _of_key(facts: Facts, speakers: tuple[Speaker, ...], region: Region) -> tuple[Need, ...]:
    """What the key must allow: nothing is asked of it by a trail that names none (rule 1.5.2)."""
    needs: list[Need] = []
    named = [who for who in speakers if who.kms_key]
    for who in named:
        sent = requests.deliveries(facts, who, region)
        needs += [requests.encrypt(facts, who, each) for each in sent]
        if seen(bucket_key(facts)):
            needs.append(requests.decrypt_for_bucket_key(facts, who, sent[0].where))
    # Asked when a trail is made or changed only (rule 1.5e), so it is no need of what runs hourly.
    needs += [requests.describe_key(facts, who) for who in named if who.changes]
    return tuple(needs)


def _is_seen(facts: Facts, who: Speaker) -> bool:
    """Whether every Region of the account has listed the trails that speak of it."""
    is_listed = isinstance(trails(facts, who.account), Seen)
    return is_listed and unlisted(facts, who.account) is None


DELIVERIES: Final = Deliveries(
    _of_bucket, _of_key, _log_folder, _root, requests.kept, _as_kept, _is_seen
)


def _speaking(facts: Facts, logs: TrailLogs, part: Part, spans: bool) -> list[Hop]:
    """The trail; of an organization's also what lets it speak of this account."""
    found = [trail_hop(facts, logs, part, spans)]
    if part.speaker.organization:
        found.append(_member_hop(facts, part, once=GLOBAL in part.kinds))
    return found


def _is_abroad(facts: Facts, part: Part, region: Region) -> bool:
    """Whether a trail has to bring what happens outside its home."""
    home = part.speaker.home_region
    # Global events come in one Region: a trail at home elsewhere must span it (rule 1.11.1).
    return home != region or (GLOBAL in part.kinds and home != leader(facts))


_THERE: Final = Exists("trail", "trail-missing")


@functools.lru_cache(1024, typed=True)
def _one_for_all(setting: str, value: str | bool | None, code: str) -> Is:
    """One need for all of whom the same is asked, which is then checked once a trail."""
    return Is(setting, value, code)


@remembered
def trail_hop(facts: Facts, logs: TrailLogs, part: Part, spans: bool) -> Hop:
    """The trail itself: there, pointed at the archive, whole, and on.

    Only what happens outside its home asks that it spans Regions (rule 1.1.7).
    """
    who = part.speaker
    found = seen(trails(facts, who.asked)) or ()
    trail = next((each for each in found if each.arn == who.arn), None)
    pointed = facts.fleet.archive.bucket, _bucket_code(facts, trail)
    under = key.wanted_arn(facts, trail.kms_key_id if trail else ""), _key_code(trail)
    needs: list[Need] = [
        *_of_organization(who),
        _THERE,
        _one_for_all("trail.bucket", *pointed),
        *_prefix_need(facts),
        _one_for_all("trail.key", *under),
        *([_one_for_all("trail.multi-region", True, "trail-single-region")] if spans else []),
        _one_for_all("trail.validation", True, "trail-no-validation"),
        *(selected_need(kind) for kind in _selected(part.kinds)),
        *loop_needs(facts, who, part.kinds, trail),
        *(insights_needs(logs) if MANAGEMENT in part.kinds else ()),
        _one_for_all("trail.logging", True, "trail-off"),
        *(ONCE if GLOBAL in part.kinds and not who.organization else []),
    ]
    return Hop(who.arn, "trail", who.asked, who.home_region, tuple(needs), speaks=True)


def _selected(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Global events are management events, so who brings them has to take those."""
    first = (MANAGEMENT,) if GLOBAL in kinds and MANAGEMENT not in kinds else ()
    return (*first, *kinds)


def _of_organization(who: Speaker) -> tuple[Need, ...]:
    """What an organization trail needs before it can be made, and ever after (rule 1.2.1)."""
    if not who.organization:
        return ()
    return (
        Exists("organization", "organization-missing"),
        Is("organization.features", "ALL", "organization-features-off"),
        Is("organization.trusted-access", True, "organization-access-off"),
    )


@remembered
def _member_hop(facts: Facts, part: Part, *, once: bool) -> Hop:
    """The account as the organization's trail finds it: a member, with the trail's home enabled."""
    who = part.speaker
    needs: tuple[Need, ...] = (
        Is("member.organization", who.organization, "account-outside"),
        *([Is("member.home-region", True, "home-region-off")] if _opts_in(facts, who) else []),
        *(ONCE if once else []),
    )
    return Hop(who.arn, "member", who.account, who.home_region, needs)


def _opts_in(facts: Facts, who: Speaker) -> bool:
    """Whether the trail's home is a Region that an account has to opt into (rule 1.2.3)."""
    return organization_trail.is_opt_in(facts, who.asked, who.home_region)


def _prefix_need(facts: Facts) -> tuple[Need, ...]:
    wanted = facts.fleet.archive.prefix
    return () if wanted is None else (Is("trail.prefix", wanted, "trail-prefix"),)


def _bucket_code(facts: Facts, trail: Trail | None) -> str:
    """Which of three faults it is when a trail points at another bucket (rule 10.5)."""
    if trail is None or trail.s3_bucket_name == facts.fleet.archive.bucket:
        return "trail-elsewhere"
    if is_misspelt(facts, trail):
        return "bucket-misspelt"
    named = seen(bucket.owner(facts, bucket.of_name(facts, trail.s3_bucket_name)))
    return "bucket-foreign" if named == bucket.ANOTHER_ACCOUNT else "trail-elsewhere"


def _key_code(trail: Trail | None) -> str:
    return "trail-wrong-key" if trail is not None and trail.kms_key_id else "trail-no-key"


def _logs_hop(facts: Facts, shown: _Shown, region: Region) -> Hop:
    """The logs themselves: no error on the way, and fresh evidence in the archive."""
    fleet, who = facts.fleet, shown.who
    where = shown.logs.of(region)
    digests = shown.digests.of(region) if shown.digests else None
    found = status(facts, who.arn, who.account, region)
    since = found.value.start_logging_time if isinstance(found, Seen) else None
    needs: tuple[Need, ...] = (
        Is("trail.delivery-error", "", "delivery-error", "arriving", region, who.arn),
        Arrived(
            "delivery-stale",
            where,
            digests,
            since=since,
            hidden=found if isinstance(found, Unseen) else None,
            region=region,
            of=who.arn,
            witness=EVENT_HISTORY,
            settle=VALIDATION,
        ),
        Is(
            "trail.integrity",
            intact.VALID,
            intact.code(facts, who.account, region),
            "intact",
            region,
            who.arn,
        ),
    )
    return Hop(f"{fleet.bucket_arn}/{where.prefix}", "logs", who.account, who.home_region, needs)
