"""What changed between two diagnoses of one fleet: routes, verdicts, findings, acceptances."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Diagnosis
from logkeep.value import AccountId, Arn, Aspect, Standing, Time


class Turned(msgspec.Struct, frozen=True):
    """An aspect of a route that stands otherwise than it did."""

    route: str
    aspect: Aspect
    before: Standing
    after: Standing


class Failure(msgspec.Struct, frozen=True):
    """A finding that failed at one of the two times, and every route it stood in the way of."""

    code: str
    role: str
    arn: Arn
    accounts: tuple[AccountId, ...]
    routes: tuple[str, ...]


class Expired(msgspec.Struct, frozen=True):
    """A finding that was lived with until a date which has passed, and that still fails."""

    code: str
    account: AccountId
    until: datetime.date
    why: str


class Since(msgspec.Struct, frozen=True):
    """What changed since an earlier snapshot."""

    taken_at: Time
    """When the earlier snapshot was taken."""
    new: tuple[str, ...]
    """The routes that were not there."""
    gone: tuple[str, ...]
    turned: tuple[Turned, ...]
    appeared: tuple[Failure, ...]
    mended: tuple[Failure, ...]
    unclear: tuple[Failure, ...]
    """What failed and cannot be told now: it may be mended, or only hidden."""
    expired: tuple[Expired, ...]

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        changes = (self.new, self.gone, self.turned, self.appeared, self.mended)
        return not any((*changes, self.unclear, self.expired))


def since(before: Diagnosis, now: Diagnosis) -> Since:
    """What is otherwise now than it was before."""
    earlier = {route.name: route for route in before.routes}
    present = {route.name: route for route in now.routes}
    was, fails = _failures(before.routes), _failures(now.routes)
    ended = [each for key, each in was.items() if key not in fails and key[0] in present]
    cleared = [each for each in ended if _is_clear(present[each[0].name], each)]
    hidden = [each for each in ended if _is_hidden(present[each[0].name], each)]
    return Since(
        taken_at=before.taken_at,
        new=tuple(name for name in present if name not in earlier),
        gone=tuple(name for name in earlier if name not in present),
        turned=tuple(_turned(before, present)),
        appeared=_as_failures([each for key, each in fails.items() if key not in was]),
        mended=_as_failures(cleared),
        unclear=_as_failures(hidden),
        expired=tuple(_expired(before, now)),
    )


_Found: TypeAlias = tuple[Diagnosed, Checked, Finding]
_Key: TypeAlias = tuple[str, str, str, Arn]
"""A finding's route, code, and the role and ARN of its hop."""


def _findings(routes: Iterable[Diagnosed]) -> Iterator[tuple[_Key, _Found]]:
    for route in routes:
        for hop in route.hops:
            for finding in hop.findings:
                yield (route.name, finding.code, hop.role, hop.arn), (route, hop, finding)


def _failures(routes: Iterable[Diagnosed]) -> dict[_Key, _Found]:
    """Every finding that fails and is not lived with."""
    return {key: found for key, found in _findings(routes) if found[2].verdict == "fails"}


def _is_hidden(now: Diagnosed, was: _Found) -> bool:
    """Whether what failed cannot be told now: its aspect is unknown somewhere on that hop's part.

    A failure that is only hidden is never called mended: hiding a fact improves no verdict.
    """
    _, hop, finding = was
    alike = [f for h in now.hops if h.role == hop.role for f in h.findings]
    return not alike or any(f.aspect == finding.aspect and f.verdict == "unknown" for f in alike)


def _is_clear(now: Diagnosed, was: _Found) -> bool:
    """Whether what failed is mended: seen, and no longer so on whatever took the hop's place."""
    _, hop, finding = was
    alike = [f for h in now.hops if h.role == hop.role for f in h.findings]
    still = any(f.code == finding.code and f.is_unmet for f in alike)
    return not still and not _is_hidden(now, was)


def _turned(before: Diagnosis, present: dict[str, Diagnosed]) -> Iterator[Turned]:
    """The aspects that turned; that a snapshot held no verification is no change of the logs."""
    verified = any(r.aspects["intact"] not in ("unknown", "none") for r in before.routes)
    for route in before.routes:
        if route.name not in present:
            continue
        after = present[route.name].aspects
        for aspect, verdict in route.aspects.items():
            news = verified or aspect != "intact" or after[aspect] == "fails"
            if after[aspect] != verdict and news:
                yield Turned(route.name, aspect, verdict, after[aspect])


def _as_failures(found: Iterable[_Found]) -> tuple[Failure, ...]:
    """One entry a code and hop, with every route it concerns; what each route has is one."""
    grouped: dict[tuple[str, str, str], list[_Found]] = {}
    for each in found:
        _, hop, finding = each
        shared = "" if hop.is_of_one_route else hop.arn
        grouped.setdefault((finding.code, hop.role, shared), []).append(each)
    return tuple(_failure(group) for group in grouped.values())


def _failure(group: list[_Found]) -> Failure:
    _, hop, finding = group[0]
    return Failure(
        code=finding.code,
        role=hop.role,
        arn=hop.arn if len({each.arn for _, each, _ in group}) == 1 else "",
        accounts=tuple(dict.fromkeys(route.account for route, _, _ in group)),
        routes=tuple(dict.fromkeys(route.name for route, _, _ in group)),
    )


def _expired(before: Diagnosis, now: Diagnosis) -> Iterator[Expired]:
    """What the fleet accepted then and no longer, for its date has passed."""
    lived = {key: found for key, found in _findings(before.routes) if found[2].accepted}
    over: dict[Expired, None] = {}
    for key, (route, _, finding) in _failures(now.routes).items():
        entry = lived[key][2].accepted if key in lived else None
        if entry is not None and entry.until < now.taken_at.date():
            over[Expired(finding.code, route.account, entry.until, entry.why)] = None
    yield from over
