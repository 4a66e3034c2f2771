"""The words for what can be wrong with a trail's way into CloudWatch Logs."""

from __future__ import annotations

from typing import cast

from logkeep.sources.cloudtrail.cloudwatch.feed import DEFAULT_ROLE
from logkeep.value import Json
from logkeep.words import access
from logkeep.words.described import Described, Words, said, template, worded
from logkeep.words.plain import clean, people, since

S3_GOES_ON = "what goes into the archive is not touched by it"
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


def _holder(finding: Described) -> str:
    """The account of the resource."""
    parts = finding.arn.split(":")
    account = parts[4] if len(parts) > 4 else ""
    return people(finding.fleet, [account]) if account else finding.who


def _is_denied(finding: Described) -> bool:
    return finding.evidence.get("outcome") == "ExplicitlyDenied"


def _role_why(finding: Described) -> str:
    """Which statement refuses; and where a group's ARN is named, that it never matches (CW01)."""
    found = access.why(finding)
    if _is_denied(finding) and finding.evidence.get("layer") == "identity":
        return f"{found}, in policy `{clean(finding.evidence.get('policy', ''))}`"
    if not _names_the_group(finding):
        return found
    return f"{found}; such actions are evaluated on the stream's ARN, which ends `:log-stream:NAME`"


def _names_the_group(finding: Described) -> bool:
    """Whether the nearest statement names the log group itself and none of its streams."""
    group = str(finding.evidence.get("resource", "")).partition(":log-stream:")[0]
    nearest = cast("list[dict[str, Json]]", finding.evidence.get("nearest") or [])
    wanted = [text for near in nearest if near.get("element") == "Resource" for text in _of(near)]
    return bool(group) and group in wanted


def _of(near: dict[str, Json]) -> list[str]:
    return [str(text) for text in cast("list[Json]", near.get("wanted") or [])]


def _role_fix(finding: Described) -> str:
    if _is_denied(finding):
        return f"ask {_holder(finding)} to take the Deny back: no statement more outweighs it"
    if finding.evidence.get("layer") == "boundary":
        return f"ask {_holder(finding)} to widen the role's permissions boundary"
    if finding.evidence.get("layer") in ("scp", "rcp"):
        return "ask the organization's management account to let it through"
    return (
        "`logkeep plan` adds an inline policy of its own, `LogkeepCloudTrailLogs`, and leaves "
        "the role's other policies as they are"
    )


def _trust_fix(finding: Described) -> str:
    if _is_denied(finding):
        return f"ask {_holder(finding)} to take the Deny out of the role's trust"
    return "`logkeep plan` adds one statement to the role's trust and keeps every other"


def _key_fix(finding: Described) -> str:
    if _is_denied(finding):
        return f"ask {_holder(finding)} to take the Deny out of the key's policy"
    return (
        "`logkeep plan` adds a statement to the key's policy where the key is an account's of the "
        f"fleet; else ask {_holder(finding)} for it"
    )


def _stale_why(finding: Described) -> str:
    """The newest event and the newest log, and how old they were when AWS was asked."""
    newest, at = finding.evidence.get("newest_event"), finding.evidence.get("done_at")
    event = f"its newest event is of {since(newest, finding.taken_at)}" if newest else "it has none"
    if finding.evidence.get("told_by") == "archive":
        return (
            f"{event}, and the archive has a log of {since(at, finding.taken_at)}: the account was "
            "active, and CloudWatch Logs heard nothing of it"
        )
    done = clean(finding.evidence.get("done", ""))
    return (
        f"{event}, and the event history tells of `{done}` at "
        f"{since(at, finding.taken_at)}, of which "
        "CloudWatch Logs heard nothing"
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
    "loggroup-missing": worded(
        "the log group that the trail of {who} is to send to is not there",
        f"no log group of that name is in the trail's home Region; {S3_GOES_ON}",
        "`logkeep plan` makes it, empty and without a key of its own",
    ),
    "loggroup-key-disabled": worded(
        "the key of {who}'s log group cannot be used",
        "its state is {is_}, so CloudWatch Logs can encrypt nothing new under it",
        "`logkeep plan` enables it where it is an account's of the fleet and still there; else "
        "take the key off the log group, or give it another",
    ),
    "loggroup-key-refuses": Words(
        template("the key of {who}'s log group does not let CloudWatch Logs use it"),
        access.why,
        _key_fix,
    ),
    "role-missing": worded(
        "the role that CloudTrail of {who} writes to CloudWatch Logs with is not there",
        f"no role `{{arn}}` is there; AWS's console calls it `{DEFAULT_ROLE}`",
        "`logkeep plan` makes it, trusted to CloudTrail alone and allowed to write to its streams",
    ),
    "role-trust": Words(
        template("CloudTrail of {who} may not assume the role it is to write with"),
        access.why,
        _trust_fix,
    ),
    "role-refuses": Words(
        template("the role of {who}'s trail may not write to its stream"), _role_why, _role_fix
    ),
    "loggroup-delivery-error": Words(
        template("CloudTrail reports that it cannot deliver to the log group of {who}"),
        _error_why,
        template("mend what is named above; if nothing is, ask AWS Support with the trail's ARN"),
    ),
    "loggroup-stale": Words(
        template("no events of {who} have come into the log group lately"),
        _stale_why,
        template(
            "mend what is named above; if nothing is, look whether the stream's name is as "
            "AWS's page has it, and ask AWS Support with the trail's ARN"
        ),
    ),
}
