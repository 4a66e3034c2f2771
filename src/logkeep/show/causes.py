"""Findings gathered into causes: one that many routes share is told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import msgspec

from logkeep.diagnose.check.finding import Finding, same_in_all
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Diagnosis
from logkeep.fleet import Fleet
from logkeep.show.words import VERIFY, nobody_speaks, wording_of, words_of_code
from logkeep.snapshot import NOT_ASKED
from logkeep.value import Json, Standing
from logkeep.words.described import Described


class FoundAt(msgspec.Struct, frozen=True):
    """A finding where it was found."""

    route: Diagnosed
    hop: Checked
    finding: Finding


class Cause(msgspec.Struct, frozen=True):
    """One thing wrong, or one that cannot be told, and every place where it shows."""

    verdict: Standing
    kinds: tuple[tuple[FoundAt, ...], ...]
    """Its places by what differs in the evidence: a log refused here, a look at the ACL there."""
    each_its_own: bool = False
    """Whether its kinds are of different accounts or resources, and differ only in what was found
    there."""

    @property
    def places(self) -> tuple[FoundAt, ...]:
        """Every place."""
        return tuple(place for kind in self.kinds for place in kind)

    @property
    def first(self) -> FoundAt:
        """The place it is told by."""
        return self.kinds[0][0]

    @property
    def routes(self) -> tuple[Diagnosed, ...]:
        """The routes it stands in the way of."""
        return tuple({place.route.name: place.route for place in self.places}.values())


def described(fleet: Fleet, diagnosis: Diagnosis, places: Iterable[FoundAt]) -> Described:
    """A finding of some places as its words need it."""
    listed = list(places)
    first = listed[0]
    return Described(
        code=first.finding.code,
        verdict=first.finding.verdict,
        evidence=first.finding.evidence,
        settle=first.finding.settle,
        aspect=first.finding.aspect,
        role=first.hop.role,
        arn=first.hop.arn,
        accounts=tuple(dict.fromkeys(place.route.account for place in listed)),
        regions=tuple(dict.fromkeys(place.route.region for place in listed)),
        fleet=fleet,
        taken_at=diagnosis.taken_at,
        source=first.route.source,
        sender=wording_of(first.route.source).sender,
        need=first.finding.need,
    )


def causes(routes: Iterable[Diagnosed]) -> tuple[Cause, ...]:
    """Everything that fails or is unknown by its cause, worst first.

    What only follows from an earlier failure of the same route is left to that failure's story.
    """
    failing: dict[bytes, list[FoundAt]] = {}
    unknown: dict[bytes, list[FoundAt]] = {}
    for route in routes:
        for place in _worth_telling(route):
            if place.finding.verdict == "fails":
                failing.setdefault(_cause_of_failure(place), []).append(place)
            else:
                unknown.setdefault(_cause_of_unknown(place), []).append(place)
    found = [Cause("fails", tuple(kinds)) for kinds in _joined(failing.values())]
    found += [Cause("unknown", (tuple(places),)) for places in unknown.values()]
    return tuple(sorted(_folded(found), key=_badness))


FEW = 4
"""So many accounts' own values of one setting are told each by itself."""


def _folded(found: Iterable[Cause]) -> Iterator[Cause]:
    """One cause where many accounts have one setting wrong, each with a value of its own, or many
    routes lack the same of a resource that each has for itself."""
    alike: dict[tuple[str, str, str, bytes], list[Cause]] = {}
    for each in found:
        sameness = _sameness(each) if each.verdict == "fails" else None
        if sameness is None:
            yield each
        else:
            place = each.first
            key = (place.finding.code, place.route.source, place.hop.role, sameness)
            alike.setdefault(key, []).append(each)
    for causes in alike.values():
        if len(causes) > FEW:
            kinds = tuple(kind for each in causes for kind in each.kinds)
            yield Cause("fails", kinds, each_its_own=True)
        else:
            yield from causes


def _sameness(cause: Cause) -> bytes | None:
    """What has to be the same of failures of many resources, for which nobody but a route each
    asks; None where several ask for one."""
    place = cause.first
    setting = str(place.finding.evidence.get("setting", ""))
    if place.hop.is_of_one_route:
        return setting.encode() if setting else None
    is_one = len(cause.kinds) == 1 and len(cause.routes) == 1
    return _cause_of_failure(place, of_any=True) if is_one else None


def _joined(failing: Iterable[list[FoundAt]]) -> Iterable[list[tuple[FoundAt, ...]]]:
    """Failures of one code on one resource that break the same routes, told together."""
    together: dict[tuple[str, str, frozenset[str]], list[tuple[FoundAt, ...]]] = {}
    for places in failing:
        first = places[0]
        routes = frozenset(place.route.name for place in places)
        key = (first.finding.code, first.hop.arn, routes)
        together.setdefault(key, []).append(tuple(places))
    return together.values()


def _worth_telling(route: Diagnosed) -> Iterator[FoundAt]:
    broken = unseen = False
    unspoken = nobody_speaks(route.source)
    for hop in route.hops:
        for finding in hop.amiss:
            if "behind" in finding.evidence or (broken and finding.aspect == "arriving"):
                continue
            if unseen and (finding.evidence.get("call") == VERIFY or _follows(finding)):
                continue
            yield FoundAt(route, hop, finding)
            stops = finding.aspect in ("configured", "permitted") and stops_delivery(finding.code)
            broken = broken or (finding.verdict == "fails" and stops)
            unseen = unseen or finding.code == unspoken


def _follows(finding: Finding) -> bool:
    """Whether nobody asked, since what had to be seen first was not seen."""
    return finding.verdict == "unknown" and finding.evidence.get("error") == NOT_ASKED


def stops_delivery(code: str) -> bool:
    """Whether a failure of this code keeps logs from arriving."""
    return words_of_code(code).stops


def _cause_of_failure(place: FoundAt, *, of_any: bool = False) -> bytes:
    """What tells two failures apart, without what only tells their routes apart; `of_any` without
    what only tells their resources apart."""
    evidence = place.finding.evidence
    nearest = cast("list[dict[str, Json]]", evidence.get("nearest") or [])
    telling = ("setting", "is", "statement", "layer", "principal")
    same = {k: v for k, v in evidence.items() if k in telling}
    near = [(n.get("layer"), n.get("statement"), n.get("element"), n.get("key")) for n in nearest]
    open_ = [evidence.get(name) for name in ("open", "excepted", "who")]
    own = "" if of_any or place.hop.is_of_one_route else place.hop.arn
    told_by = [place.finding.code, place.hop.role, own, same, near, open_, evidence.get("action")]
    return msgspec.json.encode(told_by, order="deterministic")


def _cause_of_unknown(place: FoundAt) -> bytes:
    """What could not be looked at, or what the answer depends on: one such cause is told once."""
    evidence = place.finding.evidence
    if "unless" in evidence:
        return msgspec.json.encode(["unless", evidence["unless"], place.finding.settle])
    if "call" in evidence:
        call, error = same_in_all(evidence)
        if "cannot assume" in error:
            return msgspec.json.encode(["unseen", "", error])
        return msgspec.json.encode(["unseen", call, error])
    found = evidence.get("unknown") or evidence.get("mistakes") or evidence.get("who")
    return msgspec.json.encode([place.finding.code, found, place.finding.settle])


WORST = ("bucket-foreign", "bucket-misspelt")
"""Logs in strange hands are worse than no logs (rule 10.5)."""


def _badness(cause: Cause) -> tuple[bool, int, tuple[int, int], int]:
    """Where a cause is told: the first broken link first, in the order of the way's hops."""
    code = cause.first.finding.code
    worst = WORST.index(code) if code in WORST else len(WORST)
    at = min(map(_place_on_way, cause.places))
    return cause.verdict != "fails", worst, at, -len(cause.places)


def _place_on_way(place: FoundAt) -> tuple[int, int]:
    """Which hop of its way a finding is of, and which of its needs."""
    hop = next(at for at, each in enumerate(place.route.hops) if each is place.hop)
    return hop, next(at for at, f in enumerate(place.hop.findings) if f is place.finding)
