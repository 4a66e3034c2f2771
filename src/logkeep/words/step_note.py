"""What is worth telling between the checks of a route, and decides nothing about it."""

from __future__ import annotations

import msgspec

from logkeep.value import Verdict


class StepNote(msgspec.Struct, frozen=True):
    """One thing told beside a route's needs: no verdict of the route hangs on it."""

    route: str
    """The name of the route it is told of."""
    step: str
    """What a user calls it: `event history`, `limit`."""
    before: str
    """The step that it is told before; nothing is before every other."""
    says: str
    verdict: Verdict | None = None
    """Whether it is as it should be; None where there is nothing that should be."""
    witness: str = ""
    """Whose answer is told here too, where it was asked: a name in `Arrived.witness`."""
    other: str = ""
    """The name of the route whose own steps are told here too."""
