"""The words for policies that ask for another encryption header than CloudTrail sends."""

from __future__ import annotations

from logkeep.words.access import demand, forced_fix
from logkeep.words.described import Described, Words, template
from logkeep.words.plain import clean, quoted


def _why(finding: Described) -> str:
    statement = quoted(finding.evidence.get("statement", ""))
    return f"statement {statement} {demand(finding)}; {_reason(finding)}"


def _reason(finding: Described) -> str:
    """Which header CloudTrail really sends, and why (rules 1.5.2, 1.5.3)."""
    header = finding.evidence.get("header")
    if header == "AES256":
        return "CloudTrail sends `AES256` by itself, because the trail names no key"
    if header:
        return f"CloudTrail sends `{clean(header)}`, because the trail names a key"
    return "CloudTrail sends `AES256` where the trail names no key, and `aws:kms` where it does"


def _fix(finding: Described) -> str:
    own = "; `logkeep plan` makes the trail name the archive's key, and then it sends `aws:kms`"
    return forced_fix(finding) + (own if finding.evidence.get("header") == "AES256" else "")


WORDS: dict[str, Words] = {
    "header-forced": Words(
        template("the archive's bucket demands a header that CloudTrail of {who} does not send"),
        _why,
        _fix,
    ),
}
