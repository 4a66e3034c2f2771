"""Which buckets do the replication rules name that are seen, of the archive and of others?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.access.replicas import replication
from logkeep.archive.mention import Hidden, Mention
from logkeep.policy import Unread
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.options import Replications
from logkeep.sources.replication.pairs import arn_of, wishes
from logkeep.storage.rules import Replication
from logkeep.value import Unseen


def mentions(facts: Facts, logs: tuple[Replications, ...]) -> Iterator[Mention | Hidden]:
    """Every rule that is on, of the archive and of each bucket that the fleet has replicated."""
    wanted = [wish.source for wish in wishes(facts, logs)]
    for source in dict.fromkeys((bucket.archives(facts), *wanted)):
        found = replication(facts, source)
        if isinstance(found, Unread) and source in wanted:
            yield Hidden(source.account, Unseen(found.call, found.error))
        for rule in found.rules if isinstance(found, Replication) else ():
            if rule.enabled:
                what = f"the replication rule `{rule.name}` of `{source.name}`"
                yield Mention(
                    what=what,
                    setting="Destination.Bucket",
                    arn=arn_of(facts, source),
                    account=source.account,
                    region=source.region,
                    bucket=rule.destination,
                )
