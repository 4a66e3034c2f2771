"""Every check of every route in the order in which AWS meets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from logkeep.diagnose import Diagnosed, Diagnosis, Finding
from logkeep.fleet import Fleet
from logkeep.route import Allows, Arrived, Denies, Exists, Is, Need, Once
from logkeep.show import words
from logkeep.show.causes import Place, told
from logkeep.show.paint import Paint
from logkeep.show.plain import clean, few
from logkeep.show.told import said


def steps_text(fleet: Fleet, diagnosis: Diagnosis, paint: Paint) -> str:
    """Every route with every hop and every need of it."""
    lines: list[str] = []
    for route in diagnosis.routes:
        lines += [*_route_lines(fleet, diagnosis, route, paint), ""]
    return paint.page(lines[:-1])


def _route_lines(
    fleet: Fleet, diagnosis: Diagnosis, route: Diagnosed, paint: Paint
) -> Iterator[str]:
    head = f"{clean(route.name)} ({clean(fleet.account_name(route.account))})"
    yield f"{paint.mark(route.verdict)} {paint.dye(head, 'bold')}"
    for hop in route.hops:
        yield f"  {paint.mark(hop.verdict)} {hop.role} {clean(hop.arn)}"
        for finding in hop.findings:
            yield from _finding_lines(fleet, diagnosis, Place(route, hop, finding), paint)


def _finding_lines(fleet: Fleet, diagnosis: Diagnosis, place: Place, paint: Paint) -> Iterator[str]:
    finding = place.finding
    accepted = " (accepted)" if finding.accepted else ""
    said_so = f"{finding.aspect}: {need_words(finding.need)}{accepted}"
    yield f"    {paint.mark(finding.verdict)} {said_so}"
    if finding.verdict != "holds":
        it = told(fleet, diagnosis, [place])
        yield from paint.wrap(f"{finding.code}:", words.says(it), indent=8, column=8)
    elif "observed" in finding.evidence:
        yield from paint.wrap("", _observed(finding), indent=8, column=8)


def _observed(finding: Finding) -> str:
    return f"by {clean(finding.evidence['observed'])}"


def need_words(need: Need) -> str:
    """A need in a few words."""
    match need:
        case Exists(kind=kind):
            return f"the {kind} exists"
        case Is(setting=setting, value=value, region=region, of=of):
            where = f" in {region}" if region else f" of {clean(of)}" if of else ""
            return f"{setting} is {said(value)}{where}"
        case Allows(request=request, sends=sends):
            what = f" ({sends})" if sends else ""
            return f"{clean(request.principal)} may {request.action}{what}"
        case Denies():
            return denial_words(need)
        case Arrived(logs=logs):
            return f"{clean(logs.stem)}… arrived lately"
        case Once(kind=kind):
            return f"exactly one trail records {kind.replace('-', ' ')}"
        case _:
            assert_never(need)


def denial_words(need: Denies) -> str:
    """Who may not do what, and how."""
    if need.of:
        reads = "read a log" if need.code == "writer-can-read" else few(need.actions)
        return f"{few([clean(name) for name in need.of])} may not {reads}"
    others = f" but {few([clean(name) for name in need.but])}" if need.but else ""
    known = dict(need.context)
    who = "no person" if known.get("aws:PrincipalIsAWSService") == "false" else "nobody"
    how = " without TLS" if known.get("aws:SecureTransport") == "false" else ""
    return f"{who}{others} may {few(need.actions)}{how}"
