"""What a layer says about a request, with the statements that say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from logkeep.policy.statement import Statement
from logkeep.policy.truth import Truth, either
from logkeep.policy.values import Layer, StatementRef


class Source(NamedTuple):
    """What allows without being a statement of a policy: a grant, an entry of an ACL."""

    ref: StatementRef


class Claim(NamedTuple):
    """Whether it is so, and what says it or might."""

    truth: Truth
    by: Statement | Source | None


Strength: TypeAlias = Literal[1, 2, 3]
"""Which allow of a layer is asked: its place in `LayerAnswer`."""
ALLOW: Final = 1
DIRECT: Final = 2
LIMITED: Final = 3


class LayerAnswer(NamedTuple):
    """What a layer says: `direct` and `limited` are its allow by how it names the caller."""

    deny: Claim
    allow: Claim
    direct: Claim
    """Names the user, the session or everyone: no boundary or session policy limits it."""
    limited: Claim
    """Names the role: its boundary and session policies still limit."""


NO: Final = Claim(truth=False, by=None)
YES: Final = Claim(truth=True, by=None)
SILENT: Final = LayerAnswer(NO, NO, NO, NO)
CONSENT: Final = LayerAnswer(NO, YES, YES, YES)
"""A layer that is not there does not restrict."""


LayerAnswers: TypeAlias = Mapping[Layer, LayerAnswer]
"""What the layers say that are there and bind the request, in AWS's order."""


def strongest(claims: Iterable[Claim]) -> Claim:
    """Return the first that is so; else what is in doubt, all of it; else no."""
    doubted: Claim = NO
    for claim in claims:
        if claim.truth is True:
            return claim
        if claim.truth is not False:
            by = doubted.by if doubted.truth is not False else claim.by
            doubted = Claim(either((doubted.truth, claim.truth)), by)
    return doubted
