"""The trail as a delivery sees it: what it is called, where it writes, under which key."""

from __future__ import annotations

import msgspec

from logkeep.archive import key
from logkeep.facts import Facts, seen
from logkeep.fleet import Logs
from logkeep.sources.cloudtrail.trails import Trail, adopted, new_name, trail_arn
from logkeep.value import AccountId, Arn, Region, arn_name


class Speaker(msgspec.Struct, frozen=True):
    """What of a trail shows in the requests that CloudTrail makes for it."""

    account: AccountId
    arn: Arn
    home_region: Region
    prefix: str
    """The S3 key prefix with its slash, or nothing."""
    kms_key: str
    """The key named by the trail; empty where it names none."""
    validated: bool

    @property
    def name(self) -> str:
        """The trail's own name."""
        return arn_name(self.arn)

    @property
    def logs(self) -> str:
        """The key prefix of everything the trail writes."""
        return f"{self.prefix}AWSLogs/{self.account}/"


def speaker(facts: Facts, logs: Logs, account: AccountId, *, intended: bool) -> Speaker:
    """The account's trail as it is; or as the fleet wants it, which a trail yet to be made is."""
    trail = seen(adopted(facts, logs, account))
    if trail is None or intended:
        return _intended(facts, logs, account, trail)
    return Speaker(
        account=account,
        arn=trail.arn,
        home_region=trail.home_region,
        prefix=_slashed(trail.s3_key_prefix),
        kms_key=trail.kms_key_id,
        validated=trail.log_file_validation_enabled,
    )


def _intended(facts: Facts, logs: Logs, account: AccountId, trail: Trail | None) -> Speaker:
    wanted = facts.fleet.archive.prefix
    kept = trail.s3_key_prefix if trail else ""
    return Speaker(
        account=account,
        arn=trail.arn if trail else trail_arn(facts, account, new_name(facts, logs, account)),
        home_region=trail.home_region if trail else facts.fleet.home_region,
        prefix=_slashed(kept if wanted is None else wanted),
        kms_key=key.arn(facts),
        validated=True,
    )


def _slashed(prefix: str) -> str:
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""
