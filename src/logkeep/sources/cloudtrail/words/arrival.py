"""The words for CloudTrail's logs that do not arrive, or do not arrive whole."""

from __future__ import annotations

from logkeep.words.arrival import activity, newest
from logkeep.words.described import Described, Words, template
from logkeep.words.plain import clean, few

RETRIES = "CloudTrail tries again for 30 days, so late files will still come once this is mended"
"""Rule 1.7.3."""


def _stale_why(finding: Described) -> str:
    done = activity(finding)
    if done:
        return f"{done}; {newest(finding)}" if finding.evidence.get("newest_log") else done
    heartbeat = "newest_digest" in finding.evidence
    due = "; with log file validation a digest comes every hour, even when nothing happens"
    return newest(finding) + (due if heartbeat else "")


def _error_why(finding: Described) -> str:
    where = f" in {few(finding.regions)}" if finding.regions else ""
    return f"GetTrailStatus says `{clean(finding.evidence.get('is', ''))}`{where}"


WORDS: dict[str, Words] = {
    "delivery-error": Words(
        template("CloudTrail reports that it cannot deliver the logs of {who}"),
        _error_why,
        template(
            "correct this route's other findings first; the report stays until a delivery "
            "succeeds. If there are none, look at the bucket and key with "
            f"`logkeep diagnose --steps`. {RETRIES}"
        ),
    ),
    "delivery-stale": Words(
        template("no logs of {who} have arrived lately"),
        _stale_why,
        template(
            "correct this route's other findings first; if there are none, "
            "ask AWS Support with the trail's ARN. "
            f"{RETRIES}"
        ),
    ),
}
