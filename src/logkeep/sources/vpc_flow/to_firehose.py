"""The way of flow logs into a Firehose stream, of the same account or of another (rule 6.3.8).

Firehose has no resource policies: the service comes by its own role. Into another account it
switches into a role of the source, and from that into one of the stream's account (Amazon VPC
User Guide, "IAM roles for cross account delivery").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access.assume_role import switch_of
from logkeep.access.service_requests import as_role, becomes, call_for, unsaid
from logkeep.policy import Request
from logkeep.route import Allows, Arrived, Exists, Grant, Hop, Is, Need, Status
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.snapshot.setting import Setting, not_ours
from logkeep.sources.vpc_flow import evidence
from logkeep.sources.vpc_flow.chosen import Point, chosen, point_of
from logkeep.sources.vpc_flow.delivery_streams import (
    FIT,
    LINKED,
    MAKE_LINKED,
    SERVICE,
    STREAM,
    TAG,
    linked_role,
    stream_arn,
)
from logkeep.sources.vpc_flow.described import FAILED, FlowLog
from logkeep.sources.vpc_flow.options import FIREHOSE, FlowLogs
from logkeep.value import Arn, Json, Look, Seen, account_of, parse_arn

SENDS: Final = "LogkeepFlowLogsToFirehose"
"""The role of a source account, where somebody else's is not in use already."""
TAKES: Final = "AWSLogDeliveryFirehoseCrossAccountRoleLogkeep"
"""The role of the stream's account, whose name has to begin so."""
OF_DELIVERIES: Final = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
)
SETTLE: Final = (
    "look at the stream's metric IncomingRecords (CloudWatch, AWS/Firehose) or at where it leads: "
    "Logkeep reads neither"
)
IDLE: Final = "no interface is in use"


class Ends(msgspec.Struct, frozen=True):
    """A stream, and the two roles by which it is reached from another account."""

    stream: Arn
    source_role: Arn = ""
    stream_role: Arn = ""


@remembered
def ends(facts: Facts, logs: FlowLogs, point: Point) -> Ends:
    """Where a point's records go, and by which roles: those in use, or of our names."""
    named = logs.options.stream_account
    owner = facts.fleet.accounts.get(named, named) or point.account
    stream = stream_arn(facts.fleet.partition, owner, point.region, logs.options.stream)
    if owner == point.account:
        return Ends(stream)
    found = seen(chosen(facts, point, FIREHOSE))
    role = f"arn:{facts.fleet.partition}:iam::"
    sends = found.deliver_logs_permission_arn if found else ""
    takes = found.deliver_cross_account_role if found else ""
    own, there = f"{role}{point.account}:role/{SENDS}", f"{role}{owner}:role/{TAKES}"
    return Ends(stream, sends or own, takes or there)


def passes(facts: Facts, logs: FlowLogs, point: Point) -> Iterator[Hop]:
    """What the records pass: the roles, the service's own role, and the stream."""
    way = ends(facts, logs, point)
    if way.source_role:
        yield _source_role(facts, way)
        yield _stream_role(facts, way)
    yield _linked(facts, account_of(way.stream))
    yield _stream(facts, way.stream)


@remembered
def _linked(facts: Facts, account: str) -> Hop:
    needs = (Exists(LINKED, "delivery-role-missing", "permitted"),)
    return Hop(
        linked_role(facts, account), "delivery role", account, facts.fleet.home_region, needs
    )


@remembered
def _stream(facts: Facts, arn: Arn) -> Hop:
    del facts
    parts = parse_arn(arn)
    needs: tuple[Need, ...] = (
        Exists(STREAM, "stream-missing"),
        Is("firehose.fit", FIT, "stream-unfit"),
        Is("firehose.mark", "true", "stream-unmarked", "permitted"),
    )
    return Hop(arn, "stream", account_of(arn), parts.region if parts else "", needs)


@remembered
def _source_role(facts: Facts, way: Ends) -> Hop:
    role, owner = way.source_role, account_of(way.source_role)
    trusts = Grant("LogkeepLogDeliveryAssumes", SERVICE, (ASSUME,), role, role, owner)
    delivers = Grant("LogkeepLogDelivery", role, OF_DELIVERIES, "*", "*", owner)
    passes_on = Grant("LogkeepPass", role, (PASS,), role, role, owner, fixed=(
        ("StringEquals", "iam:PassedToService", SERVICE),))  # fmt: skip
    enters = Grant("LogkeepEnter", role, (ASSUME,), way.stream_role, way.stream_role, owner)
    needs: tuple[Need, ...] = (
        Exists("role", "stream-role-missing"),
        Allows(_becomes(facts, role), "the switch into the role", trusts, code=TRUST),
        _by(facts, role, OF_DELIVERIES[0], "*", delivers),
        _by(facts, role, PASS, role, passes_on),
        Allows(
            switch_of(facts, role, way.stream_role),
            "the switch into the role of the stream's account",
            enters,
            code=REFUSES,
            policy_of=role,
            parted=True,
        ),
    )
    return Hop(role, "source role", owner, facts.fleet.home_region, needs)


ASSUME: Final = "sts:AssumeRole"
PASS: Final = "iam:PassRole"
TRUST: Final = "stream-role-trust"
REFUSES: Final = "stream-role-refuses"


@remembered
def _stream_role(facts: Facts, way: Ends) -> Hop:
    role, owner = way.stream_role, account_of(way.stream_role)
    sid = f"LogkeepFlowLogsOf{account_of(way.source_role)}"
    trusts = Grant(sid, way.source_role, (ASSUME,), role, role, owner)
    linked = linked_role(facts, owner)
    marks = Grant("LogkeepMarkStream", role, (TAG,), way.stream, way.stream, owner)
    makes = Grant("LogkeepMakeLinked", role, (MAKE_LINKED,), linked, linked, owner)
    needs: tuple[Need, ...] = (
        Exists("role", "stream-role-missing"),
        Allows(
            switch_of(facts, way.source_role, role),
            "the switch into the role",
            trusts,
            code=TRUST,
            parted=True,
        ),
        _by(facts, role, MAKE_LINKED, linked, makes),
        _by(facts, role, TAG, way.stream, marks),
    )
    return Hop(role, "role of the stream's account", owner, facts.fleet.home_region, needs)


def _becomes(facts: Facts, role: Arn) -> Request:
    """The service becomes the role; for whom it then speaks its guide does not say."""
    return becomes(facts, unsaid(call_for(facts, SERVICE, account_of(role))), role)


def _by(facts: Facts, role: Arn, action: str, resource: Arn, grant: Grant) -> Allows:
    """A call that a role has to be let make, of the kind that AWS's own sample grants it."""
    known = {
        PASS: {"iam:PassedToService": SERVICE},
        MAKE_LINKED: {"iam:AWSServiceName": SERVICE},
    }
    asked = as_role(facts, role, action, resource, known.get(action))
    return Allows(asked, SENT[action], grant, code=REFUSES, policy_of=role)


SENT: Final = {
    OF_DELIVERIES[0]: "the making of a delivery",
    PASS: "the handing on of the role",
    MAKE_LINKED: "the making of the service's own role",
    TAG: "the mark on the stream",
}


def arrived(point: Point, log: FlowLog | None) -> Arrived:
    """That records come: the service's word alone, which never suffices, or that none are due."""
    status = Status("flowlog.into-stream", (IDLE,), (FAILED,), suffices=True)
    since = log.creation_time if log else None
    return Arrived("flowlog-stale", None, status=status, since=since, region=point.region,
                   of=point.arn, settle=SETTLE)  # fmt: skip


def _read_arrival(facts: Facts, _hop: Hop, need: Is) -> Look[Json]:
    """What DeliverLogsStatus says of the flow log of a point in which interfaces are in use."""
    point = point_of(facts, need.of)
    assert point is not None  # the need names the point of its own route
    faces = evidence.used(facts, point)
    if not isinstance(faces, Seen):
        return faces
    if not faces.value:
        return Seen(IDLE)
    log = seen(chosen(facts, point, FIREHOSE))
    return Seen(log.deliver_logs_status if log else "no flow log")


SETTINGS: Final = {"flowlog.into-stream": Setting(_read_arrival, not_ours)}
