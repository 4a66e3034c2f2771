"""Routes held against a snapshot: the five aspects of every route and its first broken link."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeAlias

import msgspec

from logkeep.diagnose.check.finding import NOT_THERE, Finding, behind
from logkeep.diagnose.check.need import check
from logkeep.fleet import Fleet
from logkeep.route import Arrived, Exists, Hop, Need, Route
from logkeep.snapshot import NOT_ASKED, Snapshot
from logkeep.snapshot.facts import Facts, remembered_by
from logkeep.sources.routes import all_routes
from logkeep.value import ASPECTS, AccountId, Arn, Aspect, Region, Standing, Time, all_of


class Checked(msgspec.Struct, frozen=True, gc=False):
    """A hop with what was found of its needs, in the order AWS meets them."""

    arn: Arn
    role: str
    account: AccountId
    findings: tuple[Finding, ...]
    speaks: bool = False
    """Whether it captures what happens."""
    keeps: bool = False
    """Whether it keeps what has arrived."""
    amiss: tuple[Finding, ...] = ()
    """Those of them that fail or are unknown; told from the findings."""
    aspects: dict[Aspect, Standing] = {}
    """How each aspect stands that the hop's needs ask about; told from the findings."""

    def __post_init__(self) -> None:
        amiss: list[Finding] = []
        found: dict[Aspect, Standing] = {}
        for each in self.findings:
            aspect, verdict = each.aspect, each.verdict
            if verdict in ("fails", "unknown"):
                amiss.append(each)
            known = found.get(aspect)
            if known is None:
                found[aspect] = verdict
            elif known != verdict:
                found[aspect] = all_of((known, verdict))
        if amiss:  # else none, as it is from the start
            msgspec.structs.force_setattr(self, "amiss", tuple(amiss))
        msgspec.structs.force_setattr(self, "aspects", found)

    @property
    def is_of_one_route(self) -> bool:
        """Whether each route has its own: what speaks, and the logs that came of it."""
        return self.speaks or any(isinstance(f.need, Arrived) for f in self.findings)

    @property
    def verdict(self) -> Standing:
        """The worst of the hop's needs; none where it needs nothing."""
        return all_of(self.aspects.values())


class Diagnosed(msgspec.Struct, frozen=True, gc=False):
    """A route with what was found on its way."""

    name: str
    source: str
    account: AccountId
    region: Region
    hops: tuple[Checked, ...]
    way: int = 0
    """Which of the route's ways this is: the wanted one, or another that holds in its stead."""

    @property
    def verdict(self) -> Standing:
        """The worst of the route's hops."""
        return all_of(hop.verdict for hop in self.hops)

    @property
    def aspects(self) -> dict[Aspect, Standing]:
        """How each of the five questions stands; none where no need of the route asks it."""
        found: dict[Aspect, Standing] = dict.fromkeys(ASPECTS, "none")
        for hop in self.hops:
            for aspect, standing in hop.aspects.items():
                known = found[aspect]
                if known != standing:
                    found[aspect] = all_of((known, standing))
        return found

    @property
    def first(self) -> tuple[Checked, Finding] | None:
        """The first broken link, else the first that could not be seen."""
        for wanted in ("fails", "unknown"):
            for hop in self.hops:
                for finding in hop.amiss:
                    if finding.verdict == wanted:
                        return hop, finding
        return None


class Diagnosis(msgspec.Struct, frozen=True):
    """Every route of a fleet, diagnosed at one time."""

    fleet: str
    taken_at: Time
    routes: tuple[Diagnosed, ...]

    @property
    def summary(self) -> dict[Standing, int]:
        """How many routes hold, fail, are unknown, and hold but for what is accepted."""
        counted: dict[Standing, int] = {"holds": 0, "fails": 0, "unknown": 0, "accepted": 0}
        for route in self.routes:
            verdict = route.verdict
            # A route that nothing is asked of is not fine: nobody knows how it stands.
            counted["unknown" if verdict == "none" else verdict] += 1
        return counted


def diagnose(fleet: Fleet, snapshot: Snapshot) -> Diagnosis:
    """What holds, fails and is unknown of every route; depends on nothing but its arguments."""
    return diagnosis(Facts(fleet, snapshot))


def diagnosis(facts: Facts) -> Diagnosis:
    """What holds, fails and is unknown of every route."""
    found = diagnosed(facts, all_routes(facts))
    return Diagnosis(facts.fleet.name, facts.taken_at, found)


def diagnosed(facts: Facts, routes: Iterable[Route]) -> tuple[Diagnosed, ...]:
    """The routes checked; a hop that several share is checked once."""
    looked_at: dict[int, _Looked] = {}
    found: list[Diagnosed] = []
    late: dict[tuple[int, str], tuple[Checked, Checked]] = {}  # keeps both, for the same reason

    def put_behind(hop: Checked, missing: str) -> Checked:
        found = late.get((id(hop), missing))
        if found is None:
            found = late[id(hop), missing] = (hop, _put_behind(hop, missing))
        return found[1]

    for route in routes:
        checked: list[tuple[Checked, ...]] = []
        for way in route.ways:
            looked: list[Checked] = []
            missing = ""
            for hop in way:
                _, found_of_it, lacks = looked_at.get(id(hop)) or _looked(facts, hop, looked_at)
                looked.append(found_of_it)
                missing = missing or lacks
            hops = tuple(looked)
            if facts.fleet.accepted:
                hops = tuple(_accepted(facts, route, hop) for hop in hops)
            checked.append(tuple(put_behind(hop, missing) for hop in hops) if missing else hops)
        number, hops = _best(checked) if route.instead else (0, checked[0])
        found.append(Diagnosed(route.name, route.source, route.account, route.region, hops, number))
    return tuple(found)


def _best(ways: list[tuple[Checked, ...]]) -> tuple[int, tuple[Checked, ...]]:
    """The first way that holds, else the wanted one: one of several ways suffices.

    Where another way could not be seen whole, nobody can say that the logs are lost: what fails
    on the wanted way is then unknown. INVARIANT: a way that is hidden heals no aspect.
    """
    verdicts = [all_of(hop.verdict for hop in way) for way in ways]
    for enough in ("holds", "accepted"):
        if enough in verdicts:
            number = verdicts.index(enough)
            return number, ways[number]
    if verdicts[0] == "fails" and "unknown" in verdicts:
        other = ways[verdicts.index("unknown")]
        return 0, tuple(_perhaps(hop, _unknown_of(other)) for hop in ways[0])
    return 0, ways[0]


def _unknown_of(way: tuple[Checked, ...]) -> tuple[Arn, str]:
    """What speaks on a way, and what would settle it."""
    settle = next(f.settle for hop in way for f in hop.findings if f.verdict == "unknown")
    return next(hop.arn for hop in way if hop.speaks), settle


def _perhaps(hop: Checked, other: tuple[Arn, str]) -> Checked:
    """The hop with what fails put as unknown: another way may bring the logs all the same."""
    arn, settle = other
    findings = tuple(
        msgspec.structs.replace(
            f,
            verdict="unknown",
            evidence={**f.evidence, "unless": arn},
            settle=f"{arn} may bring the same logs; {settle}",
        )
        if f.verdict == "fails"
        else f
        for f in hop.findings
    )
    return Checked(hop.arn, hop.role, hop.account, findings, hop.speaks, hop.keeps)


_Looked: TypeAlias = tuple[Hop, Checked, str]
"""A hop, which is so kept alive and its id its own; what was found of it, and what it lacks."""


def _looked(facts: Facts, hop: Hop, looked_at: dict[int, _Looked]) -> _Looked:
    """What is found of a hop: of one that several share once for the same facts."""
    if Arrived in map(type, hop.needs):  # the logs themselves, which each route has its own
        return hop, *_checked(facts, hop, check)
    found = looked_at[id(hop)] = _shared(facts, hop)
    return found


def _itself(_facts: Facts, hop: Hop) -> int:
    return id(hop)


@remembered_by(_itself)
def _shared(facts: Facts, hop: Hop) -> _Looked:
    return hop, *_checked(facts, hop, _found)


def _of_resource(_facts: Facts, hop: Hop, need: Need) -> Hashable:
    """A need and what it is of: one that several hops of a resource share is checked once."""
    return id(need), hop.arn, hop.account, hop.region


@remembered_by(_of_resource)
def _found(facts: Facts, hop: Hop, need: Need) -> Finding:
    """What is found of a need, which the finding keeps alive, and its id its own."""
    return check(facts, hop, need)


def _checked(
    facts: Facts, hop: Hop, found_of: Callable[[Facts, Hop, Need], Finding]
) -> tuple[Checked, str]:
    """What was found of a hop, and the code of the thing that is not there; mostly nothing."""
    findings: list[Finding] = []
    hidden = lacks = ""
    for need in hop.needs:
        if hidden:
            findings.append(_hidden_by(need, hidden))
            continue
        found = found_of(facts, hop, need)
        findings.append(found)
        if found.verdict != "holds" and isinstance(need, Exists):
            hidden = found.code
            lacks = found.code if found.verdict == "fails" else ""
    return Checked(hop.arn, hop.role, hop.account, tuple(findings), hop.speaks, hop.keeps), lacks


def _hidden_by(need: Need, missing: str) -> Finding:
    """What a need is where the thing itself is not there to be asked."""
    return behind(need, missing, code=need.code or missing)


def _put_behind(hop: Checked, missing: str) -> Checked:
    """The hop with what hangs on the missing thing put behind it."""
    if not any(map(_hangs, hop.amiss)):
        return hop  # as nearly all hops are that routes share
    findings = tuple(_hidden_by(f.need, missing) if _hangs(f) else f for f in hop.findings)
    return Checked(hop.arn, hop.role, hop.account, findings, hop.speaks, hop.keeps)


def _hangs(found: Finding) -> bool:
    """Whether nobody asked AWS about a need, or what it is about is not there to be asked."""
    if found.verdict != "unknown" or "behind" in found.evidence:
        return False
    return NOT_ASKED in found.settle or found.evidence.get("error") == NOT_THERE


def _accepted(facts: Facts, route: Route, hop: Checked) -> Checked:
    """The hop with the findings marked that the fleet knows and lives with for now."""
    entries = [
        entry
        for entry in facts.fleet.accepted
        if entry.account in (None, route.account) and entry.until >= facts.taken_at.date()
    ]
    if not entries:
        return hop
    by_code = {entry.code: entry for entry in entries}
    marked = tuple(
        msgspec.structs.replace(f, verdict="accepted", accepted=by_code[f.code])
        if f.verdict == "fails" and f.code in by_code
        else f
        for f in hop.findings
    )
    return Checked(hop.arn, hop.role, hop.account, marked, hop.speaks, hop.keeps)
