"""One round of planning: the writes that can be made now, and what is not ours to make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from logkeep.access.policies.granting import is_ours_to_write, place_of
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Checked, Diagnosed, diagnosed
from logkeep.plan.policies import document_named, policies
from logkeep.plan.refused import refusal, with_refusal
from logkeep.plan.wish import DELIVERY, LATER, Halted, Obstacle, Round, Together, Wish
from logkeep.route import Allows, Denies, Exists, Hop, Is, Route
from logkeep.snapshot.facts import Facts, remembered_by
from logkeep.snapshot.setting import Limit, Write
from logkeep.sources import registry, sources
from logkeep.sources.routes import all_routes, passing_routes
from logkeep.value import AccountId, Arn, account_of


def step(facts: Facts, given_up: frozenset[str] = frozenset()) -> Round:
    """The writes that can be made now; what speaks is pointed last, its way open (1.4.5)."""
    every = _checked(facts)
    obstacles = [o for each in every for o in _obstacles(facts, each)]
    stopped = given_up | blocked_routes(o for o in obstacles if not o.may_pass)
    open_ = [left for each in every if (left := _but(each, stopped)).names]
    halted = [Halted(each, _lost(facts, each)) for each in every if stopped.issuperset(each.names)]
    gathered = _Gathered()
    for each in open_:
        _shared(facts, gathered, each)
        if _way_is_open(each.checked):
            _point(facts, gathered, each)
    for each in halted:
        _of_halted(facts, gathered, each)
    _retire(facts, gathered, frozenset(name for each in every for name in each.names))
    short: list[str] = []
    for made in policies(facts, open_, halted):
        gathered.add_all(made.wishes)
        obstacles += made.obstacles
        short += made.short
    wishes = gathered.wishes()
    in_the_way = (o for o in obstacles if not (o.may_pass and wishes))
    return Round(wishes, tuple(in_the_way), tuple(short))


def _checked(facts: Facts) -> list[Together]:
    """The routes as the fleet wants them, checked; those of one way once for all."""
    found: dict[tuple[object, ...], tuple[Route, list[str]]] = {}
    same: dict[tuple[int, AccountId], tuple[Route, list[str]]] = {}  # keeps the hops as they came
    for route in passing_routes(facts):
        known = same.get((id(route.hops), route.account))
        if known is not None and not route.instead:
            known[1].append(route.name)
            continue
        asked = _asked(route)
        # Hops that routes share are the very same; the first route keeps them, so ids stay theirs.
        place = (route.name,) if route.instead else (route.account, *map(id, asked.hops))
        names = found.setdefault(place, (asked, []))[1]
        names.append(route.name)
        if not route.instead:
            same[id(route.hops), route.account] = route, names
    checked = diagnosed(facts, (route for route, _ in found.values()))
    return [
        Together(route, tuple(names), each)
        for (route, names), each in zip(found.values(), checked, strict=True)
    ]


def _asked(route: Route) -> Route:
    """The route without the hops that only tell what has arrived.

    Which of several ways holds hangs on that too, so there they are kept.
    """
    if route.instead:
        return route
    hops = [hop for hop in route.hops if _lets_through(hop)]
    return Route(route.name, route.source, route.account, route.region, tuple(hops))


def _lets_through(hop: Hop) -> bool:
    """Whether a hop needs anything but that logs arrive, as nearly all do from the first need."""
    needs = hop.needs
    if needs and needs[0].aspect not in LATER:
        return True
    return any(need.aspect not in LATER for need in needs)


def _but(each: Together, stopped: frozenset[str]) -> Together:
    """The routes but those that are stopped."""
    if stopped.isdisjoint(each.names):
        return each
    return each._replace(names=tuple(name for name in each.names if name not in stopped))


HELD = (*DELIVERY, "arriving")


def _retire(facts: Facts, gathered: _Gathered, names: frozenset[str]) -> None:
    """What of ours no route asks for any more goes, once the logs really come by another way."""
    if not any(_retired(facts, names)):
        return  # nothing would go if all held
    found = diagnosed(facts, all_routes(facts, intended=True))
    holding = (
        route.name
        for route in found
        if all(verdict == "holds" for a, verdict in route.aspects.items() if a in HELD)
    )
    for write in _retired(facts, frozenset(holding)):
        gathered.add(write, ("replaced",), (write.account,))


def _retired(facts: Facts, holding: frozenset[str]) -> Iterator[Write]:
    for source in sources().values():
        yield from source.retired(facts, facts.fleet.logs_of(source.name), holding)


def blocked_routes(obstacles: Iterable[Obstacle]) -> frozenset[str]:
    """The routes whose delivery something stops that is not ours to change."""
    return frozenset(o.route for o in obstacles if o.finding.aspect in DELIVERY)


class _Gathered:
    """Writes of one call to one resource, merged into one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[Write, set[str], set[AccountId]]] = {}

    def add(self, write: Write, because: Iterable[str], accounts: Iterable[AccountId]) -> None:
        """Merge a write with what is known of the same call to the same resource."""
        place = (write.address, write.account, write.region, write.call, document_named(write))
        known, codes, asking = self._known.get(place, (write, set[str](), set[AccountId]()))
        merged = {**known.arguments, **write.arguments}
        codes.update(because)
        asking.update(accounts)  # in place: thousands of accounts ask the same of the archive
        self._known[place] = msgspec.structs.replace(write, arguments=merged), codes, asking

    def add_all(self, wishes: Iterable[Wish]) -> None:
        """Merge several."""
        for wish in wishes:
            self.add(wish.write, wish.because, wish.accounts)

    def wishes(self) -> tuple[Wish, ...]:
        """What came together."""
        return tuple(
            Wish(write, tuple(sorted(codes)), tuple(sorted(accounts)))
            for write, codes, accounts in self._known.values()
        )


def _hops(each: Together) -> Iterator[tuple[Hop, Checked]]:
    """The hops of the way that is planned for, each with what was found of it."""
    return zip(each.route.ways[each.checked.way], each.checked.hops, strict=True)


def _shared(facts: Facts, gathered: _Gathered, each: Together) -> None:
    """The writes of all that a log passes after what speaks, and of what keeps it."""
    for hop, seen_ in _hops(each):
        if not hop.speaks:
            _settings(facts, gathered, each.route.account, hop, seen_)


def _point(facts: Facts, gathered: _Gathered, each: Together) -> None:
    """The writes of what speaks."""
    for hop, seen_ in _hops(each):
        if hop.speaks:
            _settings(facts, gathered, each.route.account, hop, seen_)


def _lost(facts: Facts, each: Together) -> frozenset[Arn]:
    """What is not there, or is not what the fleet wants and never will be by a call of ours."""
    return frozenset(
        hop.arn
        for hop, seen_ in _hops(each)
        for finding in seen_.findings
        if finding.verdict != "holds"
        and finding.aspect in DELIVERY
        and (
            isinstance(finding.need, Exists)
            or (isinstance(finding.need, Is) and not _writes(facts, hop, finding))
        )
    )


def _of_halted(facts: Facts, gathered: _Gathered, halted: Halted) -> None:
    """The writes that do not hang on what stops a delivery: settings of what is there already.

    Nothing is made for a log that could not come, and what speaks is pointed once its way is open.
    """
    each = halted.of
    is_open = _way_is_open(each.checked)
    for hop, seen_ in _hops(each):
        if hop.arn not in halted.lost and (is_open or not hop.speaks):
            _settings(facts, gathered, each.route.account, hop, seen_)


def _settings(
    facts: Facts, gathered: _Gathered, account: AccountId, hop: Hop, checked: Checked
) -> None:
    """The writes for every unmet setting and missing thing of a hop."""
    for finding in checked.findings:
        if isinstance(finding.need, Exists | Is) and (finding.is_unmet or finding.is_contested):
            for write, may_be_made in _mending(facts, hop, finding)[-1]:
                if may_be_made:
                    gathered.add(write, (finding.code,), (account,))


def _of_hop(_facts: Facts, hop: Hop, finding: Finding) -> tuple[int, int]:
    return id(hop), id(finding)


@remembered_by(_of_hop)
def _mending(
    facts: Facts, hop: Hop, finding: Finding
) -> tuple[Hop, Finding, tuple[tuple[Write, bool], ...]]:
    """The writes that would mend a finding, and whether each may be made.

    It keeps the hop and the finding alive, and their ids their own.
    """
    writes = _writes(facts, hop, finding)
    return hop, finding, tuple((write, _may_be_made(facts, write)) for write in writes)


def _writes(facts: Facts, hop: Hop, finding: Finding) -> tuple[Write, ...]:
    match finding.need:
        case Exists(kind=kind):
            return registry.things()[kind].make(facts, hop)
        case Is(setting=name, value=value):
            return registry.settings()[name].write(facts, hop, value)
        case _:
            return ()


def _way_is_open(checked: Diagnosed) -> bool:
    """Whether everything behind what speaks would let a delivery through.

    What only hangs on something else says nothing: if that is behind too, it is itself not met.
    """
    passed = [hop for hop in checked.hops if not hop.speaks]
    behind = [f for hop in passed for f in hop.findings if f.aspect in DELIVERY]
    return all(f.verdict == "holds" or "behind" in f.evidence for f in behind)


def _obstacles(facts: Facts, each: Together) -> Iterator[Obstacle]:
    for hop, seen_ in _hops(each):
        for finding in seen_.findings:
            if finding.verdict != "holds" and _is_obstacle(facts, hop, finding):
                stated, may_pass = _limited(facts, hop, finding)
                of = each.route.source, each.route.account
                owner = account_of(hop.arn) or hop.account
                for name in each.names:
                    yield Obstacle(name, *of, hop.role, hop.arn, owner, stated, may_pass)


def _is_obstacle(facts: Facts, hop: Hop, finding: Finding) -> bool:
    """Whether a finding is not ours to mend; what only lies behind another is no obstacle."""
    if "behind" in finding.evidence or finding.aspect in LATER:
        return False
    if finding.verdict == "unknown" and not finding.is_contested:
        return True
    match finding.need:
        case Exists() | Is():
            mending = _mending(facts, hop, finding)[-1]
            return not all(may_be_made for _, may_be_made in mending) or not mending
        case Allows() as need:
            at = place_of(facts, need)
            denied = finding.evidence.get("outcome") == "ExplicitlyDenied"
            return denied or at is None or not is_ours_to_write(facts, at)
        case Denies() as need:
            at = place_of(facts, need)
            return need.by == "silence" or at is None or not is_ours_to_write(facts, at)
        case _:
            return False


def _guarded(facts: Facts, write: Write) -> Limit | None:
    guard = registry.guards().get(write.call)
    return guard(facts, write) if guard else None


def _may_be_made(facts: Facts, write: Write) -> bool:
    """Whether no limit stands against a call, and AWS is not known to refuse it."""
    return _guarded(facts, write) is None and refusal(facts, write) is None


def _limited(facts: Facts, hop: Hop, finding: Finding) -> tuple[Finding, bool]:
    """The finding with what keeps it from being mended: a limit by its own code, or a refusal.

    And whether the plan itself may end that.
    """
    ours = finding.is_unmet or finding.is_contested
    writes = _writes(facts, hop, finding) if ours else ()
    limits = [limit for write in writes if (limit := _guarded(facts, write))]
    if limits:
        found = limits[0]
        evidence = {**finding.evidence, "limit": found.says, **found.evidence}
        stated = msgspec.structs.replace(finding, code=found.code, evidence=evidence)
        return stated, all(each.may_pass for each in limits)
    refused = (found for write in writes if (found := refusal(facts, write)))
    return next((with_refusal(finding, each) for each in refused), finding), False
