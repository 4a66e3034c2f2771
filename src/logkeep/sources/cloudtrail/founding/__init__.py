"""A fleet file from what is there: what to ask AWS for it, and what the answers come to."""

from logkeep.sources.cloudtrail.founding.found import founded
from logkeep.sources.cloudtrail.founding.report import Report, report
from logkeep.sources.cloudtrail.founding.seek import Seed, provisional, wanted

__all__ = ["Report", "Seed", "founded", "provisional", "report", "wanted"]
