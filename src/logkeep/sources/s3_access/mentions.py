"""Which buckets take access logs, as far as the logging of buckets is seen?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.archive.mention import Hidden, Mention
from logkeep.snapshot.facts import Facts
from logkeep.sources.s3_access import logging, requests
from logkeep.sources.s3_access.logging import Enabled
from logkeep.sources.s3_access.options import AccessLogs
from logkeep.storage.writers import Writer
from logkeep.value import AccountId, Seen


def mentions(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[Mention | Hidden]:
    """The target of every bucket that logs, the fleet's own and any other."""
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        owned = bucket.owned_names(facts, account)
        if not isinstance(owned, Seen):
            yield Hidden(account, owned)
            continue
        for name in sorted(owned.value):
            if any(each.options.takes(name) for each in logs):
                yield from _of_bucket(facts, account, name)


def _of_bucket(facts: Facts, account: AccountId, name: str) -> Iterator[Mention | Hidden]:
    placed = logging.placed(facts, account, name)
    look = logging.logging(facts, placed.value) if isinstance(placed, Seen) else placed
    if not isinstance(look, Seen):
        yield Hidden(account, look)
    elif isinstance(placed, Seen) and isinstance(look.value, Enabled):
        writer = Writer(
            name="S3 server access logs",
            principal=requests.SERVICE,
            folder=look.value.target_prefix,
            is_inferred=True,
        )
        yield Mention(
            what=f"the access logging of `{name}`",
            setting="TargetBucket",
            arn=requests.arn_of(facts, placed.value),
            account=account,
            region=placed.value.region,
            bucket=look.value.target_bucket,
            writer=writer,
        )
