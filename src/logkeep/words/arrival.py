"""The words for what came of late, and for what a witness told of where nothing did."""

from __future__ import annotations

from typing import assert_never

from logkeep.route import Arrived, Events, Evidence, Objects
from logkeep.words.described import Described, said
from logkeep.words.plain import clean, lasting, quoted, since


def newest(finding: Described) -> str:
    """The newest of what was looked for, and how old it was when AWS was asked."""
    need = finding.need
    listed = (need.heartbeat, need.logs) if isinstance(need, Arrived) else ()
    parts = [_newest(finding, each) for each in listed if each is not None]
    if "status" in finding.evidence:
        parts.append(f"its status says `{said(finding.evidence['status'])}`")
    return "; ".join(part for part in parts if part) or "nothing lies there"


def _newest(finding: Described, where: Evidence) -> str:
    kind = where.rhythm.name
    name = f"newest_{kind}"
    if name not in finding.evidence:
        return ""
    time = finding.evidence[name]
    if time:
        return f"the newest {kind} is of {since(time, finding.taken_at)}"
    if f"{name}_looked_since" in finding.evidence:
        return f"no {kind} came in the last {lasting(where.rhythm.window)}"
    match where:
        case Objects(bucket=bucket):
            archive = bucket.name == finding.fleet.archive.bucket
            return f"no {kind} lies in {'the archive' if archive else quoted(bucket.name)}"
        case Events():
            return f"no {kind} ever came"
        case _:
            assert_never(where)


def activity(finding: Described) -> str:
    """What the event history tells of that should be in the archive; nothing where none does."""
    if "done" not in finding.evidence:
        return ""
    what = clean(finding.evidence["done"]).replace(".amazonaws.com ", " ")
    at = since(finding.evidence.get("done_at"), finding.taken_at)
    return f"the event history tells of `{what}` at {at}, and no log file came since"


def idleness(finding: Described) -> str:
    """Since when nothing was done that a log should tell of; nothing where that is not known."""
    if not finding.evidence.get("idle"):
        return ""
    log = finding.evidence.get("newest_log")
    when = f"since the newest log, of {since(log, finding.taken_at)}," if log else "in the last day"
    return f"idle: the event history tells of nothing {when} that should be in a log by now"


def testimony(finding: Described) -> str:
    """What the witness told of the arrival, why it could not, or why it was not asked."""
    heard = activity(finding) or idleness(finding)
    if heard:
        return heard
    if "witness" in finding.evidence:
        call, error = (clean(finding.evidence.get(name, "")) for name in ("call", "error"))
        return f"what was done here is not known: {call}: {error}"
    if "behind" in finding.evidence:
        return ""
    if isinstance(finding.need, Arrived) and finding.need.heartbeat is not None:
        return "not asked here, for hourly digests tell an idle Region from a silent one"
    return "not asked here, for logs came of late" if finding.verdict == "holds" else ""
