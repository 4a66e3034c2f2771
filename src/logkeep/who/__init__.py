"""Who can do what with the archive, read from the policies themselves."""

from logkeep.who.access import access
from logkeep.who.across import Across, Entrant, across
from logkeep.who.anything import caveats, who
from logkeep.who.silence import Silence, Silenced, silence
from logkeep.who.values import (
    POWERS,
    Access,
    Conclusion,
    Copy,
    Held,
    Holder,
    Power,
    Protection,
    Reason,
    Step,
)

__all__ = [
    "POWERS",
    "Access",
    "Across",
    "Conclusion",
    "Copy",
    "Entrant",
    "Held",
    "Holder",
    "Power",
    "Protection",
    "Reason",
    "Silence",
    "Silenced",
    "Step",
    "access",
    "across",
    "caveats",
    "silence",
    "who",
]
