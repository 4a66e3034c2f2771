"""What AWS says of an account's trails, and which of them is the fleet's."""

from __future__ import annotations

import msgspec

from logkeep.access import bucket
from logkeep.access.enabled_regions import regions
from logkeep.archive.spelling import misspells
from logkeep.snapshot import Ask, Reply, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.sources.cloudtrail.calls import NO_TRAIL
from logkeep.sources.cloudtrail.options import TrailLogs, trail_logs
from logkeep.value import Absent, AccountId, Arn, Look, Region, Seen, Time, Unseen, arn_name


class Trail(msgspec.Struct, frozen=True, rename="pascal"):
    """A trail as cloudtrail:DescribeTrails shows it."""

    name: str
    home_region: str
    arn: str = msgspec.field(name="TrailARN")
    s3_bucket_name: str = ""
    s3_key_prefix: str = ""
    kms_key_id: str = ""
    is_multi_region_trail: bool = False
    is_organization_trail: bool = False
    include_global_service_events: bool = True
    log_file_validation_enabled: bool = False
    cloud_watch_logs_log_group_arn: str = ""
    cloud_watch_logs_role_arn: str = ""
    has_insight_selectors: bool | msgspec.UnsetType = msgspec.UNSET
    """Unset where AWS does not say; then it is not said on either."""
    recursive_logging: bool | msgspec.UnsetType = msgspec.UNSET
    """Whether it takes events of its own deliveries (rule 1.1.6); unset where AWS does not say."""


class TrailList(msgspec.Struct, frozen=True):
    """The answer of cloudtrail:DescribeTrails."""

    trails: tuple[Trail, ...] = msgspec.field(name="trailList", default=())


class TrailStatus(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of cloudtrail:GetTrailStatus for one Region (rule 1.1.8)."""

    is_logging: bool
    latest_delivery_error: str = ""
    latest_digest_delivery_error: str = ""
    start_logging_time: Time | None = None
    stop_logging_time: Time | None = None
    latest_delivery_time: Time | None = None
    latest_digest_delivery_time: Time | None = None
    latest_cloud_watch_logs_delivery_time: Time | None = None
    latest_cloud_watch_logs_delivery_error: str = ""


class DataResource(msgspec.Struct, frozen=True, rename="pascal"):
    """What a basic selector says of one type of data event."""

    type: str
    values: tuple[str, ...] = ()


class BasicSelector(msgspec.Struct, frozen=True, rename="pascal"):
    """A basic event selector (rule 1.12.2)."""

    read_write_type: str = "All"
    include_management_events: bool = True
    data_resources: tuple[DataResource, ...] = ()
    exclude_management_event_sources: tuple[str, ...] = ()


class FieldSelector(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """One field of an advanced selector (rule 1.12.3)."""

    field: str
    equals: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    ends_with: tuple[str, ...] = ()
    not_equals: tuple[str, ...] = ()
    not_starts_with: tuple[str, ...] = ()
    not_ends_with: tuple[str, ...] = ()


class AdvancedSelector(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """An advanced event selector; its fields are ANDed."""

    field_selectors: tuple[FieldSelector, ...]
    name: str = ""


class Selectors(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of cloudtrail:GetEventSelectors."""

    event_selectors: tuple[BasicSelector, ...] = ()
    advanced_event_selectors: tuple[AdvancedSelector, ...] = ()


LEADERS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where each partition's global services are recorded (rule 1.11.1; other partitions: unknown)."""


def leader(facts: Facts) -> Region:
    """The Region in which global services are recorded."""
    return LEADERS.get(facts.fleet.partition, facts.fleet.home_region)


def reaches_global(facts: Facts, trail: Trail) -> bool:
    """Whether a trail meets the events of global services at all (rule 1.11.1)."""
    at_home = facts.fleet.partition in LEADERS and trail.home_region == leader(facts)
    return trail.is_multi_region_trail or at_home


def listed_in(facts: Facts, account: AccountId) -> tuple[Region, ...]:
    """The Regions whose trails are listed: those wanted, and the one that records global events."""
    wanted = regions(facts, account) or (facts.fleet.home_region,)
    return wanted if leader(facts) in wanted else (*wanted, leader(facts))


def described_ask(account: AccountId, region: Region) -> Ask:
    """The question which trails, shadows included, there are in an account's Region."""
    return Ask(account, region, "cloudtrail:DescribeTrails")


def trails(facts: Facts, account: AccountId) -> Look[tuple[Trail, ...]]:
    """Every trail that any of the account's Regions shows, each once, in a fixed order."""
    return _listed(facts, account)[0]


@remembered
def _listed(facts: Facts, account: AccountId) -> tuple[Look[tuple[Trail, ...]], Unseen | None]:
    """The trails of an account, and the first Region whose trails could not be listed."""
    found: dict[Arn, Trail] = {}
    failed: Unseen | None = None
    unlisted: Unseen | None = None
    shown: Reply | None = None
    for region in listed_in(facts, account):
        question = described_ask(account, region)
        before, shown = shown, facts.reply(question)
        if shown is not None and shown == before:
            continue  # as each of thousands of Regions shows the same trails once more
        look = facts.glance(question, TrailList)
        match look:
            case Seen(answer):
                found.update((trail.arn, trail) for trail in answer.trails)
            case Unseen():
                failed, unlisted = failed or look, unlisted or look
            case Absent(call):
                failed = failed or Unseen(call, "is not there")
    listed = tuple(found[arn] for arn in sorted(found))
    # A Region that could not be seen may hide a trail, but never one that another Region shows.
    return failed if failed is not None and not listed else Seen(listed), unlisted


def unlisted(facts: Facts, account: AccountId) -> Unseen | None:
    """The first Region of an account whose trails could not be listed."""
    return _listed(facts, account)[1]


@remembered
def adopted(facts: Facts, logs: TrailLogs, account: AccountId) -> Look[Trail]:
    """The trail that serves the fleet: one that points at the archive, else one of its name.

    A trail that points elsewhere under another name is somebody else's and is left alone.
    """
    look = trails(facts, account)
    if not isinstance(look, Seen):
        return look
    own = [t for t in look.value if f":{account}:" in t.arn and not t.is_organization_trail]
    ranked = sorted(
        (t for t in own if _rank(facts, logs, account, t) < OTHERS),
        key=lambda t: (
            _rank(facts, logs, account, t),
            t.name != logs.options.trail_name(account),
            t.arn,
        ),
    )
    if ranked:
        return Seen(ranked[0])
    hidden = unlisted(facts, account)
    return hidden or Absent(described_ask(account, facts.fleet.home_region).says())


OTHERS = 4


def _rank(facts: Facts, logs: TrailLogs, account: AccountId, trail: Trail) -> int:
    """Smaller is rather the fleet's; OTHERS is somebody else's."""
    at_archive = trail.s3_bucket_name == facts.fleet.archive.bucket
    if at_archive:
        return 0 if trail.is_multi_region_trail else 1
    if trail.name == logs.options.trail_name(account):
        return 2
    return 3 if is_misspelt(facts, trail) else OTHERS


def is_misspelt(facts: Facts, trail: Trail) -> bool:
    """Whether a trail names a bucket that is not there and is nearly spelt like the archive's."""
    archive = facts.fleet.archive.bucket
    if not misspells(trail.s3_bucket_name, archive):
        return False
    return isinstance(bucket.owner(facts, bucket.of_name(facts, trail.s3_bucket_name)), Absent)


def misspelt_candidates(facts: Facts, account: AccountId) -> list[Ask]:
    """The questions whether the buckets exist that trails name where the archive may be meant."""
    archive = facts.fleet.archive.bucket
    names = {trail.s3_bucket_name for trail in seen(trails(facts, account)) or ()}
    ours = {
        t.s3_bucket_name for logs in trail_logs(facts.fleet) for t in _named(facts, logs, account)
    }
    near = {name for name in names if misspells(name, archive)}
    return [
        bucket.head(bucket.of_name(facts, name)) for name in sorted((near | ours) - {archive, ""})
    ]


def _named(facts: Facts, logs: TrailLogs, account: AccountId) -> list[Trail]:
    """The trails that bear the name the fleet gives its own."""
    return [
        t for t in seen(trails(facts, account)) or () if t.name == logs.options.trail_name(account)
    ]


@remembered
def serving(facts: Facts, account: AccountId) -> tuple[Trail, ...]:
    """The trails that an account shows and that point at the archive, the organization's too."""
    listed = seen(trails(facts, account)) or ()
    return tuple(t for t in listed if t.s3_bucket_name == facts.fleet.archive.bucket)


def status_ask(trail: Arn, account: AccountId, region: Region) -> Ask:
    """The question how a trail does in one Region."""
    return Ask(account, region, "cloudtrail:GetTrailStatus", (("Name", trail),))


@remembered
def status(facts: Facts, trail: Arn, account: AccountId, region: Region) -> Look[TrailStatus]:
    """How a trail does in one Region."""
    # Remembered by its names: the questions of thousands of Regions need not be kept as well.
    return facts.glance(status_ask(trail, account, region), TrailStatus, NO_TRAIL)


def selectors_ask(trail: Trail, account: AccountId) -> Ask:
    """The question which events a trail selects, put in its home Region (rule 1.1.3)."""
    return ask(account, trail.home_region, "cloudtrail:GetEventSelectors", TrailName=trail.arn)


def selectors(facts: Facts, trail: Trail, account: AccountId) -> Look[Selectors]:
    """Which events a trail selects."""
    return facts.look(selectors_ask(trail, account), Selectors, NO_TRAIL)


def used_slots(facts: Facts, account: AccountId, region: Region) -> Look[int]:
    """How many of the five trails are used in a Region, shadows included (rule 1.1.9)."""
    return map_look(
        facts.glance(described_ask(account, region), TrailList), lambda answer: len(answer.trails)
    )


def trail_arn(facts: Facts, account: AccountId, name: str) -> Arn:
    """The ARN that a trail made in the fleet's home Region will have (rule 1.1.3)."""
    fleet = facts.fleet
    return f"arn:{fleet.partition}:cloudtrail:{fleet.home_region}:{account}:trail/{name}"


def new_name(facts: Facts, logs: TrailLogs, account: AccountId) -> str:
    """The name for a trail to be made: the fleet's."""
    taken = {arn_name(t.arn) for t in seen(trails(facts, account)) or ()}
    name = logs.options.trail_name(account)
    return name if name not in taken else f"{name}-{facts.fleet.name}"
