"""Whether a trail has shown that it delivers: nothing is given up for one that has not."""

from __future__ import annotations

from logkeep.archive import series
from logkeep.facts import Facts, seen
from logkeep.sources.cloudtrail import requests
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.sources.cloudtrail.trails import status
from logkeep.value import Region


def has_delivered(facts: Facts, who: Speaker, region: Region) -> bool:
    """Whether a digest came of a Region since the trail was started (rule 1.9.7).

    What an earlier trail of its name left in the archive does not show that this one delivers, and
    what came before a change does not show that it still will: changes take a while (rule 1.1.10).
    """
    if facts.foreseen:
        return False
    digest = seen(series.newest(facts, requests.series(who, "digest", region)))
    found = seen(status(facts, who.arn, who.account, region))
    started = found.start_logging_time if found else None
    return digest is not None and started is not None and digest.last_modified > started
