"""Every check of every route in the order in which AWS meets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

import msgspec

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Diagnosis
from logkeep.fleet import Fleet
from logkeep.route import Allows, Arrived, Denies, Events, Exists, Is, Need, Objects
from logkeep.show import words
from logkeep.show.causes import FoundAt, described
from logkeep.show.paint import Paint
from logkeep.snapshot.facts import Facts
from logkeep.sources import not_asked, sources
from logkeep.value import all_of
from logkeep.words.arrival import testimony
from logkeep.words.described import said
from logkeep.words.plain import accepted_words, clean, few, joined, texts
from logkeep.words.step_note import StepNote

BY_ROLE = {"logs": "arrival", "archive": "protection"}
BY_POLICY = {
    "bucket": "bucket policy",
    "key": "key policy",
    "log group's key": "log group's key policy",
}
"""The step of what a hop's own policy has to allow."""


class Beside(msgspec.Struct, frozen=True):
    """What is told between the checks."""

    step_notes: Mapping[str, tuple[StepNote, ...]] = {}
    """By the route's name."""
    routes: tuple[Diagnosed, ...] = ()
    """All there are, those too that were not asked for: a note may be about one."""


def beside(facts: Facts, diagnosed: Iterable[Diagnosed], every: tuple[Diagnosed, ...]) -> Beside:
    """What is told between the checks of these routes, of all there are."""
    return Beside({route.name: _of_route(facts, route) for route in diagnosed}, every)


def _of_route(facts: Facts, route: Diagnosed) -> tuple[StepNote, ...]:
    """What is told of a route, in the order in which its kind of log gives it."""
    logs = facts.fleet.logs_of(route.source)
    given = sources()[route.source].step_notes(facts, logs, route.account, route.region)
    return tuple(each for each in given if each.route == route.name)


class HopStep(msgspec.Struct, frozen=True):
    """What of a hop a user calls by one name."""

    name: str
    hop: Checked
    findings: tuple[Finding, ...]
    is_named: bool
    """Whether it is the one that bears the name of its hop."""


class StepContext(msgspec.Struct, frozen=True):
    """All that the steps of one route are told from."""

    fleet: Fleet
    diagnosis: Diagnosis
    step_notes: Mapping[str, tuple[StepNote, ...]]
    others: Mapping[str, Diagnosed]
    """Other routes by their names, for the notes that tell of one."""
    paint: Paint


def steps_text(
    fleet: Fleet, diagnosis: Diagnosis, paint: Paint, between: Beside | None = None
) -> str:
    """Every route with every step, every need and every note on it."""
    between = between or Beside()
    others = {route.name: route for route in between.routes}
    context = StepContext(fleet, diagnosis, between.step_notes, others, paint)
    lines: list[str] = []
    for route in diagnosis.routes:
        lines += [*_route_lines(context, route), ""]
    return paint.page(lines[:-1])


def _route_lines(context: StepContext, route: Diagnosed) -> Iterator[str]:
    paint = context.paint
    head = f"{clean(route.name)} ({clean(context.fleet.account_name(route.account))})"
    yield f"{paint.mark(route.verdict)} {paint.dye(head, 'bold')}"
    if route.way:
        yield from paint.wrap("", _other_way(route), indent=4, column=4)
    left = list(context.step_notes.get(route.name, ()))
    for step in steps(route):
        for note in [each for each in left if each.before in ("", step.name)]:
            left.remove(note)
            yield from _note_lines(context, route, note)
        yield from _step_lines(context, route, step, indent=2)
    for note in left:
        yield from _note_lines(context, route, note)
    for aspect, why in not_asked(route.source, route.name).items():
        yield from paint.wrap(f"{paint.mark('none')} ", f"{aspect}, not asked: {why}", column=4)


def _other_way(route: Diagnosed) -> str:
    """By what a route holds, where that is not what the fleet wants."""
    speaker = words.wording_of(route.source).speaker
    shared = any(hop.role == "member" for hop in route.hops)
    named = joined(f"`{clean(hop.arn)}`" for hop in route.hops if hop.speaks)
    by = f"the organization's {speaker}, {named}" if shared else named
    return f"by another way than the wanted one, which does not hold: {by}"


def steps(route: Diagnosed) -> Iterator[HopStep]:
    """The steps of a route; what a hop needs under one name is told together."""
    for hop in route.hops:
        named: dict[str, list[Finding]] = {}
        for finding in hop.findings:
            named.setdefault(step_name(hop, finding.need), []).append(finding)
        own = BY_ROLE.get(hop.role, hop.role)
        for name, findings in named.items():
            yield HopStep(name, hop, tuple(findings), name == own)


def step_name(hop: Checked, need: Need) -> str:
    """What a user calls the step that a need belongs to."""
    own = words.words_of_code(need.code).step
    if own:
        return own
    if isinstance(need, Allows) and hop.role in BY_POLICY:
        return BY_POLICY[hop.role]
    return BY_ROLE.get(hop.role, hop.role)


def _step_lines(
    context: StepContext, route: Diagnosed, step: HopStep, *, indent: int
) -> Iterator[str]:
    verdict = all_of(f.verdict for f in step.findings)
    of = f" {clean(step.hop.arn)}" if step.is_named else ""
    yield f"{' ' * indent}{context.paint.mark(verdict)} {step.name}{of}"
    for finding in step.findings:
        yield from _finding_lines(context, FoundAt(route, step.hop, finding), indent + 2)


def _note_lines(context: StepContext, route: Diagnosed, note: StepNote) -> Iterator[str]:
    """A note, what its witness told, and the steps of the way that it tells of."""
    other = context.others.get(note.other)
    verdict = other.verdict if other else note.verdict or "behind"
    heard = _testimonies(context, route, note.witness)
    says = "; ".join(clean(part) for part in (note.says, *heard) if part)
    mark = f"{context.paint.mark(verdict)} "
    yield from context.paint.wrap(mark, f"{note.step}: {says}", indent=2, column=4)
    for step in steps(other) if other else ():
        if not (step.hop.speaks and step.is_named):
            yield from _step_lines(context, other or route, step, indent=4)


def _testimonies(context: StepContext, route: Diagnosed, witness: str) -> Iterable[str]:
    """What a witness told of this route, or why it did not."""
    for hop in route.hops:
        for finding in hop.findings:
            if witness and isinstance(finding.need, Arrived) and finding.need.witness == witness:
                it = described(context.fleet, context.diagnosis, [FoundAt(route, hop, finding)])
                yield testimony(it)


def _finding_lines(context: StepContext, place: FoundAt, indent: int) -> Iterator[str]:
    finding, paint = place.finding, context.paint
    said_so = f"{finding.aspect}: {need_words(finding.need)}"
    yield f"{' ' * indent}{paint.mark(finding.verdict)} {said_so}"
    it = described(context.fleet, context.diagnosis, [place])
    wide = indent + 4
    if finding.verdict != "holds":
        lived = f" ({accepted_words(finding.accepted)})" if finding.accepted else ""
        why = f"{finding.code}: {words.says(it)}{lived}"
        yield from paint.wrap("", why, indent=wide, column=wide)
    elif "observed" in finding.evidence:
        seen = f"by {clean(finding.evidence['observed'])}"
        yield from paint.wrap("", seen, indent=wide, column=wide)
    elif isinstance(finding.need, Arrived) or len(texts(finding.evidence.get("recorders"))) > 1:
        yield from paint.wrap("", words.why_holds(it), indent=wide, column=wide)


def need_words(need: Need) -> str:
    """A need in a few words."""
    match need:
        case Exists(kind=kind):
            return f"the {kind} exists"
        case Is(setting=setting, value=value, region=region, of=of):
            whose = "" if of.startswith("[") else of  # a list tells a reader nothing
            where = f" in {region}" if region else f" of {clean(whose)}" if whose else ""
            return f"{setting} is {said(value)}{where}"
        case Allows(request=request, sends=sends):
            what = f" ({sends})" if sends else ""
            return f"{clean(request.principal)} may {request.action}{what}"
        case Denies():
            return denial_words(need)
        case Arrived():
            return arrival_words(need)
        case _:
            assert_never(need)


def arrival_words(need: Arrived) -> str:
    """What is to have come lately."""
    match need.logs:
        case Objects(stem=stem, prefix=prefix):
            return f"{clean(stem or prefix)}… arrived lately"
        case Events(group=group, stream=stream):
            return f"events came lately into {clean(stream or group)}"
        case None:
            return "logs arrived lately"
        case _:
            assert_never(need.logs)


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
