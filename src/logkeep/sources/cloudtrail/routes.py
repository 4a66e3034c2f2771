"""CloudTrail's routes: one trail an account, one route an account and Region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logkeep.archive import bucket, key
from logkeep.archive.hops import bucket_hop, key_hop, protection_hop, reader_hops
from logkeep.facts import Facts, seen
from logkeep.fleet import Logs
from logkeep.route import Allows, Arrived, Exists, Hop, Is, Need, Route
from logkeep.sources.cloudtrail import requests
from logkeep.sources.cloudtrail.speaker import Speaker, speaker
from logkeep.sources.cloudtrail.trails import Trail, adopted, is_misspelt, regions, status
from logkeep.value import AccountId, Region, Seen


def routes(facts: Facts, intended: bool) -> Iterator[Route]:
    """Every account's and Region's way, as it is or as the fleet wants it."""
    for logs in facts.fleet.logs:
        if logs.source == "cloudtrail":
            for account in logs.accounts:
                yield from _of_account(facts, logs, account, intended=intended)


def _of_account(facts: Facts, logs: Logs, account: AccountId, *, intended: bool) -> Iterable[Route]:
    who = speaker(facts, logs, account, intended=intended)
    trail = trail_hop(facts, logs, who)
    looks = (requests.acl_check(facts, who), requests.describe_key(facts, who))
    for region in regions(facts, account) or (facts.fleet.home_region,):
        hops = (
            trail,
            bucket_hop(facts, _bucket_needs(facts, who, region, looks[0])),
            key_hop(facts, _key_needs(facts, who, region, looks[1])),
            _logs_hop(facts, who, region),
            protection_hop(facts),
            *reader_hops(facts),
        )
        yield Route(f"cloudtrail/{account}/{region}", "cloudtrail", account, region, hops)


def trail_hop(facts: Facts, logs: Logs, who: Speaker) -> Hop:
    """The trail itself: there, pointed at the archive, whole, and on."""
    trail = seen(adopted(facts, logs, who.account))
    needs: list[Need] = [
        Exists("trail", "trail-missing"),
        Is("trail.bucket", facts.fleet.archive.bucket, _bucket_code(facts, trail)),
        *_prefix_need(facts),
        Is("trail.key", key.wanted_arn(facts, trail.kms_key_id if trail else ""), _key_code(trail)),
        Is("trail.multi-region", True, "trail-single-region"),
        Is("trail.global-events", True, "global-events-off"),
        Is("trail.validation", True, "trail-no-validation"),
        Is("trail.management-events", "all", "management-events-off"),
        *(Is(f"trail.data-events.{kind}", "all", "data-events-off") for kind in logs.data_events),
        Is("trail.logging", True, "trail-off"),
    ]
    return Hop(who.arn, "trail", who.account, who.home_region, tuple(needs))


def _prefix_need(facts: Facts) -> tuple[Need, ...]:
    wanted = facts.fleet.archive.prefix
    return () if wanted is None else (Is("trail.prefix", wanted, "trail-prefix"),)


def _bucket_code(facts: Facts, trail: Trail | None) -> str:
    """Which of three faults it is when a trail points at another bucket (rule 10.5)."""
    if trail is None or trail.s3_bucket_name == facts.fleet.archive.bucket:
        return "trail-elsewhere"
    if is_misspelt(facts, trail):
        return "bucket-misspelt"
    named = seen(bucket.owner(facts, trail.s3_bucket_name))
    return "bucket-foreign" if named == bucket.ANOTHER_ACCOUNT else "trail-elsewhere"


def _key_code(trail: Trail | None) -> str:
    return "trail-wrong-key" if trail is not None and trail.kms_key_id else "trail-no-key"


def _bucket_needs(facts: Facts, who: Speaker, region: Region, look: Allows) -> tuple[Need, ...]:
    needs: list[Need] = [look, requests.write(facts, who, "log", region)]
    return (*needs, *([requests.write(facts, who, "digest", region)] if who.validated else []))


def _key_needs(facts: Facts, who: Speaker, region: Region, look: Allows) -> tuple[Need, ...]:
    """What the key must allow: nothing is asked of it by a trail that names none (rule 1.5.2)."""
    if not who.kms_key:
        return ()
    needs: list[Need] = [requests.encrypt(facts, who, "log", region)]
    if who.validated:
        needs.append(requests.encrypt(facts, who, "digest", region))
    if seen(bucket.bucket_key(facts)):
        needs.append(requests.decrypt_for_bucket_key(facts, who))
    # Asked when a trail is made or changed only (rule 1.5e), so it comes after what runs hourly.
    return (*needs, look)


def _logs_hop(facts: Facts, who: Speaker, region: Region) -> Hop:
    """The logs themselves: no error on the way, and fresh evidence in the archive."""
    fleet = facts.fleet
    where = requests.series(who, "log", region)
    digests = requests.series(who, "digest", region) if who.validated else None
    found = status(facts, who.arn, who.account, region)
    since = found.value.start_logging_time if isinstance(found, Seen) else None
    needs: tuple[Need, ...] = (
        Is("trail.delivery-error", "", "delivery-error", "arriving", region, who.arn),
        Arrived(where, digests, since, "delivery-stale"),
        Is("trail.integrity", "valid", "chain-broken", "intact", region),
    )
    return Hop(f"{fleet.bucket_arn}/{where.prefix}", "logs", who.account, who.home_region, needs)
