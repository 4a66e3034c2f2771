"""The trail as a delivery sees it: what it is called, where it writes, under which key."""

from __future__ import annotations

import msgspec

from logkeep.access import key
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.trails import Trail, adopted, new_name, trail_arn
from logkeep.value import AccountId, Arn, Region, arn_name, parse_arn


class Speaker(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What of a trail shows in the requests that CloudTrail makes for one account."""

    account: AccountId
    """Whose events it speaks of."""
    owner: AccountId
    """Whose trail it is: the account itself, or the organization's management account (1.2.1)."""
    asked: AccountId
    """The account that is asked about the trail, and that changes it."""
    arn: Arn
    home_region: Region
    prefix: str
    """The S3 key prefix with its slash, or nothing."""
    kms_key: str
    """The key named by the trail; empty where it names none."""
    validated: bool
    multi_region: bool = True
    organization: str = ""
    """The organization's id where the trail is the organization's."""

    meant: bool = False
    """Whether a plan asks, which lets it in by its name of today."""
    changes: bool = False
    """Whether a plan makes or changes it, so that CloudTrail looks at the key (rule 1.5e)."""

    @property
    def name(self) -> str:
        """The trail's own name."""
        return arn_name(self.arn)

    @property
    def accounts_root(self) -> str:
        """The key prefix under which the trail has a folder for each account (rule 1.3)."""
        shared = f"{self.organization}/" if self.organization else ""
        return f"{self.prefix}AWSLogs/{shared}"

    @property
    def root(self) -> str:
        """The key prefix of everything the trail writes, of whichever account (rule 1.3)."""
        return f"{self.prefix}AWSLogs/{self.organization or self.account}/"

    @property
    def logs(self) -> str:
        """The key prefix of what the trail writes of this account (rule 1.3)."""
        return f"{self.root}{self.account}/" if self.organization else self.root

    def covers(self, region: Region) -> bool:
        """Whether the trail takes the events of a Region (rule 1.1.7)."""
        return self.multi_region or self.home_region == region


def as_it_is(facts: Facts, account: AccountId, trail: Trail) -> Speaker:
    """A trail that is there, speaking for an account."""
    parts = parse_arn(trail.arn)
    shared = trail.is_organization_trail
    return Speaker(
        account=account,
        owner=parts.account if parts else account,
        asked=organization_trail.asked(facts) if shared else account,
        arn=trail.arn,
        home_region=trail.home_region,
        prefix=_slashed(trail.s3_key_prefix),
        kms_key=trail.kms_key_id,
        validated=trail.log_file_validation_enabled,
        multi_region=trail.is_multi_region_trail,
        organization=organization_trail.identity(facts).id if shared else "",
    )


def as_meant(facts: Facts, account: AccountId, trail: Trail, *, intended: bool) -> Speaker:
    """A trail that is there as it is, or as the fleet wants it."""
    found = as_it_is(facts, account, trail)
    return _intended(facts, found, trail) if intended else found


def own(facts: Facts, logs: TrailLogs, account: AccountId, *, intended: bool) -> Speaker:
    """The account's own trail as it is; or as the fleet wants it, as one yet to be made is."""
    trail = seen(adopted(facts, logs, account))
    if trail is None or intended:
        arn = trail.arn if trail else trail_arn(facts, account, new_name(facts, logs, account))
        return _intended(facts, Speaker(account, account, account, arn, "", "", "", True), trail)
    return as_it_is(facts, account, trail)


def of_organization(
    facts: Facts, logs: TrailLogs, account: AccountId, *, intended: bool
) -> Speaker:
    """The organization's trail, speaking for one of its accounts."""
    trail = seen(organization_trail.adopted(facts, logs))
    if trail is not None and not intended:
        return as_it_is(facts, account, trail)
    found = organization_trail.identity(facts)
    arn = trail.arn if trail else organization_trail.new_arn(facts, logs)
    asked = organization_trail.asked(facts)
    made = Speaker(account, found.management, asked, arn, "", "", "", True, organization=found.id)
    return _intended(facts, made, trail)


def _intended(facts: Facts, speaker: Speaker, trail: Trail | None) -> Speaker:
    wanted = facts.fleet.archive.prefix
    kept = trail.s3_key_prefix if trail else ""
    return msgspec.structs.replace(
        speaker,
        home_region=trail.home_region if trail else facts.fleet.home_region,
        prefix=_slashed(kept if wanted is None else wanted),
        kms_key=key.arn(facts),
        multi_region=trail.is_multi_region_trail if trail else True,
    )


def _slashed(prefix: str) -> str:
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""
