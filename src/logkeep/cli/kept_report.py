"""The report of the last verification, kept beside the fleet file and read by diagnose."""

from __future__ import annotations

import msgspec

from logkeep.archive.report import Report, report_ask
from logkeep.aws.disk import FileProblem, read_bytes
from logkeep.cli.place import Place, keep
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, reply
from logkeep.value import UNREADABLE

FILE = "verify.json"
MIB_MAX = 256


def keep_report(place: Place, report: Report) -> None:
    """Keep a report for diagnose to read."""
    keep(place, FILE, msgspec.json.encode(report) + b"\n")


def read_report(place: Place) -> Report | None:
    """The last report; None where there is none that this Logkeep reads."""
    try:
        return msgspec.json.decode(read_bytes(place.kept / FILE, MIB_MAX), type=Report)
    except (FileProblem, *UNREADABLE):
        return None


def report_answers(report: Report, fleet: Fleet) -> dict[Ask, Reply]:
    """The report as answers of a snapshot, one for each chain of this fleet's archive."""
    return {
        report_ask(chain.account, chain.region, chain.trail): reply(msgspec.to_builtins(chain))
        for chain in report.chains
        if chain.bucket == fleet.archive.bucket
    }
