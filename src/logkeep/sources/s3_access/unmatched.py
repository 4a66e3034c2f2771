"""Which buckets of the fleet file are there in none of the accounts that it names?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.s3_access.options import AccessLogs, is_like
from logkeep.sources.s3_access.words import UNMATCHED
from logkeep.words.notice import Notice


def unmatched(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[Notice]:
    """Each name or pattern that no bucket has, account by account: there is no route of it.

    Where the buckets of an account could not be listed, its route is unknown and says so.
    """
    for each in logs:
        owned = [seen(bucket.owned_names(facts, account)) for account in each.accounts]
        names = [name for found in owned for name in found or ()]
        if None in owned:
            continue
        for pattern in each.options.buckets:
            if pattern != "*" and not any(is_like(name, pattern) for name in names):
                for account in each.accounts:
                    region = facts.fleet.home_region
                    yield Notice(UNMATCHED, account, region, evidence={"named": pattern})
