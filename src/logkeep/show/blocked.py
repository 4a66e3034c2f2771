"""What a plan leaves undone, in words: what is in the way, what waits for it, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import msgspec

from logkeep.diagnose.check.finding import same_in_all
from logkeep.fleet import Fleet
from logkeep.plan import Blocked, Plan
from logkeep.plan.refused import CallDoubt
from logkeep.show import words
from logkeep.show.causes import FEW
from logkeep.show.paint import Paint
from logkeep.value import Json, account_of
from logkeep.words.access import LAYERS, let_call
from logkeep.words.described import Described
from logkeep.words.doubts import doubts_words
from logkeep.words.plain import clean, count, few, joined, people


def together(found: Iterable[Blocked]) -> list[Blocked]:
    """What one thing blocks in several ways, told once."""
    merged: dict[tuple[str, str, str], Blocked] = {}
    for each in found:
        evidence = {k: v for k, v in each.evidence.items() if k not in ("action", "resource")}
        place = (each.code, each.arn, repr((sorted(evidence.items()), each.waits_for)))
        known = merged.get(place, each)
        merged[place] = msgspec.structs.replace(
            known,
            accounts=tuple(dict.fromkeys((*known.accounts, *each.accounts))),
            routes=tuple(dict.fromkeys((*known.routes, *each.routes))),
            owners=tuple(dict.fromkeys((*known.owners, *each.owners))),
        )
    return list(_folded(merged.values()))


def _folded(found: Iterable[Blocked]) -> Iterator[Blocked]:
    """One entry for what many routes lack alike of a resource that each has for itself."""
    alike: dict[str, list[Blocked]] = {}
    for at, each in enumerate(found):
        own = ("action", "resource", "call") if each.verdict == "fails" else ()
        evidence = {name: value for name, value in each.evidence.items() if name not in own}
        of_its_own = msgspec.structs.replace(
            each, arn="", accounts=(), routes=(), owners=(), evidence=evidence
        )
        sameness = repr(of_its_own) if len(each.routes) == 1 else str(at)
        alike.setdefault(sameness, []).append(each)
    for first, *others in alike.values():
        if len(others) < FEW:
            yield from (first, *others)
            continue
        routes = tuple(name for each in (first, *others) for name in each.routes)
        accounts = dict.fromkeys(id_ for each in (first, *others) for id_ in each.accounts)
        owners = tuple(dict.fromkeys(id_ for each in (first, *others) for id_ in each.owners))
        yield msgspec.structs.replace(first, accounts=tuple(accounts), routes=routes, owners=owners)


def blocked_lines(fleet: Fleet, plan: Plan, paint: Paint) -> Iterator[str]:
    """Everything in the way, what hangs on one unanswered call as one paragraph."""
    alike: dict[object, list[Blocked]] = {}
    for at, each in enumerate(together(plan.blocked)):
        unseen = same_in_all(each.evidence) if each.verdict == "unknown" else ("", "")
        alike.setdefault((unseen, each.accounts) if any(unseen) else at, []).append(each)
    for first, *others in alike.values():
        yield from _obstacle_lines(fleet, plan, first, paint)
        codes = [each.code for each in others]
        yield from paint.wrap("also", f"the same keeps {few(codes, 4)} unknown" if codes else "")
        yield ""


def _obstacle_lines(fleet: Fleet, plan: Plan, blocked: Blocked, paint: Paint) -> Iterator[str]:
    """What is in the way, why, in whose way, and what to ask of whom."""
    it = described_blocked(fleet, plan, blocked)
    head = paint.dye(f"blocked[{blocked.code}]", "yellow")
    yield f"{head}: {paint.dye(words.headline(it), 'bold')}"
    yield from paint.wrap("why", words.says(it))
    yield from paint.wrap("but", refused_words(it))
    yield from paint.wrap("for", f"{people(fleet, blocked.accounts)}, "
                          f"{count(len(blocked.routes), 'route')}")  # fmt: skip
    yield from paint.wrap("owner", owner(it))
    yield from paint.wrap("ask", asked(it))


def unmended_lines(fleet: Fleet, plan: Plan, found: Blocked, paint: Paint) -> Iterator[str]:
    """What stays broken, and what it waits for; where nothing mends it, what to do."""
    it = described_blocked(fleet, plan, found)
    word = "withheld" if found.waits_for else "broken"
    head = paint.dye(f"{word}[{found.code}]", "yellow")
    yield f"{head}: {paint.dye(words.headline(it), 'bold')}"
    yield from paint.wrap("why", words.says(it))
    yield from paint.wrap("for", f"{people(fleet, found.accounts)}, "
                          f"{count(len(found.routes), 'route')}")  # fmt: skip
    if found.waits_for:
        yield from paint.wrap("waits", f"until {joined(found.waits_for, 'and')} is out of the way")
    else:
        yield from paint.wrap("fix", words.fix(it))


def in_the_way_of(plan: Plan, found: Blocked) -> Blocked:
    """What something waits for first; itself where it waits for nothing."""
    routes = frozenset(found.routes)
    stops = (
        b for b in plan.blocked if b.code in found.waits_for and not routes.isdisjoint(b.routes)
    )
    return next(stops, found)


def described_blocked(fleet: Fleet, plan: Plan, blocked: Blocked) -> Described:
    """What is in the way, as its words need it."""
    return Described(
        code=blocked.code,
        verdict=blocked.verdict,
        evidence=blocked.evidence,
        settle=blocked.settle,
        aspect=blocked.aspect,
        role=blocked.role,
        arn=blocked.arn,
        accounts=blocked.accounts,
        regions=(),
        fleet=fleet,
        taken_at=plan.taken_at,
        source=blocked.source,
        owners=blocked.owners,
        sender=words.wording_of(blocked.source).sender,
    )


def owner(it: Described) -> str:
    """Who can change what is in the way."""
    refused = _refusal(it)
    unread = cast("dict[str, Json]", it.evidence.get("refused_by") or {})
    layer = str((refused or unread or it.evidence).get("layer", ""))
    if layer in ("rcp", "scp"):
        return "the organization's management account"
    if refused:
        who = "principal" if layer in ("identity", "boundary", "session") else "resource"
        named = account_of(str(refused[who]))
        return people(it.fleet, [named] if named else it.owners)
    wording = words.wording_of(it.source)
    other = wording.keeper(it)
    if other is not None:
        return other.who
    if it.role in (wording.speaker, "logs", "reader"):
        holder = account_of(it.arn) if it.role == "reader" else ""
        return people(it.fleet, [holder] if holder else it.accounts)
    return people(it.fleet, it.owners)


def asked(it: Described) -> str:
    """What to ask of whoever can change it."""
    refused = _refusal(it)
    if refused:
        return f"let `{clean(refused['principal'])}` call {clean(refused['action'])}"
    unread = cast("dict[str, Json]", it.evidence.get("refused_by") or {})
    if unread:
        return let_call(unread, it.fleet)
    other = words.wording_of(it.source).keeper(it)
    if other is not None:
        return other.asked
    return words.settles(it) if it.verdict == "unknown" else words.fix(it)


def _refusal(it: Described) -> dict[str, Json]:
    """The call of ours that AWS would refuse; nothing where none would be."""
    found = it.evidence.get("refused")
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {}


def refused_words(it: Described) -> str:
    """Which call of ours AWS would refuse, and by which statement; nothing where none."""
    refused = _refusal(it)
    if not refused:
        return ""
    call, layer = clean(refused["action"]), str(refused["layer"])
    who = f"`{clean(str(refused['principal']).rsplit('/', 1)[-1])}`"
    if "kept" in refused:
        return f"AWS would refuse {call} to {who}: it is {clean(refused['kept'])}, and AWS's own"
    where = LAYERS.get(layer, "the resource's policy")
    if "statement" in refused:
        named = f"`{clean(refused['statement'])}` of `{clean(refused['policy'])}`"
        return f"AWS would refuse {call} to {who}: {named}, {where}, denies it"
    return f"AWS would refuse {call} to {who}: nothing in {where} allows it"


def doubt_words(fleet: Fleet, doubt: CallDoubt) -> str:
    """Of which calls it is not known whether AWS lets them be made, and what would tell."""
    calls = few([clean(call) for call in doubt.calls], 3)
    hangs = doubts_words(doubt.settle)
    where = people(fleet, doubt.accounts)
    return f"it is not known whether Logkeep may call {calls} in {where}: that depends on {hangs}"
