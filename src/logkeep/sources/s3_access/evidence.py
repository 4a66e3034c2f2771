"""What shows that a bucket's access logs come: where they lie, and how often (rules 9.6, 9.7)."""

from __future__ import annotations

import datetime
from typing import Final

from logkeep.access.bucket import Bucket
from logkeep.route import Arrived, Layout, Objects, Rhythm
from logkeep.sources.s3_access.logging import Enabled
from logkeep.sources.s3_access.requests import folder_of
from logkeep.value import Look, Seen, Unseen

DAY: Final = datetime.timedelta(days=1)
RHYTHM: Final = Rhythm(
    "access log",
    every=DAY,
    # Records usually come within hours, and none comes of a bucket that nobody asks (rule 9.6).
    patience=2 * DAY,
    window=2 * DAY,
    best_effort=True,
    settling=datetime.timedelta(hours=1),
)
PARTITIONED: Final = Layout("%Y/%m/%d/", "%Y-%m-%d-%H-%M")
FLAT: Final = Layout("", "%Y-%m-%d-%H-%M")
SETTLE: Final = (
    "a request to the bucket and another look after some hours: access logs are best effort, so "
    "their absence alone proves nothing"
)

APART: Final = (
    "give each bucket a `TargetPrefix` of its own, or partitioned keys: other buckets log under "
    "the same prefix, and a flat key does not tell whose log it is"
)


def evidence(source: Bucket, target: Bucket, enabled: Enabled) -> Objects:
    """The access logs of a bucket in the one that takes them."""
    layout = PARTITIONED if enabled.is_partitioned else FLAT
    return Objects(target, folder_of(source, enabled), "", layout, RHYTHM)


def arrived(
    source: Bucket, target: Bucket, enabled: Enabled, of: str, shared: Look[bool]
) -> Arrived:
    """That access logs of a bucket came of late; nothing shows it where others' look the same."""
    if shared == Seen(False):
        where = evidence(source, target, enabled)
        return Arrived("accesslog-stale", where, region=source.region, of=of, settle=SETTLE)
    settle = f"{shared.call}: {shared.error}" if isinstance(shared, Unseen) else APART
    return Arrived("accesslog-stale", None, region=source.region, of=of, settle=settle)
