"""The routes of VPC flow logs: one for every VPC and every place that its records go to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import key
from logkeep.archive import log_group_key
from logkeep.archive.way import Deliveries, Elsewhere, ToArchive, way
from logkeep.route import Events, Exists, Hop, Is, Need, Route
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.vpc_flow import evidence, requests, to_firehose
from logkeep.sources.vpc_flow.chosen import (
    AS_WANTED,
    Point,
    chosen,
    group_of,
    missing_code,
    points,
    role_of,
    vpc_point,
)
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, places, vpcs
from logkeep.sources.vpc_flow.options import ARCHIVE, CLOUDWATCH, FIREHOSE, SOURCE, FlowLogs
from logkeep.sources.vpc_flow.requests import Sender
from logkeep.sources.vpc_flow.settings import FIT, flow_log_arn
from logkeep.value import AccountId, Arn, Aspect, Region, Seen, account_of

STARTS: Final = {
    ARCHIVE: SOURCE,
    CLOUDWATCH: f"{SOURCE}-{CLOUDWATCH}",
    FIREHOSE: f"{SOURCE}-{FIREHOSE}",
}
"""How the names of routes begin, by where the records go."""


def route_name(to: str, account: AccountId, region: Region, vpc: str) -> str:
    """What the route of a VPC's records to a place is called."""
    return f"{STARTS[to]}/{account}/{region}/{vpc}"


def routes(facts: Facts, logs: tuple[FlowLogs, ...], intended: bool) -> Iterator[Route]:
    """Every VPC of every account and Region; a place whose VPCs are unseen is a route too."""
    names: set[str] = set()
    for each in logs:
        for account in each.accounts:
            for region in places(facts, account):
                for to in each.options.to:
                    for route in _of_place(facts, each, account, region, to, intended):
                        if route.name not in names:
                            names.add(route.name)
                            yield route


def _of_place(
    facts: Facts, logs: FlowLogs, account: AccountId, region: Region, to: str, intended: bool
) -> Iterator[Route]:
    found = seen(vpcs(facts, account, region))
    if found is None:
        yield _unlisted(facts, account, region, to)
        return
    for vpc in found:
        yield _of_vpc(facts, logs, vpc_point(facts, account, region, vpc), to, intended=intended)


def _unlisted(facts: Facts, account: AccountId, region: Region, to: str) -> Route:
    """An account's Region of which nobody can say which VPCs it has."""
    arn = f"arn:{facts.fleet.partition}:ec2:{region}:{account}:vpc/*"
    asked: tuple[Aspect, ...] = ("configured", "permitted", "arriving")
    asked += ("protected",) if to == ARCHIVE else ()
    needs = tuple(Exists("VPCs", "vpcs-unlisted", aspect) for aspect in asked)
    hop = Hop(arn, "VPCs", account, region, needs, speaks=True)
    return Route(route_name(to, account, region, "*"), SOURCE, account, region, (hop,))


def _of_vpc(facts: Facts, logs: FlowLogs, whole: Point, to: str, *, intended: bool) -> Route:
    found = seen(points(facts, logs.options.capture, whole.account, whole.region, whole.id))
    captured = found if found is not None else (whole,)
    captures = tuple(_capturing(facts, logs, point, to) for point in captured)
    if not captures or found is None:
        captures = (_inside(whole), *captures)
    serving = {point: seen(chosen(facts, point, to)) for point in captured}
    if not captured:
        serving[whole] = evidence.none_of(whole)
    if to == ARCHIVE:
        hops = _archive(facts, captures, serving, MEANT if intended else DELIVERIES)
    else:
        into = _cloudwatch if to == CLOUDWATCH else _firehose
        hops = into(facts, logs, captures, serving)
    return Route(route_name(to, whole.account, whole.region, whole.id), SOURCE, whole.account,
                 whole.region, hops)  # fmt: skip


Serving = dict[Point, FlowLog | None]
"""The flow log of each capture point."""


def _inside(whole: Point) -> Hop:
    """A VPC whose subnets or interfaces are captured one by one, and that has none or is unseen."""
    needs = (Exists("what lies in the VPC", "vpcs-unlisted"),)
    return Hop(whole.arn, "VPC", whole.account, whole.region, needs)


def _capturing(facts: Facts, logs: FlowLogs, point: Point, to: str) -> Hop:
    """What is captured: by a flow log to this place, of all traffic, with every field wanted."""
    there = seen(chosen(facts, point, to)) is not None
    code = "flowlog-missing" if there else missing_code(facts, point, to)
    needs: tuple[Need, ...] = (
        Exists(f"flow log to {to}", code),
        Is(f"flowlog.traffic-to-{to}", logs.options.traffic, "filter-hides"),
        Is(f"flowlog.format-to-{to}", AS_WANTED, "flowlog-format"),
    )
    return Hop(point.arn, "captured network", point.account, point.region, needs, speaks=True)


def _of_bucket(facts: Facts, senders: tuple[Sender, ...], region: Region) -> tuple[Need, ...]:
    """What flow logs ask of the archive's bucket."""
    needs: list[Need] = [Is("flowlog.default-key", FIT, "flowlog-key-unfit", "permitted")]
    for each in _of_region(senders, region):
        needs += [requests.acl_check(facts, each), requests.write(facts, each)]
    return tuple(needs)


def _of_region(senders: tuple[Sender, ...], region: Region) -> Iterator[Sender]:
    return (who if who.region else msgspec.structs.replace(who, region=region) for who in senders)


def _of_key(
    facts: Facts, senders: tuple[Sender, ...], region: Region, named: Arn
) -> tuple[Need, ...]:
    """What they ask of the key that is its default."""
    if not (named and key.is_archives(facts, named)):
        return ()
    return tuple(
        need
        for each in _of_region(senders, region)
        for need in requests.to_default_key(facts, each, named)
    )


def _of_key_as_it_is(facts: Facts, senders: tuple[Sender, ...], region: Region) -> tuple[Need, ...]:
    return _of_key(facts, senders, region, requests.default_key_arn(facts))


def _of_key_as_meant(facts: Facts, senders: tuple[Sender, ...], region: Region) -> tuple[Need, ...]:
    """Where the archive's key is to be the default, its policy lets them in before it is."""
    is_asked = bool(facts.fleet.archive.encryption)
    named = key.arn(facts) if is_asked else requests.default_key_arn(facts)
    return _of_key(facts, senders, region, named)


def _is_seen(facts: Facts, who: Sender) -> bool:
    """Whether every Region of the account has listed its flow logs."""
    asked = (who.region,) if who.region else places(facts, who.account)
    return all(isinstance(flow_logs(facts, who.account, region), Seen) for region in asked)


_PLACES: Final = (requests.all_of, requests.root, requests.sample)
DELIVERIES: Final = Deliveries(_of_bucket, _of_key_as_it_is, *_PLACES, is_seen=_is_seen)
MEANT: Final = Deliveries(_of_bucket, _of_key_as_meant, *_PLACES, is_seen=_is_seen)


def _archive(
    facts: Facts, captures: tuple[Hop, ...], serving: Serving, by: Deliveries[Sender]
) -> tuple[Hop, ...]:
    start = facts.fleet.archive.prefix or ""
    folder = f"{start.rstrip('/')}/" if start else ""
    sent = {p: evidence.sender_of(p, log, folder) for p, log in serving.items()}
    senders = tuple(dict.fromkeys(sent.values()))
    kept = tuple(dict.fromkeys(Sender(s.account, "", s.folder, s.hive) for s in senders))
    files = (_files(facts, p, log, sent[p]) for p, log in serving.items())
    into = ToArchive(by, senders, senders[0].region, kept=kept)
    return way(facts, captures, into, (*_other_key(facts, senders), *files))


@remembered
def _other_key(facts: Facts, senders: tuple[Sender, ...]) -> tuple[Hop, ...]:
    """The bucket's default key, where that is not the archive's own."""
    named = requests.default_key_arn(facts)
    if not named or key.is_archives(facts, named):
        return ()
    region = named.split(":")[3]
    needs: tuple[Need, ...] = (
        Is("key.state", "Enabled", "key-disabled"),
        *(need for each in senders for need in requests.to_default_key(facts, each, named)),
    )
    return (Hop(named, "bucket's key", key.asker(facts, named), region, needs),)


def _files(facts: Facts, point: Point, log: FlowLog | None, sender: Sender) -> Hop:
    """The records in the archive: no error on the way, and fresh ones or none to come."""
    where = evidence.files(facts, sender, log) if log is not None else None
    needs: list[Need] = [*_needs_of(facts, point, log)]
    if log is not None and evidence.is_younger(facts, log):
        owner = facts.fleet.archive.account
        of = flow_log_arn(facts, point, log.flow_log_id)
        needs.append(Is("flowlog.pinned-owner", owner, "flowlog-pinned", "arriving", point.region,
                        of))  # fmt: skip
    needs.append(evidence.arrived(where, point, log))
    arn = f"{facts.fleet.bucket_arn}/{requests.folder_of(sender, point.region)}"
    return Hop(arn, "logs", point.account, point.region, tuple(needs))


def _needs_of(facts: Facts, point: Point, log: FlowLog | None) -> Iterator[Need]:
    """What the service itself says of its deliveries."""
    if log is not None and log != evidence.none_of(point):
        of = flow_log_arn(facts, point, log.flow_log_id)
        yield Is("flowlog.delivery", "", "flowlog-failed", "arriving", point.region, of)


def _cloudwatch(
    facts: Facts, logs: FlowLogs, captures: tuple[Hop, ...], serving: Serving
) -> tuple[Hop, ...]:
    passes: dict[str, Hop] = {}
    streams: list[Hop] = []
    for point, log in serving.items():
        arn, role = (
            group_of(facts, logs, point, CLOUDWATCH),
            role_of(facts, logs, point, CLOUDWATCH),
        )
        passes.setdefault(arn, _group_hop(facts, arn, point.region))
        for own in log_group_key.hops(facts, arn):
            passes.setdefault(f"{own.arn} {arn}", own)
        known = requests.named_by(facts, role, log.flow_log_id if log else "")
        where = evidence.streams(facts, point, log, arn) if log is not None else None
        if f"{role} {arn} {known}" not in passes:
            hop = _role_hop(facts, role, arn, point.region, known, where)
            passes[f"{role} {arn} {known}"] = hop
        needs = (*_needs_of(facts, point, log), evidence.arrived(where, point, log))
        streams.append(Hop(arn, "streams", point.account, point.region, needs))
    return way(facts, captures, Elsewhere(tuple(passes.values()), keeps=()), tuple(streams))


@remembered
def _group_hop(facts: Facts, arn: str, region: Region) -> Hop:
    """The log group, which the service would make with the first packet if it may (6.3.1)."""
    needs = (Exists("log group", "loggroup-missing"), *log_group_key.unseen(facts, arn))
    return Hop(arn, "log group", account_of(arn), region, needs)


@remembered
def _role_hop(
    facts: Facts, role: str, arn: str, region: Region, log: str, seen_by: Events | None
) -> Hop:
    """The role: there, trusted to flow logs, and let write into the group's streams (6.3.2)."""
    needs: tuple[Need, ...] = (
        Exists("role", "role-missing"),
        requests.assumes(facts, role, region, log),
        *requests.puts(facts, role, arn, "eni-0a1b2c3d4e5f60718-all", seen_by),
    )
    return Hop(role, "role", account_of(role), facts.fleet.home_region, needs)


def _firehose(
    facts: Facts, logs: FlowLogs, captures: tuple[Hop, ...], serving: Serving
) -> tuple[Hop, ...]:
    passes: dict[Hop, None] = {}
    records: list[Hop] = []
    for point, log in serving.items():
        passes.update(dict.fromkeys(to_firehose.passes(facts, logs, point)))
        stream = to_firehose.ends(facts, logs, point).stream
        needs = (*_needs_of(facts, point, log), to_firehose.arrived(point, log))
        records.append(Hop(stream, "records", point.account, point.region, needs))
    return way(facts, captures, Elsewhere(tuple(passes), keeps=()), tuple(records))
