"""A fleet file from what is there: what to ask AWS for it, and what the answers come to."""

from logkeep.archive.founding.found import founded
from logkeep.archive.founding.offer import Deliverer, Found, Founding, Seed, provisional
from logkeep.archive.founding.report import Report, report
from logkeep.archive.founding.seek import wanted

__all__ = [
    "Deliverer",
    "Found",
    "Founding",
    "Report",
    "Seed",
    "founded",
    "provisional",
    "report",
    "wanted",
]
