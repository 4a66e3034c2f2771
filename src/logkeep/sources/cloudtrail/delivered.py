"""Whether a trail has shown that it delivers: nothing is given up for one that has not."""

from __future__ import annotations

from logkeep.archive import objects
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.evidence import evidence
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.sources.cloudtrail.trails import status
from logkeep.value import Region, Seen, Unseen


def has_delivered(facts: Facts, who: Speaker, region: Region) -> bool | Unseen:
    """Whether a digest came of a Region since the trail was started (rule 1.9.7).

    What an earlier trail of its name left in the archive does not show that this one delivers, and
    what came before a change does not show that it still will: changes take a while (rule 1.1.10).
    """
    if facts.foreseen:
        return False
    digest = objects.newest(facts, evidence(facts, who, "digest", region))
    found = status(facts, who.arn, who.account, region)
    if isinstance(digest, Unseen):
        return digest
    if isinstance(found, Unseen):
        return found
    if not isinstance(digest, Seen) or not isinstance(found, Seen):
        return False
    started = found.value.start_logging_time
    return started is not None and digest.value.last_modified > started
