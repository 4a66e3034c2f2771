"""Breaking a bucket's replication rule, or what keeps the replicas, by calls."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import configuration
from logkeep.lab.breaking.buckets import created, expiring
from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.route import Hop, Route
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources.replication.options import SOURCE
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Json

Rule = dict[str, Any]


def hops_of(facts: Facts, account: AccountId) -> dict[str, Hop]:
    """The hops of the account's first route of replication, by their roles."""
    found = next((r for r in all_routes(facts) if _is_its(r, account)), None)
    if found is None:
        raise CannotBreak(f"no bucket of {account} is to be replicated; name one with --account")
    return {hop.role: hop for hop in found.hops}


def _is_its(route: Route, account: AccountId) -> bool:
    return (route.source, route.account) == (SOURCE, account)


def _changed(
    facts: Facts, account: AccountId, says: str, change: Callable[[Rule], None]
) -> Breakage:
    """The configuration with the rule for the destination changed, and back again."""
    hops = hops_of(facts, account)
    source, to = hops["replicated bucket"], bucket.name_of(hops["replica"].arn)
    at = Bucket(bucket.name_of(source.arn), source.account, source.region)
    before = cast("Rule | None", seen(configuration(facts, at)))
    after: Rule = copy.deepcopy(before) if before else {"Rules": []}
    rules: list[Rule] = after["Rules"]
    for rule in rules:
        if rule["Destination"]["Bucket"].endswith(f":{to}"):
            change(rule)
    if before is None or after == before:
        raise CannotBreak("the bucket has no rule that could be changed so")

    def put(wanted: Json) -> Write:
        named = {"Bucket": at.name, "ReplicationConfiguration": wanted}
        return Write(source.arn, source.account, source.region, "s3:PutBucketReplication", named)

    return Breakage(says, (put(after),), (put(before),))


def refused(facts: Facts, account: AccountId) -> Breakage:
    """The rule is off, and beside it stands one of somebody else whose bucket was deleted since.

    S3 goes on with the rules that it has, and takes no others (rule 13.2).
    """
    hop = hops_of(facts, account)["replicated bucket"]
    other = f"{bucket.name_of(hop.arn)[:50]}-old-copy"
    changed = _changed(facts, account, "", lambda rule: rule.update({"Status": "Disabled"}))
    (put,) = changed.writes
    wanted = cast("Rule", put.arguments["ReplicationConfiguration"])
    if any("Filter" not in rule for rule in wanted["Rules"]):
        raise CannotBreak("its rules are of the old schema, which has room for one destination")
    arn = f"{hop.arn.rpartition(':')[0]}:{other}"
    wanted["Rules"].append({
        "ID": "by-hand",
        "Priority": 1 + max(rule["Priority"] for rule in wanted["Rules"]),
        "Status": "Enabled",
        "Filter": {"Prefix": "reports/"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": arn},
    })  # fmt: skip

    def call(name: str, **more: Json) -> Write:
        return Write(arn, hop.account, hop.region, f"s3:{name}", {"Bucket": other, **more})

    made = created((arn, hop.account, hop.region), other)
    keeps = call("PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"})
    says = f"the rule is disabled, and another rule names `{other}`, which is deleted since"
    return Breakage(says, (made, keeps, put, call("DeleteBucket")), changed.undo)


def taken(facts: Facts, account: AccountId) -> Breakage:
    """The rule hands the replicas over to the destination's account."""
    owner = hops_of(facts, account)["replica"].account

    def change(rule: Rule) -> None:
        rule["Destination"] |= {
            "Account": owner, "AccessControlTranslation": {"Owner": "Destination"}
        }  # fmt: skip

    return _changed(facts, account, f"the replicas become {owner}'s", change)


def markers(facts: Facts, account: AccountId) -> Breakage:
    """Delete markers are replicated where they were not, and the other way round."""

    def change(rule: Rule) -> None:
        on = rule["DeleteMarkerReplication"]["Status"] == "Enabled"
        rule["DeleteMarkerReplication"] = {"Status": "Disabled" if on else "Enabled"}

    return _changed(facts, account, "the rule handles delete markers differently", change)


def storage_class(facts: Facts, account: AccountId) -> Breakage:
    """The replicas come to lie where they are dear to read."""

    def change(rule: Rule) -> None:
        rule["Destination"]["StorageClass"] = "GLACIER"

    return _changed(facts, account, "the replicas go to GLACIER", change)


def untimed(facts: Facts, account: AccountId) -> Breakage:
    """Replication Time Control is taken out of the rule."""

    def change(rule: Rule) -> None:
        for name in ("ReplicationTime", "Metrics"):
            rule["Destination"].pop(name, None)

    return _changed(facts, account, "the rule has no time control", change)


def expires(facts: Facts, account: AccountId) -> Breakage:
    """A lifecycle rule on the replica's bucket."""
    hop = hops_of(facts, account)["replica"]
    place = (hop.arn, hop.account, hop.region)
    return expiring(place, bucket.name_of(hop.arn), "replicas")
