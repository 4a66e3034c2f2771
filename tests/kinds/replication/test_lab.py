"""What S3 replicates in the lab, and what it leaves: each row of rule 3.1.2, by behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from kinds.replication.two_in_lab import ROLE, Json, Two, document, may, rule
from kinds.replication.worlds import PRODUCTION, SECURITY
from logkeep.lab.documents import bucket_of
from support.aws_cli import aws
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

OWN = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """A role that may do everything, and nothing set up by Logkeep."""
    with bench(ACCOUNTS, fleet_of(regions=("us-east-1",))) as made:
        trust = {"Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
        made.client(SECURITY, "iam").create_role(
            RoleName="repl", AssumeRolePolicyDocument=document({"Effect": "Allow", **trust})
        )
        may(made)
        yield made


WELL, LEFT = ("COMPLETED", "REPLICA"), ("", "-")


def test_what_was_made_after_the_rule_is_replicated_and_what_was_before_is_not(lab: Bench) -> None:
    two = Two(lab, "after-rule")
    configuration = two.s3.get_bucket_replication(Bucket="after-rule")
    two.s3.delete_bucket_replication(Bucket="after-rule")
    two.put("before")
    two.put_rules(*configuration["ReplicationConfiguration"]["Rules"])
    version = two.put("after", Tagging="a=1", Metadata={"who": "ada"})
    assert (two.both("before"), two.both("after")) == (LEFT, WELL)
    head = two.there.head_object(Bucket="after-rule-to", Key="after")
    assert (head["VersionId"], head["Metadata"]) == (version, {"who": "ada"})
    tags = two.there.get_object_tagging(Bucket="after-rule-to", Key="after")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}]
    assert aws(
        lab.lab, "s3api", "head-object", "--bucket", "after-rule-to", "--key", "after"
    ).json()["ReplicationStatus"] == "REPLICA"  # fmt: skip


def test_it_is_pending_until_its_time_comes(lab: Bench) -> None:
    two = Two(lab, "pending")
    two.s3.put_object(Bucket="pending", Key="k", Body=b"some")
    assert two.both() == ("PENDING", "-")
    lab.pass_hours(0.5)
    assert two.both() == WELL


@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
def test_under_a_key_it_is_left_in_silence_unless_the_rule_selects_it(
    lab: Bench, algorithm: str
) -> None:
    two = Two(lab, f"keys-{len(algorithm)}")
    keys = lab.client(SECURITY, "kms")
    own, other = (keys.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    sent = {"ServerSideEncryption": algorithm, "SSEKMSKeyId": own}
    two.put("silent", **sent)
    selects = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    under = {"EncryptionConfiguration": {"ReplicaKmsKeyID": other}}
    two.put_rules(rule(f"{two.name}-to", destination=under, SourceSelectionCriteria=selects))
    two.put("selected", **sent)
    assert (two.both("silent"), two.both("selected")) == (LEFT, WELL)
    lies = two.there.head_object(Bucket=f"{two.name}-to", Key="selected")
    assert (lies["ServerSideEncryption"], lies["SSEKMSKeyId"]) == (algorithm, other)


def test_under_the_customers_key_it_is_replicated_unless_the_destination_blocks_it(
    lab: Bench,
) -> None:
    two = Two(lab, "customers")
    for blocked, wanted in (("NONE", WELL), ("SSE-C", ("FAILED", "-"))):
        for name, types in ((two.name, "NONE"), (f"{two.name}-to", blocked)):
            aes = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            asked = {**aes, "BlockedEncryptionTypes": {"EncryptionType": [types]}}
            two.s3.put_bucket_encryption(
                Bucket=name, ServerSideEncryptionConfiguration={"Rules": [asked]}
            )
        two.put(blocked, **OWN)
        assert two.both(blocked, **OWN) == wanted
    assert two.reason() == "DstPutObjectNotPermitted"


def test_a_replica_is_not_replicated_again_and_a_failure_is_not_tried_again(lab: Bench) -> None:
    first, second = Two(lab, "chain"), Two(lab, "chain-on")
    first.s3.put_bucket_replication(
        Bucket="chain-to",
        ReplicationConfiguration={"Role": ROLE, "Rules": [rule("chain-on")]},
    )
    first.put()
    assert (first.both(), second.status()) == (WELL, "-")
    may(lab, "s3:ReplicateObject")
    first.put("failed")
    may(lab)
    lab.pass_hours(24)
    assert first.both("failed") == ("FAILED", "-")


MARKERS = [
    ({}, False),
    ({"DeleteMarkerReplication": {"Status": "Enabled"}}, True),
    ({"Prefix": ""}, True),
    ({"Filter": {"Tag": {"Key": "a", "Value": "1"}}}, False),
]


@pytest.mark.parametrize(("more", "follows"), MARKERS)
def test_a_delete_marker_follows_where_the_rule_says_so_or_is_old(
    lab: Bench, more: Json, follows: bool
) -> None:
    two = Two(lab, f"markers-{MARKERS.index((more, follows))}", **more)
    two.put(Tagging="a=1")
    two.s3.delete_object(Bucket=two.name, Key="k")
    lab.pass_hours(0.5)
    markers = two.there.list_object_versions(Bucket=f"{two.name}-to").get("DeleteMarkers", [])
    assert (len(markers) == 1, two.status(there=True)) == (
        (True, "-") if follows else (False, "REPLICA")
    )


def test_a_version_that_is_deleted_stays_in_the_destination(lab: Bench) -> None:
    two = Two(lab, "versions")
    version = two.put()
    two.s3.delete_object(Bucket="versions", Key="k", VersionId=version)
    lab.pass_hours(0.5)
    assert two.both() == ("-", "REPLICA")


def test_what_a_lifecycle_rule_deletes_stays_in_the_destination(lab: Bench) -> None:
    """Whatever the rule says of delete markers: only what somebody does is replicated."""
    two = Two(lab, "expires", DeleteMarkerReplication={"Status": "Enabled"})
    two.put()
    rule = {"ID": "short", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    two.s3.put_bucket_lifecycle_configuration(
        Bucket="expires", LifecycleConfiguration={"Rules": [rule]}
    )
    lab.pass_hours(50)
    assert two.both() == ("-", "REPLICA")
    markers = two.s3.list_object_versions(Bucket="expires")["DeleteMarkers"]
    assert [each["Key"] for each in markers] == ["k"]


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"])
def test_what_is_archived_is_left(lab: Bench, storage_class: str) -> None:
    two = Two(lab, f"class-{storage_class.lower().replace('_', '-')}")
    two.put(StorageClass=storage_class)
    assert two.both() == (WELL if storage_class == "GLACIER_IR" else LEFT)


def test_what_the_buckets_owner_cannot_read_fails(lab: Bench) -> None:
    two = Two(lab, "writers")
    own = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    two.s3.put_bucket_ownership_controls(Bucket="writers", OwnershipControls=own)
    writer = {"Effect": "Allow", "Principal": {"AWS": PRODUCTION}, "Action": "s3:PutObject*"}
    two.s3.put_bucket_policy(
        Bucket="writers", Policy=document({**writer, "Resource": "arn:aws:s3:::writers/*"})
    )
    theirs = lab.client(PRODUCTION, "s3")
    theirs.put_object(Bucket="writers", Key="kept", Body=b"")
    theirs.put_object(Bucket="writers", Key="handed", Body=b"", ACL="bucket-owner-full-control")
    lab.pass_hours(0.5)
    assert two.both("kept") == ("FAILED", "-")
    assert two.reason() == "SrcGetAclNotPermitted"
    assert two.both("handed") == WELL


def test_tags_and_locks_that_change_later_follow_and_back_only_where_both_say_so(
    lab: Bench,
) -> None:
    two = Two(lab, "changes", locked=True)
    two.put()
    later = {"TagSet": [{"Key": "a", "Value": "2"}]}
    two.s3.put_object_tagging(Bucket="changes", Key="k", Tagging=later)
    two.s3.put_object_legal_hold(Bucket="changes", Key="k", LegalHold={"Status": "ON"})
    lab.pass_hours(0.5)
    at = {"Bucket": "changes-to", "Key": "k"}
    assert two.there.get_object_tagging(**at)["TagSet"] == later["TagSet"]
    assert two.there.head_object(**at)["ObjectLockLegalHoldStatus"] == "ON"
    back = {"TagSet": [{"Key": "a", "Value": "3"}]}
    both_ways = {"ReplicaModifications": {"Status": "Enabled"}}
    for criteria, wanted in (({}, "2"), ({"SourceSelectionCriteria": both_ways}, "3")):
        two.there.put_bucket_replication(
            Bucket="changes-to",
            ReplicationConfiguration={"Role": ROLE, "Rules": [rule("changes", **criteria)]},
        )
        two.there.put_object_tagging(**at, Tagging=back)
        lab.pass_hours(0.5)
        tags = two.s3.get_object_tagging(Bucket="changes", Key="k")["TagSet"]
        assert tags == [{"Key": "a", "Value": wanted}]


def test_settings_of_the_bucket_are_never_replicated(lab: Bench) -> None:
    two = Two(lab, "settings")
    tags = {"TagSet": [{"Key": "team", "Value": "blue"}]}
    two.s3.put_bucket_tagging(Bucket="settings", Tagging=tags)
    lab.pass_hours(0.5)
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        two.there.get_bucket_tagging(Bucket="settings-to")


def test_the_higher_priority_wins_and_each_destination_gets_its_own(lab: Bench) -> None:
    two, other = Two(lab, "several"), Two(lab, "several-more")
    low = rule("several-to", destination={"StorageClass": "STANDARD_IA"})
    high = {**low, "ID": "high", "Priority": 7}
    high["Destination"] = {**low["Destination"], "StorageClass": "GLACIER_IR"}
    second = {**rule("several-more"), "ID": "second", "Priority": 3}
    two.put_rules(low, high, second)
    two.put()
    assert two.both() == WELL
    assert other.status() == "REPLICA"
    assert two.there.head_object(Bucket="several-to", Key="k")["StorageClass"] == "GLACIER_IR"


REFUSED = [
    ("s3:GetObjectVersionForReplication", "SrcGetObjectNotPermitted"),
    ("s3:GetObjectVersionAcl", "SrcGetAclNotPermitted"),
    ("s3:ReplicateObject", "DstPutObjectNotPermitted"),
    ("s3:GetObjectRetention", "SrcGetRetentionNotPermitted"),
]


@pytest.fixture(scope="module")
def locked(lab: Bench) -> Two:
    return Two(lab, "refused", locked=True)


@pytest.mark.parametrize(("action", "reason"), REFUSED)
def test_a_permission_that_the_role_lacks_fails_by_its_code(
    lab: Bench, locked: Two, action: str, reason: str
) -> None:
    also = ["s3:GetObjectVersion"] * (action == "s3:GetObjectVersionForReplication")
    may(lab, action, *also)
    until = "2026-12-31T00:00:00Z"
    locked.put(action[3:], ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    may(lab)
    assert (locked.status(action[3:]), locked.reason()) == ("FAILED", reason)


def test_without_the_permission_for_tags_it_goes_without_them(lab: Bench) -> None:
    two = Two(lab, "untagged")
    may(lab, "s3:GetObjectVersionTagging")
    two.put(Tagging="a=1")
    may(lab)
    assert two.both() == WELL
    assert two.there.get_object_tagging(Bucket="untagged-to", Key="k")["TagSet"] == []


def test_a_role_that_s3_may_not_assume(lab: Bench) -> None:
    two = Two(lab, "distrusted")
    iam = lab.client(SECURITY, "iam")
    before = iam.get_role(RoleName="repl")["Role"]["AssumeRolePolicyDocument"]
    other = json.dumps(before).replace("s3.amazonaws.com", "ec2.amazonaws.com")
    iam.update_assume_role_policy(RoleName="repl", PolicyDocument=other)
    two.put()
    iam.update_assume_role_policy(RoleName="repl", PolicyDocument=json.dumps(before))
    assert (two.status(), two.reason()) == ("FAILED", "AssumeRoleNotPermitted")


def test_a_destination_that_is_gone_unversioned_or_refuses(lab: Bench) -> None:
    two = Two(lab, "elsewhere", to=PRODUCTION)
    two.put()
    assert two.both() == WELL
    two.there.delete_bucket_policy(Bucket="elsewhere-to")
    two.put("refused")
    assert (two.status("refused"), two.reason()) == ("FAILED", "DstPutObjectNotPermitted")
    two.open()
    off = {"Status": "Suspended"}
    two.there.put_bucket_versioning(Bucket="elsewhere-to", VersioningConfiguration=off)
    two.put("unversioned")
    assert (two.status("unversioned"), two.reason()) == ("FAILED", "DstBucketUnversioned")
    for each in two.there.list_object_versions(Bucket="elsewhere-to")["Versions"]:
        named = {"Key": each["Key"], "VersionId": each["VersionId"]}
        two.there.delete_object(Bucket="elsewhere-to", **named)
    two.there.delete_bucket(Bucket="elsewhere-to")
    two.put("gone")
    assert (two.status("gone"), two.reason()) == ("FAILED", "DstBucketNotFound")


def test_who_owns_the_replicas_in_another_account(lab: Bench) -> None:
    """The destination's account where ACLs are off; else by the override alone (rule 3.1.5)."""
    two = Two(lab, "owners", to=PRODUCTION)
    assert owner(two, "enforced") == PRODUCTION
    own = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    two.there.put_bucket_ownership_controls(Bucket="owners-to", OwnershipControls=own)
    assert owner(two, "kept") == SECURITY
    takes = {"Account": PRODUCTION, "AccessControlTranslation": {"Owner": "Destination"}}
    two.put_rules(rule("owners-to", destination=takes))
    assert owner(two, "taken") == PRODUCTION
    two.open("s3:ReplicateObject", "s3:ReplicateTags")
    two.put("refused")
    assert (two.status("refused"), two.reason()) == ("FAILED", "DstPutObjectNotPermitted")


def owner(two: Two, key: str) -> str:
    """Whose replica it is, by the canonical id that `aws` shows."""
    two.put(key)
    at = ("--bucket", f"{two.name}-to", "--key", key)
    shown = aws(two.lab.lab, "s3api", "get-object-acl", *at, who="admin@production").json()
    for account in (SECURITY, PRODUCTION):
        name = ACCOUNT_NAMES[account]
        mine = aws(two.lab.lab, "s3api", "list-buckets", who=f"admin@{name}").json()
        if mine["Owner"]["ID"] == shown["Owner"]["ID"]:
            return account
    return "?"


ACCOUNT_NAMES = {id_: name for name, id_ in ACCOUNTS.items()}


def test_a_replicas_key_that_is_disabled_gone_elsewhere_or_refuses(lab: Bench) -> None:
    """S3 takes any key when the rule is put, and fails each object (rule 3.2.6)."""
    two = Two(lab, "replica-keys")
    keys, far = lab.client(SECURITY, "kms"), lab.client(SECURITY, "kms", "eu-west-1")
    own, off = (keys.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    keys.disable_key(KeyId=off)
    ada = {"AWS": f"arn:aws:iam::{SECURITY}:root"}
    closed = document(
        {"Effect": "Allow", "Principal": ada, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*"},
    )
    refuses = keys.create_key(Policy=closed)["KeyMetadata"]["Arn"]
    selects = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    for number, (key, reason) in enumerate((
        (off, "DstKmsKeyInvalidState"),
        (f"{own[:-4]}0000", "DstKmsKeyNotFound"),
        (far.create_key()["KeyMetadata"]["Arn"], "DstKmsKeyNotFound"),
        (refuses, "DstPutObjectNotPermitted"),
    )):  # fmt: skip
        under = {"EncryptionConfiguration": {"ReplicaKmsKeyID": key}}
        two.put_rules(rule("replica-keys-to", destination=under, SourceSelectionCriteria=selects))
        two.put(str(number), ServerSideEncryption="aws:kms", SSEKMSKeyId=own)
        assert (two.status(str(number)), two.reason()) == ("FAILED", reason)


def test_a_configuration_taken_away_leaves_what_waits_to_fail(lab: Bench) -> None:
    two = Two(lab, "taken-away")
    two.s3.put_object(Bucket="taken-away", Key="k", Body=b"some")
    two.s3.delete_bucket_replication(Bucket="taken-away")
    lab.pass_hours(0.5)
    assert (two.status(), two.reason()) == ("FAILED", "SrcBucketReplicationConfigMissing")
    assert bucket_of("taken-away").replication is None
