"""The words for logs that do not arrive, or do not arrive whole."""

from __future__ import annotations

from logkeep.route import Arrived
from logkeep.show.plain import clean, few, since
from logkeep.show.told import Told, Words, said, template

NONE_CAME = {
    "digest": "no digest lies in the archive",
    "log": "no log came in the last 3 hours",
}
"""For digests the archive is looked through, for logs only its last hours (archive/series.py)."""
HISTORY_CALL = "cloudtrail:LookupEvents"
RETRIES = "CloudTrail tries again for 30 days, so late files will still come once this is mended"
"""Rule 1.7.3."""


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


def _stale_why(told: Told) -> str:
    done = activity(told)
    if done:
        return f"{done}; {newest(told)}" if told.evidence.get("newest_log") else done
    heartbeat = "newest_digest" in told.evidence
    due = "; with log file validation a digest comes every hour, even when nothing happens"
    return newest(told) + (due if heartbeat else "")


def _integrity_why(told: Told) -> str:
    where = f" in {few(told.regions)}" if told.regions else ""
    return f"the last `logkeep verify` found {said(told.evidence.get('is'))}{where}"


def _error_why(told: Told) -> str:
    where = f" in {few(told.regions)}" if told.regions else ""
    return f"GetTrailStatus says `{clean(told.evidence.get('is', ''))}`{where}"


WORDS: dict[str, Words] = {
    "delivery-error": Words(
        template("CloudTrail reports that it cannot deliver the logs of {who}"),
        _error_why,
        template(
            "mend what is named above; the report stays until a delivery succeeds. If nothing is "
            f"named, look at the bucket and key with `logkeep diagnose --steps`. {RETRIES}"
        ),
    ),
    "delivery-stale": Words(
        template("no logs of {who} have arrived lately"),
        _stale_why,
        template(
            "mend what is named above; if nothing is, ask AWS Support with the trail's ARN. "
            f"{RETRIES}"
        ),
    ),
    "chain-broken": Words(
        template("logs of {who} are not as CloudTrail wrote them"),
        _integrity_why,
        template(
            "run `logkeep verify` to see which files; restore their older versions where there "
            "are any, and find in the archive's own logs who changed them"
        ),
    ),
}
