"""What becomes of this packet: a network read from AWS's answers, and flows walked through it."""

from logkeep.network.cases import Case, Invalid, read_case
from logkeep.network.coverage import Coverage, coverage
from logkeep.network.ends import Named, Unclear, flow, named, question
from logkeep.network.mend import Mended, mend
from logkeep.network.packet import Flow
from logkeep.network.read import read
from logkeep.network.reading import Unreadable
from logkeep.network.values import Network
from logkeep.network.walk import Leg, Walk, walk
from logkeep.network.written import Written, written

__all__ = [
    "Case",
    "Coverage",
    "Flow",
    "Invalid",
    "Leg",
    "Mended",
    "Named",
    "Network",
    "Unclear",
    "Unreadable",
    "Walk",
    "Written",
    "coverage",
    "flow",
    "mend",
    "named",
    "question",
    "read",
    "read_case",
    "walk",
    "written",
]
