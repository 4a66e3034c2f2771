"""What shows that a flow log's records come, and who can tell idle from silent (6.2.7, 6.2.8)."""

from __future__ import annotations

import datetime
from typing import Final

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import archives
from logkeep.archive.evidence import newest
from logkeep.route import Arrived, Events, Hop, Is, Layout, Objects, Rhythm
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Activity, Setting, not_ours
from logkeep.sources.vpc_flow.calls import INTERFACES
from logkeep.sources.vpc_flow.chosen import Point, point_of
from logkeep.sources.vpc_flow.described import (
    FAILED,
    FlowLog,
    Interface,
    flow_logs,
    interfaces,
)
from logkeep.sources.vpc_flow.requests import Sender, folder_of
from logkeep.value import Absent, Arn, Json, Look, Seen, Time, Unseen, arn_name

HOUR: Final = datetime.timedelta(hours=1)
RHYTHM: Final = Rhythm(
    # Files come every five minutes, best effort, the first after ten or more (rule 6.2.8).
    "log",
    every=datetime.timedelta(minutes=10),
    patience=HOUR,
    window=3 * HOUR,
)
EVENTS: Final = msgspec.structs.replace(RHYTHM, name="event")
NAME: Final = "%Y%m%dT%H%M"
WITNESS: Final = "network-interfaces"
SETTLE: Final = (
    "traffic at one of its interfaces, and another look after some minutes: the first file or "
    "stream comes with the first packet"
)


def layout(log: FlowLog) -> Layout:
    """How the keys of its files tell the time (rule 6.3.7)."""
    options = log.destination_options
    if options.hive_compatible_partitions:
        day, hour = "year=%Y/month=%m/day=%d/", "hour=%H/"
    else:
        day, hour = "%Y/%m/%d/", "%H/"
    folder = day + hour if options.per_hour_partition else day
    return Layout(folder, NAME, is_crowded=True)


def files(facts: Facts, sender: Sender, log: FlowLog) -> Objects:
    """The files of a flow log in the archive."""
    start = folder_of(sender, sender.region)
    stem = f"{sender.account}_vpcflowlogs_{sender.region}_{log.flow_log_id}_"
    return Objects(archives(facts), start, stem, layout(log), RHYTHM)


def none_of(point: Point) -> FlowLog:
    """Stands for the flow log of a VPC in which there is nothing to capture."""
    return FlowLog(point.id)


def used(facts: Facts, point: Point) -> Look[tuple[Interface, ...]]:
    """The interfaces in use of a capture point, the longest attached first."""
    look = interfaces(facts, point.account, point.region)

    def of_point(found: tuple[Interface, ...]) -> tuple[Interface, ...]:
        mine = (
            face
            for face in found
            if face.is_used and point.id in (face.vpc_id, face.subnet_id, face.network_interface_id)
        )
        return tuple(sorted(mine, key=_since))

    return map_look(look, of_point)


def _since(face: Interface) -> tuple[str, str]:
    at = face.attachment.attach_time if face.attachment else None
    return (at.isoformat() if at else "9"), face.network_interface_id


def streams(facts: Facts, point: Point, log: FlowLog, group: Arn) -> Events:
    """The stream of the interface that was attached first (rule 6.3.1).

    Where none is in use there is no such stream, and the witness tells that it is idle.
    """
    faces = seen(used(facts, point))
    first = faces[0].network_interface_id if faces else point.id
    return Events(group, f"{first}-{log.traffic_type.lower()}", EVENTS)


def arrived(where: Objects | Events | None, point: Point, log: FlowLog | None) -> Arrived:
    """That records came of late, or that there were none to come."""
    since = log.creation_time if log else None
    return Arrived(
        "flowlog-stale",
        where,
        since=since,
        region=point.region,
        of=point.arn,
        witness=WITNESS,
        settle=SETTLE,
    )


def at_work(facts: Facts, _hop: Hop, need: Arrived) -> Look[Activity | None]:
    """Whether an interface is in use of which records used to come.

    An idle one that is captured still brings NODATA (rules 6.2.7, 13.5); but its first file or
    stream comes with its first packet (rule 6.3.1), so that silence from the start says nothing.
    """
    point = point_of(facts, need.of)
    look = used(facts, point) if point else Unseen(INTERFACES, "names no capture point")
    if not isinstance(look, Seen):
        return look
    if not look.value:
        return Seen(None)
    last = newest(facts, need.logs) if need.logs is not None else None
    face = look.value[0]
    since = face.attachment.attach_time if face.attachment else None
    if isinstance(last, Seen) and since is not None:
        what = f"interface {face.network_interface_id} in use"
        return Seen(Activity(max(since, last.value.at), what, "DescribeNetworkInterfaces"))
    return Unseen(INTERFACES, f"{face.network_interface_id} is in use, and {SETTLE}")


WITNESSES: Final = {WITNESS: at_work}


def _flow_log(facts: Facts, hop: Hop, need: Is) -> Look[FlowLog]:
    """The flow log whose ARN a need names."""
    look = flow_logs(facts, hop.account, need.region)
    if not isinstance(look, Seen):
        return look
    name = arn_name(need.of)
    found = next((log for log in look.value if log.flow_log_id == name), None)
    return Seen(found) if found else Absent(f"ec2:DescribeFlowLogs in {hop.account}")


def _read_delivery(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """What AWS says stood in the way; the status alone tells, for it stays active (6.2.9)."""
    return map_look(_flow_log(facts, hop, need), _error)


def _error(log: FlowLog) -> Json:
    if log.deliver_logs_status != FAILED:
        return ""
    return log.deliver_logs_error_message or FAILED


class CreatedBucket(msgspec.Struct, frozen=True, rename="pascal"):
    """A bucket with the time it was made."""

    name: str
    creation_date: Time | None = None


class MadeAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:ListBuckets, for the times."""

    buckets: tuple[CreatedBucket, ...] = ()


def is_younger(facts: Facts, log: FlowLog) -> bool:
    """Whether the archive's bucket was made after a flow log that delivers to its name."""
    made = _made(facts)
    return made is not None and log.creation_time is not None and made > log.creation_time


def _made(facts: Facts) -> datetime.datetime | None:
    question = bucket.listing(facts, facts.fleet.archive.account)
    look = seen(facts.look(question, MadeAnswer))
    name = facts.fleet.archive.bucket
    found = (each.creation_date for each in (look.buckets if look else ()) if each.name == name)
    return next(found, None)


def _read_pinned(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """Whose bucket the service remembers: the one it delivered to first (rule 6.3.6)."""
    look = _flow_log(facts, hop, need)
    if not isinstance(look, Seen):
        return look
    sender = Sender(hop.account, need.region, look.value.folder, _is_hive(look.value))
    last, made = newest(facts, files(facts, sender, look.value)), _made(facts)
    if isinstance(last, Seen) and made is not None and last.value.at > made:
        return Seen(facts.fleet.archive.account)
    says = (
        "the bucket was made after the flow log, which delivers only to the account that owned "
        "the bucket first; a new file would show that it delivers, and a new flow log delivers"
    )
    return Unseen("s3:ListBuckets", says)


def _is_hive(log: FlowLog) -> bool:
    return log.destination_options.hive_compatible_partitions


def sender_of(point: Point, log: FlowLog | None, folder: str) -> Sender:
    """Who sends a point's records: into its flow log's folder, else into the archive's own."""
    if log is None:
        return Sender(point.account, point.region, folder)
    return Sender(point.account, point.region, log.folder, _is_hive(log))


SETTINGS: Final = {
    "flowlog.delivery": Setting(_read_delivery, not_ours),
    "flowlog.pinned-owner": Setting(_read_pinned, not_ours),
}
