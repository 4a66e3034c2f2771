"""Buckets, keys, roles and objects that the storage tests start from, all in order."""

from __future__ import annotations

from typing import Any, Final

from logkeep.policy import Layers, Policy, read_policy
from logkeep.policy.values import Kind
from logkeep.storage.bucket import Bucket, Key, Keys, Requester, delegating, everything
from logkeep.storage.configuration import read_replication
from logkeep.storage.fate import ReplicationRole, Sides
from logkeep.storage.rules import Replication
from logkeep.storage.upload import Upload

OWNER: Final = "222222222222"
OTHER: Final = "333333333333"
REGION: Final = "us-east-1"
ABROAD: Final = "eu-west-1"
KEY: Final = f"arn:aws:kms:{REGION}:{OWNER}:key/11111111-2222-3333-4444-555555555555"
REPLICA_KEY: Final = f"arn:aws:kms:{ABROAD}:{OWNER}:key/aaaaaaaa-0000-0000-0000-000000000001"
SSE: Final = "s3:x-amz-server-side-encryption"
ROLE: Final = f"arn:aws:iam::{OWNER}:role/replication"
READS: Final = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging"]  # fmt: skip
LISTS: Final = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
WRITES: Final = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]


def policy(*statements: dict[str, Any], kind: Kind = "resource", name: str = "p") -> Policy:
    found = read_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, name)
    assert isinstance(found, Policy), found
    return found


def deny(condition: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"Sid": "Force", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/*", "Condition": condition, **more}  # fmt: skip


def allow(action: object, resource: object = "*", **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def bucket(**more: Any) -> Bucket:
    return Bucket(**{"name": "logs", "account": OWNER, "region": REGION, **more})


def caller(account: str = OWNER, *policies: Policy) -> Requester:
    identity = policies or (everything(),)
    return Requester(f"arn:aws:iam::{account}:role/Writer", account, Layers(identity=identity))


def upload(headers: dict[str, str] | None = None, **more: Any) -> Upload:
    return Upload(**{"caller": caller(), "key": "a", "headers": headers or {}, **more})


def keys(**known: Key | None) -> Keys:
    own = Key(KEY, OWNER, policy=delegating(OWNER))
    replica = Key(REPLICA_KEY, OWNER, policy=delegating(OWNER))
    return Keys(known={KEY: known.get("own", own), REPLICA_KEY: known.get("replica", replica)})


def rule(**more: Any) -> dict[str, Any]:
    found = {"ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
             "DeleteMarkerReplication": {"Status": "Disabled"},
             "Destination": {"Bucket": "arn:aws:s3:::dst"}, **more}  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def old_rule(**more: Any) -> dict[str, Any]:
    return rule(**{"Filter": None, "Priority": None, "DeleteMarkerReplication": None,
                   "Prefix": "", **more})  # fmt: skip


def with_kms(**more: Any) -> dict[str, Any]:
    to = {"Bucket": "arn:aws:s3:::dst", "EncryptionConfiguration": {"ReplicaKmsKeyID": REPLICA_KEY}}
    selection = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    return rule(**{"Destination": to, "SourceSelectionCriteria": selection, **more})


def configuration(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"Role": ROLE, "Rules": list(rules)}


def replication(*rules: dict[str, Any]) -> Replication:
    found = read_replication(configuration(*rules))
    assert isinstance(found, Replication), found
    return found


TRUST: Final = {"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "s3.amazonaws.com"}}  # fmt: skip
PLENTY: Final = (
    allow(LISTS, "arn:aws:s3:::src"),
    allow(READS, "arn:aws:s3:::src/*"),
    allow(WRITES, ["arn:aws:s3:::dst/*"]),
    allow("kms:Decrypt", KEY),
    allow(["kms:Encrypt", "kms:GenerateDataKey*", "kms:Decrypt"], REPLICA_KEY),
)
"""Just what the role needs (rules 3.2.2, 3.2.5)."""


def role(*statements: dict[str, Any], trust: dict[str, Any] = TRUST) -> ReplicationRole:
    own = policy(*(statements or PLENTY), kind="identity")
    who = Requester(ROLE, OWNER, Layers(identity=(own,)))
    return ReplicationRole(who, policy(trust, kind="trust"))


def without(*actions: str) -> ReplicationRole:
    """The role that lacks some of the actions it needs."""
    kept: list[dict[str, Any]] = []
    for statement in PLENTY:
        listed = statement["Action"]
        names = [listed] if isinstance(listed, str) else list(listed)
        left = [name for name in names if name not in actions]
        if left:
            kept.append({**statement, "Action": left})
    return role(*kept)


def sides(*rules: dict[str, Any], **more: Any) -> Sides:
    source = bucket(name="src", versioning="Enabled", **more.pop("source", {}))
    own = {"name": "dst", "region": ABROAD, "versioning": "Enabled", **more.pop("to", {})}
    found: dict[str, Any] = {
        "source": source,
        "replication": replication(*(rules or (rule(),))),
        "role": role(),
        "destinations": {"dst": bucket(**own)},
        "keys": keys(),
        **more,
    }
    return Sides(**found)
