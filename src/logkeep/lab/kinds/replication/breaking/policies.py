"""Breaking the policies on both sides of a replication, by calls that no need's fault knows."""

from __future__ import annotations

import copy
from typing import Any

from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.access.default_encryption import bucket_key
from logkeep.access.policies.speaking import Holder, put, texts
from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.lab.kinds.replication.breaking.rules import hops_of
from logkeep.policy.resource_kinds import BUCKET, KEY, ROLE
from logkeep.policy.write import Statement, document_of, statements, text_of, with_statements
from logkeep.policy.write import texts as texts_in
from logkeep.route import Hop
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.value import AccountId

CONTEXT = "kms:EncryptionContext:aws:s3:arn"


def source_refuses(facts: Facts, account: AccountId) -> Breakage:
    """Somebody's Deny on the bucket that is replicated."""
    hops = hops_of(facts, account)
    return _denied(facts, hops["replicated bucket"], hops["role"], "s3:GetObjectVersion*")


def replica_refuses(facts: Facts, account: AccountId) -> Breakage:
    """Somebody's Deny on the bucket that takes the replicas."""
    hops = hops_of(facts, account)
    return _denied(facts, hops["replica"], hops["role"], "s3:ReplicateObject")


def source_key_refuses(facts: Facts, account: AccountId) -> Breakage:
    """Somebody's Deny on the key of what is replicated."""
    hops = hops_of(facts, account)
    if "source key" not in hops:
        raise CannotBreak("what is replicated lies under no key of the customer's")
    key = hops["source key"]
    deny: Statement = {**_deny(hops["role"], "kms:Decrypt"), "Resource": "*"}
    return _with_deny(facts, Holder(KEY, key.arn), deny, None)


def _deny(role: Hop, action: str) -> Statement:
    return {
        "Sid": "SomebodyElsesDeny",
        "Effect": "Deny",
        "Principal": {"AWS": role.arn},
        "Action": action,
    }


def _denied(facts: Facts, at: Hop, role: Hop, action: str) -> Breakage:
    """Without a policy before, there is none again after it."""
    named = {"Bucket": bucket.name_of(at.arn)}
    drop = Write(at.arn, at.account, at.region, "s3:DeleteBucketPolicy", named)
    deny: Statement = {**_deny(role, action), "Resource": f"{at.arn}/*"}
    return _with_deny(facts, Holder(BUCKET, at.arn), deny, drop)


def _with_deny(facts: Facts, holder: Holder, deny: Statement, drop: Write | None) -> Breakage:
    before = (seen(texts(facts, holder)) or {}).get("")
    document = document_of(before)
    after = text_of(with_statements(document, [*statements(document), deny]))
    back = put(facts, holder, before) if before else drop
    says = f"the role is denied {deny['Action']}"
    return Breakage(says, _made(put(facts, holder, after)), _made(back))


def _made(write: Write | None) -> tuple[Write, ...]:
    if write is None:
        raise CannotBreak("the policy is not the fleet's to change")
    return (write,)


def mismatched(facts: Facts, account: AccountId) -> Breakage:
    """The role's statements on keys name another encryption context than S3 uses (case RP01)."""
    hops = hops_of(facts, account)
    role, source = hops["role"], hops["replicated bucket"]
    at = Bucket(bucket.name_of(source.arn), source.account, source.region)
    by_bucket = seen(bucket_key(facts, at)) is True
    holder = Holder(ROLE, role.arn)
    writes: tuple[Write, ...] = ()
    undo: tuple[Write, ...] = ()
    for name, text in (seen(texts(facts, holder)) or {}).items():
        document = document_of(text)
        after = [_elsewhere(each, objects=by_bucket) for each in statements(document)]
        if after != statements(document):
            writes += _made(put(facts, holder, text_of(with_statements(document, after)), name))
            undo += _made(put(facts, holder, text, name))
    if not writes:
        raise CannotBreak("the role's policies name no encryption context")
    what = "objects" if by_bucket else "buckets"
    return Breakage(f"the role's statements name the context of {what} alone", writes, undo)


def _elsewhere(statement: Statement, *, objects: bool) -> Statement:
    """A statement for the objects' ARNs alone, or for a bucket's own, as with a Bucket Key."""
    found: Any = copy.deepcopy(statement)
    conditions: dict[str, dict[str, Any]] = found.get("Condition") or {}
    for tests in conditions.values():
        listed: list[str] = texts_in(tests.get(CONTEXT))
        if listed:
            tests[CONTEXT] = [each for each in listed if each.endswith("/*") == objects]
    return found
