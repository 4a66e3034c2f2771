"""The settings of a replication rule: how each is read, written and spoilt.

Each value says the destination first, as one bucket may have rules for several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.replicas import CONFIGURATION, configuration, replication
from logkeep.access.uploads import object_lock
from logkeep.policy import Unread
from logkeep.route import Hop, Is
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts, map_look
from logkeep.snapshot.setting import Effect, Fault, Setting, Write, not_ours
from logkeep.sources.replication import arrival, existing, failed, intact
from logkeep.sources.replication.configuration import spoilt, wanted
from logkeep.sources.replication.pairs import Wish, of_source, rule_of
from logkeep.storage.rules import Replication, Rule
from logkeep.value import Absent, Json, Look, Seen, Unseen

PUT = "s3:PutBucketReplication"
PUT_LOCK = "s3:PutObjectLockConfiguration"
NONE = "none"


def value_for(destination: str, value: str) -> str:
    """A value of the rule for a destination."""
    return f"{destination}: {value}"


def _of_value(value: Json) -> str:
    """The destination that a value says first."""
    return str(value).partition(":")[0]


def _at(hop: Hop) -> Bucket:
    return Bucket(bucket.name_of(hop.arn), hop.account, hop.region)


def _wish(facts: Facts, hop: Hop, need: Is) -> Wish | None:
    found = of_source(facts, bucket.name_of(hop.arn))
    return next((wish for wish in found if wish.route == need.of), None)


def _reading(said: Callable[[Rule], str]) -> Callable[[Facts, Hop, Is], Look[Json]]:
    """How one thing of the rule for a destination is read."""

    def read(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
        wish = _wish(facts, hop, need)
        found = replication(facts, _at(hop))
        if isinstance(found, Unread):
            return Unseen(found.call, found.error)
        rule = rule_of(facts, wish) if wish and isinstance(found, Replication) else None
        name = wish.destination.name if wish else NONE
        return Seen(value_for(name, said(rule) if rule else NONE))

    return read


def _key(rule: Rule) -> str:
    if not rule.kms_selected:
        return "objects under SSE-KMS are not selected"
    return rule.replica_key or NONE


def _owner(rule: Rule) -> str:
    return "destination" if rule.takes_ownership else "source"


def _status(rule: Rule) -> str:
    return "Enabled" if rule.enabled else "Disabled"


def _markers(rule: Rule) -> str:
    return "replicated" if rule.delete_markers or rule.schema == "V1" else "left"


def _time_control(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """Whether S3 promises 15 minutes, which only the configuration as AWS gives it tells."""
    wish = _wish(facts, hop, need)
    look = configuration(facts, _at(hop))
    name = wish.destination.name if wish else NONE
    if isinstance(look, Absent):
        return Seen(value_for(name, NONE))
    return map_look(look, lambda found: value_for(name, "on" if _promises(found, name) else "off"))


def _promises(found: Json, destination: str) -> bool:
    """Whether a rule for a destination has Replication Time Control on."""
    rules = cast("list[dict[str, Json]]", found["Rules"]) if found else []
    own: list[dict[str, Json]] = [
        rule["Destination"] for rule in rules if rule.get("Status") == "Enabled"
    ]
    named = [to for to in own if to["Bucket"].endswith(f":{destination}")]
    promises: list[dict[str, Json]] = [to.get("ReplicationTime") or {} for to in named]
    return any(each.get("Status") == "Enabled" for each in promises)


def _storage_class(rule: Rule) -> str:
    return rule.storage_class or "each object's own"


def _write(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return (_put(hop, wanted(facts, _at(hop), _of_value(value))),)


def _write_key(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """Only a key that is named can be set."""
    return _write(facts, hop, value) if ": arn:" in str(value) else ()


def _put(hop: Hop, configuration: dict[str, Json]) -> Write:
    at = _at(hop)
    named: dict[str, Json] = {"Bucket": at.name, "ExpectedBucketOwner": at.account}
    named["ReplicationConfiguration"] = configuration
    return Write(hop.arn, hop.account, hop.region, PUT, named)


def _spoiling(what: str, says: str) -> Callable[[Facts, Hop, Is], Iterator[Fault]]:
    def spoil(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
        destination = _of_value(need.value)
        changed = spoilt(facts, _at(hop), destination, what=what)
        yield Fault(need.code, says, (_put(hop, changed),))

    return spoil


def _read_lock(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    found = object_lock(facts, _at(hop))
    if isinstance(found, Unread):
        return Unseen(found.call, found.error)
    return Seen("on" if found else "off")


def _write_lock(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """Object Lock on a bucket that is there, where it keeps versions (rule 2.3.3)."""
    at = _at(hop)
    named: dict[str, Json] = {
        "Bucket": at.name,
        "ExpectedBucketOwner": at.account,
        "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"},
    }
    return (Write(hop.arn, hop.account, hop.region, PUT_LOCK, named),) if value == "on" else ()


SETTINGS: dict[str, Setting] = {
    "replication.rule": Setting(
        _reading(_status), _write, (), _spoiling("rule", "the rule is switched off")
    ),
    "replication.key": Setting(
        _reading(_key),
        _write_key,
        (),
        _spoiling("key", "the rule selects no objects under SSE-KMS"),
    ),
    "replication.owner": Setting(
        _reading(_owner), _write, (), _spoiling("owner", "the source keeps the replicas")
    ),
    "replication.delete-markers": Setting(_reading(_markers), _write),
    "replication.storage-class": Setting(_reading(_storage_class), _write),
    "replication.time-control": Setting(_time_control, _write),
    "replication.lock": Setting(_read_lock, _write_lock),
    "replication.copies": Setting(intact.read, not_ours, tells=intact.tells),
    "replication.newest": Setting(arrival.read, not_ours, tells=failed.tells),
    **existing.SETTINGS,
}


def _replicated(facts: Facts, write: Write) -> dict[Ask, Reply]:
    at = Bucket(write.arguments["Bucket"], write.account, write.region)
    name = "ReplicationConfiguration"
    return {of_bucket(facts, CONFIGURATION, at): reply({name: write.arguments[name]})}


EFFECTS: dict[str, Effect] = {PUT: _replicated, **existing.EFFECTS}
