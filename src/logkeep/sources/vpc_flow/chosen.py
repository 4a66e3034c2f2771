"""Which flow log brings the records of a VPC, a subnet or an interface to a place?"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.access.log_group import group_arn
from logkeep.network.fields import Wrong, read_format
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.sources.vpc_flow.delivery_streams import name_of
from logkeep.sources.vpc_flow.described import (
    FAILED,
    PARQUET,
    FlowLog,
    flow_logs,
    interfaces,
    subnets,
)
from logkeep.sources.vpc_flow.options import (
    ARCHIVE,
    FIREHOSE,
    FlowLogs,
    FlowOptions,
    entries,
    wanted_for,
)
from logkeep.value import AccountId, Arn, Look, Region, Seen, account_of, parse_arn

CaptureKind: TypeAlias = Literal["VPC", "Subnet", "NetworkInterface"]
"""What a flow log captures, as ec2:CreateFlowLogs names it."""
KINDS: Final[dict[str, tuple[CaptureKind, str]]] = {
    "vpc": ("VPC", "vpc"),
    "subnet": ("Subnet", "subnet"),
    "interface": ("NetworkInterface", "network-interface"),
}
"""Each capture point of the fleet file, as AWS's call and as its ARNs name it."""
BY_ARN: Final = {resource: kind for kind, resource in KINDS.values()}
DEFAULT_GROUP: Final = "/logkeep/vpc-flow"
DEFAULT_ROLE: Final = "LogkeepFlowLogs"


class Point(msgspec.Struct, frozen=True):
    """What is captured, and in what it lies: a flow log of those takes it too (rule 6.1.1)."""

    arn: Arn
    kind: CaptureKind
    id: str
    account: AccountId
    region: Region
    vpc: str
    within: tuple[str, ...] = ()

    @property
    def captured_by(self) -> tuple[str, ...]:
        """The resources whose flow logs take it."""
        return (self.id, *self.within)


def _point(
    facts: Facts, place: tuple[AccountId, Region], capture: str, id_: str, within: tuple[str, ...]
) -> Point:
    account, region = place
    kind, resource = KINDS[capture]
    arn = f"arn:{facts.fleet.partition}:ec2:{region}:{account}:{resource}/{id_}"
    return Point(arn, kind, id_, account, region, within[0] if within else id_, within)


def vpc_point(facts: Facts, account: AccountId, region: Region, vpc: str) -> Point:
    """A VPC as a whole."""
    return _point(facts, (account, region), "vpc", vpc, ())


@remembered
def points(
    facts: Facts, capture: str, account: AccountId, region: Region, vpc: str
) -> Look[tuple[Point, ...]]:
    """What is to be captured of a VPC: itself, its subnets, or its interfaces in use."""
    place = (account, region)
    match capture:
        case "subnet":
            return map_look(
                subnets(facts, account, region),
                lambda found: tuple(
                    _point(facts, place, capture, s.subnet_id, (vpc,))
                    for s in found
                    if s.vpc_id == vpc
                ),
            )
        case "interface":
            return map_look(
                interfaces(facts, account, region),
                lambda found: tuple(
                    _point(facts, place, capture, i.network_interface_id, (vpc, i.subnet_id))
                    for i in found
                    if i.vpc_id == vpc and i.is_used
                ),
            )
        case _:
            return Seen((vpc_point(facts, account, region, vpc),))


def point_of(facts: Facts, arn: Arn) -> Point | None:
    """The capture point of an ARN."""
    parts = parse_arn(arn)
    if parts is None:
        return None
    resource, _, id_ = parts.resource.partition("/")
    capture = next(name for name, (_, named) in KINDS.items() if named == resource)
    place = (parts.account, parts.region)
    return _point(facts, place, capture, id_, _within(facts, place, id_))


def _within(facts: Facts, place: tuple[AccountId, Region], id_: str) -> tuple[str, ...]:
    if id_.startswith("eni-"):
        found = seen(interfaces(facts, *place)) or ()
        face = next((i for i in found if i.network_interface_id == id_), None)
        return (face.vpc_id, face.subnet_id) if face else ()
    if id_.startswith("subnet-"):
        listed = seen(subnets(facts, *place)) or ()
        subnet = next((s for s in listed if s.subnet_id == id_), None)
        return (subnet.vpc_id,) if subnet else ()
    return ()


def goes(facts: Facts, log: FlowLog, options: FlowOptions, to: str) -> bool:
    """Whether a flow log delivers to the place that is meant."""
    if to == ARCHIVE:
        return log.bucket_arn == facts.fleet.bucket_arn
    if to == FIREHOSE:
        return _is_stream(facts, log, options)
    return bool(log.group) and options.log_group in ("", log.group)


def _is_stream(facts: Facts, log: FlowLog, options: FlowOptions) -> bool:
    """Whether it delivers to the stream of that name, of another account only by its role."""
    if not log.stream or name_of(log.stream) != options.stream:
        return False
    named = options.stream_account
    owner = facts.fleet.accounts.get(named, named)
    return account_of(log.stream) == owner if owner else not log.deliver_cross_account_role


def takes(log: FlowLog, traffic: str) -> bool:
    """Whether it records all the traffic that is wanted."""
    return log.traffic_type in ("ALL", traffic)


def fields_of(log: FlowLog) -> tuple[str, ...]:
    """The fields of its records, in their order (rule 13.5)."""
    read = read_format(log.log_format)
    return () if isinstance(read, Wrong) else read.fields


def tells(log: FlowLog, options: FlowOptions) -> bool:
    """Whether its records have every field that is wanted, in the wanted form of file."""
    parquet = log.destination_options.file_format == PARQUET
    if options.parquet and log.is_to_bucket and not parquet:
        return False
    return set(options.fields) <= set(fields_of(log))


def form_of(log: FlowLog, options: FlowOptions) -> str:
    """The form of its records, for a comparison: `as wanted`, or what it lacks."""
    if tells(log, options):
        return AS_WANTED
    lacking = [name for name in options.fields if name not in fields_of(log)]
    return f"without {', '.join(lacking)}" if lacking else "text files"


AS_WANTED: Final = "as wanted"


@remembered
def _by_resource(
    facts: Facts, account: AccountId, region: Region
) -> Look[dict[str, list[FlowLog]]]:
    def sorted_in(found: tuple[FlowLog, ...]) -> dict[str, list[FlowLog]]:
        by: dict[str, list[FlowLog]] = {}
        for log in found:
            if log.is_active:
                by.setdefault(log.resource_id, []).append(log)
        return by

    return map_look(flow_logs(facts, account, region), sorted_in)


def on(facts: Facts, point: Point) -> Look[list[FlowLog]]:
    """Every active flow log that takes a capture point, wherever it delivers."""
    look = _by_resource(facts, point.account, point.region)
    return map_look(look, lambda by: [log for id_ in point.captured_by for log in by.get(id_, ())])


@remembered
def chosen(facts: Facts, point: Point, to: str) -> Look[FlowLog | None]:
    """The flow log that brings a point's records to a place: the one that fits best."""
    logs = wanted_for(facts.fleet, point.account, to)
    options = logs.options if logs else FlowOptions()

    def best(found: list[FlowLog]) -> FlowLog | None:
        fit = [log for log in found if goes(facts, log, options, to)]
        return min(fit, key=lambda log: _rank(log, options), default=None)

    return map_look(on(facts, point), best)


def lacks(facts: Facts, point: Point, to: str) -> bool:
    """Whether a new flow log has to bring a point's records to a place: none fits as it is."""
    logs, found = wanted_for(facts.fleet, point.account, to), chosen(facts, point, to)
    if logs is None or not isinstance(found, Seen):
        return False
    log, options = found.value, logs.options
    return log is None or not takes(log, options.traffic) or not tells(log, options)


def _rank(log: FlowLog, options: FlowOptions) -> tuple[bool, bool, bool, str]:
    wrong = not takes(log, options.traffic), not tells(log, options)
    return *wrong, log.deliver_logs_status == FAILED, log.flow_log_id


def group_of(facts: Facts, logs: FlowLogs, point: Point, to: str) -> Arn:
    """The log group that takes a point's records: the one asked for, in use, or of our name."""
    found = seen(chosen(facts, point, to))
    name = logs.options.log_group or (found.group if found else "") or DEFAULT_GROUP
    return group_arn(facts.fleet.partition, point.region, point.account, name)


def group_of_log(facts: Facts, account: AccountId, region: Region, log: FlowLog) -> Arn:
    """The log group that a flow log of an account delivers to, which is its own (rule 6.3.1)."""
    return group_arn(facts.fleet.partition, region, account, log.group)


def role_of(facts: Facts, logs: FlowLogs, point: Point, to: str) -> Arn:
    """The role by which they are put there: the one asked for, in use, or of our name."""
    found = seen(chosen(facts, point, to))
    if not logs.options.log_role and found is not None and found.deliver_logs_permission_arn:
        return found.deliver_logs_permission_arn
    name = logs.options.log_role or DEFAULT_ROLE
    return f"arn:{facts.fleet.partition}:iam::{point.account}:role/{name}"


def missing_code(facts: Facts, point: Point, to: str) -> str:
    """Which of three faults it is where no flow log brings a point's records to a place."""
    if any(not _serves(facts, log, point.account) for log in seen(on(facts, point)) or ()):
        return "flowlog-elsewhere"
    logs = wanted_for(facts.fleet, point.account, to)
    options = logs.options if logs else FlowOptions()
    fit = any(goes(facts, log, options, to) for log in _below(facts, point))
    return "capture-too-narrow" if fit else "flowlog-missing"


def _serves(facts: Facts, log: FlowLog, account: AccountId) -> bool:
    """Whether a flow log goes to some place that the fleet wants the account's records in."""
    own = (e.options for e in entries(facts.fleet) if account in e.accounts)
    return any(goes(facts, log, options, to) for options in own for to in options.to)


def _below(facts: Facts, point: Point) -> list[FlowLog]:
    """The flow logs of what lies in a point, which take no sibling's traffic (rule 6.1.1)."""
    by = seen(_by_resource(facts, point.account, point.region)) or {}
    inside = seen(interfaces(facts, point.account, point.region)) or ()
    if point.kind == "NetworkInterface":
        return []
    ids = {
        id_
        for each in inside
        if point.id in (each.vpc_id, each.subnet_id)
        for id_ in (each.subnet_id, each.network_interface_id)
    } - {point.id}
    return [log for id_ in sorted(ids) for log in by.get(id_, ())]
