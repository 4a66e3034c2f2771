"""How CloudTrail is spoken of: the words for what can be wrong with it; nothing here decides."""

from __future__ import annotations

from logkeep.route import Is
from logkeep.sources.cloudtrail.recorders import DOUBLED, TAKEN
from logkeep.sources.cloudtrail.words import (
    archive,
    arrival,
    cloudwatch,
    header,
    integrity,
    organization,
    trail,
)
from logkeep.sources.cloudtrail.words.costs import COSTS
from logkeep.sources.cloudtrail.words.faults import FAULTS
from logkeep.sources.cloudtrail.words.notices import NOTICES
from logkeep.words.described import Described
from logkeep.words.wording import Wording


def _question(finding: Described) -> str:
    """What cannot be told of the organization's members, or of the way into CloudWatch Logs."""
    if isinstance(finding.need, Is) and finding.need.setting in (TAKEN, DOUBLED):
        return f"cannot tell whether global events of {finding.who} are recorded"
    if finding.role == "member" and finding.aspect == "configured":
        return f"cannot tell whether the organization's trail speaks for {finding.who}"
    return cloudwatch.question(finding)


WORDING = Wording(
    sender="CloudTrail",
    speaker="trail",
    retries=arrival.RETRIES,
    words={
        **trail.WORDS,
        **organization.WORDS,
        **header.WORDS,
        **archive.WORDS,
        **arrival.WORDS,
        **integrity.WORDS,
        **cloudwatch.WORDS,
    },
    question=_question,
    costs=COSTS,
    notices=NOTICES,
    faults=FAULTS,
    keeper=organization.keeper,
)
