"""One round of planning: the writes that can be made now, and what is not ours to make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from logkeep.access import bucket, granting, key
from logkeep.access.bucket import of_bucket
from logkeep.access.legs import layers_of, policy_of
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Finding, diagnosed
from logkeep.plan.compose import Composed, TooLong, compose, denial, sids_of, without_ours
from logkeep.policy import Malformed, Policy, decide
from logkeep.route import Allows, Denies, Exists, Hop, Is, Once, Route
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Limit, Write
from logkeep.sources import registry, sources
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Json, Seen

LIMITS = {"bucket": 20 * 1024, "key": 32 * 1024}
"""The bytes of a bucket policy (rule 2.1.6) and of a key policy (rule 4.4)."""
DELIVERY = ("configured", "permitted")


class Wish(msgspec.Struct, frozen=True):
    """A write with the findings it mends and the accounts whose routes asked for it."""

    write: Write
    because: tuple[str, ...]
    accounts: tuple[AccountId, ...]


class Obstacle(msgspec.Struct, frozen=True):
    """What keeps a route from being mended, and is not ours to change."""

    route: str
    source: str
    account: AccountId
    role: str
    arn: str
    finding: Finding


class Step(msgspec.Struct, frozen=True):
    """What one round found to do, and what it found in the way."""

    wishes: tuple[Wish, ...]
    obstacles: tuple[Obstacle, ...]
    short: tuple[str, ...] = ()
    """The policies that had to take the short form."""


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
    policies = [_policy(facts, leg, open_) for leg in ("bucket", "key")]
    for made in policies:
        gathered.add_all(made.wishes)
        obstacles += made.obstacles
    short = tuple(leg for made in policies for leg in made.short)
    return Step(gathered.wishes(), tuple(obstacles), short)


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
        self._known: dict[tuple[str, str, str, str], tuple[Write, set[str], set[AccountId]]] = {}

    def add(self, write: Write, because: Iterable[str], accounts: Iterable[AccountId]) -> None:
        """Merge a write with what is known of the same call to the same resource."""
        place = (write.address, write.account, write.region, write.call)
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
        case Allows() as asked:
            return granting.grants(facts, asked)
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
        case Allows(grant=grant, leg=leg):
            if leg in granting.LEGS:
                return not _writes(facts, hop, finding)
            return grant is None or finding.evidence.get("outcome") == "ExplicitlyDenied"
        case Denies(by=by, code=code, but=but):
            return by == "silence" or (code == "settings-open" and not but)
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


def _policy(facts: Facts, leg: str, open_: list[tuple[Route, Diagnosed]]) -> Step:
    """The one write of a policy that answers every grant and denial asked of it."""
    asked = list(_asked(leg, open_))
    unmet = [(route, f) for route, f in asked if f.is_unmet]
    look = policy_of(facts, leg)
    if not unmet or isinstance(look, Malformed) or not _is_there(facts, leg):
        return Step((), ())
    text = _text(facts, leg)
    grants = [n.grant for _, f in asked if isinstance(n := f.need, Allows) and n.grant]
    foreign = without_ours(text, sids_of(grants))
    needs = [f.need for _, f in asked if isinstance(f.need, Allows | Denies)]
    needed = _needed(facts, leg, foreign, needs)
    denials = [denial(n) for n in needed if isinstance(n, Denies)]
    wanted = [n.grant for n in needed if isinstance(n, Allows) and n.grant]
    unique = {s["Sid"]: s for s in denials}
    made = compose(text, list(dict.fromkeys(wanted)), unique.values(), LIMITS[leg])
    because = tuple(sorted({f.code for _, f in unmet}))
    accounts = tuple(sorted({route.account for route, _ in unmet}))
    match made:
        case Composed(new, form):
            short = (leg,) if form == "short" else ()
            return Step((Wish(policy_write(facts, leg, new), because, accounts),), (), short)
        case TooLong(length, limit):
            return Step((), tuple(_too_long(unmet, length, limit)))


def _text(facts: Facts, leg: str) -> str | None:
    return seen(bucket.policy_text(facts) if leg == "bucket" else key.policy_text(facts))


def _is_there(facts: Facts, leg: str) -> bool:
    if leg == "key":
        return isinstance(key.described(facts), Seen)
    return bucket.owner(facts, bucket.archives(facts)) == Seen(facts.fleet.archive.account)


def _asked(leg: str, open_: list[tuple[Route, Diagnosed]]) -> Iterator[tuple[Route, Finding]]:
    """Every Allows and Denies of the open routes that this policy answers."""
    for route, checked in open_:
        for hop in checked.hops:
            if any(
                f.need for f in hop.findings if isinstance(f.need, Exists) and f.verdict != "holds"
            ):
                continue
            for finding in hop.findings:
                need = finding.need
                if isinstance(need, Allows) and need.leg == leg and need.grant:
                    yield route, finding
                if leg == "bucket" and isinstance(need, Denies) and _closable(need):
                    yield route, finding


def _closable(need: Denies) -> bool:
    """Whether we may write this Deny: never one that would lock everybody out (rule 2.3.5)."""
    return bool(need.closes) and (need.code != "settings-open" or bool(need.but))


def _needed(
    facts: Facts, leg: str, foreign: str | None, needs: list[Allows | Denies]
) -> list[Allows | Denies]:
    """The needs that the foreign statements do not meet by themselves."""
    kind = "resource" if leg == "bucket" else "key"
    read = facts.policy(foreign, kind, leg) if foreign else None
    resource = None if isinstance(read, Malformed) else read
    return [need for need in needs if not _met_by(facts, need, resource)]


def _met_by(facts: Facts, need: Allows | Denies, resource: Policy | None) -> bool:
    """Whether a policy alone lets a request through; a closing is always said in our own words."""
    if isinstance(need, Denies):
        return False
    return decide(need.request, layers_of(facts, need, resource)).outcome == "Allowed"


def policy_write(facts: Facts, leg: str, text: str) -> Write:
    """The call that puts a policy on the bucket or the key."""
    fleet = facts.fleet
    if leg == "bucket":
        arguments: dict[str, Json] = {
            "Bucket": fleet.archive.bucket,
            "ExpectedBucketOwner": fleet.archive.account,
            "Policy": text,
        }
        place = of_bucket(facts, "s3:GetBucketPolicy")
        return Write(fleet.bucket_arn, place.account, place.region, "s3:PutBucketPolicy", arguments)
    found = seen(key.described(facts))
    key_id = found.key_id if found else ""
    arguments = {"KeyId": key_id, "PolicyName": "default", "Policy": text}
    place = key.of_key(facts, "kms:GetKeyPolicy", key_id)
    return Write(key.arn(facts), place.account, place.region, "kms:PutKeyPolicy", arguments)


def _too_long(unmet: list[tuple[Route, Finding]], length: int, limit: int) -> Iterator[Obstacle]:
    for route, finding in unmet:
        evidence = {**finding.evidence, "length": length, "limit": limit}
        stated = msgspec.structs.replace(finding, code="policy-too-long", evidence=evidence)
        of = route.name, route.source, route.account
        yield Obstacle(*of, "policy", finding.code, stated)
