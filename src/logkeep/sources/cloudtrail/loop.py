"""Would a trail record its own deliveries, and then the delivery of that record, and so on?

A trail that takes data events of the bucket it writes to does so unless RecursiveLogging is off
(rules 1.1.6, 1.12.4).
"""

from __future__ import annotations

import msgspec

from logkeep.access import organization
from logkeep.route import Is
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail.selectors import DATA_TYPES, takes_own_deliveries
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.sources.cloudtrail.trails import Selectors, Trail, selectors
from logkeep.sources.cloudtrail.widening import NEW, widened
from logkeep.value import Seen, Unseen


def loop_needs(
    facts: Facts, who: Speaker, kinds: tuple[str, ...], trail: Trail | None
) -> tuple[Is, ...]:
    """That a trail leaves out its own deliveries, where it takes events of the archive's bucket.

    Nothing is asked where AWS does not say whether it does: RecursiveLogging came in 2026, an
    endpoint that does not show it does not know it either, and would not heed it.
    """
    if trail is not None and trail.recursive_logging is msgspec.UNSET:
        return ()
    speaks = _speaks_of_archive(facts, who)
    if speaks is False or not _takes_logs(facts, who, kinds, trail):
        return ()
    return (Is("trail.recursive-logging", False if speaks else None, "log-bucket-loop"),)


def _speaks_of_archive(facts: Facts, who: Speaker) -> bool | None:
    """Whether the trail records the archive's account: its own does, and its organization's.

    None where the archive's organization could not be seen.
    """
    keeper = facts.fleet.archive.account
    if not who.organization:
        return who.account == keeper
    look = organization.membership(facts, keeper)
    if isinstance(look, Unseen):
        return None
    return isinstance(look, Seen) and look.value.id == who.organization


def _takes_logs(facts: Facts, who: Speaker, kinds: tuple[str, ...], trail: Trail | None) -> bool:
    """Whether it takes writes of its logs, now or once it takes all that it should."""
    now = (seen(selectors(facts, trail, who.asked)) if trail else None) or NEW
    data = tuple(kind for kind in kinds if kind in DATA_TYPES or kind.startswith("arn:"))
    wanted = msgspec.convert(widened(now, data, facts.fleet.partition), Selectors)
    return takes_own_deliveries(wanted, f"{facts.fleet.bucket_arn}/{who.prefix}AWSLogs/")
