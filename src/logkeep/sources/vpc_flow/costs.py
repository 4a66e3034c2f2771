"""What flow logs may cost: every gigabyte of records is paid for at each place that takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.vpc_flow.calls import CREATE
from logkeep.sources.vpc_flow.coverage import coverage
from logkeep.value import AccountId, Region
from logkeep.words.cost import Cost

PRICING = "Amazon CloudWatch pricing, Vended Logs"
PLACES = ("s3", "cloud-watch-logs", "kinesis-data-firehose")


def costs(before: Facts, after: Facts, changes: Sequence[Change]) -> Iterator[Cost]:
    """The records that are delivered and were not, and those that are delivered twice."""
    made = [change for change in changes if change.call == CREATE]
    for kind in PLACES:
        own = [c for c in made if c.arguments.get("LogDestinationType") == kind]
        if own:
            yield Cost(
                "flow-records",
                "gigabyte of records delivered",
                PRICING,
                places=len(own),
                kinds=(kind,),
                accounts=tuple(dict.fromkeys(change.account for change in own)),
            )
    places = dict.fromkeys((change.account, change.region) for change in made)
    twice = {place: _twice(after, place) - _twice(before, place) for place in places}
    more = {place: count for place, count in twice.items() if count > 0}
    if more:
        yield Cost(
            "flow-records-doubled",
            "gigabyte of records delivered a second time",
            PRICING,
            places=sum(more.values()),
            accounts=tuple(dict.fromkeys(account for account, _ in more)),
        )


def _twice(facts: Facts, place: tuple[AccountId, Region]) -> int:
    found = seen(coverage(facts, *place))
    return len(found.doubled) if found else 0
