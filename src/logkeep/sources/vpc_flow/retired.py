"""Which flow logs of ours no route asks for any more, once the records come by another."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.key import FLEET_TAG
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources.vpc_flow.chosen import chosen, points, vpc_point
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, interfaces, places, subnets, vpcs
from logkeep.sources.vpc_flow.options import FlowLogs
from logkeep.sources.vpc_flow.routes import route_name
from logkeep.sources.vpc_flow.settings import deletion
from logkeep.value import AccountId, Region

WORKS = "SUCCESS"


def retired(facts: Facts, logs: tuple[FlowLogs, ...], holding: frozenset[str]) -> Iterator[Write]:
    """The removal of what we made and no route asks for, where every route of its VPC holds.

    A route holds only if its records arrive, and the flow log that stays has to say besides that
    it delivers, so no minute goes unrecorded; what bears no tag of this fleet is somebody else's.
    """
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        own = [each for each in logs if account in each.accounts]
        for region in places(facts, account):
            spare = [log for log in seen(flow_logs(facts, account, region)) or () if _is_ours(
                facts, log)]  # fmt: skip
            if spare:
                yield from _of_place(facts, own, (account, region), spare, holding)


def _of_place(
    facts: Facts,
    logs: list[FlowLogs],
    place: tuple[AccountId, Region],
    ours: list[FlowLog],
    holding: frozenset[str],
) -> Iterator[Write]:
    for vpc in seen(vpcs(facts, *place)) or ():
        names = {route_name(to, *place, vpc) for each in logs for to in each.options.to}
        kept = _asked_for(facts, logs, place, vpc)
        if not names <= holding or kept is None:
            continue
        inside = _resources(facts, place, vpc)
        for log in ours:
            if log.resource_id in inside and log.flow_log_id not in kept:
                yield deletion(facts, vpc_point(facts, *place, vpc), log)


def _asked_for(
    facts: Facts, logs: list[FlowLogs], place: tuple[AccountId, Region], vpc: str
) -> frozenset[str] | None:
    """The flow logs that the routes of a VPC go by; None where one of them may not deliver."""
    kept: set[str] = set()
    for each in logs:
        wanted = seen(points(facts, each.options.capture, *place, vpc))
        if wanted is None:
            return None
        for point in wanted:
            found = [seen(chosen(facts, point, to)) for to in each.options.to]
            if any(log is None or log.deliver_logs_status != WORKS for log in found):
                return None
            kept |= {log.flow_log_id for log in found if log is not None}
    return frozenset(kept) or None


def _resources(facts: Facts, place: tuple[AccountId, Region], vpc: str) -> frozenset[str]:
    """A VPC, its subnets and its interfaces, as far as they were seen."""
    inside = {s.subnet_id for s in seen(subnets(facts, *place)) or () if s.vpc_id == vpc}
    faces = seen(interfaces(facts, *place)) or ()
    return frozenset({vpc, *inside, *(f.network_interface_id for f in faces if f.vpc_id == vpc)})


def _is_ours(facts: Facts, log: FlowLog) -> bool:
    named = any((tag.key, tag.value) == (FLEET_TAG, facts.fleet.name) for tag in log.tags)
    return named and log.is_active
