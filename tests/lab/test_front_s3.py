"""S3 in the lab: defaults of today, cross-account by both sides, policies as S3 checks them."""

import io
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.config import Config

SECURITY, PRODUCTION, STAGING = "111111111111", "222222222222", "333333333333"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, actions, resources, **condition):
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": resources,
    }
    return statement | ({"Condition": condition} if condition else {})


def deny(actions, resources, **condition):
    return allow("*", actions, resources, **condition) | {"Effect": "Deny"}


@pytest.fixture(scope="module")
def s3(client):
    return client("s3")


@pytest.fixture
def bucket(s3, request):
    name = request.node.name.replace("_", "-").lower()[5:60].strip("-[]")
    s3.create_bucket(Bucket=name)
    return name


def test_new_bucket_is_encrypted_owned_and_closed(s3, bucket):
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert list(blocked.values()) == [True] * 4


def test_object_says_how_it_is_encrypted(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="a/b c+d.txt", Body=b"hello")
    got = s3.get_object(Bucket=bucket, Key="a/b c+d.txt")
    head = s3.head_object(Bucket=bucket, Key="a/b c+d.txt")
    assert [x["ServerSideEncryption"] for x in (put, got, head)] == ["AES256"] * 3
    assert got["Body"].read() == b"hello"
    assert head["ContentLength"] == 5


def test_missing_object_and_bucket_are_404(s3, bucket, refused):
    assert refused(s3.head_object, Bucket=bucket, Key="none") == "404"
    assert refused(s3.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert refused(s3.list_objects_v2, Bucket="there-is-no-such-bucket") == "NoSuchBucket"
    assert refused(s3.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"


def test_multipart_upload_and_copy_work(s3, bucket):
    s3.upload_fileobj(io.BytesIO(b"x" * (9 << 20)), bucket, "big")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "big"})
    assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == 9 << 20


def test_versioning_keeps_what_is_overwritten_and_deleted(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    s3.delete_object(Bucket=bucket, Key="k")
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"1"
    listed = s3.list_object_versions(Bucket=bucket)
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (2, 1)


def test_cross_account_needs_both_sides(s3, bucket, client, refusal, refused):
    # Rule 2.1.2.
    there, intern = client("s3", "developer@staging"), client("s3", "intern@staging")
    code, said = refusal(there.put_object, Bucket=bucket, Key="k", Body=b"")
    assert code == "AccessDenied"
    assert said == (
        f"User: arn:aws:iam::{STAGING}:user/developer is not authorized to perform: s3:PutObject "
        f'on resource: "arn:aws:s3:::{bucket}/k" because no resource-based policy allows the '
        "s3:PutObject action"
    )
    who = {"AWS": f"arn:aws:iam::{STAGING}:root"}
    statement = allow(who, "s3:PutObject", f"arn:aws:s3:::{bucket}/*")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    there.put_object(Bucket=bucket, Key="k", Body=b"")
    assert refused(intern.put_object, Bucket=bucket, Key="k", Body=b"") == "AccessDenied"
    assert refused(there.get_object, Bucket=bucket, Key="k") == "AccessDenied"


def test_tls_only_deny_harms_nobody(s3, bucket):
    both = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(
        Bucket=bucket, Policy=policy(deny("s3:*", both, Bool={"aws:SecureTransport": "false"}))
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.get_object(Bucket=bucket, Key="k")
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


@pytest.mark.parametrize(
    ("sent", "passes"), [({}, False), ({"ServerSideEncryption": "AES256"}, True)]
)
def test_deny_without_the_encryption_header_judges_the_request_as_sent(s3, refused, sent, passes):
    # Rules 2.2.3 and 2.2.4: the default is applied only after the policy is judged.
    bucket = f"header-forced-{passes}".lower()
    s3.create_bucket(Bucket=bucket)
    header = {"s3:x-amz-server-side-encryption": "AES256"}
    statement = deny("s3:PutObject", f"arn:aws:s3:::{bucket}/*", StringNotEquals=header)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    if passes:
        s3.put_object(Bucket=bucket, Key="k", Body=b"", **sent)
    else:
        assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", **sent) == "AccessDenied"


ARCHIVE = "arn:aws:s3:::BUCKET/*"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "MalformedPolicy"),
        ("[]", "MalformedPolicy"),
        ('{"Statement": []}', "MalformedPolicy"),
        ('{"Version": "2013-01-01", "Statement": [{}]}', "MalformedPolicy"),
        (policy({"Effect": "Allow", "Action": "s3:*", "Resource": ARCHIVE}), "MalformedPolicy"),
        (policy(allow("*", "s3:*", ARCHIVE) | {"Effect": "allow"}), "MalformedPolicy"),
        (policy(allow("*", "s3:*", ARCHIVE) | {"Colour": "red"}), "MalformedPolicy"),
        (policy(deny("s3:*", "arn:aws:s3:::another-bucket/*")), "MalformedPolicy"),
        (policy(deny("s3:*", ARCHIVE, StringEqual={"a": "b"})), "MalformedPolicy"),
        (policy(deny("s3", ARCHIVE)), "MalformedPolicy"),
        (policy(deny("s3:GetBucketAcl", ARCHIVE)), "MalformedPolicy"),
        (policy(deny("s3:PutObject", "arn:aws:s3:::BUCKET")), "MalformedPolicy"),
        (policy(deny(["s3:GetBucketAcl", "s3:ListBucket"], ARCHIVE)), "MalformedPolicy"),
        (policy(deny([], ARCHIVE)), "MalformedPolicy"),
        (policy(deny("s3:*", [1])), "MalformedPolicy"),
        (
            policy(allow({"AWS": f"arn:aws:iam::{STAGING}:user/nobody"}, "s3:*", ARCHIVE)),
            "MalformedPolicy",
        ),
        (policy(allow("*", "s3:GetObject", ARCHIVE)), "AccessDenied"),  # BlockPublicPolicy
        (policy(deny("s3:*", ARCHIVE) | {"Sid": "x" * 21000}), "PolicyTooLarge"),
    ],
)
def test_bucket_policy_is_checked_when_put(s3, refused, text, code):
    s3.create_bucket(Bucket="policy-checks")
    filled = text.replace("BUCKET", "policy-checks")
    assert refused(s3.put_bucket_policy, Bucket="policy-checks", Policy=filled) == code


def test_stored_policy_comes_back_as_it_was_put(s3, bucket):
    text = policy(deny("s3:DeleteObject", f"arn:aws:s3:::{bucket}/*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(text)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with pytest.raises(s3.exceptions.ClientError, match="explicit deny in a resource-based policy"):
        s3.delete_object(Bucket=bucket, Key="k")


def test_batch_delete_reports_each_refused_key(s3, bucket):
    statement = deny("s3:DeleteObject", f"arn:aws:s3:::{bucket}/kept/*")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    for key in ("kept/1", "loose/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    objects = [{"Key": "kept/1"}, {"Key": "loose/1"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [one["Key"] for one in answer["Deleted"]] == ["loose/1"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("kept/1", "AccessDenied")]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept/1"]


def test_bucket_policy_is_the_owner_accounts_alone(s3, bucket, client, refused):
    # Rule 2.1.7, even where the policy allows it.
    who = {"AWS": f"arn:aws:iam::{STAGING}:root"}
    text = policy(allow(who, "s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    there = client("s3", "developer@staging")
    there.list_objects_v2(Bucket=bucket)
    assert refused(there.put_bucket_policy, Bucket=bucket, Policy=text) == "MethodNotAllowed"
    assert refused(there.get_bucket_policy, Bucket=bucket) == "MethodNotAllowed"


def test_root_of_the_owner_may_always_mend_the_policy(s3, bucket, client, refused):
    # Rule 2.1.7.
    text = policy(deny("s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert refused(s3.delete_bucket_policy, Bucket=bucket) == "AccessDenied"
    root = client("s3", "root@security")
    assert refused(root.list_objects_v2, Bucket=bucket) == "AccessDenied"
    root.delete_bucket_policy(Bucket=bucket)
    s3.list_objects_v2(Bucket=bucket)


def test_a_bucket_name_is_taken_for_everyone(s3, bucket, client, refused):
    stranger = client("s3", "admin@stranger")
    stranger.create_bucket(Bucket="in-foreign-hands")
    assert refused(s3.create_bucket, Bucket="in-foreign-hands") == "BucketAlreadyExists"
    assert refused(s3.put_object, Bucket="in-foreign-hands", Key="k", Body=b"") == "AccessDenied"
    s3.create_bucket(Bucket=bucket)  # one's own, in us-east-1, again: no error


def test_account_regional_names_carry_their_account_and_region(client, refused):
    # Rule 10.6.
    s3 = client("s3", region="eu-west-1")
    place = {"LocationConstraint": "eu-west-1"}
    good = f"logs-{SECURITY}-eu-west-1-an"
    made = {"CreateBucketConfiguration": place, "BucketNamespace": "account-regional"}
    s3.create_bucket(Bucket=good, **made)
    s3.put_object(Bucket=good, Key="k", Body=b"")
    assert s3.get_bucket_location(Bucket=good)["LocationConstraint"] == "eu-west-1"
    bad = f"logs-{STAGING}-eu-west-1-an"
    assert refused(s3.create_bucket, Bucket=bad, **made) == "InvalidBucketName"


def test_expected_owner_is_checked(s3, bucket, refused):
    # Rule 10.7.
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=SECURITY)
    wrong = {"Bucket": bucket, "ExpectedBucketOwner": STAGING}
    assert refused(s3.list_objects_v2, **wrong) == "AccessDenied"
    assert refused(s3.put_object, Key="k", Body=b"", **wrong) == "AccessDenied"


def test_acls_are_off_unless_they_change_nothing(s3, bucket, refused):
    # Rule 2.1.3.
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")
    given = {"Bucket": bucket, "Key": "k", "Body": b"", "ACL": "public-read"}
    assert refused(s3.put_object, **given) == "AccessControlListNotSupported"


def test_customer_keys_are_blocked(s3, bucket, refused):
    # Rule 2.2.10.
    secret = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}
    code = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", **secret)
    assert code == "AccessDenied"


def test_strangers_get_no_reason(client, bucket, refusal):
    # S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3".
    stranger = client("s3", "admin@stranger")
    assert refusal(stranger.list_objects_v2, Bucket=bucket) == ("AccessDenied", "Access Denied")


def test_a_public_policy_opens_nothing_while_public_buckets_are_restricted(
    s3, bucket, client, refused
):
    # Rule 2.1.5.
    off = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), False)
    for restrict in (True, False):
        block = off | {"RestrictPublicBuckets": restrict}
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
        text = policy(allow("*", "s3:ListBucket", f"arn:aws:s3:::{bucket}"))
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
        assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
        s3.list_objects_v2(Bucket=bucket)
        there = client("s3", "developer@staging")
        if restrict:
            assert refused(there.list_objects_v2, Bucket=bucket) == "AccessDenied"
        else:
            there.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("name", ["Upper-Case", "two..dots", "-dash", "ends-with-an"])
def test_bucket_names_are_checked(s3, refused, name):
    assert refused(s3.create_bucket, Bucket=name) == "InvalidBucketName"


def test_calls_of_many_threads_are_all_answered(s3, bucket):
    def put(number):
        return s3.put_object(Bucket=bucket, Key=f"k{number}", Body=str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(40)))
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert len(listed) == 40
    assert s3.get_object(Bucket=bucket, Key="k7")["Body"].read() == b"7"


def test_operations_the_store_would_mistake_are_refused(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    change = {"SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:111111111111:key/x"}}
    asked = {"Bucket": bucket, "Key": "k", "ObjectEncryption": change}
    assert refused(s3.update_object_encryption, **asked) == "NotImplemented"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"
    assert refused(s3.get_bucket_abac, Bucket=bucket) == "NotImplemented"


def test_requester_pays_is_kept(s3, bucket, lab):
    # Rule 1.4.1: a log bucket must not be Requester Pays.
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    assert lab.world.bucket(bucket).requester_pays


def test_bucket_key_makes_the_buckets_arn_the_context(s3, bucket, lab):
    # Rule 2.2.9.
    assert lab.world.own_context(bucket, "k") == {"aws:s3:arn": f"arn:aws:s3:::{bucket}/k"}
    default = {"SSEAlgorithm": "aws:kms"}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert lab.world.bucket(bucket).bucket_key
    assert lab.world.own_context(bucket, "k") == {"aws:s3:arn": f"arn:aws:s3:::{bucket}"}
    s3.delete_bucket_encryption(Bucket=bucket)
    assert not lab.world.bucket(bucket).bucket_key


def test_presigned_address_works(s3, bucket, lab):
    s3.put_object(Bucket=bucket, Key="k", Body=b"signed")
    ada = lab.credentials["ada"]
    s3 = boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=lab.endpoint_url,
        aws_access_key_id=ada.access_key_id,
        aws_secret_access_key=ada.secret_access_key,
        config=Config(signature_version="s3v4"),
    )
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert urllib.request.urlopen(url).read() == b"signed"
