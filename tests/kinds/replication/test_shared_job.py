"""One job for two destinations: it may be older than the rule into the second of them."""

from __future__ import annotations

from kinds.replication.worlds import (
    DAY,
    STAGING,
    bare,
    fleet,
    pair,
)
from logkeep.access.replicas import object_question
from logkeep.snapshot import reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication import jobs
from logkeep.sources.replication.arrival import listing_ask
from logkeep.sources.replication.pairs import Wish, wishes
from logkeep.value import Look, Seen, Unseen

ONE = pair(STAGING, existing=DAY)
TWO = pair(STAGING, existing=DAY, to="second-copy")
FLEET = fleet(ONE, TWO)


def state_of(wish: Wish, *, there: bool) -> Look[str]:
    before = bare(FLEET)
    name = jobs.description(Facts(FLEET, before), wish)
    job = {"JobId": "job-1", "Description": name, "Status": "Complete",
           "CreationTime": f"{DAY}T08:00:00Z"}  # fmt: skip
    old = {"Contents": [{"Key": "a", "LastModified": "2026-01-01T00:00:00Z", "Size": 1}]}
    snapshot = before.with_answers({
        jobs.listing_ask(wish.source): reply({"Jobs": [job]}),
        listing_ask(wish.source, "", by_folder=True): reply(old),
        listing_ask(wish.destination, "a", by_folder=False): reply(old if there else {}),
        object_question("s3:HeadObject", wish.source, "a"): reply({}),
    })  # fmt: skip
    asked = jobs.asks(Facts(FLEET, snapshot), wish)
    assert listing_ask(wish.destination, "a", by_folder=False) in set(asked)
    return jobs.state(Facts(FLEET, snapshot), wish)


def test_a_job_that_two_destinations_share_proves_nothing_by_itself() -> None:
    for wish in wishes(Facts(FLEET, bare(FLEET)), FLEET.logs_of("replication")):
        assert state_of(wish, there=True) == Seen(jobs.COMPLETE)
        found = state_of(wish, there=False)
        assert isinstance(found, Unseen)
        assert "put a later day" in found.error
