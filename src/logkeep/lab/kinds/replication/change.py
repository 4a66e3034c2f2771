"""Tags, locks and ACLs that change after the replica was made (rule 3.1.2)."""

from __future__ import annotations

from typing import Any

from logkeep.lab import documents
from logkeep.lab.objects.kept import keep, kept_of
from logkeep.lab.objects.model import may
from logkeep.lab.objects.replication import Rule, Surroundings, Thing
from logkeep.lab.objects.replication_place import tags_of
from logkeep.lab.store import PARTITION, s3_backends


def spread(thing: Thing, version: Any, rules: dict[str, Rule], place: Surroundings) -> None:
    """Write a change onto each replica; from a replica back only where both rules say so."""
    for name, rule in rules.items():
        criteria: dict[str, Any] = rule.get("SourceSelectionCriteria") or {}
        back: dict[str, Any] = criteria.get("ReplicaModifications") or {}
        is_back = kept_of(version).replication == "REPLICA"
        held = documents.bucket_of(name)
        versions: list[Any] = held.keys.getlist(thing.key, []) if held is not None else []
        other: Any = next((v for v in versions if v.version_id == version.version_id), None)
        if held is None or other is None or (is_back and back.get("Status") != "Enabled"):
            continue
        to = place.destinations[name]
        object_arn = f"{to.arn}/{thing.key}"

        def passes(action: str, arn: str = object_arn, owner: str = to.account) -> bool:
            return may(place.role, action, arn, owner, None, {})

        if passes("s3:ReplicateTags"):
            tagger: Any = s3_backends[held.account_id][PARTITION].tagger
            source = documents.bucket_of(version.bucket_name)
            tagger.delete_all_tags_for_resource(other.arn)
            listed = [{"Key": k, "Value": v} for k, v in tags_of(source, version).items()]
            tagger.tag_resource(other.arn, listed)
        if passes("s3:ReplicateObject"):
            other.lock_mode, other.lock_until = version.lock_mode, version.lock_until
            other.lock_legal_status = version.lock_legal_status
            if kept_of(other).owner != to.account:
                keep(other, acl=kept_of(version).acl)
