"""Who may come in: unknown keys, switched roles, ended sessions."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from logkeep.lab.identity import Session

STAGING, PRODUCTION = "333333333333", "222222222222"
ACCESS = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"


def stranger(lab, service, key="AKIANOBODYATALL"):
    return boto3.client(
        service,
        "us-east-1",
        endpoint_url=lab.endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key="wrong",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("kms", "list_keys", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
    ],
)
def test_unknown_key_is_refused_in_the_services_own_words(lab, refused, service, call, code):
    assert refused(getattr(stranger(lab, service), call)) == code


def test_known_key_with_a_wrong_secret_is_refused(lab, refused):
    key = lab.credentials["ada"].access_key_id
    assert refused(stranger(lab, "sts", key).get_caller_identity) == "SignatureDoesNotMatch"
    assert refused(stranger(lab, "s3", key).list_buckets) == "SignatureDoesNotMatch"


def test_unsigned_request_is_refused(lab):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(lab.endpoint_url + "/some-bucket/key")
    assert caught.value.code == 403
    assert b"AccessDenied" in caught.value.read()


def test_everyone_is_who_the_credentials_say(lab, client):
    arns = {client("sts", who).get_caller_identity()["Arn"] for who in lab.credentials}
    assert len(arns) == len(lab.credentials)
    assert "arn:aws:iam::111111111111:user/ada" in arns
    assert "arn:aws:iam::333333333333:root" in arns


def test_a_user_acts_in_another_account_only_by_switching_roles(client, session):
    asked = {"UserName": "admin"}
    assert client("sts", "admin@staging").get_caller_identity()["Account"] == STAGING
    own = client("iam", "admin@staging").get_user(**asked)["User"]["Arn"]
    assert own == f"arn:aws:iam::{STAGING}:user/admin"
    there = client("iam", session(ACCESS.format(PRODUCTION))).get_user(**asked)["User"]["Arn"]
    assert there == f"arn:aws:iam::{PRODUCTION}:user/admin"


def test_staging_is_refused_in_production_until_its_role_is_trusted(client, session, refused):
    production = client("iam", "admin@production")
    role = f"arn:aws:iam::{PRODUCTION}:role/Release"
    assert refused(session, role, "developer@staging") == "AccessDenied"  # no such role
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{STAGING}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    production.create_role(RoleName="Release", AssumeRolePolicyDocument=json.dumps(trust))
    assert refused(session, role, "intern@staging") == "AccessDenied"  # the caller's side
    assert refused(session, role, "developer@security") == "AccessDenied"  # the role's side
    there = session(role, "developer@staging")
    who = client("sts", there).get_caller_identity()["Arn"]
    assert who == f"arn:aws:sts::{PRODUCTION}:assumed-role/Release/test"


def test_trust_may_ask_for_an_external_id(client, session, refused):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{STAGING}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "42"}},
            }
        ],
    }
    iam = client("iam", "admin@production")
    iam.create_role(RoleName="Partner", AssumeRolePolicyDocument=json.dumps(trust))
    role = f"arn:aws:iam::{PRODUCTION}:role/Partner"
    assert refused(session, role, "developer@staging") == "AccessDenied"
    assert session(role, "developer@staging", ExternalId="42")["AccessKeyId"].startswith("ASIA")


def test_session_expiry_is_usable_whatever_the_labs_clock_says(session):
    ends = session(ACCESS.format(STAGING))["Expiration"]
    assert ends >= datetime.now(UTC) + timedelta(minutes=59)


def test_ended_session_is_refused(lab, client, session, refused):
    credentials = session(ACCESS.format(STAGING))
    past = datetime.now(UTC) - timedelta(seconds=1)
    lab.world.gate.sessions[credentials["AccessKeyId"]] = Session(past)
    assert refused(client("s3", credentials).list_buckets) == "ExpiredToken"
    assert refused(client("kms", credentials).list_keys) == "ExpiredTokenException"


def test_session_policy_narrows_the_session(client, session, refused):
    only = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"},
    }
    narrowed = session(ACCESS.format(STAGING), Policy=json.dumps(only))
    assert client("kms", narrowed).list_keys()["Keys"] == []
    assert refused(client("s3", narrowed).list_buckets) == "AccessDenied"


def test_a_client_cannot_choose_its_account(lab, client):
    sts = client("sts", "developer@staging")
    sts.meta.events.register(
        "before-sign.sts.*",
        lambda request, **_: request.headers.add_header("x-moto-account-id", PRODUCTION),
    )
    assert sts.get_caller_identity()["Account"] == STAGING
    s3 = client("s3", "developer@staging")
    s3.meta.events.register(
        "before-sign.s3.*",
        lambda request, **_: request.headers.add_header("x-moto-account-id", PRODUCTION),
    )
    s3.create_bucket(Bucket="made-by-staging")
    assert lab.world.bucket("made-by-staging").account == STAGING


def test_deactivated_key_is_refused(client, lab, refused):
    iam = client("iam", "admin@staging")
    key = iam.create_access_key(UserName="intern")["AccessKey"]
    s3 = boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=lab.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    s3.list_buckets()
    iam.update_access_key(UserName="intern", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refused(s3.list_buckets) == "InvalidAccessKeyId"
