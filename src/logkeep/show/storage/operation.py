"""What S3 answers to a setting, as JSON; and the answers to a file of cases."""

from __future__ import annotations

import msgspec

from logkeep.show.paint import Paint
from logkeep.show.storage.put import stored_json
from logkeep.show.storage.reasons import answered_words
from logkeep.storage.operations import Answered
from logkeep.value import Json
from logkeep.words.plain import clean, count


def got_answered(answered: Answered) -> dict[str, Json]:
    """S3's answer, as `--cases --json` gives it under `got`."""
    found: dict[str, Json] = {
        "allowed": answered.allowed,
        "code": answered.code or None,
        "status": answered.status if answered.allowed is not None else None,
        "blocked_by": answered.by or None,
        "stored": stored_json(answered.stored) if answered.stored else None,
        "reason": answered_words(answered),
    }
    if answered.returns is not msgspec.UNSET:
        found["returns"] = answered.returns
    if answered.delivers is not None:
        found["delivers"] = answered.delivers
    return found


class Tried(msgspec.Struct, frozen=True):
    """What became of one case; without an answer it could not be read."""

    id: str
    got: dict[str, Json] | None
    reason: str
    mistakes: tuple[str, ...] = ()


def case_json(tried: Tried) -> dict[str, Json]:
    """A case as `--cases --json` prints it."""
    if tried.got is None:
        return {"id": tried.id, "got": None, "reason": tried.reason}
    return {"id": tried.id, "got": tried.got, "reason": tried.reason}


def case_line(tried: Tried, paint: Paint) -> list[str]:
    """A case in a line or two."""
    if tried.got is None:
        mark, said = "fails", "cannot be read"
    elif "allowed" in tried.got:
        mark, words = _ANSWERS[tried.got["allowed"]]
        said = f"{words} {tried.got.get('code') or ''}".rstrip()
    else:
        to = [clean(each["destination"]) for each in tried.got["replicated"]]
        mark = "holds" if to else "behind"
        said = f"replicated to {', '.join(to)}" if to else "not replicated"
    reason = f": {clean(tried.reason)}" if tried.reason else ""
    text = f"{clean(tried.id)}: {said}{reason}"
    return paint.wrap(paint.mark(mark), text, indent=0, column=2)


_ANSWERS: dict[bool | None, tuple[str, str]] = {
    True: ("holds", "accepted"),
    False: ("fails", "refused"),
    None: ("unknown", "cannot tell"),
}


def cases_count(total: int, unread: int) -> str:
    """How many cases were run."""
    said = f"{count(total, 'case')}"
    return f"{said}, {unread} of them not readable" if unread else said
