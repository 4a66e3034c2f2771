"""How a flow log is looked for, made and spoilt, and what its calls do to later answers.

A flow log cannot be changed (rule 6.1.4): every wish makes a new one, and the old one goes once the
new one delivers (`retired`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from logkeep.access.default_encryption import default_encryption
from logkeep.access.key import FLEET_TAG
from logkeep.route import Exists, Hop, Is
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.change import made
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Effect, Fault, Setting, Thing, Write, not_ours
from logkeep.sources.vpc_flow.calls import CREATE, DELETE, FLOW_LOGS
from logkeep.sources.vpc_flow.chosen import (
    Point,
    chosen,
    form_of,
    goes,
    group_of,
    on,
    point_of,
    role_of,
    takes,
)
from logkeep.sources.vpc_flow.delivery_streams import EFFECTS as EFFECTS_OF_STREAMS
from logkeep.sources.vpc_flow.delivery_streams import SETTINGS as OF_STREAMS
from logkeep.sources.vpc_flow.delivery_streams import THINGS as THINGS_OF_STREAMS
from logkeep.sources.vpc_flow.described import (
    PARQUET,
    TEXT,
    TO_BUCKET,
    TO_GROUP,
    TO_STREAM,
    FlowLog,
    interfaces,
    listing,
    subnets,
    vpcs,
)
from logkeep.sources.vpc_flow.evidence import SETTINGS as OF_EVIDENCE
from logkeep.sources.vpc_flow.options import (
    ARCHIVE,
    CLOUDWATCH,
    FIREHOSE,
    FlowOptions,
    wanted_for,
)
from logkeep.sources.vpc_flow.requests import default_key_arn
from logkeep.sources.vpc_flow.to_firehose import SETTINGS as OF_FIREHOSE
from logkeep.sources.vpc_flow.to_firehose import ends
from logkeep.value import Absent, AccountId, Arn, Json, Look, Region, Seen, Unseen

PLACES: Final = (ARCHIVE, CLOUDWATCH, FIREHOSE)


def flow_log_arn(facts: Facts, point: Point, id_: str) -> Arn:
    """The ARN of a flow log of a capture point."""
    place = f"{point.region}:{point.account}"
    return f"arn:{facts.fleet.partition}:ec2:{place}:vpc-flow-log/{id_}"


def _options(facts: Facts, account: AccountId, to: str) -> FlowOptions:
    logs = wanted_for(facts.fleet, account, to)
    return logs.options if logs else FlowOptions()


def _chosen(facts: Facts, hop: Hop, to: str) -> Look[FlowLog]:
    point = point_of(facts, hop.arn)
    if point is None:
        return Unseen(FLOW_LOGS, f"`{hop.arn}` is no capture point")
    look = chosen(facts, point, to)
    if not isinstance(look, Seen):
        return look
    none = Absent(listing(hop.account, hop.region, FLOW_LOGS).says())
    return Seen(look.value) if look.value else none


def _creation(facts: Facts, point: Point, to: str, traffic: str) -> Write:
    """The call that makes a flow log as the fleet wants it."""
    options = _options(facts, point.account, to)
    name = f"flow-log-{point.id}-{to}"
    tags = [{"Key": FLEET_TAG, "Value": facts.fleet.name}]
    arguments: dict[str, Json] = {
        "ResourceType": point.kind,
        "ResourceIds": [point.id],
        "TrafficType": traffic,
        "LogFormat": " ".join(f"${{{field}}}" for field in options.fields),
        "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": tags}],
        **_destination(facts, point, to, options),
    }
    arn = flow_log_arn(facts, point, made(name))
    return Write(arn, point.account, point.region, CREATE, arguments, makes=name)


def _destination(facts: Facts, point: Point, to: str, options: FlowOptions) -> dict[str, Json]:
    if to == ARCHIVE:
        start = facts.fleet.archive.prefix or ""
        into = f"{facts.fleet.bucket_arn}/{start.rstrip('/')}/" if start else facts.fleet.bucket_arn
        layout = {
            "FileFormat": PARQUET if options.parquet else TEXT,
            "HiveCompatiblePartitions": False,
            "PerHourPartition": False,
        }
        return {
            "LogDestinationType": TO_BUCKET,
            "LogDestination": into,
            "DestinationOptions": layout,
        }
    logs = wanted_for(facts.fleet, point.account, to)
    assert logs is not None  # only what the fleet wants is made
    if to == FIREHOSE:
        there = ends(facts, logs, point)
        roles: dict[str, Json] = {
            "DeliverLogsPermissionArn": there.source_role,
            "DeliverCrossAccountRole": there.stream_role,
        }
        return {
            "LogDestinationType": TO_STREAM,
            "LogDestination": there.stream,
            **(roles if there.source_role else {}),
        }
    return {
        "LogDestinationType": TO_GROUP,
        "LogDestination": group_of(facts, logs, point, to),
        "DeliverLogsPermissionArn": role_of(facts, logs, point, to),
    }


def deletion(facts: Facts, point: Point, log: FlowLog) -> Write:
    """The call that removes a flow log."""
    named: dict[str, Json] = {"FlowLogIds": [log.flow_log_id]}
    arn = flow_log_arn(facts, point, log.flow_log_id)
    return Write(arn, point.account, point.region, DELETE, named)


def _make(facts: Facts, hop: Hop, to: str) -> tuple[Write, ...]:
    point = point_of(facts, hop.arn)
    if point is None or wanted_for(facts.fleet, hop.account, to) is None:
        return ()
    return (_creation(facts, point, to, _options(facts, hop.account, to).traffic),)


def _all_deletions(facts: Facts, point: Point, to: str) -> Iterator[Write]:
    """The removal of every flow log that brings a point's records to a place."""
    options = _options(facts, point.account, to)
    for log in seen(on(facts, point)) or ():
        if goes(facts, log, options, to):
            yield deletion(facts, point, log)


def _gone(to: str) -> Callable[[Facts, Hop, Exists], Iterator[Fault]]:
    def spoil(facts: Facts, hop: Hop, _need: Exists) -> Iterator[Fault]:
        """The flow log is deleted; another one below it, or to elsewhere, is no substitute."""
        point = point_of(facts, hop.arn)
        if point is None:
            return
        away = tuple(_all_deletions(facts, point, to))
        yield Fault("flowlog-missing", "the flow log is deleted", away)
        faces = seen(interfaces(facts, point.account, point.region)) or ()
        below = next((f for f in faces if f.vpc_id == point.id), None)
        if below is not None:
            arn = hop.arn.partition(":vpc/")[0]
            low = point_of(facts, f"{arn}:network-interface/{below.network_interface_id}")
            assert low is not None
            narrow = _creation(facts, low, to, "ALL")
            yield Fault("capture-too-narrow", "only one interface is captured", (*away, narrow))

    return spoil


def _refiltered(to: str) -> Callable[[Facts, Hop, Is], Iterator[Fault]]:
    def spoil(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
        """Somebody makes the flow log anew, with a filter."""
        point = point_of(facts, hop.arn)
        if point is None:
            return
        away = tuple(_all_deletions(facts, point, to))
        other = "REJECT" if need.value != "REJECT" else "ACCEPT"
        yield Fault(need.code, f"{other} alone is recorded", (*away, _creation(
            facts, point, to, other)))  # fmt: skip

    return spoil


def _short_format(to: str) -> Callable[[Facts, Hop, Is], Iterator[Fault]]:
    def spoil(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
        """Somebody makes the flow log anew, with fewer fields."""
        point = point_of(facts, hop.arn)
        if point is None:
            return
        away = tuple(_all_deletions(facts, point, to))
        traffic = _options(facts, hop.account, to).traffic
        write = _creation(facts, point, to, traffic)
        cut = {**write.arguments, "LogFormat": "${interface-id}"}
        yield Fault(need.code, "the records tell the interface alone", (
            *away, msgspec.structs.replace(write, arguments=cut)))  # fmt: skip

    return spoil


def _of(to: str) -> tuple[dict[str, Setting], dict[str, Thing]]:
    """What is read and made of flow logs to one place."""

    def find(facts: Facts, hop: Hop) -> Look[Json]:
        return map_look(_chosen(facts, hop, to), lambda log: log.flow_log_id)

    def make(facts: Facts, hop: Hop) -> tuple[Write, ...]:
        return _make(facts, hop, to)

    def anew(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
        return _make(facts, hop, to)

    def read_traffic(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
        wanted = _options(facts, hop.account, to).traffic
        return map_look(
            _chosen(facts, hop, to), lambda log: wanted if takes(log, wanted) else log.traffic_type
        )

    def read_format(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
        options = _options(facts, hop.account, to)
        return map_look(_chosen(facts, hop, to), lambda log: form_of(log, options))

    settings = {
        f"flowlog.traffic-to-{to}": Setting(read_traffic, anew, spoil=_refiltered(to)),
        f"flowlog.format-to-{to}": Setting(read_format, anew, spoil=_short_format(to)),
    }
    return settings, {f"flow log to {to}": Thing(find, make, _gone(to))}


BY_PLACE: Final = {to: _of(to) for to in PLACES}


def _read_default_key(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    """How the archive's default encryption names its key (rules 6.3.4, 6.3.5)."""
    found = seen(default_encryption(facts))
    call = "s3:GetBucketEncryption"
    if found is None:
        return Unseen(call, "the default encryption could not be seen")
    if not found.under_kms or default_key_arn(facts):
        return Seen(FIT)
    if found.key:
        return Seen(f"the key id {found.key}")
    return Unseen(call, "the default is the key aws/s3, of which AWS's guide says nothing here")


FIT: Final = "no key, or one by its ARN"


def _find_vpcs(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(vpcs(facts, hop.account, hop.region), list)


def _find_subnets(facts: Facts, hop: Hop) -> Look[Json]:
    looks = (subnets, interfaces)
    found = [look(facts, hop.account, hop.region) for look in looks]
    missing = next((look for look in found if not isinstance(look, Seen)), None)
    return Seen([]) if missing is None else map_look(missing, lambda _: [])


SETTINGS: dict[str, Setting] = {
    **OF_EVIDENCE,
    **OF_FIREHOSE,
    **OF_STREAMS,
    **{name: each for settings, _ in BY_PLACE.values() for name, each in settings.items()},
    "flowlog.default-key": Setting(_read_default_key, not_ours),
}
THINGS: dict[str, Thing] = {
    **THINGS_OF_STREAMS,
    **{name: each for _, things in BY_PLACE.values() for name, each in things.items()},
    "VPCs": Thing(_find_vpcs, not_ours),
    "what lies in the VPC": Thing(_find_subnets, not_ours),
}


def _listed(facts: Facts, account: AccountId, region: Region) -> list[Json] | None:
    question = listing(account, region, FLOW_LOGS)
    found = seen(facts.look(question, dict[str, Json]))
    return None if found is None else list(found.get("FlowLogs") or [])


def _created(facts: Facts, write: Write) -> dict[Ask, Reply]:
    before = _listed(facts, write.account, write.region)
    if before is None:
        return {}
    given = write.arguments
    named = ("TrafficType", "LogFormat", "LogDestinationType", "LogDestination",
             "DestinationOptions", "DeliverLogsPermissionArn",
             "DeliverCrossAccountRole")  # fmt: skip
    row: dict[str, Json] = {
        "FlowLogId": write.address.rsplit("/", 1)[-1],
        "ResourceId": given["ResourceIds"][0],
        "FlowLogStatus": "ACTIVE",
        **{name: given[name] for name in named if name in given},
        "Tags": given["TagSpecifications"][0]["Tags"],
    }
    if given["LogDestinationType"] == TO_GROUP:
        row["LogGroupName"] = str(given["LogDestination"]).partition(":log-group:")[2]
    question = listing(write.account, write.region, FLOW_LOGS)
    return {question: reply({"FlowLogs": [*before, row]})}


def _deleted(facts: Facts, write: Write) -> dict[Ask, Reply]:
    before = _listed(facts, write.account, write.region)
    if before is None:
        return {}
    gone = write.arguments["FlowLogIds"]
    kept = [row for row in before if row["FlowLogId"] not in gone]
    question = listing(write.account, write.region, FLOW_LOGS)
    return {question: reply({"FlowLogs": kept})}


EFFECTS: dict[str, Effect] = {CREATE: _created, DELETE: _deleted, **EFFECTS_OF_STREAMS}
