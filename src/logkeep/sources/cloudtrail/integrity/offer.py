"""What is there of CloudTrail to verify: every chain of digests in the archive, whoever's it is."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from logkeep.archive.files import ArchiveFiles
from logkeep.archive.report import AccountPrefix, Folder, FolderReport, Saving, Verification, Wanted
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.evidence import PATIENCE
from logkeep.sources.cloudtrail.expected import expiry_of, known_of, roots_of
from logkeep.sources.cloudtrail.integrity import places
from logkeep.sources.cloudtrail.integrity.earlier import with_earlier
from logkeep.sources.cloudtrail.integrity.folder import verify_folder
from logkeep.sources.cloudtrail.integrity.reader import FromFiles
from logkeep.sources.cloudtrail.integrity.task import Task
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.value import AccountId, Region
from logkeep.words.plain import count


def verification(facts: Facts, logs: tuple[TrailLogs, ...], files: ArchiveFiles) -> Verification:
    """The chains that lie in the archive, and how they are verified."""
    archive, taken_at = facts.fleet.archive, facts.taken_at
    known = known_of(facts, logs)
    reader = FromFiles(files, archive.account, taken_at)
    keepers = sorted(
        {chain.folder for chain in known.courses
         if (chain.account, chain.region) == (archive.account, facts.fleet.archive_region)}
    )  # fmt: skip
    live = {(chain.account, chain.region) for chain in known.courses}

    def found(roots: frozenset[str]) -> Iterable[AccountPrefix]:
        for root in sorted({*places.roots(reader, roots)}):
            for account in places.accounts(reader, root):
                yield root, account

    def run(
        folder: Folder, wanted: Wanted, earlier: FolderReport | None, save: Saving
    ) -> FolderReport:
        task = Task(taken_at, archive.intact_since, known, expiry_of(facts, folder), wanted)
        report = verify_folder(reader, folder, task, earlier, save)
        return with_earlier(report, reader, keepers) if wanted.is_live else report

    def folders(place: AccountPrefix) -> list[Folder]:
        return places.folders(reader, archive.bucket, *place)

    def until(account: AccountId, region: Region) -> datetime.datetime | None:
        place = account, region
        is_due = place in live or place in known.ended or account in known.unseen
        return taken_at - PATIENCE if is_due else None

    return Verification(
        f"{count(len(known.courses), 'chain')} of digests",
        roots_of(facts, logs),
        found,
        folders,
        frozenset(chain.folder for chain in known.courses),
        run,
        until,
    )
