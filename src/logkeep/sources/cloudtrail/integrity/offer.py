"""What is there of CloudTrail to verify: the chains of digests that the routes should bring."""

from __future__ import annotations

import datetime

from logkeep.archive.files import ArchiveFiles
from logkeep.archive.report import ChainReport, Verification
from logkeep.route import Arrived, Objects
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.evidence import RHYTHMS
from logkeep.sources.cloudtrail.integrity.reader import Folders, FromFiles
from logkeep.sources.cloudtrail.integrity.series import HOUR, Chain, chain_of
from logkeep.sources.cloudtrail.integrity.verify import verify
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.routes import routes
from logkeep.words.plain import count


def verification(facts: Facts, logs: tuple[TrailLogs, ...]) -> Verification:
    """The chains of the fleet's trails, and how they are verified."""
    folders = chains(facts, logs)
    taken_at = facts.snapshot.taken_at
    due = taken_at - RHYTHMS["digest"].patience + HOUR

    def run(
        files: ArchiveFiles, start: datetime.datetime, end: datetime.datetime
    ) -> tuple[ChainReport, ...]:
        reader = FromFiles(files, folders, facts.fleet.archive.account)
        expected = {chain: min(end, due) for chain in folders}
        return verify(reader, folders, start, end, taken_at, expected).chains

    return Verification(f"{count(len(folders), 'chain')} of digests", run)


def chains(facts: Facts, logs: tuple[TrailLogs, ...]) -> dict[Chain, Folders]:
    """The chain of digests of every route that has one, and where its files lie."""
    found: dict[Chain, Folders] = {}
    ways = (way for route in routes(facts, logs, False) for way in route.ways)
    for need in (need for way in ways for hop in way for need in hop.needs):
        if not isinstance(need, Arrived):
            continue
        digests, logs_ = need.heartbeat, need.logs
        if not isinstance(digests, Objects) or not isinstance(logs_, Objects):
            continue
        name = f"{digests.prefix}{digests.stem}20000101T000000Z.json.gz"
        chain = chain_of(facts.fleet.archive.bucket, name)
        if chain is not None:
            found[chain] = Folders(digests, logs_)
    return found
