"""The words for what came of late, and for what a witness told of where nothing did."""

from __future__ import annotations

from logkeep.route import Arrived
from logkeep.words.plain import clean, since
from logkeep.words.told import Told

NONE_CAME = {
    "digest": "no digest lies in the archive",
    "log": "no log came in the last 3 hours",
}
"""For digests the archive is looked through, for logs only its last hours (archive/series.py)."""
HISTORY_CALL = "cloudtrail:LookupEvents"


def newest(told: Told) -> str:
    """The newest digest and log, and how old they were when AWS was asked."""
    parts: list[str] = []
    for name, kind in (("newest_digest", "digest"), ("newest_log", "log")):
        if name in told.evidence:
            time = told.evidence[name]
            of = f"the newest {kind} is of {since(time, told.taken_at)}"
            parts.append(of if time else NONE_CAME[kind])
    return "; ".join(parts) or "nothing lies there"


def activity(told: Told) -> str:
    """What the event history tells of that should be in the archive; nothing where none does."""
    if "done" not in told.evidence:
        return ""
    what = clean(told.evidence["done"]).replace(".amazonaws.com ", " ")
    at = since(told.evidence.get("done_at"), told.taken_at)
    return f"the event history tells of `{what}` at {at}, and no log file came since"


def idleness(told: Told) -> str:
    """Since when nothing was done that a log should tell of; nothing where that is not known."""
    if not told.evidence.get("idle"):
        return ""
    log = told.evidence.get("newest_log")
    when = f"since the newest log, of {since(log, told.taken_at)}," if log else "in the last day"
    return f"idle: the event history tells of nothing {when} that should be in a log by now"


def testimony(told: Told) -> str:
    """What the witness told of the arrival, why it could not, or why it was not asked."""
    heard = activity(told) or idleness(told)
    if heard:
        return heard
    call = clean(told.evidence.get("call", ""))
    if call.startswith(HISTORY_CALL):
        return f"what was done here is not known: {call}: {clean(told.evidence.get('error', ''))}"
    if "behind" in told.evidence:
        return ""
    if isinstance(told.need, Arrived) and told.need.digests is not None:
        return "not asked here, for hourly digests tell an idle Region from a silent one"
    return "not asked here, for logs came of late" if told.verdict == "holds" else ""
