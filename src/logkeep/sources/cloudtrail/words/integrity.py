"""The words for what a verification of digests and logs finds, or cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logkeep.value import Json
from logkeep.words.described import Described, Words, said, template
from logkeep.words.plain import clean, few

STEP: Final = "integrity"
RESTORE: Final = (
    "run `logkeep verify`, which names the files and says how to restore them; then find out who "
    "changed them"
)


def _why(finding: Described) -> str:
    where = f" in {few(finding.regions)}" if finding.regions else ""
    return f"the last `logkeep verify` found {said(finding.evidence.get('is'))}{where}"


def _unproven(finding: Described) -> str:
    """What of the time that was asked for is not proven, and why."""
    holes: list[Json] = finding.evidence.get("unproven") or []
    if not holes:
        return _why(finding)
    first = holes[0]
    more = f" and {len(holes) - 1} more" if len(holes) > 1 else ""
    span = f"{clean(first['from'])} to {clean(first['until'])}{more}"
    return f"{span} is not proven: {clean(first['says'])}"


def _holds(finding: Described) -> str:
    if "from" not in finding.evidence:
        return ""
    span = f"{clean(finding.evidence['from'])} to {clean(finding.evidence.get('until'))}"
    return f"every hour is proven from {span}"


def _of(title: str, fix: str) -> Words:
    return Words(template(title), _unproven, template(fix), STEP)


WORDS: Final[Mapping[str, Words]] = {
    "chain-broken": Words(
        template("logs of {who} are not as CloudTrail wrote them"),
        _why,
        template(RESTORE),
        STEP,
        holds=_holds,
    ),
    "not-verified": _of("the logs of {who} have not been verified", "run `logkeep verify`"),
    "digest-missing": _of("digests of {who} are missing", RESTORE),
    "digest-changed": _of("digests of {who} were changed", RESTORE),
    "digest-moved": _of(
        "digests of {who} are not where CloudTrail wrote them",
        "delete the copies that `logkeep verify` names, or put the files back in their places",
    ),
    "digest-unsigned": _of("digests of {who} have no valid signature", RESTORE),
    "digest-unreadable": _of(
        "digests of {who} could not be read",
        "let the principal that runs `logkeep verify` read and decrypt the archive's "
        "objects, and run it "
        "again; it names what was refused",
    ),
    "log-missing": _of("log files of {who} are missing", RESTORE),
    "log-changed": _of("log files of {who} were changed", RESTORE),
    "log-unreadable": _of(
        "log files of {who} could not be read",
        "let the principal that runs `logkeep verify` read and decrypt the archive's "
        "objects, and run it "
        "again; it names what was refused",
    ),
    "log-unlisted": _of(
        "log files of {who} are in no digest",
        "find out who put them there; if CloudTrail did, the digest that listed them was deleted: "
        "restore it",
    ),
    "log-unproven": _of(
        "no digest covers the time of log files of {who}",
        "nothing can prove them any more; accept `log-unproven` in the fleet file, or let "
        "`[archive] intact-since` begin after them",
    ),
    "key-unknown": _of(
        "digests of {who} are signed by a key that is not CloudTrail's",
        "ask CloudTrail for its public keys yourself: `aws cloudtrail list-public-keys`; a key "
        "that is not among them is not CloudTrail's",
    ),
    "key-unreadable": _of(
        "CloudTrail's public keys for {who} could not be read",
        "let the principal that runs `logkeep verify` call cloudtrail:ListPublicKeys, "
        "and run it again",
    ),
    "listing-unreadable": _of(
        "the archive's folders of {who} could not be listed",
        "let the principal that runs `logkeep verify` call s3:ListBucket on the archive, "
        "and run it again",
    ),
    "gap": _of(
        "some hours of {who} have no digest",
        "correct what kept CloudTrail from making digests, and run `logkeep verify` again: late "
        "ones may still come. Hours that stay without one cannot be proven any more: "
        "accept `gap` in "
        "the fleet file, or let `[archive] intact-since` begin after it",
    ),
}
