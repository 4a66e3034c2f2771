"""What changes of trails may cost (CloudTrail User Guide, Managing CloudTrail trail costs)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from logkeep.access.default_encryption import bucket_key
from logkeep.access.enabled_regions import regions
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.options import trail_logs, wanted_accounts
from logkeep.sources.cloudtrail.selectors import DATA_TYPES, data_coverage, management_covered
from logkeep.sources.cloudtrail.trails import (
    Selectors,
    Trail,
    selectors,
    status,
    trails,
)
from logkeep.value import AccountId, Arn, Region, Seen
from logkeep.words.cost import Cost

TRAIL_COSTS = "CloudTrail User Guide, Managing CloudTrail trail costs"
PRICING = "AWS CloudTrail pricing"
BUCKET_KEYS = "S3 User Guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys"
INSIGHTS = "CloudTrail User Guide, Costs for Insights events"
LOGS_AN_HOUR = 12
"""A log about every five minutes in a Region with activity (rule 1.5); a busy one has more."""
DIGESTS_AN_HOUR = 1
"""One digest an hour and Region where validation is on (rule 1.5)."""


def costs(before: Facts, after: Facts, changes: Sequence[Change]) -> Iterator[Cost]:
    """All that trails may be billed for after the changes and were not before."""
    own = [change for change in changes if change.call.startswith("cloudtrail:")]
    if not own:
        return
    yield from _deliveries(before, after)
    yield from _data_events(before, after, own)
    yield from _copies(before, after)
    yield from _by_argument(own)


class TrailDelivery(NamedTuple):
    """A trail that brings an account's logs of a Region into the archive."""

    trail: Arn
    account: AccountId
    region: Region


def _accounts(facts: Facts) -> list[AccountId]:
    """The accounts whose CloudTrail the fleet wants."""
    return wanted_accounts(trail_logs(facts.fleet))


def _reaching(facts: Facts) -> Iterator[tuple[Trail, TrailDelivery]]:
    """Every trail with the accounts and Regions of the fleet whose events it takes (1.1.7)."""
    for account in _accounts(facts):
        for trail in seen(trails(facts, account)) or ():
            for region in regions(facts, account):
                if trail.is_multi_region_trail or trail.home_region == region:
                    yield trail, TrailDelivery(trail.arn, account, region)


def _logs(facts: Facts, trail: Trail, account: AccountId) -> bool | None:
    """Whether a trail is on; None where that could not be read."""
    look = status(facts, trail.arn, _asked(facts, trail, account), trail.home_region)
    return look.value.is_logging if isinstance(look, Seen) else None


def _asked(facts: Facts, trail: Trail, account: AccountId) -> AccountId:
    return organization_trail.asked(facts) if trail.is_organization_trail else account


def _delivering(facts: Facts) -> dict[TrailDelivery, Trail]:
    """Every delivery into the archive that is on."""
    name = facts.fleet.archive.bucket
    return {
        delivery: trail
        for trail, delivery in _reaching(facts)
        if trail.s3_bucket_name == name and _logs(facts, trail, delivery.account)
    }


def _deliveries(before: Facts, after: Facts) -> Iterator[Cost]:
    """What new deliveries store, and what the key is asked for deliveries newly under it."""
    was, will = _delivering(before), _delivering(after)
    new = [delivery for delivery in will if delivery not in was]
    if new:
        yield Cost(
            "storage",
            "gigabyte stored",
            PRICING,
            per="month",
            places=len(new),
            accounts=_of(new),
            regions=_where(new),
        )
    keyed = [d for d, trail in will.items() if trail.kms_key_id and _key(was.get(d)) != _key(trail)]
    if keyed:
        yield _key_requests(after, {delivery: will[delivery] for delivery in keyed})


def _key(trail: Trail | None) -> Arn:
    return trail.kms_key_id if trail is not None else ""


def _of(deliveries: Iterable[TrailDelivery]) -> tuple[AccountId, ...]:
    return tuple(dict.fromkeys(delivery.account for delivery in deliveries))


def _where(deliveries: Iterable[TrailDelivery]) -> tuple[Region, ...]:
    return tuple(dict.fromkeys(delivery.region for delivery in deliveries))


def _key_requests(after: Facts, keyed: dict[TrailDelivery, Trail]) -> Cost:
    """One GenerateDataKey an object (rule 1.5d); by a Bucket Key far fewer, not to be counted."""
    validated = sum(trail.log_file_validation_enabled for trail in keyed.values())
    objects = len(keyed) * LOGS_AN_HOUR + validated * DIGESTS_AN_HOUR
    shared = seen(bucket_key(after))
    return Cost(
        "key-requests",
        "request to KMS",
        BUCKET_KEYS,
        count=None if shared else objects,
        per="hour",
        places=len(keyed),
        kinds=("bucket-key",) if shared else (),
        accounts=_of(keyed),
        regions=_where(keyed),
    )


def _data_events(before: Facts, after: Facts, changes: Sequence[Change]) -> Iterator[Cost]:
    """Data events that a trail takes and did not; none of them is free, the first copy neither."""
    found: dict[Arn, tuple[str, ...]] = {}
    for change in changes:
        if change.call == "cloudtrail:PutEventSelectors":
            kinds = _switched_on(before, after, change)
            if kinds:
                found[change.address] = kinds
    if found:
        wide = any(_is_shared(after, arn) for arn in found)
        yield Cost(
            "data-events",
            "data event",
            TRAIL_COSTS,
            places=len(found),
            kinds=tuple(sorted({kind for kinds in found.values() for kind in kinds})),
            accounts=tuple(sorted({c.account for c in changes if c.address in found})),
            resources=tuple(sorted(found)),
            beyond=wide,
        )


def _switched_on(before: Facts, after: Facts, change: Change) -> tuple[str, ...]:
    """The kinds of data event of which a trail will take more than it did."""
    was = _selected(before, change) or Selectors()
    will = _selected(after, change) or Selectors()
    partition = after.fleet.partition
    return tuple(kind for kind in DATA_TYPES if _grows(was, will, kind, partition))


def _selected(facts: Facts, change: Change) -> Selectors | None:
    listed = seen(trails(facts, change.account)) or ()
    trail = next((trail for trail in listed if trail.arn == change.address), None)
    return seen(selectors(facts, trail, change.account)) if trail is not None else None


def _grows(was: Selectors, will: Selectors, kind: str, partition: str) -> bool:
    old, new = data_coverage(was, kind, partition), data_coverage(will, kind, partition)
    if old.extent == "all" or new.extent == "none":
        return False
    return new.extent == "all" or bool(set(new.taken) - set(old.taken))


def _is_shared(facts: Facts, arn: Arn) -> bool:
    """Whether a trail is the organization's, so that it speaks of accounts beyond the fleet's."""
    found = (t for account in _accounts(facts) for t in seen(trails(facts, account)) or ())
    return any(trail.arn == arn and trail.is_organization_trail for trail in found)


class Copies(NamedTuple):
    """How many trails take management events in one place."""

    known: int
    unread: int

    def billed(self, *, most: bool) -> int:
        """How many copies are billed: all but the first in each Region (rule 1.1.12)."""
        return max(self.known + (self.unread if most else 0) - 1, 0)


Place = tuple[AccountId, Region]


def _recording(facts: Facts) -> dict[Place, Copies]:
    """In every account and Region the trails that take management events, wherever they go."""
    found: dict[Place, Copies] = {}
    for trail, delivery in _reaching(facts):
        place = (delivery.account, delivery.region)
        known, unread = found.get(place, Copies(0, 0))
        takes = _takes_management(facts, trail, delivery.account)
        found[place] = Copies(known + (takes is True), unread + (takes is None))
    return found


def _takes_management(facts: Facts, trail: Trail, account: AccountId) -> bool | None:
    """Whether a trail is on and takes management events; None where that could not be read."""
    logs = _logs(facts, trail, account)
    chosen = seen(selectors(facts, trail, _asked(facts, trail, account)))
    selected = None if chosen is None else management_covered(chosen) != "none"
    if logs is False or selected is False:
        return False
    return None if logs is None or selected is None else True


def _copies(before: Facts, after: Facts) -> Iterator[Cost]:
    """Copies of management events beyond the first of an account and Region that are added."""
    was, will = _recording(before), _recording(after)
    none = Copies(0, 0)
    least = {p: c.billed(most=False) - was.get(p, none).billed(most=False) for p, c in will.items()}
    most = {p: c.billed(most=True) - was.get(p, none).billed(most=True) for p, c in will.items()}
    sure = {place: extra for place, extra in least.items() if extra > 0}
    unsure = [place for place, extra in most.items() if extra > max(least[place], 0)]
    if sure or unsure:
        yield Cost(
            "management-copies",
            "management event of every copy but the first",
            TRAIL_COSTS,
            places=sum(sure.values()),
            places_unknown=len(unsure),
            accounts=tuple(dict.fromkeys(account for account, _ in (*sure, *unsure))),
        )


def _by_argument(changes: Sequence[Change]) -> Iterator[Cost]:
    """What one call switches on by what it is given."""
    grouped = [c for c in changes if c.arguments.get("CloudWatchLogsLogGroupArn")]
    if grouped:
        yield _each("log-ingestion", "gigabyte ingested", PRICING, grouped)
    looking = [c for c in changes if c.arguments.get("InsightSelectors")]
    if looking:
        yield _each("insights", "management event analyzed", INSIGHTS, looking)


def _each(code: str, unit: str, page: str, changes: Sequence[Change]) -> Cost:
    return Cost(
        code,
        unit,
        page,
        places=len({change.address for change in changes}),
        accounts=tuple(dict.fromkeys(change.account for change in changes)),
        resources=tuple(dict.fromkeys(change.address for change in changes)),
    )
