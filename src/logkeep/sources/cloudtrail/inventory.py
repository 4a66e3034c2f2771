"""Every trail that shows in an account, as AWS describes it, and which of them is the fleet's."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from logkeep.archive import evidence
from logkeep.route import Arrived, Evidence
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.options import TrailLogs, trail_logs, wanted_accounts
from logkeep.sources.cloudtrail.routes import routes
from logkeep.sources.cloudtrail.selected import leaves_out, takes
from logkeep.sources.cloudtrail.trails import (
    Trail,
    TrailList,
    TrailStatus,
    described_ask,
    listed_in,
    selectors,
    status,
    trails,
)
from logkeep.value import AccountId, Arn, Look, Seen, Unseen, account_of
from logkeep.words.listed import Item, ListedEntry, Nothing, Said, Unlisted, not_read

Shape = TypeVar("Shape")


def inventory(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[ListedEntry]:
    """The trails of every account whose CloudTrail the fleet wants, shadows once."""
    for account in wanted_accounts(logs):
        yield from _of_account(facts, account)


def _of_account(facts: Facts, account: AccountId) -> Iterator[ListedEntry]:
    for trail in seen(trails(facts, account)) or ():
        bringing = _serving(facts).get((account, trail.arn))
        said = (
            *_described(facts, trail),
            *_said_of(facts, trail, account),
            *_arrived(facts, bringing or []),
        )
        whose = "another" if bringing is None else "fleet"
        yield Item(account, trail.home_region, trail.name, trail.arn, whose, said)
    hidden = tuple(_unlisted(facts, account))
    yield from hidden
    if not hidden and not seen(trails(facts, account)):
        yield Nothing(account)


@remembered
def _serving(facts: Facts) -> dict[tuple[AccountId, Arn], list[Arrived]]:
    """The trails on which a way into the archive begins, and what each should bring."""
    found: dict[tuple[AccountId, Arn], list[Arrived]] = {}
    for route in routes(facts, trail_logs(facts.fleet), False):
        for way in route.ways:
            arns = [hop.arn for hop in way if hop.role == "trail"]
            logs = [hop for hop in way if hop.role == "logs"]
            for arn, hop in zip(arns, logs, strict=bool(logs)):  # logs come trail by trail
                needs = [need for need in hop.needs if isinstance(need, Arrived)]
                found.setdefault((route.account, arn), []).extend(needs)
    return found


def _unlisted(facts: Facts, account: AccountId) -> Iterator[Unlisted]:
    """The Regions of an account that may hold a trail besides, for they could not be listed."""
    for region in listed_in(facts, account):
        look = facts.look(described_ask(account, region), TrailList)
        if not isinstance(look, Seen):
            yield Unlisted(account, region, not_read(look))


def owner(trail: Trail) -> AccountId:
    """The account a trail belongs to; an organization's is its management account's (1.2.1)."""
    return account_of(trail.arn)


def _described(facts: Facts, trail: Trail) -> Iterator[Said]:
    """What cloudtrail:DescribeTrails itself says."""
    reach = "and every other Region" if trail.is_multi_region_trail else "alone"
    yield Said("owner", owner(trail), (owner(trail),))
    home = trail.home_region
    brief = home if trail.is_multi_region_trail else f"{home} alone"
    yield Said("home_region", home, (f"{home} {reach}",), brief=brief)
    yield Said("multi_region", trail.is_multi_region_trail)
    whole = ("every account of it",) if trail.is_organization_trail else ()
    yield Said("organization", trail.is_organization_trail, whole)
    ours = " (the archive)" if trail.s3_bucket_name == facts.fleet.archive.bucket else ""
    bucket = trail.s3_bucket_name
    yield Said("bucket", bucket, (f"{bucket}{ours}",), brief=bucket)
    yield _named("prefix", trail.s3_key_prefix)
    yield _named("key", trail.kms_key_id)
    yield _named("log_group", trail.cloud_watch_logs_log_group_arn)
    yield _named("role", trail.cloud_watch_logs_role_arn)


def _named(name: str, value: str) -> Said:
    return Said(name, value or None, (value or "none",))


def _said_of(facts: Facts, trail: Trail, account: AccountId) -> Iterator[Said]:
    """What is told in its home Region: what it selects, whether it is on, what it did."""
    insights = trail.has_insight_selectors
    known = insights if isinstance(insights, bool) else None
    askers = _askers(facts, trail, account)
    chosen = _first(selectors(facts, trail, asker) for asker in askers)
    if isinstance(chosen, Seen):
        left = leaves_out(chosen.value, facts.fleet.partition, insights=known)
        raw = {form: each for form, each in msgspec.to_builtins(chosen.value).items() if each}
        yield Said("selectors", raw, takes(chosen.value))
        yield Said("leaves_out", list(left), left)
    else:
        yield Said("selectors", None, unread=not_read(chosen))
        yield Said("leaves_out", None, unread=not_read(chosen))
    yield Said("insights", known, ({True: "on", False: "off", None: "not said"}[known],))
    looks = (status(facts, trail.arn, asker, trail.home_region) for asker in askers)
    yield from _doing(trail, _first(looks))


def _askers(facts: Facts, trail: Trail, account: AccountId) -> tuple[AccountId, ...]:
    """Who may have been asked: the owner, whoever acts for the organization, the account itself."""
    acting = (organization_trail.asked(facts),) if trail.is_organization_trail else ()
    return (owner(trail), *acting, account)


def _first(looks: Iterable[Look[Shape]]) -> Look[Shape]:
    """The first that was seen; else the first that was asked at all, the owner before a member."""
    listed = list(looks)
    seen_ones = [look for look in listed if isinstance(look, Seen)]
    asked = [look for look in listed if not (isinstance(look, Unseen) and look.error == NOT_ASKED)]
    return next(iter((*seen_ones, *asked, *listed)))


def _doing(trail: Trail, look: Look[TrailStatus]) -> Iterator[Said]:
    """Whether it logs, and when it last delivered by its own account, to its log group too."""
    grouped = ("delivered_to_log_group",) if trail.cloud_watch_logs_log_group_arn else ()
    if not isinstance(look, Seen):
        for name in ("logging", "delivered", *grouped):
            yield Said(name, None, unread=not_read(look))
        return
    found = look.value
    begun = _moment(found.start_logging_time if found.is_logging else found.stop_logging_time)
    since = f" since {begun}" if begun else ""
    shown = "on" if found.is_logging else "off"
    yield Said("logging", found.is_logging, (f"{shown}{since}",), brief=shown)
    yield _at("delivered", found.latest_delivery_time, "not said")
    for name in grouped:
        yield _at(name, found.latest_cloud_watch_logs_delivery_time, "not said")


def _moment(time: datetime.datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else ""


def _at(name: str, time: datetime.datetime | None, never: str, unread: str = "") -> Said:
    value = f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else None
    return Said(name, value, (_moment(time) or never,), unread)


def _arrived(facts: Facts, needs: list[Arrived]) -> Iterator[Said]:
    """The newest log and digest of any Region that lie in the archive."""
    kinds = {
        "newest_log": [need.logs for need in needs if need.logs],
        "newest_digest": [need.heartbeat for need in needs if need.heartbeat],
    }
    for name, listed in kinds.items():
        if listed:
            yield from _newest(facts, name, listed)


def _newest(facts: Facts, name: str, listed: list[Evidence]) -> Iterator[Said]:
    """The newest of some series; how far back was looked, where that was not to the beginning.

    Where digests are the heartbeat no log is looked for beyond the last hours (rule 1.8.1).
    """
    looks = [(where, evidence.newest(facts, where)) for where in listed]
    times = [look.value.at for _, look in looks if isinstance(look, Seen)]
    unseen = [(where, look) for where, look in looks if isinstance(look, Unseen)]
    failed = [look for where, look in unseen if not _only_lately(facts, where, look)]
    newest = max(times, default=None)
    if failed or not unseen or newest:
        yield _at(name, newest, "none", not_read(failed[0]) if failed else "")
        return
    since = facts.taken_at - listed[0].rhythm.window
    yield Said(name, None, (f"none since {_moment(since)}; what is older was not looked for",))
    yield Said(f"{name}_looked_since", f"{since:%Y-%m-%dT%H:%M:%SZ}")


def _only_lately(facts: Facts, where: Evidence, look: Unseen) -> bool:
    """Whether the last hours were looked through, and nothing before them was asked about."""
    return look.error == NOT_ASKED and evidence.is_silent(facts, where)
