"""A walk through a network, as a person reads it, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.network.address import shown
from logkeep.network.coverage import coverage
from logkeep.network.mend import AclRule, AddedRoute, Advice, GroupRule, Mended, NetworkChange
from logkeep.network.packet import End, first
from logkeep.network.protocols import has_types
from logkeep.network.trip import Doubt, Hop, Stop
from logkeep.network.values import Interface, Network
from logkeep.network.walk import Leg, Walk
from logkeep.network.written import COUNTED, Written
from logkeep.show.paint import Paint, Whole
from logkeep.show.ping_words import (
    change_words,
    doubt_words,
    kind_words,
    rule_words,
    settle_words,
    stop_words,
    what,
)
from logkeep.value import Json
from logkeep.words.plain import clean

PATH_KINDS = (
    "network-interface",
    "subnet",
    "internet",
    "internet-gateway",
    "egress-only-internet-gateway",
    "nat-gateway",
    "peering",
    "transit-gateway",
    "vpn-gateway",
    "vpc-endpoint",
    "service",
)
COLOURS = {"reaches": "green", "blocked": "red", "unknown": "yellow"}
MARKS = {"reaches": "holds", "blocked": "fails", "unknown": "unknown"}
FLOW_LOG_BLIND = "no flow log shows what is sent to AWS's own services (Resolver query logs do)"
OPEN_RECORDS = "a record with ACCEPT|REJECT lies behind what is open: either, or none at all"
REJECT_BLIND = "a REJECT does not tell a security group's refusal from a network ACL's"
HOST = "the host's own firewall, and whether anything listens there, is outside what AWS knows"
BLOCK_UNSEEN = "VPC Block Public Access was not collected, and is taken to be off"


class Pinged(msgspec.Struct, frozen=True):
    """A walk with what belongs to its answer."""

    network: Network
    walk: Walk
    written: tuple[Written, ...]
    mended: Mended | None


def answer_of(found: Walk) -> str | None:
    """Whether the answer comes back; None where none is due or nothing arrived."""
    return found.back.verdict if found.back else None


def ping_text(found: Pinged, paint: Paint) -> str:
    """The whole answer of `logkeep try ping`."""
    walk = found.walk
    lines = [_head(walk, paint)]
    lines += _leg_lines("out", walk.out, paint)
    if walk.back is not None:
        lines += _leg_lines("back", walk.back, paint)
    lines.append("")
    lines += paint.wrap("why", reason(walk), column=11)
    for settle in dict.fromkeys(settle_words(doubt) for doubt in walk.doubts):
        lines += paint.wrap("resolve", settle, column=11)
    lines += _fix_lines(found.mended, paint)
    lines += _record_lines(found, paint)
    for note in notes(found):
        lines += paint.wrap("note", note, column=11)
    return paint.page(lines)


def _head(walk: Walk, paint: Paint) -> str:
    flow = walk.flow
    says = f"{what(first(flow))} from {_end_words(flow.src)} to {_end_words(flow.dst)}"
    verdict, answer = walk.out.verdict, answer_of(walk)
    if verdict == "unknown":
        return f"{paint.dye('cannot tell', 'yellow')}: whether {says} gets there"
    if verdict == "blocked":
        return f"{paint.dye('blocked', 'red')}: {says}"
    if answer == "blocked":
        return f"{paint.dye('reaches, no answer', 'red')}: {says}"
    if answer == "unknown":
        return f"{paint.dye('reaches, answer open', 'yellow')}: {says}"
    answered = "reaches, and is answered" if answer else "reaches"
    return f"{paint.dye(answered, 'green')}: {says}"


def _end_words(end: End) -> str:
    if end.interface is None:
        return shown(end.address)
    face = end.interface
    return f"{shown(end.address)} ({clean(face.name or face.instance or face.id)})"


def _leg_lines(name: str, leg: Leg, paint: Paint) -> Iterator[str]:
    path = f" {paint.symbol('arrow')} ".join(clean(id_) for id_ in path_of(leg))
    yield from paint.wrap(name, path or "nothing on the way", column=11)
    for hop in leg.hops:
        words = _hop_words(hop)
        if words:
            yield from _marked(words, "holds", paint)
    for doubt in leg.doubts:
        yield from _marked(doubt_words(doubt), "unknown", paint)
    if leg.stop is not None:
        yield from _marked(stop_words(leg.stop), "fails", paint)


def _marked(words: str, verdict: str, paint: Paint) -> list[str]:
    return paint.wrap(paint.mark(verdict), words, indent=11, column=13)


def _hop_words(hop: Hop) -> str:
    """What a hop did; empty for a place that only lies on the way."""
    if hop.kind == "security-group" and hop.by is None:
        return f"the groups of {clean(hop.id)} let answers by"
    if hop.kind in ("security-group", "network-acl", "route-table"):
        rule = rule_words(hop.by, hop.direction) or "allows it"
        way = f" {hop.direction}" if hop.direction else ""
        return f"{kind_words(hop.kind)} {clean(hop.id)}{way}: {rule}"
    if hop.kind in ("nat-gateway", "internet-gateway") and hop.packet is not None:
        ends = f"{shown(hop.packet.src)} to {shown(hop.packet.dst)}"
        return f"{kind_words(hop.kind)} {clean(hop.id)}: sends it on as {ends}"
    return ""


def path_of(leg: Leg) -> list[str]:
    """The things on a way, without what only decides."""
    found: list[str] = []
    for hop in leg.hops:
        if hop.kind in PATH_KINDS and (not found or found[-1] != hop.id):
            found.append(hop.id)
    return found


def reason(walk: Walk) -> str:
    """Why it came out so, in a sentence."""
    if walk.out.stop is not None:
        return stop_words(walk.out.stop)
    if walk.out.verdict == "unknown":
        return "; ".join(dict.fromkeys(map(doubt_words, walk.out.doubts)))
    if walk.back is None:
        return "nothing on the way stops it" + _unanswered(walk)
    if walk.back.stop is not None:
        return f"it gets there, and the answer does not come back: {stop_words(walk.back.stop)}"
    if walk.back.verdict == "unknown":
        open_ = "; ".join(dict.fromkeys(map(doubt_words, walk.back.doubts)))
        return f"it gets there; whether the answer comes back is open: {open_}"
    return "nothing on the way out or back stops it"


def _unanswered(walk: Walk) -> str:
    return ", and no answer is due" if has_types(walk.flow.protocol) else ""


def _fix_lines(mended: Mended | None, paint: Paint) -> Iterator[str]:
    if mended is None:
        return
    for index, change in enumerate(mended.changes):
        yield from paint.wrap("fix" if index == 0 else "and", change_words(change), column=11)
    if mended.passes or not any(isinstance(change, Advice) for change in mended.changes):
        found = "it passes and is answered" if mended.passes else reason(mended.walk)
        yield from paint.wrap("", f"walked again with this in place: {found}", column=11)


def _record_lines(found: Pinged, paint: Paint) -> Iterator[str]:
    for index, record in enumerate(found.written):
        label = "records" if index == 0 else ""
        yield Whole(f"  {label:<9}{clean(record.line.replace(COUNTED, '…'))}")
    if not found.written:
        yield from paint.wrap("records", "none", column=11)


def notes(found: Pinged) -> list[str]:
    """What matters for reading the answer, and is no part of it."""
    said: list[str] = []
    walk = found.walk
    arrival = walk.out.arrival
    if arrival is not None and arrival.kind == "service":
        said.append(FLOW_LOG_BLIND)
    if any(record.action == "REJECT" for record in found.written):
        said.append(REJECT_BLIND)
    if any(record.action == "unknown" for record in found.written):
        said.append(OPEN_RECORDS)
    said += _uncaptured(found)
    if assumed(found):
        said.append(BLOCK_UNSEEN)
    if arrival is not None and arrival.kind == "interface":
        said.append(HOST)
    return said


def assumed(found: Pinged) -> bool:
    """Whether the way goes by a gateway, and nobody said whether public access is blocked."""
    gateways = ("internet-gateway", "egress-only-internet-gateway")
    passed = [hop for hop in found.walk.out.hops if hop.kind in gateways]
    network = found.network
    known = network.block_mode or any(vpc.block_mode for vpc in network.vpcs.values())
    return bool(passed) and not known


def _uncaptured(found: Pinged) -> list[str]:
    known = coverage(found.network)
    if known is None or not found.written:
        return []
    there = dict.fromkeys(record.interface for record in found.written)
    blind = [id_ for id_ in there if not known.captured.get(id_)]
    return [f"no flow log captures {clean(', '.join(blind))}"] if blind else []


def stop_json(stop: Stop | None, *, answer: bool = False) -> dict[str, Json] | None:
    """What stops a packet, as JSON."""
    if stop is None:
        return None
    found: dict[str, Json] = {
        "kind": stop.kind,
        "id": stop.id or None,
        "direction": stop.direction,
        "rule": stop.rule,
        "code": stop.code,
        "at": stop.at or None,
        "reason": stop_words(stop),
    }
    return found | {"leg": "reply"} if answer else found


def got_json(walk: Walk) -> dict[str, Json]:
    """The verdict, what stops it, and the answer's verdict."""
    answer = walk.out.stop is None
    return {
        "verdict": walk.out.verdict,
        "blocked_by": stop_json(walk.stop, answer=answer),
        "reply": answer_of(walk),
    }


def ping_json(found: Pinged) -> dict[str, Json]:
    """The whole answer as JSON."""
    walk, flow = found.walk, found.walk.flow
    return {
        "schema": 1,
        "source": _end_json(flow.src),
        "destination": _end_json(flow.dst),
        "protocol": flow.protocol,
        "port": flow.dst_port or None,
        "from_port": flow.src_port if isinstance(flow.src_port, int) and flow.src_port else None,
        **got_json(walk),
        "reason": reason(walk),
        "settle": [_doubt_json(doubt) for doubt in walk.doubts],
        "out": leg_json(walk.out),
        "back": leg_json(walk.back) if walk.back else None,
        "flow_log": [record_json(record) for record in found.written],
        "fix": _fix_json(found.mended),
        "notes": notes(found),
    }


def _end_json(end: End) -> dict[str, Json]:
    face: Interface | None = end.interface
    return {"address": shown(end.address), "interface": face.id if face else None}


def _doubt_json(doubt: Doubt) -> dict[str, Json]:
    said = {"says": doubt_words(doubt), "by": doubt.settle, "settle": settle_words(doubt)}
    return {"code": doubt.code, "id": doubt.id, **said}


def leg_json(leg: Leg) -> dict[str, Json]:
    """One way, hop by hop."""
    return {
        "verdict": leg.verdict,
        "path": path_of(leg),
        "hops": [
            {
                "kind": hop.kind,
                "id": hop.id,
                "direction": hop.direction,
                "rule": hop.rule,
                "by": rule_words(hop.by, hop.direction) or None,
            }
            for hop in leg.hops
        ],
    }


def record_json(record: Written) -> dict[str, Json]:
    """A record as JSON, by the names of AWS's fields."""
    fields: dict[str, Json] = msgspec.to_builtins(record)
    return {key.replace("_", "-"): value for key, value in fields.items()} | {"line": record.line}


def _fix_json(mended: Mended | None) -> dict[str, Json] | None:
    if mended is None:
        return None
    return {
        "passes": mended.passes,
        "changes": [{"says": change_words(c), **_change_json(c)} for c in mended.changes],
    }


def _change_json(change: NetworkChange) -> dict[str, Json]:
    match change:
        case GroupRule():
            way = "Egress" if change.egress else "Ingress"
            return {"call": f"ec2:AuthorizeSecurityGroup{way}", "id": change.group}
        case AclRule():
            entry = change.entry
            return {"call": "ec2:CreateNetworkAclEntry", "id": change.acl, "rule": entry.number}
        case AddedRoute():
            return {"call": "ec2:CreateRoute", "id": change.table, "target": change.target}
        case Advice():
            return {"call": None, "id": change.stop.id or None}


def case_line(id_: str, found: Pinged) -> dict[str, Json]:
    """A case as `--cases --json` prints it."""
    walk = found.walk
    return {
        "id": id_,
        "got": got_json(walk),
        "reason": reason(walk),
        "settle": [doubt.settle for doubt in walk.doubts],
        "path": path_of(walk.out),
        "flow_log": [record.line for record in found.written],
    }


def invalid_line(id_: str, mistakes: tuple[str, ...]) -> dict[str, Json]:
    """A case that cannot be read."""
    got = {"verdict": "invalid", "blocked_by": None, "reply": None}
    return {"id": id_, "got": got, "reason": clean("; ".join(mistakes), 1000)}


def case_text(id_: str, found: Pinged, paint: Paint) -> str:
    """A case in one line."""
    walk = found.walk
    worst = walk.back.verdict if walk.out.verdict == "reaches" and walk.back else walk.out.verdict
    mark = paint.mark(MARKS[worst])
    said = walk.out.verdict if walk.back is None else f"{walk.out.verdict}, answer {worst}"
    return f"{mark} {clean(id_)}: {said}: {reason(walk)}"
