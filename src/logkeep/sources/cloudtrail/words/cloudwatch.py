"""The words for what can be wrong with a trail's way into CloudWatch Logs."""

from __future__ import annotations

from logkeep.words.described import Described, Words, said, template
from logkeep.words.plain import clean, since

S3_GOES_ON = "the delivery to the archive is not affected"
"""Rule 1.10.4: the delivery to S3 goes on independently."""


def question(finding: Described) -> str:
    """What cannot be told of a hop of this way; nothing of other hops."""
    match finding.role, finding.aspect:
        case "log group" | "role", "configured":
            return f"cannot see the {finding.role} that the trail of {finding.who} needs"
        case "stream", _:
            return f"cannot tell whether events of {finding.who} arrive in the log group"
        case "log group" | "log group's key" | "role", _:
            return (
                f"cannot tell whether the {finding.role} lets CloudTrail of {finding.who} through"
            )
        case _:
            return ""


def _no_group_why(finding: Described) -> str:
    """The trail names none, another, or another role than the fleet file does."""
    what = "role" if finding.setting == "trail.log-role" else "log group"
    now = finding.evidence.get("is")
    named = f"it names the {what} `{said(now)}`" if now else f"it names no {what}"
    return f"{named}, and the fleet file asks for `{said(finding.evidence.get('should'))}`"


def _stale_why(finding: Described) -> str:
    """The newest event and the newest log, and how old they were when AWS was asked."""
    newest, at = finding.evidence.get("newest_event"), finding.evidence.get("done_at")
    event = f"its newest event is of {since(newest, finding.taken_at)}" if newest else "it has none"
    if finding.evidence.get("told_by") == "archive":
        return (
            f"{event}, and the archive has a log of {since(at, finding.taken_at)}: the account was "
            "active, and CloudWatch Logs got nothing of it"
        )
    done = clean(finding.evidence.get("done", ""))
    return (
        f"{event}, and the event history tells of `{done}` at "
        f"{since(at, finding.taken_at)}, of which "
        "CloudWatch Logs got nothing"
    )


def _error_why(finding: Described) -> str:
    return f"GetTrailStatus says `{clean(finding.evidence.get('is', ''))}`; {S3_GOES_ON}"


WORDS: dict[str, Words] = {
    "trail-no-loggroup": Words(
        template("the trail of {who} does not send to the log group the fleet asks for"),
        _no_group_why,
        template(
            "`logkeep plan` points it there, once the group and the role are there and let it in"
        ),
        step="trail's log group",
    ),
    "loggroup-delivery-error": Words(
        template("CloudTrail reports that it cannot deliver to the log group of {who}"),
        _error_why,
        template(
            "correct this route's other findings first; if there are none, "
            "ask AWS Support with the trail's ARN"
        ),
    ),
    "loggroup-stale": Words(
        template("no events of {who} have come into the log group lately"),
        _stale_why,
        template(
            "correct this route's other findings first; if there are none, "
            "check that the stream's name is the "
            "one that AWS's page gives, and ask AWS Support with the trail's ARN"
        ),
    ),
}
