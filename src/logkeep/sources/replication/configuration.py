"""A bucket's replication configuration as it is to be: foreign rules as and where they are.

S3 API reference, PutBucketReplication (rules 3.3, 3.3.1, 13.3).
"""

from __future__ import annotations

import copy
import itertools
from typing import Any, Final, cast

from logkeep.access.bucket import Bucket
from logkeep.access.replicas import configuration
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.replication.destinations import KEEPS, state_of
from logkeep.sources.replication.pairs import (
    Wish,
    arn_of,
    covers,
    of_source,
    replica_key,
    role_of,
    takes_over,
)
from logkeep.storage.configuration import read_replication
from logkeep.storage.rules import Replication
from logkeep.value import Json

MINUTES: Final = 15
ID_MAX: Final = 255
PRIORITY_MAX: Final = 2**31 - 1
"""S3's model has an Integer."""
Rule = dict[str, Any]


def wanted(facts: Facts, source: Bucket, destination: str) -> dict[str, Json]:
    """The configuration with a rule for one destination, and for each that S3 takes by now.

    A rule for a bucket that is not there, or keeps no versions, would have S3 refuse all others
    with it (rule 13.2). Whether S3 takes what it comes to is the guard's to say.
    """
    before: Any = seen(configuration(facts, source)) or {}
    rules: list[Rule] = copy.deepcopy(before.get("Rules") or [])
    for wish in of_source(facts, source.name):
        own = next((rule for rule in rules if _does(rule, wish)), None)
        if own is None:
            to = wish.destination.name
            if to != destination and state_of(facts, source, to) != KEEPS:
                continue
            own = _new(facts, wish, rules)
            rules.append(own)
        _set(facts, wish, own)
    return {"Role": role_of(facts, source), "Rules": rules}


def _does(rule: Rule, wish: Wish) -> bool:
    found = read_replication({"Role": "", "Rules": [rule]})
    return isinstance(found, Replication) and covers(found.rules[0], wish)


def _new(facts: Facts, wish: Wish, rules: list[Rule]) -> Rule:
    return {
        "ID": _free_id(wish, rules),
        "Priority": _free_priority(rules),
        "Filter": _filter(wish),
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": arn_of(facts, wish.destination)},
    }


def _free_id(wish: Wish, rules: list[Rule]) -> str:
    """An ID that no other rule has: its bucket's, with the prefix, or with a number."""
    taken = {rule.get("ID") for rule in rules}
    name = f"logkeep-{wish.destination.name}"
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    tried = itertools.chain((name, f"{name}-{wish.filter.prefix}"[:ID_MAX]), numbered)
    return next(each for each in tried if each not in taken)


def _free_priority(rules: list[Rule]) -> int:
    """The next above all others; where there is none above, the highest that is free."""
    taken = {int(rule.get("Priority", 0)) for rule in rules}
    above = 1 + max(taken, default=0)
    if above <= PRIORITY_MAX:
        return above
    return next(each for each in range(PRIORITY_MAX, 0, -1) if each not in taken)


def _filter(wish: Wish) -> dict[str, Json]:
    """A filter has exactly one of Prefix, Tag and And."""
    tags = [{"Key": name, "Value": value} for name, value in wish.filter.tags]
    if not tags:
        return {"Prefix": wish.filter.prefix}
    if len(tags) == 1 and not wish.filter.prefix:
        return {"Tag": tags[0]}
    start = {"Prefix": wish.filter.prefix} if wish.filter.prefix else {}
    return {"And": {**start, "Tags": tags}}


def _set(facts: Facts, wish: Wish, rule: Rule) -> None:
    """Set what is asked of a rule, and leave the rest of it."""
    rule["Status"] = "Enabled"
    to: Rule = rule["Destination"]
    key = replica_key(facts, wish)
    if key:
        criteria = cast("Rule", rule.setdefault("SourceSelectionCriteria", {}))
        criteria["SseKmsEncryptedObjects"] = {"Status": "Enabled"}
        to["EncryptionConfiguration"] = {"ReplicaKmsKeyID": key}
    takes = takes_over(facts, wish)
    if takes:
        to |= {"Account": wish.destination.account,
               "AccessControlTranslation": {"Owner": "Destination"}}  # fmt: skip
    elif takes is False:
        to.pop("AccessControlTranslation", None)
    if wish.options.storage_class:
        to["StorageClass"] = wish.options.storage_class
    if wish.options.time_control:
        to["ReplicationTime"] = {"Status": "Enabled", "Time": {"Minutes": MINUTES}}
        to["Metrics"] = {"Status": "Enabled", "EventThreshold": {"Minutes": MINUTES}}
    if wish.options.delete_markers is not None and "Filter" in rule:
        status = "Enabled" if wish.options.delete_markers else "Disabled"
        rule["DeleteMarkerReplication"] = {"Status": status}


def spoilt(facts: Facts, source: Bucket, destination: str, *, what: str) -> dict[str, Json]:
    """The configuration in force, with one thing of the rule for a destination undone."""
    before: dict[str, Json] = seen(configuration(facts, source)) or {"Role": "", "Rules": []}
    found = copy.deepcopy(before)
    for rule in cast("list[Rule]", found["Rules"]):
        to = cast("Rule", rule["Destination"])
        if to["Bucket"].endswith(f":{destination}"):
            if what == "rule":
                rule["Status"] = "Disabled"
            elif what == "key":
                rule.pop("SourceSelectionCriteria", None)
                to.pop("EncryptionConfiguration", None)
            else:
                to.pop("AccessControlTranslation", None)
    return found
