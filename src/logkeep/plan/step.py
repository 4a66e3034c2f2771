"""One round of planning: the writes that can be made now, and what is not ours to make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from logkeep.access.policies.granting import is_ours_to_write, place_of
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Finding, diagnosed
from logkeep.plan.policies import document_named, policies
from logkeep.plan.wish import Obstacle, Step, Wish
from logkeep.route import Allows, Denies, Exists, Hop, Is, Once, Route
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Limit, Write
from logkeep.sources import registry, sources
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId

DELIVERY = ("configured", "permitted")


def step(facts: Facts, given_up: frozenset[str] = frozenset()) -> Step:
    """The writes that can be made now; what speaks is pointed last, its way open (1.4.5)."""
    routes = list(all_routes(facts, intended=True))
    found = diagnosed(facts, routes)
    pairs = list(zip(routes, found, strict=True))
    obstacles = [o for route, seen_ in pairs for o in _obstacles(facts, route, seen_)]
    stopped = given_up | blocked_routes(obstacles)
    open_ = [(route, seen_) for route, seen_ in pairs if route.name not in stopped]
    gathered = _Gathered()
    for route, checked in open_:
        _shared(facts, gathered, route, checked)
        if _way_is_open(checked):
            _point(facts, gathered, route, checked)
    _retire(facts, gathered, found)
    short: list[str] = []
    for made in policies(facts, open_):
        gathered.add_all(made.wishes)
        obstacles += made.obstacles
        short += made.short
    return Step(gathered.wishes(), tuple(obstacles), tuple(short))


HELD = (*DELIVERY, "arriving")


def _retire(facts: Facts, gathered: _Gathered, found: tuple[Diagnosed, ...]) -> None:
    """What of ours no route asks for any more goes, once the logs really come by another way."""
    holding = frozenset(
        route.name
        for route in found
        if all(verdict == "holds" for a, verdict in route.aspects.items() if a in HELD)
    )
    for source in sources().values():
        for write in source.retired(facts, facts.fleet.logs_of(source.name), holding):
            gathered.add(write, ("replaced",), (write.account,))


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


def _shared(facts: Facts, gathered: _Gathered, route: Route, checked: Diagnosed) -> None:
    """The writes of all that a log passes after what speaks, and of what keeps it."""
    for hop, seen_ in zip(route.ways[checked.way], checked.hops, strict=True):
        if not hop.speaks:
            _settings(facts, gathered, route.account, hop, seen_)


def _point(facts: Facts, gathered: _Gathered, route: Route, checked: Diagnosed) -> None:
    """The writes of what speaks."""
    for hop, seen_ in zip(route.ways[checked.way], checked.hops, strict=True):
        if hop.speaks:
            _settings(facts, gathered, route.account, hop, seen_)


def _settings(
    facts: Facts, gathered: _Gathered, account: AccountId, hop: Hop, checked: Checked
) -> None:
    """The writes for every unmet setting and missing thing of a hop."""
    for finding in checked.findings:
        if finding.is_unmet:
            for write in _writes(facts, hop, finding):
                gathered.add(write, (finding.code,), (account,))


def _writes(facts: Facts, hop: Hop, finding: Finding) -> tuple[Write, ...]:
    match finding.need:
        case Exists(kind=kind):
            return registry.things()[kind].make(facts, hop)
        case Is(setting=name, value=value):
            return registry.settings()[name].write(facts, hop, value)
        case Once(kind=kind) as need:
            return registry.recordings()[kind].write(facts, hop, need)
        case _:
            return ()


def _way_is_open(checked: Diagnosed) -> bool:
    """Whether everything behind what speaks would let a delivery through.

    What only hangs on something else says nothing: if that is behind too, it is itself not met.
    """
    passed = [hop for hop in checked.hops if not hop.speaks]
    behind = [f for hop in passed for f in hop.findings if f.aspect in DELIVERY]
    return all(f.verdict == "holds" or "behind" in f.evidence for f in behind)


def _obstacles(facts: Facts, route: Route, checked: Diagnosed) -> Iterator[Obstacle]:
    for hop, seen_ in zip(route.ways[checked.way], checked.hops, strict=True):
        for finding in seen_.findings:
            if finding.verdict != "holds" and _is_obstacle(facts, hop, finding):
                stated = _limited(facts, hop, finding)
                of = route.name, route.source, route.account
                yield Obstacle(*of, hop.role, hop.arn, stated)


def _is_obstacle(facts: Facts, hop: Hop, finding: Finding) -> bool:
    """Whether a finding is not ours to mend; what only lies behind another is no obstacle."""
    if "behind" in finding.evidence or finding.aspect in ("arriving", "intact"):
        return False
    if finding.verdict == "unknown":
        return True
    match finding.need:
        case Exists() | Is() | Once():
            writes = _writes(facts, hop, finding)
            return not writes or any(_guarded(facts, write) for write in writes)
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


def _limited(facts: Facts, hop: Hop, finding: Finding) -> Finding:
    """The finding, under the code of the limit where a limit keeps it from being mended."""
    limits = [limit for w in _writes(facts, hop, finding) if (limit := _guarded(facts, w))]
    if not limits:
        return finding
    evidence = {**finding.evidence, "limit": limits[0].says}
    return msgspec.structs.replace(finding, code=limits[0].code, evidence=evidence)
