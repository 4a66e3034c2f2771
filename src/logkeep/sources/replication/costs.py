"""What replication may cost besides the replicas: the jobs that send what is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.existing import CREATE
from logkeep.words.cost import Cost


def costs(_before: Facts, _after: Facts, changes: Sequence[Change]) -> Iterator[Cost]:
    """The jobs that are started."""
    jobs = [change for change in changes if change.call == CREATE]
    if jobs:
        accounts = tuple(dict.fromkeys(change.account for change in jobs))
        page = "Amazon S3 pricing, S3 Batch Operations"
        yield Cost("batch-job", "job and object", page, count=len(jobs), accounts=accounts)
