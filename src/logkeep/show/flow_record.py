"""A flow-log record, as a person reads it: what it says happened, and what today's rules say."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import msgspec

from logkeep.network import protocols
from logkeep.network.fields import Wrong
from logkeep.network.records import Header, Oddity, Record, RecordLine
from logkeep.network.today import FilterVerdict, Today
from logkeep.show.paint import Paint
from logkeep.show.ping_words import doubt_words, kind_words, rule_words, stop_words
from logkeep.value import Json
from logkeep.words.plain import clean, count

ODDITIES: dict[Oddity, str] = {
    "no-data": "NODATA: the interface had no traffic in this time; nothing is missing",
    "skipped-data": "SKIPDATA: AWS lost records of this time, so what happened then is not known",
    "ipv6": "the addresses are of IPv6, which other rules cover than those of IPv4",
    "double-space": "fields are parted by more than one space, as in AWS's own guide",
    "version-disagrees": "the version it shows is not that of its columns: the columns count",
    "milliseconds": "its times are not in seconds, as flow logs write them",
    "says-both": "it has an action although its status says that no packet is told of: flow logs"
    " write no such record",
    "ends-first": "it ends before it starts: flow logs write no such record",
}
TRANSIT = "it is of a transit gateway, which refuses nothing: it counts what it lost"
OTHER_ENDS = (
    "the interface hands on or translates what is not its own, or it is a secondary address of it"
)
LET_BY = "the security groups and the network ACL let it by; whether it was answered is not said"
REFUSED = (
    "a security group or a network ACL refused it, or it came after its connection was closed:"
    " the record does not say which"
)
GONE = "the interface is not in the network: it is gone, or in an account that was not collected"
REASONS = {"BPA": "VPC Block Public Access refused it"}
FLAGS = ((1, "FIN"), (2, "SYN"), (4, "RST"), (16, "ACK"))


class Explained(msgspec.Struct, frozen=True):
    """A line, what it is, and today's answer where a network is given."""

    line: str
    read: RecordLine
    repeated: bool = False
    gone: bool = False
    today: Today | None = None


def explained_text(found: Explained, paint: Paint) -> str:
    """One line explained."""
    read = found.read
    match read:
        case Wrong():
            head = f"{paint.dye('unreadable', 'red')}: {clean(read.says, 500)}"
            return paint.page([head, *(paint.wrap("hint", read.hint) if read.hint else [])])
        case Header():
            which = "a header again" if found.repeated else "a header"
            names = f"{count(len(read.format.fields), 'field')} of version {read.format.version}"
            return paint.page([f"{which}: it names the {names} of the records after it"])
        case Record():
            lines = [_head(read, paint)]
            for says in _facts(read):
                lines += paint.wrap("", says, column=2)
            lines += _today_lines(found, paint)
            return paint.page(lines)


def _head(record: Record, paint: Paint) -> str:
    return f"{paint.dye(_title(record), 'bold')}: {happened(record)}"


def _title(record: Record) -> str:
    if record.status != "OK":
        return record.status
    return record.text("action") or "recorded"


def happened(record: Record) -> str:
    """What a record says happened, and no more than that."""
    where = clean(record.text("interface-id") or record.text("tgw-attachment-id") or "an interface")
    if record.status == "NODATA":
        return f"no traffic at {where}{_when(record)}"
    if record.status == "SKIPDATA":
        return f"records of {where} are missing{_when(record)}"
    return f"{_packets(record)} at {where}{_way(record)}{_ends(record)}{_when(record)}"


def _packets(record: Record) -> str:
    protocol = record.number("protocol")
    name = protocols.name(protocol) if protocol is not None else "traffic"
    packets = record.number("packets")
    if packets is None:
        return name
    size = record.number("bytes")
    bytes_ = f" ({count(size, 'byte')})" if size is not None else ""
    return f"{count(packets, 'packet')} of {name}{bytes_}"


def _way(record: Record) -> str:
    way = record.text("flow-direction")
    return {"ingress": ", coming in,", "egress": ", going out,"}.get(way, "")


def _ends(record: Record) -> str:
    src, dst = record.text("srcaddr"), record.text("dstaddr")
    if not src and not dst:
        return ""
    has_ports = record.number("protocol") in (protocols.TCP, protocols.UDP)
    ports = [record.text(name) if has_ports else "" for name in ("srcport", "dstport")]
    both = zip((src, dst), ports, strict=True)
    ends = [f"{end or 'unknown'}{f' port {port}' if port else ''}" for end, port in both]
    return f" from {ends[0]} to {ends[1]}"


def _when(record: Record) -> str:
    start, end = record.number("start"), record.number("end")
    if start is None or end is None or "milliseconds" in record.oddities:
        return ""
    return f", {_time(start)} to {_time(end)}"


def _time(seconds: int) -> str:
    try:
        found = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return str(seconds)
    return f"{found:%Y-%m-%d %H:%M:%S}Z"


def _facts(record: Record) -> Iterator[str]:
    """What follows from a record's fields, and what is odd about it."""
    yield from _action_facts(record)
    pkt_src, pkt_dst = record.text("pkt-srcaddr"), record.text("pkt-dstaddr")
    src, dst = record.text("srcaddr"), record.text("dstaddr")
    if (pkt_src and pkt_src != src) or (pkt_dst and pkt_dst != dst):
        yield f"the packet itself was from {pkt_src or src} to {pkt_dst or dst}: {OTHER_ENDS}"
    flags = record.number("tcp-flags")
    if flags:
        named = [name for bit, name in FLAGS if flags & bit]
        yield f"TCP flags seen in this time: {', '.join(named) or flags}"
    if record.text("tgw-id") or record.text("tgw-attachment-id"):
        yield TRANSIT
        yield from _losses(record)
    for oddity in record.oddities:
        yield ODDITIES[oddity]


def _losses(record: Record) -> Iterator[str]:
    for name in ("no-route", "blackhole", "mtu-exceeded", "ttl-expired"):
        lost = record.number(f"packets-lost-{name}")
        if lost:
            yield f"{count(lost, 'packet')} lost: {name.replace('-', ' ')}"


def _action_facts(record: Record) -> Iterator[str]:
    action = record.text("action")
    if action == "ACCEPT":
        yield LET_BY
    if action == "REJECT":
        why = REASONS.get(record.text("reject-reason"))
        yield why or REFUSED


def _today_lines(found: Explained, paint: Paint) -> Iterator[str]:
    if found.gone:
        yield from paint.wrap("today", GONE)
    today = found.today
    if today is None:
        return
    if today.direction is None:
        says = f"{clean(today.interface.id)} has neither address: it hands on what is not its own"
        yield from paint.wrap("today", says)
        return
    for name, checked in (("to open", today.opening), ("to answer", today.answering)):
        if checked is not None:
            yield from paint.wrap("today", f"{today.direction} {name}: {_checked(checked)}")


def _checked(checked: FilterVerdict) -> str:
    if checked.stop is not None:
        return f"refused: {stop_words(checked.stop)}"
    if checked.doubts:
        return f"open: {'; '.join(map(doubt_words, checked.doubts))}"
    said = [
        f"{kind_words(hop.kind)} {clean(hop.id)}: {rule_words(hop.by, hop.direction)}"
        for hop in checked.hops
        if hop.by is not None
    ]
    return f"let by: {'; '.join(said)}" if said else "let by: no filter is crossed"


def explained_json(found: Explained) -> dict[str, Json]:
    """One line explained, as JSON."""
    read = found.read
    match read:
        case Wrong():
            return {"kind": "unreadable", "says": read.says, "hint": read.hint or None}
        case Header():
            fields = list(read.format.fields)
            return {"kind": "header", "fields": fields, "repeated": found.repeated}
        case Record():
            return {
                "kind": "record",
                "status": read.status,
                "action": read.text("action") or None,
                "says": happened(read),
                "facts": list(_facts(read)),
                "oddities": list(read.oddities),
                "fields": read.fields,
                "today": _today_json(found),
            }


def _today_json(found: Explained) -> dict[str, Json] | None:
    today = found.today
    if today is None:
        return {"interface": None} if found.gone else None
    both = (("opening", today.opening), ("answering", today.answering))
    return {
        "interface": today.interface.id,
        "direction": today.direction,
        **{name: _checked_json(checked) if checked else None for name, checked in both},
    }


def _checked_json(checked: FilterVerdict) -> dict[str, Json]:
    passes: Json = False if checked.stop else None if checked.doubts else True
    return {"passes": passes, "says": _checked(checked)}
