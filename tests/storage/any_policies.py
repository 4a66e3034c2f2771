"""Any policies of buckets and keys, and what the lab's S3 reads of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from logkeep.lab.objects import model
from logkeep.policy import Policy, read_policy
from logkeep.policy.values import Kind
from logkeep.storage.bucket import Bucket, Default, Key, Keys
from storage.scenes import OTHER, OWNER, REGION, allow

Json = dict[str, Any]
ABROAD = "eu-west-1"
K1 = f"arn:aws:kms:{REGION}:{OWNER}:key/11111111-2222-3333-4444-555555555555"
K2 = f"arn:aws:kms:{REGION}:{OTHER}:key/22222222-2222-3333-4444-555555555555"
FAR = f"arn:aws:kms:{ABROAD}:{OWNER}:key/33333333-2222-3333-4444-555555555555"
GONE = f"arn:aws:kms:{REGION}:{OWNER}:key/44444444-2222-3333-4444-555555555555"
SSE, KEY_ID = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
CONTEXT = "kms:EncryptionContext:aws:s3:arn"


def document(statements: Iterable[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def mostly(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    """What is in order, and now and then what is not."""
    return st.sampled_from([*others, *[value] * (9 * len(others))])


KEY_CONDITIONS: tuple[Json, ...] = (
    {},
    {"StringLike": {CONTEXT: "arn:aws:s3:::b/*"}},
    {"StringEquals": {CONTEXT: "arn:aws:s3:::b"}},
    {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
    {"StringEquals": {"kms:ViaService": f"s3.{ABROAD}.amazonaws.com"}},
)


def with_condition(statement: Json, condition: Json) -> Json:
    return {**statement, "Condition": condition} if condition else statement


KEY_POLICIES = st.builds(
    lambda whom, condition: document(
        [with_condition(allow("kms:*", Principal={"AWS": whom}), condition)]
    ),
    whom=some([f"arn:aws:iam::{OWNER}:root"], [f"arn:aws:iam::{OTHER}:root"],
              *[[f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OTHER}:root"]] * 4,
              [f"arn:aws:iam::{OWNER}:user/ann"]),
    condition=some(*[{}] * 12, *KEY_CONDITIONS),
)  # fmt: skip
STATES = mostly("Enabled", "Disabled", "PendingDeletion")


def read(found: Json | None, kind: Kind) -> Policy | None:
    if found is None:
        return None
    policy = read_policy(found, kind, kind)
    assert isinstance(policy, Policy), (found, policy)
    return policy


def of_lab(told: model.LabBucket) -> Bucket:
    """The lab's bucket as the product takes it."""
    return Bucket(
        name=told.name,
        account=told.account,
        region=told.region,
        exists=told.exists,
        default=Default(
            told.algorithm, told.key if told.algorithm != "AES256" else "", told.bucket_key
        ),
        policy=read(told.policy, "resource"),
        ownership=told.ownership,
        block_public_acls=told.blocks_public_acls,
        blocked=frozenset({"SSE-C"}) if told.blocks_sse_c else frozenset(),
        versioning="Enabled" if told.versioned else "Suspended",
        object_lock=told.locked,
    )


def keys_of(told: dict[str, model.Key]) -> Keys:
    known = {
        key.arn: Key(key.arn, key.account, key.state, read(key.policy, "key"))
        for key in told.values()
    }
    return Keys(known=known, complete=True)
