"""What a plan leaves undone: what is in the way and whose it is, and what stays broken besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec

from logkeep.diagnose.check.finding import Finding, same_in_all
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Diagnosis
from logkeep.plan.wish import DELIVERY, LATER, Obstacle
from logkeep.value import AccountId, Arn, Aspect, Json, Standing, account_of, all_of


class Blocked(msgspec.Struct, frozen=True):
    """What is in the way and not ours to change: why, whose it is, and in whose way."""

    code: str
    role: str
    arn: Arn
    aspect: Aspect
    verdict: Standing
    evidence: dict[str, Json]
    settle: str
    accounts: tuple[AccountId, ...]
    owners: tuple[AccountId, ...]
    """The accounts that have what is in the way."""
    routes: tuple[str, ...]
    source: str
    """The kind of log of the first of them."""
    waits_for: tuple[str, ...] = ()
    """The codes of what is in the way; empty where it is itself in the way, or nothing is."""


def blocked(obstacles: Iterable[Obstacle], before: Diagnosis) -> tuple[Blocked, ...]:
    """One entry an obstacle, however many routes it stands in the way of, in their order."""
    places = _places(before)
    grouped: dict[tuple[str, str, str, bytes], list[Obstacle]] = {}
    for obstacle in obstacles:  # the same one met in two rounds is told once, as met first
        evidence = _shared_evidence(obstacle)
        # What refuses a call refuses it alike for each account's own resource.
        own = "" if "refused" in obstacle.finding.evidence else _in_any_account(obstacle.arn)
        place = (obstacle.finding.code, obstacle.role, own, evidence)
        grouped.setdefault(place, []).append(obstacle)
    return tuple(_group(found, places) for found in grouped.values())


def unmended(
    before: Diagnosis, after: Diagnosis, obstacles: Iterable[Obstacle]
) -> tuple[Blocked, ...]:
    """What fails after the plan and is not itself in the way, each with what it waits for."""
    stops: dict[str, list[Finding]] = {}
    for obstacle in obstacles:
        stops.setdefault(obstacle.route, []).append(obstacle.finding)
    stood = {route.name: route for route in before.routes}
    grouped: dict[tuple[str, str, Arn, bytes, tuple[str, ...]], list[Obstacle]] = {}
    for route in after.routes:
        known = stops.get(route.name, [])
        for hop, finding in _failing(route):
            if any(s.code == finding.code and s.verdict == "fails" for s in known) or (
                finding.aspect == "arriving" and _was_stopped(stood.get(route.name))
            ):
                continue
            owner = account_of(hop.arn) or hop.account
            of = Obstacle(
                route.name, route.source, route.account, hop.role, hop.arn, owner, finding
            )
            waits = () if finding.aspect in LATER else _codes(known)
            own = "" if hop.is_of_one_route else hop.arn
            place = (finding.code, hop.role, own, _shared_evidence(of), waits)
            grouped.setdefault(place, []).append(of)
    places = _places(before)
    return tuple(
        msgspec.structs.replace(_group(found, places), waits_for=waits)
        for (*_, waits), found in grouped.items()
    )


def _in_any_account(arn: Arn) -> Arn:
    """An ARN without the account: each account has a resource of that name."""
    account = account_of(arn)
    return arn.replace(account, "") if account else arn


def _places(before: Diagnosis) -> dict[str, int]:
    return {route.name: place for place, route in enumerate(before.routes)}


def _failing(route: Diagnosed) -> Iterator[tuple[Checked, Finding]]:
    for hop in route.hops:
        for finding in hop.amiss:
            if finding.verdict == "fails":
                yield hop, finding


def _was_stopped(route: Diagnosed | None) -> bool:
    """Whether no log could come before: then the silence follows from that, and tells no more."""
    aspects = route.aspects if route is not None else {}
    return any(aspects.get(aspect) == "fails" for aspect in DELIVERY)


def _codes(stops: Iterable[Finding]) -> tuple[str, ...]:
    """What stops a delivery, by its codes."""
    return tuple(dict.fromkeys(stop.code for stop in stops if stop.aspect in DELIVERY))


def _shared_evidence(obstacle: Obstacle) -> bytes:
    """What of the evidence is the same for every route in whose way it stands."""
    evidence = obstacle.finding.evidence
    shared: dict[str, Json] = {k: evidence.get(k) for k in ("statement", "layer", "setting")}
    shared["unseen"] = same_in_all(evidence)
    refused = evidence.get("refused")
    if isinstance(refused, dict):
        found = cast("dict[str, Json]", refused)
        asked = ("call", "action", "outcome", "layer", "statement", "policy")
        shared["refused"] = [found.get(name) for name in asked]
    return msgspec.json.encode(shared, order="sorted")


def _group(found: list[Obstacle], places: Mapping[str, int]) -> Blocked:
    first = found[0]
    return Blocked(
        code=first.finding.code,
        role=first.role,
        arn=first.arn,
        aspect=first.finding.aspect,
        verdict=all_of(o.finding.verdict for o in found),
        evidence=first.finding.evidence,
        settle=first.finding.settle,
        accounts=tuple(sorted({o.account for o in found})),
        routes=tuple(sorted({o.route for o in found}, key=lambda name: places.get(name, 0))),
        source=first.source,
        owners=tuple(sorted({o.owner for o in found})),
    )
