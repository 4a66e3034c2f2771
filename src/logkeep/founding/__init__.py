"""A fleet file from what is there: what to ask AWS for it, and what the answers come to."""

from logkeep.founding.found import founded
from logkeep.founding.report import Report, report
from logkeep.founding.seek import Seed, provisional, wanted

__all__ = ["Report", "Seed", "founded", "provisional", "report", "wanted"]
