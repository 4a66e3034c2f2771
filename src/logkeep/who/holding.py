"""Does a candidate hold a power, surely or perhaps?"""

from __future__ import annotations

from logkeep.snapshot.facts import Facts
from logkeep.who.asking import holds
from logkeep.who.candidates import Candidate
from logkeep.who.values import Holder, Power


def holder(facts: Facts, who: Candidate, power: Power) -> Holder | None:
    """A candidate as one who holds a power or may; None where it does not."""
    answer = holds(facts, who, power)
    if answer.verdict == "fails":
        return None
    return Holder(
        who.principal,
        who.kind,
        who.account,
        certain=answer.verdict == "holds",
        reasons=answer.reasons,
        unknown=answer.unknown,
        source=who.source,
    )
