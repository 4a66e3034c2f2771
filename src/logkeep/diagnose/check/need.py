"""One need held against the facts: the first reading of a need."""

from __future__ import annotations

import functools
from typing import assert_never

import msgspec

from logkeep.diagnose.check.arrival import arrived
from logkeep.diagnose.check.closing import denies
from logkeep.diagnose.check.finding import Finding, finding, unseen
from logkeep.diagnose.check.permission import allows
from logkeep.route import Allows, Arrived, Denies, Exists, Hop, Is, Need
from logkeep.snapshot.facts import Facts
from logkeep.sources import registry
from logkeep.sources.refused_reads import refused_by
from logkeep.value import Absent, Json, Seen, Unseen, Verdict


def check(facts: Facts, hop: Hop, need: Need) -> Finding:
    """Whether a need is met, by what evidence, and for an unknown what would settle it."""
    found = _checked(facts, hop, need)
    if found.verdict != "unknown" or "call" not in found.evidence:
        return found
    refused = refused_by(facts, str(found.evidence["call"]), str(found.evidence.get("error", "")))
    if not refused:
        return found
    return msgspec.structs.replace(found, evidence={**found.evidence, "refused_by": refused})


def _checked(facts: Facts, hop: Hop, need: Need) -> Finding:
    match need:
        case Exists():
            return _exists(facts, hop, need)
        case Is():
            return _is(facts, hop, need)
        case Allows():
            return allows(facts, need)
        case Denies():
            return denies(facts, need)
        case Arrived():
            return arrived(facts, hop, need)
        case _:
            assert_never(need)


def _exists(facts: Facts, hop: Hop, need: Exists) -> Finding:
    look = registry.things()[need.kind].find(facts, hop)
    match look:
        case Seen():
            return finding(need, "holds")
        case Absent(call):
            return finding(need, "fails", {"call": call})
        case Unseen():
            return unseen(need, look)


def _is(facts: Facts, hop: Hop, need: Is) -> Finding:
    setting = registry.settings()[need.setting]
    look, more = setting.read(facts, hop, need), setting.tells(facts, hop, need)
    if not isinstance(look, Seen):
        found = unseen(need, look)
        return msgspec.structs.replace(found, evidence={**found.evidence, **more})
    if need.value is None:
        settle = "what this should be could not be seen"
        return finding(need, "unknown", {"setting": need.setting, "is": look.value}, settle)
    if not more and look.value == need.value and isinstance(need.value, str | bool):
        return finding(need, "holds", _as_it_should(need.setting, need.value))
    evidence = {"setting": need.setting, "is": look.value, "should": need.value, **more}
    if look.value != need.value and need.contested:
        return finding(need, "unknown", {**evidence, "contested": True}, need.contested)
    verdict: Verdict = "holds" if look.value == need.value else "fails"
    return finding(need, verdict, evidence)


@functools.lru_cache(1024, typed=True)
def _as_it_should(setting: str, value: str | bool) -> dict[str, Json]:
    """The evidence of a setting that is as it should be: one for thousands of Regions."""
    return {"setting": setting, "is": value, "should": value}
