"""Block Public Access in the lab: the flags of the account and of the bucket, either suffices."""

import json
import zlib

import pytest

from logkeep.aws.address import keep_address

SECURITY, STAGING = "111111111111", "333333333333"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ALL_USERS = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'


def only(*on):
    return {flag: flag in on for flag in FLAGS}


@pytest.fixture
def control(client):
    def make(who="ada"):
        made = client("s3control", who)
        keep_address(made)
        return made

    return make


@pytest.fixture
def s3(client):
    return client("s3")


@pytest.fixture
def bucket(s3, request):
    """A bucket with ACLs in force and nothing blocked."""
    name = f"open-{zlib.crc32(request.node.name.encode())}"
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=only())
    return name


@pytest.fixture
def block(s3, bucket, control):
    """Put flags at a level; the account's are taken away when the test ends."""

    def put(level, *on):
        flags = {"PublicAccessBlockConfiguration": only(*on)}
        if level == "bucket":
            s3.put_public_access_block(Bucket=bucket, **flags)
        else:
            control().put_public_access_block(AccountId=SECURITY, **flags)

    yield put
    control().delete_public_access_block(AccountId=SECURITY)


def public_policy(bucket):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


LEVELS = pytest.mark.parametrize("level", ["bucket", "account"])


def test_an_account_has_no_block_until_it_is_put_and_after_it_is_deleted(control, refused):
    s3control, asked = control(), {"AccountId": SECURITY}
    assert refused(s3control.get_public_access_block, **asked) == (
        "NoSuchPublicAccessBlockConfiguration"
    )
    on = only("BlockPublicAcls")
    s3control.put_public_access_block(PublicAccessBlockConfiguration=on, **asked)
    assert s3control.get_public_access_block(**asked)["PublicAccessBlockConfiguration"] == on
    s3control.delete_public_access_block(**asked)
    assert refused(s3control.get_public_access_block, **asked) == (
        "NoSuchPublicAccessBlockConfiguration"
    )


def test_only_who_may_reads_or_changes_the_accounts_block(control, refusal):
    intern = control("intern@staging")
    code, said = refusal(intern.get_public_access_block, AccountId=STAGING)
    assert code == "AccessDenied"
    assert "s3:GetAccountPublicAccessBlock" in said
    flags = {"PublicAccessBlockConfiguration": only()}
    code, said = refusal(intern.put_public_access_block, AccountId=STAGING, **flags)
    assert "s3:PutAccountPublicAccessBlock" in said
    code, said = refusal(intern.delete_public_access_block, AccountId=STAGING)
    assert "s3:PutAccountPublicAccessBlock" in said


def test_the_block_of_another_account_is_neither_read_nor_changed(control, refused):
    admin = control("admin@staging")
    assert refused(admin.get_public_access_block, AccountId=SECURITY) == "AccessDenied"
    flags = {"PublicAccessBlockConfiguration": only()}
    assert refused(admin.put_public_access_block, AccountId=SECURITY, **flags) == "AccessDenied"
    assert refused(admin.delete_public_access_block, AccountId=SECURITY) == "AccessDenied"


@LEVELS
@pytest.mark.parametrize("flag", FLAGS)
def test_a_public_policy_admits_the_others_unless_public_buckets_are_restricted(
    client, s3, bucket, block, refused, level, flag
):
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
    block(level, flag)
    there = client("s3", "developer@staging")
    if flag == "RestrictPublicBuckets":
        assert refused(there.list_objects_v2, Bucket=bucket) == "AccessDenied"
    else:
        there.list_objects_v2(Bucket=bucket)
    s3.list_objects_v2(Bucket=bucket)


@LEVELS
@pytest.mark.parametrize("flag", FLAGS)
def test_a_public_policy_may_be_put_unless_it_is_blocked(s3, bucket, block, refusal, level, flag):
    block(level, flag)
    asked = {"Bucket": bucket, "Policy": public_policy(bucket)}
    if flag == "BlockPublicPolicy":
        code, said = refusal(s3.put_bucket_policy, **asked)
        assert code == "AccessDenied"
        assert "BlockPublicPolicy" in said
    else:
        s3.put_bucket_policy(**asked)


@LEVELS
@pytest.mark.parametrize("flag", FLAGS)
def test_a_public_acl_may_be_put_unless_it_is_blocked(s3, bucket, block, refusal, level, flag):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    block(level, flag)
    calls = [
        (s3.put_bucket_acl, {"ACL": "public-read"}),
        (s3.put_bucket_acl, {"GrantRead": ALL_USERS}),
        (s3.put_object_acl, {"Key": "k", "ACL": "authenticated-read"}),
        (s3.put_object, {"Key": "new", "Body": b"", "ACL": "public-read"}),
    ]
    for call, given in calls:
        if flag == "BlockPublicAcls":
            code, said = refusal(call, Bucket=bucket, **given)
            assert code == "AccessDenied"
            assert "BlockPublicAcls" in said
        else:
            call(Bucket=bucket, **given)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")


def test_a_bucket_is_not_made_public_while_the_account_blocks_it(s3, block, refused):
    asked = {"Bucket": "made-public", "ACL": "public-read", "ObjectOwnership": "ObjectWriter"}
    block("account", "BlockPublicAcls")
    assert refused(s3.create_bucket, **asked) == "AccessDenied"
    block("account")
    s3.create_bucket(**asked)


def test_one_accounts_block_says_nothing_of_anothers_buckets(client, s3, bucket, control, refused):
    theirs, asked = control("admin@staging"), {"AccountId": STAGING}
    theirs.put_public_access_block(PublicAccessBlockConfiguration=only(*FLAGS), **asked)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
    client("s3", "developer@staging").list_objects_v2(Bucket=bucket)
    made = {"Bucket": "theirs", "ACL": "public-read"}
    assert refused(client("s3", "admin@staging").create_bucket, **made) == "AccessDenied"
    theirs.delete_public_access_block(**asked)
