"""What becomes of a need: a verdict, its code, evidence, and what would settle an unknown."""

from __future__ import annotations

import datetime

import msgspec

from logkeep.policy import Decision
from logkeep.value import Absent, Json, Unseen, Verdict


class Result(msgspec.Struct, frozen=True, gc=False):
    """What became of a need."""

    verdict: Verdict
    code: str
    evidence: dict[str, Json] = msgspec.field(default_factory=dict[str, Json])
    settle: str = ""


def unseen(code: str, look: Unseen | Absent) -> Result:
    """A need that could not be looked at, or whose resource is not there to have it."""
    error = look.error if isinstance(look, Unseen) else "is not there"
    return Result("unknown", code, {"call": look.call, "error": error}, f"{look.call}: {error}")


def malformed(named: str, mistakes: tuple[str, ...]) -> Result:
    """A policy that AWS would refuse says nothing that could be relied on."""
    settle = f"mend {named}: {mistakes[0]}"
    return Result("unknown", "policy-malformed", {"mistakes": list(mistakes)}, settle)


def behind(code: str, missing: str) -> Result:
    """A need that cannot be told before what it hangs on is there."""
    return Result("unknown", code, {"behind": missing}, f"mend {missing} first")


def decided(decision: Decision) -> dict[str, Json]:
    """A decision as evidence: what it is, and the layer and statement that made it."""
    named = decision.statement
    said = named.sid or f"number {named.index + 1}" if named else ""
    return {
        "outcome": decision.outcome,
        "layer": decision.layer,
        **({"statement": said, "policy": named.policy} if named else {}),
    }


def utc(at: datetime.datetime) -> str:
    """A time in UTC, to the second, as text."""
    # Not by strftime, which takes ten times as long: thousands of times are told.
    there = at if at.tzinfo is datetime.UTC else at.astimezone(datetime.UTC)
    return f"{there.isoformat()[:19]}Z"
