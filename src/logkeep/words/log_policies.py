"""The words for requests that the resource policies of CloudWatch Logs refuse (rule 8.2.1)."""

from __future__ import annotations

from logkeep.words.access import denied_fix, why
from logkeep.words.described import Described, Words, template


def _too_many_why(finding: Described) -> str:
    return f"the Region has {finding.evidence.get('limit', 0)} of them, and AWS takes no more"


WORDS: dict[str, Words] = {
    "resource-policy-refuses": Words(
        template("CloudWatch Logs refuses {sender} of {who} by its resource policies"),
        why,
        denied_fix,
    ),
    "policies-too-many": Words(
        template("there is no room for one resource policy more"),
        _too_many_why,
        template("take out a resource policy of CloudWatch Logs that is no longer needed"),
    ),
}
