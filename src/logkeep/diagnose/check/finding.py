"""What becomes of a need: its code, a verdict, evidence, and what would settle an unknown."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from logkeep.fleet import Accepted
from logkeep.policy import Decision
from logkeep.route import Need
from logkeep.value import Absent, Aspect, Json, Standing, Unseen, Verdict

NOT_THERE = "is not there"
"""What is said in an error's place of a setting whose resource is not there to have it."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What became of one need."""

    code: str
    aspect: Aspect
    verdict: Standing
    """`accepted` where the need is not met and the fleet file lives with that."""
    need: Need
    evidence: dict[str, Json]
    settle: str = ""
    """For an unknown: what would settle it."""
    accepted: Accepted | None = None

    @property
    def is_unmet(self) -> bool:
        """Whether the need is known not to be met, lived with or not."""
        return self.verdict in ("fails", "accepted")

    @property
    def is_contested(self) -> bool:
        """Whether it is not as wanted, and sources disagree whether that stops anything."""
        return self.verdict == "unknown" and bool(self.evidence.get("contested"))


def finding(
    need: Need,
    verdict: Verdict,
    evidence: dict[str, Json] | None = None,
    settle: str = "",
    *,
    code: str = "",
) -> Finding:
    """What became of a need, under its own code where it is given no other."""
    return Finding(code or need.code, need.aspect, verdict, need, evidence or {}, settle)


def unseen(need: Need, look: Unseen | Absent, *, code: str = "") -> Finding:
    """A need that could not be looked at, or whose resource is not there to have it."""
    error = look.error if isinstance(look, Unseen) else NOT_THERE
    evidence: dict[str, Json] = {"call": look.call, "error": error}
    return finding(need, "unknown", evidence, f"{look.call}: {error}", code=code)


OF_ONE_CALL: Final = re.compile(
    r"(?<![0-9])[0-9]{12}(?![0-9])|(?i:request ?id[:=]? ?[\w-]+)|"
    r"(?i:encoded authorization failure message: ?)\S+|"
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|"
    r"(?<=:)[a-z]{2}(?:-[a-z]+)+-[0-9](?=:)"
)
"""What AWS's message tells of one call alone: the account, the Region of an ARN, the request."""


def same_in_all(evidence: Mapping[str, Json]) -> tuple[str, str]:
    """The call that was not answered and its error, as they are in every account and Region."""
    call = str(evidence.get("call") or "").split("(")[0].split(" in ")[0]
    return call, OF_ONE_CALL.sub("", str(evidence.get("error") or ""))


def malformed(need: Need, named: str, mistakes: tuple[str, ...]) -> Finding:
    """A policy that AWS would refuse says nothing that could be relied on."""
    evidence: dict[str, Json] = {"mistakes": list(mistakes)}
    return finding(
        need, "unknown", evidence, f"mend {named}: {mistakes[0]}", code="policy-malformed"
    )


def behind(need: Need, missing: str, *, code: str = "") -> Finding:
    """A need that cannot be told before what it hangs on is there."""
    evidence: dict[str, Json] = {"behind": missing}
    return finding(need, "unknown", evidence, f"mend {missing} first", code=code)


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
    try:
        there = at if at.tzinfo is datetime.UTC else at.astimezone(datetime.UTC)
    except OverflowError:  # of a time at the edge of what a calendar holds, which nobody answered
        there = at
    # Not by strftime or isoformat, which take ten times as long: thousands of times are told.
    return f"{msgspec.to_builtins(there)[:19]}Z"
