"""Which chains of digests should go on, and what do their trails tell of them?

What a verification is measured by, besides what lies in the archive: the trails that write into
it, since when, and what keeps them from it (rules 1.8, 1.9.7).
"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.bucket import of_bucket
from logkeep.access.enabled_regions import regions, regions_ask
from logkeep.archive import lifecycle
from logkeep.archive.report import Folder
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.integrity.course import Course, course
from logkeep.sources.cloudtrail.integrity.series import Chain
from logkeep.sources.cloudtrail.integrity.task import Known
from logkeep.sources.cloudtrail.integrity.walk import Expiry
from logkeep.sources.cloudtrail.options import TrailLogs, wanted_accounts
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import (
    described_ask,
    listed_in,
    serving,
    status,
    status_ask,
    unlisted,
)
from logkeep.value import Absent, AccountId, Region, Seen, Unseen


def wants(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[Ask]:
    """What a verification wants to know of AWS besides the archive itself, and nothing more."""
    yield of_bucket(facts, "s3:GetBucketLifecycleConfiguration")
    for account in wanted_accounts(logs):
        if facts.fleet.regions is None:  # else the file says which, and EC2's model takes 30 ms
            yield regions_ask(facts, account)
        for region in listed_in(facts, account):
            yield described_ask(account, region)
        for who, region in _speakers(facts, account):
            if who.organization:
                yield ask(account, facts.fleet.home_region, "organizations:DescribeOrganization")
            yield status_ask(who.arn, account, region)


def _speakers(facts: Facts, account: AccountId) -> Iterator[tuple[Speaker, Region]]:
    """The trails that speak of an account into the archive, in each Region that they cover."""
    for trail in serving(facts, account):
        who = as_it_is(facts, account, trail)
        for region in regions(facts, account) or (facts.fleet.home_region,):
            if who.covers(region):
                yield who, region


def known_of(facts: Facts, logs: tuple[TrailLogs, ...]) -> Known:
    """What is known of the trails that write into the archive."""
    bucket = facts.fleet.archive.bucket
    courses: dict[Chain, Course] = {}
    unvouched: dict[Folder, str] = {}
    unseen: set[AccountId] = set()
    for account in wanted_accounts(logs):
        if unlisted(facts, account) is not None:
            unseen.add(account)
        for who, region in _speakers(facts, account):
            chain = Chain(bucket, account, region, who.name, who.home_region, who.accounts_root)
            if not who.validated:
                unvouched[chain.folder] = f"{who.arn} writes logs there and no digests"
                continue
            found = _course(facts, who, region)
            if found is not None:
                courses[chain] = found
    management = organization_trail.identity(facts).management
    live = {(chain.account, chain.region) for chain in courses}
    wanted = {
        (account, region)
        for account in wanted_accounts(logs)
        for region in regions(facts, account) or (facts.fleet.home_region,)
    }
    return Known(courses, unvouched, management, frozenset(unseen), frozenset(wanted - live))


def _course(facts: Facts, who: Speaker, region: Region) -> Course | None:
    """What a trail tells of its digests in a Region; nothing where it tells nothing."""
    look = status(facts, who.arn, who.account, region)
    if isinstance(look, Absent):
        return None
    if isinstance(look, Unseen):
        return Course()
    found = look.value
    return course(
        is_logging=found.is_logging,
        started=found.start_logging_time,
        stopped=found.stop_logging_time,
        latest_digest=found.latest_digest_delivery_time,
        digest_error=found.latest_digest_delivery_error,
        now=facts.taken_at,
    )


def expiry_of(facts: Facts, folder: Folder) -> Expiry:
    """From when back the bucket's lifecycle may have deleted what lies in a folder."""
    look = lifecycle.deleted_before(facts, f"{folder.root}{folder.account}/")
    return Expiry(look.value) if isinstance(look, Seen) else Expiry(None, is_known=False)


def roots_of(facts: Facts, logs: tuple[TrailLogs, ...]) -> frozenset[str]:
    """The key prefixes under which trails that are known have a folder for each account."""
    prefix = facts.fleet.archive.prefix
    own = f"{prefix}/AWSLogs/" if prefix else "AWSLogs/"
    speaking = (who for account in wanted_accounts(logs)
                for who, _ in _speakers(facts, account))  # fmt: skip
    return frozenset({own, *(who.accounts_root for who in speaking)})
