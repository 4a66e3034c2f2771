"""Which of the newest objects are not in the replica, and what would refuse them today?

S3 does not retry what failed (rule 3.4.1): where nothing refuses it any more it was refused when
it was new, and only has to be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from logkeep.access.replicas import object_of, sides_of
from logkeep.route import Hop, Is
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication import arrival
from logkeep.sources.replication.pairs import Wish
from logkeep.storage.reading import Reader
from logkeep.storage.reading_replication import read_subject
from logkeep.storage.replicate import replicate
from logkeep.value import Json, Seen

NOTHING: Final = "nothing"
"""What refuses an object today: nothing does, and it has to be sent again."""
UNKNOWN: Final = "unknown"


def tells(facts: Facts, _hop: Hop, need: Is) -> Mapping[str, Json]:
    """As evidence: the objects that failed or are late, each with what would refuse it today."""
    wish = arrival.wish_of(facts, need)
    listed = list(missing(facts, wish)) if wish else []
    return {"missing": listed} if listed else {}


def missing(facts: Facts, wish: Wish, *, oldest: bool = False) -> Iterator[dict[str, Json]]:
    """The newest objects that failed or are late, or the oldest."""
    for key, status in arrival.statuses(facts, wish, oldest=oldest):
        if status in arrival.FAILS:
            yield {"key": key, "status": status, "refused_by": _refused_by(facts, wish, key)}


def left_behind(facts: Facts, wish: Wish) -> list[dict[str, Json]]:
    """Of the oldest and the newest objects those that failed, each once."""
    found = (*missing(facts, wish, oldest=True), *missing(facts, wish))
    return list({str(each["key"]): each for each in found}.values())


def _refused_by(facts: Facts, wish: Wish, key: str) -> str:
    """AWS's failure code for the object as it would be replicated now."""
    look = object_of(facts, wish.source, key, "")
    if not isinstance(look, Seen):
        return UNKNOWN
    document = {**look.value, "replication_status": "", "created": "after rule"}
    document.setdefault("tags", {})
    subject = read_subject(Reader(document, assumed=False, place="object"))
    fate = replicate(msgspec.structs.replace(subject, acl="private"), sides_of(facts, wish.source))
    name = wish.destination.name
    misses = [each for each in fate.misses if each.destination in ("", name)]
    failed = next((each for each in misses if each.kind == "failed"), None)
    if failed is not None:
        return failed.code or failed.reason
    if any(each.kind == "unknown" for each in misses):
        return UNKNOWN
    if any(copy.destination == name for copy in fate.copies):
        return NOTHING
    return next((each.reason for each in misses), UNKNOWN)
