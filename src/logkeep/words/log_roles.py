"""The words for log groups and roles by which services deliver, whichever log it is."""

from __future__ import annotations

from typing import cast

from logkeep.value import Json, account_of
from logkeep.words import access
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, people


def holder(finding: Described) -> str:
    """The account of the resource."""
    account = account_of(finding.arn)
    return people(finding.fleet, [account]) if account else finding.who


def is_denied(finding: Described) -> bool:
    """Whether a statement refuses it outright."""
    return finding.evidence.get("outcome") == "ExplicitlyDenied"


def _role_why(finding: Described) -> str:
    """Which statement refuses; and where a group's ARN is named, that it never matches (CW01)."""
    found = access.why(finding)
    if is_denied(finding) and finding.evidence.get("layer") == "identity":
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
    if is_denied(finding):
        return f"ask {holder(finding)} to remove the Deny: adding an Allow won't help"
    if finding.evidence.get("layer") == "boundary":
        return f"ask {holder(finding)} to widen the role's permissions boundary"
    if finding.evidence.get("layer") in ("scp", "rcp"):
        return "ask the organization's management account to let it through"
    return (
        "`logkeep plan` adds an inline policy of its own, and leaves the role's other policies as "
        "they are"
    )


def _trust_fix(finding: Described) -> str:
    if is_denied(finding):
        return f"ask {holder(finding)} to take the Deny out of the role's trust"
    return "`logkeep plan` adds one statement to the role's trust and keeps every other"


def _key_fix(finding: Described) -> str:
    if is_denied(finding):
        return f"ask {holder(finding)} to take the Deny out of the key's policy"
    return (
        "`logkeep plan` adds a statement to the key's policy where the key is an account's of the "
        f"fleet; else ask {holder(finding)} for it"
    )


GROUPS: dict[str, Words] = {
    "loggroup-missing": worded(
        "the log group that {sender} of {who} should send to does not exist",
        "no log group of that name is in the account and Region",
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
}
ROLES: dict[str, Words] = {
    "role-missing": worded(
        "the role with which {sender} of {who} writes to CloudWatch Logs does not exist",
        "no role `{arn}` is there",
        "`logkeep plan` makes it, trusted to that service alone and allowed to write to its "
        "streams",
    ),
    "role-trust": Words(
        template("{sender} of {who} may not assume the role it is to write with"),
        access.why,
        _trust_fix,
    ),
    "role-refuses": Words(
        template("the role that {sender} of {who} writes with may not write to its streams"),
        _role_why,
        _role_fix,
    ),
}
