"""The routes into CloudWatch Logs: one an account whose trail sends there, or is to (1.10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from logkeep.archive import log_group_key
from logkeep.archive.way import Elsewhere, way
from logkeep.route import Exists, Hop, Is, Need, Route
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.cloudwatch import requests
from logkeep.sources.cloudtrail.cloudwatch.arrival import arrival
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed, feeds
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.value import Aspect, account_of

TRAIL = "trail that feeds the log group"
"""Looked for only: the trail itself is made by its way into the archive."""
NOT_ASKED: Final[Mapping[str, Mapping[Aspect, str]]] = {
    "cloudwatch": {
        "intact": "CloudWatch Logs keeps no digests; what lies in the archive is what is verified",
        "protected": "a log group is a copy in the trail's own account; the archive is guarded",
    }
}


def routes(facts: Facts, logs: TrailLogs) -> Iterator[Route]:
    """The way of every account of an entry whose trail sends to a log group, or is to."""
    for account in logs.accounts:
        for found in feeds(facts, logs, account):
            yield route(facts, logs, found)


def route(facts: Facts, logs: TrailLogs, found: Feed) -> Route:
    """One account's way: trail, log group, its key, role, stream, as AWS meets them."""
    name = f"cloudwatch/{found.account}/{found.home_region}"
    passes = (
        _group_hop(facts, found),
        *log_group_key.hops(facts, found.group),
        _role_hop(facts, found),
    )
    captures, events = (_trail_hop(logs, found),), (_stream_hop(facts, logs, found),)
    hops = way(facts, captures, Elsewhere(passes, keeps=()), events)
    return Route(name, "cloudtrail", found.account, found.home_region, hops)


def _trail_hop(logs: TrailLogs, found: Feed) -> Hop:
    """The trail; which group and role it names matters only where the fleet asks for some."""
    needs: list[Need] = [Exists(TRAIL, "trail-missing")]
    if found.is_asked_for:
        needs.append(Is("trail.log-group", found.group, "trail-no-loggroup"))
    if found.is_asked_for and logs.options.log_role:
        needs.append(Is("trail.log-role", found.role, "trail-no-loggroup"))
    who = found.speaker
    return Hop(who.arn, "trail", who.asked, who.home_region, tuple(needs), speaks=True)


def _group_hop(facts: Facts, found: Feed) -> Hop:
    """The log group; while it is not seen, whether it has a key that refuses is not known."""
    needs = (Exists("log group", "loggroup-missing"), *log_group_key.unseen(facts, found.group))
    return Hop(found.group, "log group", account_of(found.group), found.home_region, needs)


def _role_hop(facts: Facts, found: Feed) -> Hop:
    """The role: there, trusted to CloudTrail, and let write to the account's stream."""
    needs: tuple[Need, ...] = (
        Exists("role", "role-missing"),
        requests.assumes(facts, found),
        *requests.writes(facts, found),
    )
    return Hop(found.role, "role", account_of(found.role), facts.fleet.home_region, needs)


def _stream_hop(facts: Facts, logs: TrailLogs, found: Feed) -> Hop:
    """The stream: no error on the way, and no silence while the account was active."""
    trail = found.speaker.arn
    needs: tuple[Need, ...] = (
        Is("loggroup.delivery-error", "", "loggroup-delivery-error", "arriving", of=trail),
        arrival(facts, logs, found),
    )
    return Hop(found.stream, "stream", found.account, found.home_region, needs)
