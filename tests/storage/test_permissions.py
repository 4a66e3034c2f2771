"""Every request of a replication, both sides and both keys, with AWS's failure code (3.2, 3.4)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from logkeep.policy import Layers, Unread
from logkeep.storage.bucket import Default, Key, Keys, Requester, delegating
from logkeep.storage.fate import Miss, ReplicationRole
from logkeep.storage.replicate import replicate
from logkeep.storage.subject import Subject
from storage.scenes import (
    ABROAD,
    KEY,
    LISTS,
    OTHER,
    OWNER,
    PLENTY,
    READS,
    REGION,
    REPLICA_KEY,
    ROLE,
    TRUST,
    WRITES,
    allow,
    keys,
    policy,
    role,
    rule,
    sides,
    with_kms,
    without,
)

UNDER_KEY = {"encryption": "aws:kms", "kms_key": KEY, "bucket_key": False}
MARKERS = {"DeleteMarkerReplication": {"Status": "Enabled"}}


def misses(told: dict[str, Any], *rules: dict[str, Any], **more: Any) -> tuple[Miss, ...]:
    return replicate(Subject(**{"key": "a", **told}), sides(*rules, **more)).misses


def code(told: dict[str, Any], *rules: dict[str, Any], **more: Any) -> str:
    (miss,) = misses(told, *rules, **more)
    return miss.code if miss.kind == "failed" else miss.kind


def key(arn: str, state: str = "Enabled", account: str = OWNER) -> Key:
    return Key(arn, account, state, delegating(account))


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ("s3:GetObjectVersionForReplication", "SrcGetObjectNotPermitted"),
        ("s3:GetObjectVersionAcl", "SrcGetAclNotPermitted"),
        ("s3:ReplicateObject", "DstPutObjectNotPermitted"),
        # No page names what these two lead to.
        ("s3:GetReplicationConfiguration", "unknown"),
        ("s3:ListBucket", "unknown"),
    ],
)
def test_a_permission_that_the_role_lacks(lacking: str, expected: str) -> None:
    assert misses({}) == ()
    assert code({}, role=without(lacking)) == expected


def test_a_large_object_fails_at_its_first_part() -> None:
    big = {"size": 6 * 1024**3}
    assert code(big, role=without("s3:ReplicateObject")) == "DstMultipartInitNotPermitted"


def test_tags_are_contested_only_where_there_are_some() -> None:
    assert misses({}, role=without("s3:GetObjectVersionTagging")) == ()
    tagged = {"tags": {"a": "b"}}
    assert code(tagged, role=without("s3:GetObjectVersionTagging")) == "unknown"
    assert code(tagged, role=without("s3:ReplicateTags")) == "unknown"


def test_a_deny_of_tags_leaves_them_behind() -> None:
    denied = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateTags",
                     "Resource": "arn:aws:s3:::dst/*"})  # fmt: skip
    fate = replicate(Subject(key="a", tags={"a": "b"}), sides(to={"policy": denied}))
    assert fate.misses == ()
    assert not fate.copies[0].tags


def test_delete_markers_ask_for_less_and_for_another() -> None:
    marker = {"event": "delete-marker"}
    assert code(marker, rule(**MARKERS), role=without("s3:ReplicateDelete")) == (
        "DstDelObjNotPermitted"
    )
    assert misses(marker, rule(**MARKERS), role=without(*READS, "s3:ReplicateObject")) == ()


class TestRole:
    """Who S3 is when it replicates."""

    def test_whom_it_trusts(self) -> None:
        other = role(trust={**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}})
        assert code({}, role=other) == "AssumeRoleNotPermitted"

    def test_it_may_be_gone(self) -> None:
        gone = ReplicationRole(Requester(ROLE, OWNER), None, exists=False)
        assert code({}, role=gone) == "AssumeRoleNotPermitted"

    def test_it_may_not_be_known(self) -> None:
        assert code({}, role=Unread("iam:GetRole", "AccessDenied")) == "unknown"
        hidden = Requester(ROLE, OWNER, Layers(identity=Unread("iam:ListRolePolicies", "")))
        assert code({}, role=ReplicationRole(hidden, policy(TRUST, kind="trust"))) == "unknown"


class TestReading:
    """s3:GetObjectVersion instead of …ForReplication (3.2.2)."""

    OLD = (
        allow(LISTS, "arn:aws:s3:::src"),
        allow(["s3:GetObjectVersion", *READS[1:]], "arn:aws:s3:::src/*"),
        *PLENTY[2:],
    )

    def test_it_does_for_sse_s3(self) -> None:
        assert misses({}, role=role(*self.OLD)) == ()
        assert misses({"encryption": ""}, role=role(*self.OLD)) == ()

    def test_but_not_for_sse_kms(self) -> None:
        found = code(UNDER_KEY, with_kms(), role=role(*self.OLD))
        assert found == "SrcGetObjectNotPermitted"

    def test_and_who_knows_for_sse_c(self) -> None:
        assert code({"encryption": "SSE-C"}, role=role(*self.OLD)) == "unknown"


class TestDestination:
    """The bucket that the replicas go to."""

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ({"exists": False}, "DstBucketNotFound"),
            ({"versioning": "Suspended"}, "DstBucketUnversioned"),
            ({"versioning": ""}, "DstBucketUnversioned"),
            ({"versioning": Unread("s3:GetBucketVersioning", "AccessDenied")}, "unknown"),
        ],
        ids=str,
    )
    def test_it_is_not_as_it_should_be(self, told: dict[str, Any], expected: str) -> None:
        assert code({}, to=told) == expected

    def test_object_lock_has_to_be_on_both_sides(self) -> None:
        locked = {"object_lock": True}
        assert code({}, source=locked) == "DstBucketObjectLockConfigMissing"
        assert misses({}, source=locked, to=locked) == ()
        assert misses({}, to=locked) == ()

    def test_a_lock_on_the_object_asks_for_more(self) -> None:
        locked = {"object_lock": True}
        assert code({"legal_hold": True}, source=locked, to=locked) == "unknown"
        more = role(*PLENTY, allow("s3:GetObjectLegalHold", "arn:aws:s3:::src/*"))
        assert misses({"legal_hold": True}, source=locked, to=locked, role=more) == ()

    def test_another_account_has_to_name_the_role(self) -> None:
        assert code({}, to={"account": OTHER}) == "DstPutObjectNotPermitted"
        named = policy(allow(WRITES, "arn:aws:s3:::dst/*", Principal={"AWS": ROLE}))
        assert misses({}, to={"account": OTHER, "policy": named}) == ()

    def test_handing_the_replica_over_asks_both_sides(self) -> None:
        to = {"Bucket": "arn:aws:s3:::dst", "Account": OTHER,
              "AccessControlTranslation": {"Owner": "Destination"}}  # fmt: skip
        override = "s3:ObjectOwnerOverrideToBucketOwner"
        may = role(*PLENTY, allow(override, "arn:aws:s3:::dst/*"))
        named = policy(allow(WRITES, "arn:aws:s3:::dst/*", Principal={"AWS": ROLE}))
        both = policy(allow([*WRITES, override], "arn:aws:s3:::dst/*", Principal={"AWS": ROLE}))
        on = {"account": OTHER, "ownership": "ObjectWriter"}
        taking = rule(Destination=to)
        refused = "DstPutObjectNotPermitted"
        assert code({}, taking, to={**on, "policy": named}, role=may) == refused
        assert code({}, taking, to={**on, "policy": both}) == refused
        assert misses({}, taking, to={**on, "policy": both}, role=may) == ()

    def test_a_forced_header_does_not_refuse_replicas(self) -> None:
        """Replication writes with s3:ReplicateObject, not with s3:PutObject (2.2.12)."""
        null = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
        forced = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                         "Resource": "arn:aws:s3:::dst/*", "Condition": null})  # fmt: skip
        assert misses({}, to={"policy": forced}) == ()


class TestKeys:
    """Both keys, with the encryption context that S3 uses (2.2.9, 3.2.5, 3.2.6)."""

    def test_a_key_in_order(self) -> None:
        assert misses(UNDER_KEY, with_kms()) == ()

    @pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
    def test_a_key_that_is_not_enabled(self, state: str) -> None:
        own = keys(own=key(KEY, state))
        assert code(UNDER_KEY, with_kms(), keys=own) == "SrcKmsKeyInvalidState"
        replica = keys(replica=key(REPLICA_KEY, state))
        assert code(UNDER_KEY, with_kms(), keys=replica) == "DstKmsKeyInvalidState"

    def test_a_replica_key_that_is_not_there(self) -> None:
        gone = Keys(known={KEY: key(KEY), REPLICA_KEY: None})
        assert code(UNDER_KEY, with_kms(), keys=gone) == "DstKmsKeyNotFound"
        to = {"Bucket": "arn:aws:s3:::dst", "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY}}
        # A key of the source's Region is none in the destination's.
        assert code(UNDER_KEY, with_kms(Destination=to)) == "DstKmsKeyNotFound"

    def test_a_key_that_does_not_let_the_role(self) -> None:
        assert code(UNDER_KEY, with_kms(), role=role(*PLENTY[:3], PLENTY[4])) == (
            "SrcGetObjectNotPermitted"
        )
        assert code(UNDER_KEY, with_kms(), role=role(*PLENTY[:4])) == "DstPutObjectNotPermitted"

    @pytest.mark.parametrize("action", ["kms:Encrypt", "kms:GenerateDataKey"])
    def test_either_action_does_for_the_replica(self, action: str) -> None:
        """Encrypt alone was seen to do (12.4); the failure table names GenerateDataKey."""
        one = role(*PLENTY[:4], allow(action, REPLICA_KEY))
        assert misses(UNDER_KEY, with_kms(), role=one) == ()

    def test_a_bucket_key_at_the_destination_asks_for_decrypt_too(self) -> None:
        one = role(*PLENTY[:4], allow(["kms:Encrypt", "kms:GenerateDataKey"], REPLICA_KEY))
        to = {"default": Default("aws:kms", REPLICA_KEY, bucket_key=True)}
        assert code(UNDER_KEY, with_kms(), role=one, to=to) == "DstPutObjectNotPermitted"
        assert misses(UNDER_KEY, with_kms(), to=to) == ()

    @pytest.mark.parametrize("bucket_key", [True, False])
    @pytest.mark.parametrize("context", ["arn:aws:s3:::src", "arn:aws:s3:::src/*"])
    def test_the_context_is_the_buckets_under_a_bucket_key(
        self, context: str, *, bucket_key: bool
    ) -> None:
        via = {"kms:ViaService": f"s3.{REGION}.amazonaws.com",
               "kms:EncryptionContext:aws:s3:arn": context}  # fmt: skip
        bound = allow("kms:Decrypt", KEY, Condition={"StringLike": via})
        told = {**UNDER_KEY, "bucket_key": bucket_key}
        found = misses(told, with_kms(), role=role(*PLENTY[:3], bound, PLENTY[4]))
        if bucket_key == context.endswith("src"):
            assert found == ()
        else:
            assert [miss.code for miss in found] == ["SrcGetObjectNotPermitted"]

    def test_s3_asks_in_the_region_of_each_side(self) -> None:
        via = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
        bound = allow(["kms:Encrypt", "kms:GenerateDataKey*"], REPLICA_KEY,
                      Condition={"StringEquals": via})  # fmt: skip
        wrong = role(*PLENTY[:4], bound)
        assert code(UNDER_KEY, with_kms(), role=wrong) == "DstPutObjectNotPermitted"

    def test_a_key_of_another_account_has_to_let_the_role_in(self) -> None:
        arn = REPLICA_KEY.replace(OWNER, OTHER)
        to = {"Bucket": "arn:aws:s3:::dst", "EncryptionConfiguration": {"ReplicaKmsKeyID": arn}}
        mine = role(*PLENTY[:4], allow("kms:*", arn))
        closed = Keys(known={KEY: key(KEY), arn: key(arn, account=OTHER)})
        abroad = with_kms(Destination=to)
        assert code(UNDER_KEY, abroad, role=mine, keys=closed) == "DstPutObjectNotPermitted"
        opened = Key(arn, OTHER, policy=delegating(OTHER, OWNER))
        let = Keys(known={KEY: key(KEY), arn: opened})
        assert misses(UNDER_KEY, abroad, role=mine, keys=let) == ()

    def test_an_alias_is_not_known_to_name_a_key(self) -> None:
        arn = f"arn:aws:kms:{ABROAD}:{OWNER}:alias/replica"
        to = {"Bucket": "arn:aws:s3:::dst", "EncryptionConfiguration": {"ReplicaKmsKeyID": arn}}
        assert code(UNDER_KEY, with_kms(Destination=to)) == "unknown"


def test_the_first_that_certainly_refuses_goes_before_what_is_open() -> None:
    lacking = without("s3:ListBucket", "s3:ReplicateObject")
    assert code({}, role=lacking) == "DstPutObjectNotPermitted"


def test_one_destination_that_fails_fails_the_object() -> None:
    two = rule(ID="two", Priority=2, Destination={"Bucket": "arn:aws:s3:::dst2"})
    both = sides(rule(), two)
    first = both.destinations["dst"]
    lost = replace(first, name="dst2", exists=False)
    fate = replicate(Subject(key="a"), replace(both, destinations={"dst": first, "dst2": lost}))
    assert [copy.destination for copy in fate.copies] == ["dst"]
    assert [miss.code for miss in fate.misses] == ["DstBucketNotFound"]
    assert fate.status == "FAILED"
