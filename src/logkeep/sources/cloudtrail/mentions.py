"""Which buckets do trails name, and exports of the log groups that they send to?"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.archive import exports
from logkeep.archive.mention import Hidden, Mention
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail.cloudwatch.feed import feeds
from logkeep.sources.cloudtrail.cloudwatch.wants import place_of
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.organization_trail import UNKNOWN
from logkeep.sources.cloudtrail.trails import Trail, is_misspelt, trails, unlisted
from logkeep.sources.cloudtrail.uploads import writers
from logkeep.storage.writers import Writer
from logkeep.value import AccountId, Seen, account_of


def mentions(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[Mention | Hidden]:
    """Every trail, but one whose bucket is not there and misspelt: a finding tells of that."""
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        look = trails(facts, account)
        hidden = unlisted(facts, account) if isinstance(look, Seen) else look
        if hidden is not None:
            yield Hidden(account, hidden)
        for trail in seen(trails(facts, account)) or ():
            if not is_misspelt(facts, trail):
                yield Mention(
                    what=f"the trail `{trail.name}`",
                    setting="S3BucketName",
                    arn=trail.arn,
                    account=account_of(trail.arn),
                    region=trail.home_region,
                    bucket=trail.s3_bucket_name,
                    writer=_writer(trail, account),
                )
    yield from exports.mentions(facts, _groups(facts, logs))


def _groups(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[exports.Place]:
    """Where the log groups lie that trails send to."""
    for each in logs:
        for account in each.accounts:
            for feed in feeds(facts, each, account):
                if feed.speaker.owner != UNKNOWN.management:
                    yield place_of(feed)


def _writer(trail: Trail, account: AccountId) -> Writer:
    """What the trail says of encryption: SSE-S3 outright, or its key (rule 2.2.12)."""
    without, under = writers(account, trail.home_region, trail.kms_key_id)
    start = f"{trail.s3_key_prefix.rstrip('/')}/" if trail.s3_key_prefix else ""
    chosen = under if trail.kms_key_id else without
    return msgspec.structs.replace(chosen, folder=f"{start}{chosen.folder}")
