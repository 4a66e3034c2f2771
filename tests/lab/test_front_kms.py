"""KMS in the lab: key policies decide, keys that are off refuse, S3 asks on the caller's behalf."""

import io
import json
from datetime import UTC, datetime

import pytest

SECURITY, PRODUCTION, STAGING = "111111111111", "222222222222", "333333333333"
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{SECURITY}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ADA = {"AWS": f"arn:aws:iam::{SECURITY}:user/ada"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def kms(client):
    return client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def test_default_policy_delegates_to_the_account(kms, key, client, refused):
    held = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert held["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{SECURITY}:root"}
    client("kms", "developer@security").encrypt(KeyId=key, Plaintext=b"x")
    intern = client("kms", "intern@security")
    assert refused(intern.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"


def test_without_delegation_identity_policies_are_void(kms, key, client, refused):
    # Rule 4.1.
    only_ada = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(only_ada))
    kms.encrypt(KeyId=key, Plaintext=b"x")
    developer = client("kms", "developer@security")
    assert refused(developer.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    root = client("kms", "root@security")
    assert refused(root.describe_key, KeyId=key) == "AccessDeniedException"


def test_other_accounts_need_both_sides_and_the_keys_arn(kms, key, client, refused):
    # Rules 4.2c and 4.4.
    staging = {"AWS": f"arn:aws:iam::{STAGING}:root"}
    use = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    shared = {"Effect": "Allow", "Principal": staging, "Action": use, "Resource": "*"}
    there = client("kms", "developer@staging")
    assert refused(there.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, shared))
    sealed = there.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "b"})
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == b"secret"
    assert there.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert there.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyId"] == key
    intern = client("kms", "intern@staging")
    assert refused(intern.describe_key, KeyId=key) == "AccessDeniedException"
    assert refused(there.disable_key, KeyId=key) == "AccessDeniedException"
    assert refused(there.describe_key, KeyId=key.rpartition("/")[2]) in (
        "NotFoundException",
        "AccessDeniedException",
    )


def test_encryption_context_is_a_condition(kms, key, client, refused):
    staging = {"AWS": f"arn:aws:iam::{STAGING}:root"}
    only = {
        "Effect": "Allow",
        "Principal": staging,
        "Action": "kms:GenerateDataKey",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:team": "blue"}},
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, only))
    there = client("kms", "developer@staging")
    asked = {"KeyId": key, "KeySpec": "AES_256"}
    there.generate_data_key(**asked, EncryptionContext={"team": "blue"})
    wrong = {"team": "red"}
    assert refused(there.generate_data_key, **asked) == "AccessDeniedException"
    code = refused(there.generate_data_key, **asked, EncryptionContext=wrong)
    assert code == "AccessDeniedException"


def test_grant_gives_what_it_names(kms, key, client, refused):
    # Rule 4.2b.
    only_ada = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(only_ada))
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=f"arn:aws:iam::{SECURITY}:user/intern",
        Operations=["Encrypt"],
    )
    intern = client("kms", "intern@security")
    intern.encrypt(KeyId=key, Plaintext=b"x")
    assert refused(intern.describe_key, KeyId=key) == "AccessDeniedException"


def test_disabled_key_refuses_cryptography_only(kms, key, refused):
    # Rule 4.6.
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
    assert refused(kms.decrypt, CiphertextBlob=sealed) == "DisabledException"
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256") == "DisabledException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_key_pending_deletion_refuses(kms, key, refused):
    # Rules 4.6 and 4.7.
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_re_encryption_asks_both_keys(kms, key, client, refused):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    asked = {"CiphertextBlob": sealed, "DestinationKeyId": other}
    developer = client("kms", "developer@security")
    assert developer.re_encrypt(**asked)["KeyId"] == other
    only_ada = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=other, PolicyName="default", Policy=policy(only_ada))
    assert refused(developer.re_encrypt, **asked) == "AccessDeniedException"
    assert kms.re_encrypt(**asked)["KeyId"] == other


def test_alias_means_its_key(kms, key, lab):
    kms.create_alias(AliasName="alias/archive", TargetKeyId=key)
    sealed = kms.encrypt(KeyId="alias/archive", Plaintext=b"x")
    assert sealed["KeyId"] == key
    assert lab.world.key("alias/archive", SECURITY, "us-east-1").arn == key
    arn = f"arn:aws:kms:us-east-1:{SECURITY}:alias/archive"
    assert lab.world.key(arn, STAGING, "eu-west-1").arn == key
    assert lab.world.key("alias/archive", STAGING, "us-east-1") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "MalformedPolicyDocumentException"),
        (policy({**ROOT, "Effect": "Perhaps"}), "MalformedPolicyDocumentException"),
        (
            policy({**ROOT, "Principal": {"AWS": f"arn:aws:iam::{SECURITY}:role/Nobody"}}),
            "MalformedPolicyDocumentException",
        ),
        (policy(ROOT, {**ROOT, "Sid": "x" * 33000}), "LimitExceededException"),
        (policy({**ROOT, "Action": "kms:Encrypt"}), "MalformedPolicyDocumentException"),  # lockout
    ],
)
def test_key_policy_is_checked_when_put(kms, key, refused, text, code):
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=text) == code


def test_lockout_check_can_be_bypassed(kms, key, refused):
    text = policy({**ROOT, "Action": "kms:Describe*"})
    kms.put_key_policy(
        KeyId=key, PolicyName="default", Policy=text, BypassPolicyLockoutSafetyCheck=True
    )
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=policy(ROOT)) == (
        "AccessDeniedException"
    )


@pytest.fixture
def sealed(client, key):
    """A bucket whose objects lie under the key."""
    s3 = client("s3")
    name = f"sealed-{key[-12:]}"
    s3.create_bucket(Bucket=name)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    return name


def test_default_kms_encryption_asks_the_key(client, kms, key, sealed, refusal):
    # Rule 2.2.7.
    s3 = client("s3")
    put = s3.put_object(Bucket=sealed, Key="k", Body=b"x")
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key)
    head = s3.head_object(Bucket=sealed, Key="k")
    assert head["SSEKMSKeyId"] == key
    only_ada = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(only_ada))
    developer = client("s3", "developer@security")
    code, said = refusal(developer.put_object, Bucket=sealed, Key="k", Body=b"x")
    assert code == "AccessDenied"
    assert f"kms:GenerateDataKey on resource: {key}" in said
    code, said = refusal(developer.get_object, Bucket=sealed, Key="k")
    assert f"kms:Decrypt on resource: {key}" in said
    developer.head_object(Bucket=sealed, Key="k")
    header = developer.put_object(Bucket=sealed, Key="k2", Body=b"", ServerSideEncryption="AES256")
    assert "SSEKMSKeyId" not in header


def test_multipart_upload_needs_decrypt_too(client, kms, key, sealed, refused):
    # Rule 4.8.
    developer = {"AWS": f"arn:aws:iam::{SECURITY}:user/developer"}
    own = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    use = {**own, "Principal": developer, "Action": "kms:GenerateDataKey"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(own, use))
    s3 = client("s3", "developer@security")
    s3.put_object(Bucket=sealed, Key="small", Body=b"")
    assert refused(s3.create_multipart_upload, Bucket=sealed, Key="big") == "AccessDenied"
    ada = client("s3")
    ada.upload_fileobj(io.BytesIO(b"x" * (9 << 20)), sealed, "big")
    head = ada.head_object(Bucket=sealed, Key="big")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert refused(s3.get_object, Bucket=sealed, Key="big") == "AccessDenied"
    ada.copy_object(Bucket=sealed, Key="copy", CopySource={"Bucket": sealed, "Key": "big"})
    copy = {"Bucket": sealed, "Key": "mine", "CopySource": {"Bucket": sealed, "Key": "big"}}
    assert refused(s3.copy_object, **copy) == "AccessDenied"


def test_via_service_and_context_reach_the_key_policy(client, kms, key, sealed, refused):
    # Rules 4.5 and 2.2.9.
    within = {
        "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{sealed}/in/*"},
    }
    developer = {"AWS": f"arn:aws:iam::{SECURITY}:user/developer"}
    own = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    use = {**own, "Principal": developer, "Action": "kms:GenerateDataKey", "Condition": within}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(own, use))
    s3 = client("s3", "developer@security")
    s3.put_object(Bucket=sealed, Key="in/k", Body=b"")
    assert refused(s3.put_object, Bucket=sealed, Key="out/k", Body=b"") == "AccessDenied"
    direct = client("kms", "developer@security")
    asked = {"KeyId": key, "KeySpec": "AES_256"}
    assert refused(direct.generate_data_key, **asked) == "AccessDeniedException"


def test_disabled_key_stops_reads_and_writes(client, kms, key, sealed, refused):
    s3 = client("s3")
    s3.put_object(Bucket=sealed, Key="k", Body=b"x")
    kms.disable_key(KeyId=key)
    assert refused(s3.get_object, Bucket=sealed, Key="k") == "KMS.DisabledException"
    assert refused(s3.put_object, Bucket=sealed, Key="k", Body=b"") == "KMS.DisabledException"


def test_delivered_object_is_read_under_the_context_it_was_stored_with(
    lab, client, kms, key, sealed, refused, session
):
    # Rules 1.5.4 and 1.6.2: the Readers statement asks for CloudTrail's context.
    readers = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SECURITY}:role/LogReader"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}},
    }
    own = {"Effect": "Allow", "Principal": ADA, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(own, readers))
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    trail = {"aws:cloudtrail:arn": f"arn:aws:cloudtrail:us-east-1:{STAGING}:trail/t"}
    for name, context in (
        ("log", trail | {"aws:s3:arn": f"arn:aws:s3:::{sealed}/log"}),
        ("x", None),
    ):
        lab.world.store_object(
            sealed,
            name,
            b"{}",
            at=at,
            algorithm="aws:kms",
            kms_key_arn=key,
            encryption_context=context,
        )
    reader = client("s3", session(f"arn:aws:iam::{SECURITY}:role/LogReader", "developer@security"))
    got = reader.get_object(Bucket=sealed, Key="log")
    assert got["Body"].read() == b"{}"
    assert (got["LastModified"], got["SSEKMSKeyId"]) == (at, key)
    assert refused(reader.get_object, Bucket=sealed, Key="x") == "AccessDenied"
    assert refused(reader.put_object, Bucket=sealed, Key="y", Body=b"") == "AccessDenied"
