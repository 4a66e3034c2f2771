"""What is worth naming of flow logs and is no fault: recorded twice, or no room for more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.vpc_flow.chosen import lacks, points
from logkeep.sources.vpc_flow.coverage import coverage
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, places, vpcs
from logkeep.sources.vpc_flow.options import FlowLogs
from logkeep.value import AccountId, Region
from logkeep.words.notice import Notice

DOUBLED = "flowlog-doubled"
CROWDED = "flowlog-crowded"
MOST = 2
"""How many flow logs a resource takes, as AWS's page of VPC quotas had it until 2021."""
NAMED_MAX = 20


def notices(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[Notice]:
    """Interfaces whose packets are recorded more than once into places of one kind (6.1.2)."""
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        for region in places(facts, account):
            yield from _doubled(facts, account, region)
            yield from _crowded(facts, logs, account, region)


def _crowded(
    facts: Facts, logs: tuple[FlowLogs, ...], account: AccountId, region: Region
) -> Iterator[Notice]:
    """What is to get a third flow log, or more: AWS may refuse it (FlowLogsLimitExceeded)."""
    known = [log for log in seen(flow_logs(facts, account, region)) or () if log.is_active]
    count = Counter(log.resource_id for log in known)
    full = [
        point.id
        for each in logs
        if account in each.accounts
        for vpc in seen(vpcs(facts, account, region)) or ()
        for point in seen(points(facts, each.options.capture, account, region, vpc)) or ()
        if (new := sum(lacks(facts, point, to) for to in each.options.to)) > 0
        and count[point.id] + new > MOST
    ]
    if full:
        evidence = {"resources": len(full), "named": full[:NAMED_MAX]}
        yield Notice(CROWDED, account, region, evidence=evidence)


def _doubled(facts: Facts, account: AccountId, region: Region) -> Iterator[Notice]:
    found = seen(coverage(facts, account, region))
    known = {log.flow_log_id: log for log in seen(flow_logs(facts, account, region)) or ()}
    if found is None:
        return
    twice = [id_ for id_ in found.doubled if _to_one_place(known, found.captured[id_])]
    if twice:
        names = sorted({log for id_ in twice for log in found.captured[id_]})
        evidence = {"interfaces": len(twice), "flow_logs": names[:NAMED_MAX]}
        yield Notice(DOUBLED, account, region, evidence=evidence)


def _to_one_place(known: dict[str, FlowLog], ids: tuple[str, ...]) -> bool:
    """Whether two of them deliver to the very same place; to different ones may be meant."""
    places_ = [known[id_].log_destination or known[id_].group for id_ in ids]
    return len(places_) != len(set(places_))
