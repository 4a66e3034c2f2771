"""What is asked before CloudTrail's digests are verified, and how they are.

What verifies is imported when it is used: most commands verify nothing, and it takes a while.
"""

from __future__ import annotations

from collections.abc import Iterable

from logkeep.archive.files import ArchiveFiles
from logkeep.archive.report import Verification
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.options import TrailLogs


def to_verify(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterable[Ask]:
    """What a verification wants to know of AWS besides the archive itself."""
    from logkeep.sources.cloudtrail.expected import wants

    return wants(facts, logs)


def verification(facts: Facts, logs: tuple[TrailLogs, ...], files: ArchiveFiles) -> Verification:
    """The chains that lie in the archive, and how they are verified."""
    from logkeep.sources.cloudtrail.integrity import offer

    return offer.verification(facts, logs, files)
