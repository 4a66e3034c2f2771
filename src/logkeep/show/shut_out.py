"""Who loses the archive's settings or key by a plan, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.plan import Plan
from logkeep.plan.shut_out import HistoryRead, ShutOut
from logkeep.words.plain import clean, few, joined, moment

KEEPS: Final = "to keep that access, name it under `[archive] administrators` in logkeep.toml"
NAMED_MAX: Final = 5
NO_NAMES: Final = {
    "service": "an AWS service",
    "account": "somebody of another account",
    "root": "the root user, who keeps the bucket's policy",
    "unknown": "the record says no more about it",
}
"""Who cannot be an administrator (rule 2.1.7 of the root user)."""


def shut_out_words(plan: Plan) -> Iterator[str]:
    """Who did change them of late, who else may today, and how far the history tells."""
    seen = [each for each in plan.shut_out if each.last is not None]
    able = [each for each in plan.shut_out if each.last is None]
    nameable = [each for each in seen if each.kind in ("role", "user")]
    others = [each for each in seen if each.kind not in ("role", "user")]
    if nameable:
        who = few([_did(each) for each in nameable], NAMED_MAX)
        yield f"{who} changed the archive's settings or key, and will lose that access: {KEEPS}"
    if others:
        who = few([_did(each, f"{NO_NAMES[each.kind]}; ") for each in others], NAMED_MAX)
        yield (
            f"{who} changed the archive's settings or key, will lose that access, and cannot be "
            "named as an administrator: use a role for it instead"
        )
    if able:
        who = few([f"`{clean(each.principal)}`" for each in able], NAMED_MAX)
        too = " too" if nameable else ""
        yield (
            f"{who} may change the archive's settings or key today{too}, and will lose that "
            f"access: {KEEPS}"
        )
    if plan.history is not None:
        yield from _history_words(plan.history, named=bool(plan.shut_out))


def _did(each: ShutOut, what: str = "") -> str:
    last = each.last
    did = f" ({what}{clean(last.event)} at {moment(last.at)})" if last else ""
    return f"`{clean(each.principal)}`{did}"


def _history_words(history: HistoryRead, *, named: bool) -> Iterator[str]:
    if history.unread:
        yield (
            "who changed the archive's settings or key lately could not be read "
            f"({joined(map(clean, history.unread))}), so somebody may be missing here"
        )
    elif named and history.since is not None:
        yield (f"who changed them is known only from {moment(history.since)} on (event history)")
