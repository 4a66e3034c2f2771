"""What access logs may cost: what lies in the target is paid for, its delivery is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logkeep.access.bucket import Bucket
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.s3_access import logging
from logkeep.sources.s3_access.settings import PUT
from logkeep.sources.s3_access.words import KEPT
from logkeep.words.cost import Cost

PAGE = "Amazon S3 User Guide, Logging requests with server access logging"


def costs(before: Facts, _after: Facts, changes: Sequence[Change]) -> Iterator[Cost]:
    """The logs of the buckets that did not log, which nobody deletes."""
    begun = [change for change in changes if change.call == PUT and _was_off(before, change)]
    if begun:
        yield Cost(
            KEPT,
            "gigabyte of logs kept for a month",
            PAGE,
            per="month",
            places=len(begun),
            accounts=tuple(dict.fromkeys(change.account for change in begun)),
        )


def _was_off(before: Facts, change: Change) -> bool:
    at = Bucket(str(change.arguments["Bucket"]), change.account, change.region)
    return seen(logging.logging(before, at)) is None
