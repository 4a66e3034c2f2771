"""Would S3 take a bucket as a replication's destination by now: is it there, with versions?"""

from __future__ import annotations

from typing import Final

from logkeep.access import any_bucket, bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.pairs import of_source
from logkeep.value import Absent, Json, Seen

KEEPS: Final = "Enabled"
GONE: Final = "gone"


def state_of(facts: Facts, source: Bucket, name: str) -> str | None:
    """How a bucket's versioning stands, `gone` where nobody has it; None is not known.

    Of a bucket in an account that is not the fleet's S3 does not say it.
    """
    at = _place(facts, source, name)
    if at is None:
        head = bucket.head(Bucket(name, source.account, source.region))
        return GONE if isinstance(facts.look(head, dict[str, Json]), Absent) else None
    if isinstance(bucket.owner(facts, at), Absent):
        return GONE
    match facts.look(of_bucket(facts, "s3:GetBucketVersioning", at), dict[str, Json]):
        case Seen(answer):
            return str(answer.get("Status") or "")
        case Absent():
            return GONE
        case _:
            return None


def _place(facts: Facts, source: Bucket, name: str) -> Bucket | None:
    """Where a bucket is, or where the fleet wants one."""
    wanted = (wish.destination for wish in of_source(facts, source.name))
    return any_bucket.find(facts, name) or next((at for at in wanted if at.name == name), None)
