"""What became of a plan: each step as it is made, the end, and why it stopped before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.snapshot import Ask
from logkeep.snapshot.change import Change
from logkeep.value import Json, Time
from logkeep.words.plain import clean, count, moment

SCHEMA = 1
NOT_PERMITTED: Final = re.compile(
    r"AccessDenied|NotAuthorized|Unauthorized|NotPermitted|Forbidden|^403$"
)
"""The codes by which AWS says that a permission is missing (common errors of its services)."""
WORDS = {"made": "made", "there": "was there already", "waiting": "waits for AWS to see it"}


class Stop(msgspec.Struct, frozen=True):
    """Why a plan was not made to its end."""

    kind: Literal["moved", "failed", "unkept", "interrupted"]
    done: tuple[Change, ...]
    left: tuple[Change, ...]
    """The first is the one at which it stopped."""
    taken_at: Time
    code: str = ""
    message: str = ""
    question: Ask | None = None
    """For one that moved, what AWS answers otherwise now."""
    unanswered: bool = False
    """For one that failed, whether what came was no answer of AWS: the change may be made."""
    is_taken: bool = False
    """For one that failed, whether AWS says that what it makes is there, and it is another."""


def step_line(fleet: Fleet, change: Change, number: int, total: int, state: str) -> str:
    """One finished step; nothing for one that is only begun."""
    if state not in WORDS:
        return ""
    what = f"{change.symbol} {change.call} {short_address(fleet, change)}"
    return f"[{number}/{total}] {what}: {WORDS[state]}"


MADE = re.compile(r"\{made:[^{}]*\}")
"""A name that AWS has yet to assign."""


def short_address(fleet: Fleet, change: Change) -> str:
    """Whose resource it is, and its name."""
    name = change.address.split(":", 5)[-1] if change.address.startswith("arn:") else change.address
    name = MADE.sub("(new)", name)
    return f"{clean(name)} in {clean(fleet.account_name(change.account))}"


def applied_text(
    made: Sequence[Change], there: Sequence[Change], paint: Paint, broken: int = 0
) -> str:
    """The last word of `logkeep apply`, with how many routes stay broken for all that."""
    already = f", {len(there)} were there already" if there else ""
    stays = count(broken, "route stays", "routes stay")
    left = f" {stays} broken; `logkeep plan` says why." if broken else ""
    lines = [
        f"Applied: {count(len(made), 'change')} made{already}.{left}",
        "The first logs take minutes or hours, by kind; then run `logkeep diagnose`.",
    ]
    return paint.page(lines)


def stopped_text(fleet: Fleet, stop: Stop, paint: Paint) -> str:
    """What happened, what is done, what is left, and what to do."""
    lines = [f"{paint.dye('error', 'red')}: {_says(fleet, stop)}"]
    lines += [*_listed("done", fleet, stop.done), *_listed("left", fleet, stop.left)]
    lines += ["", f"{paint.dye('hint', 'cyan')}: {_hint(stop)}"]
    return paint.page(lines)


def _says(fleet: Fleet, stop: Stop) -> str:
    if not stop.left:
        return "stopped after the last change"
    change = stop.left[0]
    what = f"{change.call} on {short_address(fleet, change)}"
    match stop.kind:
        case "moved":
            asked = f" ({clean(stop.question.call)} answers otherwise)" if stop.question else ""
            since = moment(stop.taken_at)
            return f"{short_address(fleet, change)} has changed since {since}{asked}; left alone"
        case "failed" if stop.unanswered:
            return f"AWS does not answer {what}: {clean(stop.code)}: {clean(stop.message)}"
        case "failed":
            return f"AWS refuses {what}: {clean(stop.code)}: {clean(stop.message)}"
        case "unkept":
            return f"what AWS assigned in {what} cannot be kept: {clean(stop.message)}"
        case "interrupted":
            return f"interrupted; {what} may or may not have been made"


def _hint(stop: Stop) -> str:
    if stop.kind == "moved":
        return "run `logkeep plan` to see the fleet as it is now, then apply that"
    if stop.unanswered:
        return "check the network and the proxy, then run `logkeep apply` again; it looks " \
               "whether the change was made, and goes on from there"  # fmt: skip
    if stop.is_taken:
        return "somebody else made it at the same time, perhaps another `logkeep apply`; run " \
               "`logkeep plan` to see the fleet as it is now"  # fmt: skip
    if stop.kind == "unkept":
        return "make room there, then run `logkeep apply` again; it looks for what was made, and " \
               "goes on from there"  # fmt: skip
    if stop.kind == "failed" and NOT_PERMITTED.search(stop.code):
        return f"let the role do {stop.left[0].call if stop.left else 'it'}, then run " \
               "`logkeep apply` again; it goes on from here"  # fmt: skip
    if stop.kind == "failed":
        return "mend what AWS names, which is no missing permission; then run `logkeep plan` " \
               "and `logkeep apply` again"  # fmt: skip
    return "run `logkeep apply` again; it goes on from here"


def _listed(word: str, fleet: Fleet, changes: Sequence[Change]) -> Iterator[str]:
    yield f"  {word}  {count(len(changes), 'change')}"
    for change in changes[:8]:
        yield f"        {change.symbol} {change.call} {short_address(fleet, change)}"
    if len(changes) > 8:
        yield f"        and {len(changes) - 8} more"


def applied_json(
    made: Sequence[Change], there: Sequence[Change], broken: int = 0
) -> dict[str, Json]:
    """What was made, as JSON, and how many routes stay broken for all that."""
    return {
        "schema": SCHEMA,
        "verdict": "done",
        "made": [_step(change) for change in made],
        "there": [_step(change) for change in there],
        "broken": broken,
    }


def stopped_json(stop: Stop) -> dict[str, Json]:
    """What was made before it stopped, as JSON."""
    return {
        "schema": SCHEMA,
        "verdict": stop.kind,
        "code": stop.code,
        "message": stop.message,
        "done": [_step(change) for change in stop.done],
        "left": [_step(change) for change in stop.left],
    }


def refused_json(
    verdict: Literal["refused", "interrupted"], message: str, hint: str
) -> dict[str, Json]:
    """That nothing was begun, as JSON, and why."""
    return {"schema": SCHEMA, "verdict": verdict, "message": message, "hint": hint, "done": []}


def _step(change: Change) -> dict[str, Json]:
    return {"symbol": change.symbol, "call": change.call, "address": change.address}
