"""Requests through S3 access points: S3 User Guide, "Configuring IAM policies for using access
points" and "Blocking public access", on access points."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import (
    AccessPoint,
    Layers,
    Policy,
    PublicAccess,
    decide_through,
    read_policy,
    request,
)
from logkeep.policy.values import Kind

ONE, TWO = "123456789012", "222222222222"
ALICE = f"arn:aws:iam::{ONE}:user/Alice"
STRANGER = f"arn:aws:iam::{TWO}:role/r"
POINT = f"arn:aws:s3:us-west-2:{ONE}:accesspoint/my-access-point"
ABROAD = f"arn:aws:s3:us-west-2:{TWO}:accesspoint/theirs"
OBJECT, BY_POINT = "arn:aws:s3:::awsexamplebucket1/Alice/a", f"{POINT}/object/Alice/*"
YES, NO, DENY, ASK = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Unknown"
Doc = dict[str, Any]


def st(principal: object, resource: str = "*", effect: str = "Allow", **condition: Any) -> Doc:
    named = {} if principal is None else {"Principal": principal}
    stated = {"Effect": effect, "Action": "s3:GetObject", "Resource": resource} | named
    return stated | ({"Condition": condition} if condition else {})


def read(kind: Kind, *statements: Doc) -> Policy:
    policy = read_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, kind)
    assert isinstance(policy, Policy), policy
    return policy


# The guide's example of a bucket that leaves it to the access points of its owner's account.
DELEGATING = st({"AWS": "*"}, StringEquals={"s3:DataAccessPointAccount": ONE})
TO_ALICE = st({"AWS": ALICE}, BY_POINT)
SHUT = PublicAccess(restrict=True)
ROWS: list[tuple[str, str, str, list[Doc], list[Doc], list[Doc], AccessPoint]] = [
    # name, expected, principal, access point's policy, bucket's policy, own policy, the point
    ("both name her", YES, ALICE, [TO_ALICE], [st({"AWS": ALICE})], [], AccessPoint(POINT)),
    ("the bucket delegates", YES, ALICE, [TO_ALICE], [DELEGATING], [], AccessPoint(POINT)),
    ("the bucket is silent", NO, ALICE, [TO_ALICE], [], [], AccessPoint(POINT)),
    ("the access point is silent", NO, ALICE, [], [DELEGATING], [], AccessPoint(POINT)),
    ("the access point is for other names", NO, ALICE,
     [st({"AWS": ALICE}, f"{POINT}/object/Bob/*")], [DELEGATING], [], AccessPoint(POINT)),
    ("her own policy names the access point", YES, ALICE, [], [DELEGATING],
     [st(None, BY_POINT)], AccessPoint(POINT)),
    ("her own policy names both", YES, ALICE, [], [], [st(None)], AccessPoint(POINT)),
    ("her own policy names the bucket alone", ASK, ALICE, [], [], [st(None, OBJECT)],
     AccessPoint(POINT)),
    ("the bucket denies the internet", DENY, ALICE, [TO_ALICE],
     [DELEGATING, st("*", effect="Deny", StringNotEquals={"s3:AccessPointNetworkOrigin": "VPC"})],
     [], AccessPoint(POINT)),
    ("and lets the VPC pass", YES, ALICE, [TO_ALICE],
     [DELEGATING, st("*", effect="Deny", StringNotEquals={"s3:AccessPointNetworkOrigin": "VPC"})],
     [], AccessPoint(POINT, is_of_vpc=True)),
    ("another account needs its own policy", NO, STRANGER, [st("*")], [DELEGATING], [],
     AccessPoint(POINT)),
    ("another account with its own policy", YES, STRANGER, [st("*")], [DELEGATING], [st(None)],
     AccessPoint(POINT)),
    ("a public access point is restricted", DENY, STRANGER, [st("*")], [DELEGATING], [st(None)],
     AccessPoint(POINT, public_access=SHUT)),
    ("one of a VPC is never public", YES, STRANGER, [st("*")], [DELEGATING], [st(None)],
     AccessPoint(POINT, is_of_vpc=True, public_access=SHUT)),
    ("two owners and a public policy", ASK, STRANGER, [st("*")], [st("*")], [st(None)],
     AccessPoint(ABROAD, public_access=SHUT)),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_both_must_let_it_pass(
    row: tuple[str, str, str, list[Doc], list[Doc], list[Doc], AccessPoint],
) -> None:
    _, expected, principal, at_point, at_bucket, own, point = row
    layers = Layers(
        identity=(read("identity", *own),) if own else (),
        resource=read("resource", *at_bucket) if at_bucket else None,
    )
    policy = read("resource", *at_point) if at_point else None
    there = AccessPoint(point.arn, policy, point.is_of_vpc, point.public_access)
    asked = request(principal, "s3:GetObject", OBJECT, ONE)
    assert decide_through(asked, layers, there).outcome == expected
