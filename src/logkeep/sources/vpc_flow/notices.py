"""What is worth naming of a network's records and is no fault: what is recorded twice."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.vpc_flow.coverage import coverage
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, places
from logkeep.sources.vpc_flow.options import FlowLogs
from logkeep.value import AccountId, Region
from logkeep.words.notice import Notice

DOUBLED = "flowlog-doubled"
NAMED_MAX = 20


def notices(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[Notice]:
    """Interfaces whose packets are recorded more than once into places of one kind (6.1.2)."""
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        for region in places(facts, account):
            yield from _doubled(facts, account, region)


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
