"""What is said of rules that S3 would refuse as a whole."""

from __future__ import annotations

from typing import Final

from logkeep.words.described import Described, Words, said, template
from logkeep.words.plain import clean, quoted


def _refused_why(finding: Described) -> str:
    """What S3 would not take, and that it takes all rules or none (rule 13.2)."""
    limit = clean(finding.evidence.get("limit", "S3 would not store one of the rules"))
    return f"{limit}; S3 checks every rule on each change, and would refuse all of them"


def _refused_fix(finding: Described) -> str:
    seen = finding.evidence
    to, reason = quoted(said(seen.get("destination"))), said(seen.get("reason"))
    ways = {
        "destination-missing": f"remove that rule, or make {to} again with versioning on",
        "destination-unversioned": f"switch versioning of {to} on, or remove that rule",
        "schemas-mixed": "give each rule a Filter and a Priority: the ones without are of the old "
        "schema, which has room for one destination only",
    }
    return f"{ways.get(reason, 'correct or remove that rule')}; then run `logkeep plan`"


WORDS: Final[dict[str, Words]] = {
    "rules-refused": Words(
        template("S3 would refuse any change to the replication rules of {arn}"),
        _refused_why,
        _refused_fix,
        step="rule",
    ),
}
