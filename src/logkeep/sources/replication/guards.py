"""What keeps a replication configuration from being stored: S3 takes all of its rules or none.

S3 looks at every rule of it, whoever wrote it (S3 API reference, PutBucketReplication; rules 3.1.1,
3.3.1, 13.2). What it took before it takes again, as far as the buckets are still there for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from logkeep.access.bucket import Bucket
from logkeep.access.replicas import configuration
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Guard, Limit, Unchecked, Write
from logkeep.sources.replication.destinations import GONE, KEEPS, state_of
from logkeep.sources.replication.pairs import of_source
from logkeep.storage.configuration import (
    Mistake,
    check_configuration,
    destinations_of,
    readable,
)
from logkeep.value import Json
from logkeep.words.plain import clean
from logkeep.words.rules_refused import RULES

REFUSED: Final = "rules-refused"
PUT: Final = "s3:PutBucketReplication"


def _stored(facts: Facts, write: Write) -> Limit | None:
    """Why S3 would not store a configuration; None where it would, or where nobody can tell.

    A rule that is new is sent once its own way is open, its destination with it.
    """
    source = _source(write)
    wanted = write.arguments["ReplicationConfiguration"]
    found = next(_mistakes(facts, source, wanted), None)
    if found is not None:
        named = RULES.get(found.reason, found.reason).format(detail=clean(found.detail))
        where = f"the rule `{clean(found.rule)}`: " if found.rule else ""
        return Limit(REFUSED, f"{where}{named}", {"reason": found.reason, "rule": found.rule})
    for name, to in _destinations(seen(configuration(facts, source))):
        state = state_of(facts, source, to)
        if state not in (KEEPS, None):
            return _destination(name, to, state)
    return None


def _destination(name: str, to: str, state: str) -> Limit:
    """A plan may make the bucket or switch its versioning on, where the fleet asks for that."""
    gone = state == GONE
    lacks = "does not exist" if gone else f"keeps no versions (its versioning is {state or 'off'})"
    says = f"the rule `{clean(name)}` names the bucket `{clean(to)}`, which {lacks}"
    reason = "destination-missing" if gone else "destination-unversioned"
    evidence: dict[str, Json] = {"reason": reason, "rule": name, "destination": to}
    return Limit(REFUSED, says, evidence, may_pass=True)


def _source(write: Write | Change) -> Bucket:
    return Bucket(str(write.arguments["Bucket"]), write.account, write.region)


def _destinations(document: Json) -> Iterator[tuple[str, str]]:
    """The ID of each rule of a configuration, and the bucket that it names."""
    read = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    rules: object = read.get("Rules")
    for rule in cast("list[object]", rules) if isinstance(rules, list) else []:
        for to in destinations_of({"Rules": [rule]}):
            yield str(cast("dict[str, Any]", rule).get("ID") or "without an ID"), to


def _mistakes(facts: Facts, source: Bucket, wanted: Json) -> Iterator[Mistake]:
    """What is new in it that S3 does not accept."""
    before = seen(configuration(facts, source))
    known = check_configuration(readable(before), source.name) if before else ()
    for each in check_configuration(readable(wanted), source.name):
        # An element that is newer than this program came from AWS itself.
        if each not in known and each.reason != "not-in-schema":
            yield each


def _unseen(facts: Facts, call: Write | Change) -> tuple[str, ...]:
    """The destinations of other rules that nobody could look at, and S3 will."""
    source = _source(call)
    own = {wish.destination.name for wish in of_source(facts, source.name)}
    names = destinations_of(call.arguments["ReplicationConfiguration"])
    return tuple(
        f"whether `{clean(name)}`, which another rule of `{clean(source.name)}` names, still "
        "exists and keeps versions"
        for name in names
        if name not in own and state_of(facts, source, name) is None
    )


GUARDS: Final[dict[str, Guard]] = {PUT: _stored}
UNCHECKED: Final[dict[str, Unchecked]] = {PUT: _unseen}
"""What S3 checks of it that could not be seen."""
