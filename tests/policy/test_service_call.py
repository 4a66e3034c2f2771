"""A service's own request: no condition key is absent by not being listed.

IAM User Guide, "AWS global condition context keys"; Service Authorization Reference of S3 and KMS.
"""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab import authorizer as lab
from logkeep.lab.call import Caller
from logkeep.lab.language import Request as LabRequest
from logkeep.lab.language import context_of
from logkeep.policy import Decision, Layers, Policy, Request, decide, read_policy
from logkeep.policy.catalogue import service
from logkeep.policy.lint import GLOBAL_KEYS
from logkeep.policy.service_call import ServiceCall, to_bucket, to_key
from support.examples import examples

SERVICE = "cloudtrail.amazonaws.com"
OBJECT = "arn:aws:s3:::logs/AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/28/x.json.gz"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TRAIL = "arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep"
AT = datetime.datetime(2026, 11, 28, 10, tzinfo=datetime.UTC)
CALL = ServiceCall(SERVICE, AT, TRAIL, "222222222222", "o-acme")
HEADERS = {
    "s3:x-amz-acl": "bucket-owner-full-control",
    "s3:x-amz-server-side-encryption": "AES256",
}
ENCRYPTION = {"kms:EncryptionContext:aws:s3:arn": OBJECT}
ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

PUT = to_bucket(
    CALL, CALL.context("us-east-1"), "s3:PutObject", OBJECT, "111111111111", HEADERS,
    resource_in_management_account=False,
)  # fmt: skip
DATA_KEY = to_key(
    CALL, CALL.context("us-east-1"), "kms:GenerateDataKey", KEY, "111111111111", ENCRYPTION,
    (("kms:viaservice", (None, "s3.us-east-1.amazonaws.com")),),
    resource_in_management_account=False,
)  # fmt: skip


def asked(request: Request, *statements: dict[str, Any]) -> Decision:
    kind = "key" if request.action.startswith("kms:") else "resource"
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policy = read_policy(document, kind, "policy")
    assert isinstance(policy, Policy), policy
    return decide(request, Layers(resource=policy))


def deny(condition: dict[str, Any]) -> dict[str, Any]:
    return {**ALLOW, "Effect": "Deny", "Condition": condition}


def allow(condition: dict[str, Any]) -> dict[str, Any]:
    return {**ALLOW, "Condition": condition}


@pytest.mark.parametrize("request_", [PUT, DATA_KEY], ids=["put", "data key"])
@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": "1"}}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, False),
        ({"StringEquals": {"aws:SourceOrgID": "o-stranger"}}, False),
        ({"StringEquals": {"aws:SourceOrgID": "o-acme"}}, None),
        ({"StringNotEquals": {"aws:SourceOrgID": "o-stranger"}}, True),
        ({"StringEquals": {"aws:UserAgent": "curl"}}, None),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, None),
        ({"ForAnyValue:StringNotEquals": {"aws:CalledVia": "athena.amazonaws.com"}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-acme"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "logs"}}, False),
        ({"StringEquals": {"aws:ResourceTag/team": "logs"}}, None),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"StringEquals": {"aws:SomethingNew": "x"}}, None),
        ({"StringEquals": {"ec2:SomethingNew": "x"}}, None),
    ],
)
def test_a_key_is_told_absent_bounded_or_open(
    request_: Request, condition: dict[str, Any], matches: bool | None
) -> None:
    allowed = {True: "Allowed", False: "ImplicitlyDenied", None: "Unknown"}[matches]
    denied = {True: "ExplicitlyDenied", False: "Allowed", None: "Unknown"}[matches]
    assert asked(request_, allow(condition)).outcome == allowed
    assert asked(request_, ALLOW, deny(condition)).outcome == denied


@pytest.mark.parametrize(
    ("request_", "condition", "outcome"),
    [
        (PUT, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}, "Allowed"),
        (PUT, {"NumericLessThan": {"s3:TlsVersion": "1.3"}}, "Unknown"),
        (PUT, {"StringNotEquals": {"s3:authType": "REST-HEADER"}}, "Unknown"),
        (PUT, {"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, "Unknown"),
        (PUT, {"StringNotEquals": {"s3:ResourceAccount": "111111111111"}}, "Allowed"),
        (PUT, {"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}, "Unknown"),
        (PUT, {"Null": {"s3:x-amz-grant-read": "false"}}, "Allowed"),
        (PUT, {"Null": {"s3:prefix": "true"}}, "ExplicitlyDenied"),
        (PUT, {"Null": {"s3:x-amz-storage-class": "false"}}, "Unknown"),
        (DATA_KEY, {"Null": {"kms:ViaService": "false"}}, "Unknown"),
        (DATA_KEY, {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}, "Allowed"),
        (DATA_KEY, {"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}, "Unknown"),
        (DATA_KEY, {"Null": {"kms:GranteePrincipal": "false"}}, "Allowed"),
    ],
)
def test_keys_of_one_service_under_a_deny(
    request_: Request, condition: dict[str, Any], outcome: str
) -> None:
    assert asked(request_, ALLOW, deny(condition)).outcome == outcome


def test_an_account_outside_any_organization_sends_no_organization() -> None:
    alone = msgspec.structs.replace(CALL, organization="")
    put = to_bucket(
        alone, alone.context("us-east-1"), "s3:PutObject", OBJECT, "111111111111", HEADERS,
        resource_in_management_account=False,
    )  # fmt: skip
    assert asked(put, allow({"StringEquals": {"aws:SourceOrgID": "o-acme"}})).outcome == (
        "ImplicitlyDenied"
    )


def every_key() -> list[str]:
    """Every condition key of the catalogues that a delivery may meet."""
    own = itertools.chain.from_iterable(service(name).keys for name in ("s3", "kms", "sts", "logs"))
    return sorted({*GLOBAL_KEYS, *own, "aws:PrincipalTag/a", "aws:NobodyKnows", "s3:NobodyKnows"})


REAL = {
    "aws:SourceIp": "52.94.76.10",
    "aws:UserAgent": SERVICE,
    "aws:PrincipalType": "Service",
    "aws:userid": "AIDACKCEVSQ6C2EXAMPLE",
    "aws:PrincipalServiceNamesList": [SERVICE, "delivery.logs.amazonaws.com"],
    "aws:SourceOrgID": "o-acme",
    "aws:SourceOrgPaths": ["o-acme/r-1/ou-1/"],
    "aws:MultiFactorAuthPresent": "false",
    "aws:TokenIssueTime": "2026-11-28T09:00:00Z",
    "aws:ResourceOrgID": "o-acme",
    "aws:ResourceOrgPaths": ["o-acme/r-1/"],
    "s3:TlsVersion": "1.3",
    "s3:authType": "REST-HEADER",
    "s3:signatureversion": "AWS4-HMAC-SHA256",
    "s3:signatureAge": "100",
    "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "s3:x-amz-storage-class": "STANDARD",
    "s3:if-none-match": "*",
    "s3:ObjectCreationOperation": "true",
}
"""What such a request could really carry besides: any part of it may be there."""
SURE = {
    "aws:PrincipalIsAWSService": "true",
    "aws:PrincipalServiceName": SERVICE,
    "aws:SecureTransport": "true",
    "aws:ViaAWSService": "false",
    "aws:CurrentTime": "2026-11-28T10:00:00Z",
    "aws:EpochTime": "1795860000",
    "aws:RequestedRegion": "us-east-1",
    "aws:SourceArn": TRAIL,
    "aws:SourceAccount": "222222222222",
    "aws:ResourceAccount": "111111111111",
    "s3:ResourceAccount": "111111111111",
    **HEADERS,
}
OPERATORS = ("StringEquals", "StringNotEquals", "StringLikeIfExists", "StringNotEqualsIfExists",
             "Null", "ForAnyValue:StringEquals", "ForAllValues:StringNotEquals")  # fmt: skip


@examples(600)
@given(
    st.sampled_from(every_key()),
    st.sampled_from(OPERATORS),
    st.sampled_from(["x", "true", "false", "us-east-1", "o-acme", "STANDARD", SERVICE, "1.3"]),
    st.sampled_from(["Allow", "Deny"]),
    st.sets(st.sampled_from(sorted(REAL))),
)
def test_no_key_turns_an_answer_into_a_wrong_certainty(
    key: str, operator: str, value: str, effect: str, there: set[str]
) -> None:
    """Whatever of the open keys the request really carries, a sure answer is the real one."""
    value = "true" if operator == "Null" and value not in ("true", "false") else value
    statement = {**ALLOW, "Effect": effect, "Condition": {operator: {key: value}}}
    statements = [statement] if effect == "Allow" else [ALLOW, statement]
    found = asked(PUT, *statements)
    carried = context_of({**SURE, **{name: REAL[name] for name in there}})
    real = lab.decide(
        LabRequest(Caller("", SERVICE, "service", SERVICE), "s3:PutObject", OBJECT,
                   "111111111111", carried),
        lab.Policies(resource={"Version": "2012-10-17", "Statement": statements}),
    )  # fmt: skip
    if found.outcome != "Unknown":
        assert (found.outcome == "Allowed") == real.allowed, (found, real)


JUDGED = {
    "s3:PutObject": {
        "told": {"s3:ResourceAccount", "s3:x-amz-acl", "s3:x-amz-server-side-encryption"},
        "absent": {
            *(f"s3:x-amz-grant-{each}" for each in (
                "full-control", "read", "read-acp", "write", "write-acp")),
            *("s3:AccessGrantsInstanceArn", "s3:x-amz-copy-source", "s3:x-amz-metadata-directive"),
            "s3:x-amz-object-annotation-directive",
            "s3:x-amz-server-side-encryption-customer-algorithm",
            *("s3:AccessPointNetworkOrigin", "s3:DataAccessPointArn", "s3:DataAccessPointAccount"),
        },
        "open": {
            *("s3:ObjectCreationOperation", "s3:RequestObjectTag/<key>", "s3:TlsVersion"),
            *("s3:RequestObjectTagKeys", "s3:authType", "s3:if-match", "s3:if-none-match"),
            *("s3:object-lock-event-hold", "s3:object-lock-event-hold-duration-days"),
            *("s3:object-lock-legal-hold", "s3:object-lock-mode"),
            *("s3:object-lock-remaining-retention-days", "s3:object-lock-retain-until-date"),
            *("s3:signatureAge", "s3:signatureversion", "s3:x-amz-content-sha256"),
            *("s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-storage-class"),
            "s3:x-amz-website-redirect-location",
        },
    },
}  # fmt: skip
"""Every key that the catalogue lists with the action, judged by somebody."""


def test_every_key_of_an_upload_was_judged() -> None:
    """A key that the catalogue lists anew fails here until somebody judges it."""
    listed = service("s3").actions["putobject"]
    sets = JUDGED["s3:PutObject"]
    judged = {key.lower() for key in set().union(*sets.values())}
    assert listed.keys == {key for key in judged if listed.carries(key) and "<" not in key}
    assert {key for key in judged if not listed.carries(key)} == set()
    for key in sets["absent"]:
        assert asked(PUT, ALLOW, deny({"Null": {key: "false"}})).outcome == "Allowed", key
    for key in sets["told"]:
        assert asked(PUT, ALLOW, deny({"Null": {key: "false"}})).outcome == "ExplicitlyDenied", key
    for key in sets["open"]:
        named = key.replace("<key>", "team")
        assert asked(PUT, ALLOW, deny({"Null": {named: "false"}})).outcome == "Unknown", key
