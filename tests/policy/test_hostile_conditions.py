"""Conditions written as nobody would: sure only as far as AWS's page describes what they do.

IAM User Guide, "IAM JSON policy elements: Condition operators", "Multivalued context keys" and
"Variables and tags". True is that the condition matches, False that it does not, None that the
page does not say: then neither an Allow nor a Deny is sure.
"""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import Layers, Policy, decide, read_policy, request

USER = "arn:aws:iam::111111111111:user/ann"
OBJECT = "arn:aws:s3:::b/k"
ALL: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
KEYS = {
    "number": "s3:max-keys", "date": "aws:CurrentTime", "ip": "aws:SourceIp",
    "arn": "aws:SourceArn", "bool": "aws:SecureTransport", "text": "s3:prefix",
    "list": "aws:TagKeys",
}  # fmt: skip
REQUEST = {
    "s3:max-keys": "10", "aws:CurrentTime": "2026-11-01T00:00:00Z", "aws:SourceIp": "10.0.0.1",
    "aws:SourceArn": "arn:aws:sns:us-east-1:111111111111:topic:sub", "aws:SecureTransport": "true",
    "s3:prefix": "ann", "aws:TagKeys": ["a", "b"],
}  # fmt: skip
CASES: list[tuple[str, str, Any, bool | None]] = [
    # Numbers: integers and decimals.
    ("NumericEquals", "number", "10.0", True),
    ("NumericEquals", "number", 10, True),
    ("NumericGreaterThan", "number", "-1", True),
    ("NumericEquals", "number", "1e1", None),
    ("NumericEquals", "number", "+10", None),
    ("NumericEquals", "number", " 10 ", None),
    ("NumericEquals", "number", "1_0", None),
    ("NumericEquals", "number", "0xa", None),
    ("NumericEquals", "number", "\u0661\u0660", None),
    ("NumericLessThan", "number", "10,000", None),
    ("NumericEquals", "number", "many", False),
    ("NumericNotEquals", "number", "many", None),
    ("NumericEquals", "number", ["10", "1e1"], True),
    ("NumericEquals", "number", "${s3:max-keys}", None),
    # Dates: W3C's form of ISO 8601, or seconds since 1970.
    ("DateGreaterThan", "date", "2026-10-01", True),
    ("DateGreaterThan", "date", "2026-10-01T00:00Z", True),
    ("DateGreaterThan", "date", "2026-10-01T02:00:00.5+02:00", True),
    ("DateGreaterThan", "date", "1790000000", True),
    ("DateLessThan", "date", 1790000000, False),
    ("DateGreaterThan", "date", "2026", None),
    ("DateGreaterThan", "date", "2026-10", None),
    ("DateGreaterThan", "date", "20261001", None),
    ("DateGreaterThan", "date", "20261001T000000Z", None),
    ("DateGreaterThan", "date", "2026-W40-1", None),
    ("DateGreaterThan", "date", "2026-10-01 00:00:00Z", None),
    ("DateGreaterThan", "date", "2026-10-01T00:00:00", None),
    ("DateGreaterThan", "date", "2026-10-01t00:00:00z", None),
    ("DateGreaterThan", "date", "2026-10-01T24:00:00Z", None),
    ("DateGreaterThan", "date", "1790000000000", None),
    ("DateGreaterThan", "date", "2026-13-01", None),
    ("DateGreaterThan", "date", "soon", False),
    # Addresses: CIDR, of either family.
    ("IpAddress", "ip", "10.0.0.0/8", True),
    ("IpAddress", "ip", "::/0", False),
    ("NotIpAddress", "ip", ["192.0.2.0/24", "2001:DB8::/32"], True),
    ("IpAddress", "ip", "10.0.0.0/33", None),
    ("IpAddress", "ip", "10.0.0/24", None),
    ("IpAddress", "ip", "010.0.0.1", None),
    ("IpAddress", "ip", "10.0.0.0/255.0.0.0", None),
    ("IpAddress", "ip", "::ffff:10.0.0.0/104", None),
    ("IpAddress", "ip", "*", None),
    ("IpAddress", "ip", ["10.0.0.0/8", "*"], True),
    ("NotIpAddress", "ip", ["10.0.0.0/8", "*"], False),
    ("NotIpAddress", "ip", ["192.0.2.0/24", "10.0.0/24"], None),
    # Booleans.
    ("Bool", "bool", True, True),
    ("Bool", "bool", ["true", "false"], True),
    ("Bool", "bool", "yes", None),
    ("Bool", "bool", 1, None),
    ("Bool", "bool", "${aws:SecureTransport}", None),
    ("Null", "bool", "no", None),
    ("Null", "bool", ["true", "false"], True),
    ("Null", "bool", "false", True),
    # ARNs: six parts, compared one by one.
    ("ArnLike", "arn", "arn:aws:sns:*:111111111111:topic:*", True),
    ("ArnLike", "arn", "arn:*:*:*:*:*", True),
    ("ArnEquals", "arn", "arn:aws:sns:us-?ast-1:1*1:*", True),
    ("ArnLike", "arn", "arn:aws:sns:*:topic:sub", False),
    ("ArnLike", "arn", "ARN:aws:sns:*:*:*", False),
    ("ArnLike", "arn", "arn:aws:SNS:*:*:*", False),
    ("ArnLike", "arn", "*", None),
    ("ArnLike", "arn", "arn:*", None),
    ("ArnLike", "arn", "arn:aws:sns:*", None),
    ("ArnNotLike", "arn", "arn:aws:*:*", None),
    ("ArnLike", "arn", "arn:aws:sqs:*", False),
    ("ArnNotLike", "arn", "arn:aws:sqs:*", True),
    ("ArnLike", "arn", ["arn:*", "arn:aws:sns:*:*:*"], True),
    ("StringLike", "arn", "arn:*", True),
    # Variables.
    ("StringEquals", "text", "${aws:username}", True),
    ("StringEquals", "text", "${AWS:UserName}", True),
    ("StringLike", "text", "${*}", False),
    ("StringEquals", "text", "${aws:PrincipalTag/none, 'ann'}", True),
    ("StringEquals", "text", "${aws:PrincipalTag/cost center, 'ann'}", True),
    ("StringEquals", "text", "${aws:PrincipalTag/none, ann}", None),
    ("StringEquals", "text", '${aws:PrincipalTag/none, "ann"}', None),
    ("StringEquals", "text", "${aws:username", None),
    ("StringEquals", "text", "${}", None),
    ("StringEquals", "text", "${username}", None),
    ("StringEquals", "text", "${${aws:username}}", None),
    ("StringLike", "text", "*${", None),
    # Several values.
    ("ForAnyValue:StringNotEquals", "list", "a", True),
    ("ForAllValues:StringNotEquals", "list", "a", False),
    ("ForAllValues:StringLike", "list", ["A", "?"], True),
    ("ForAllValues:StringEqualsIgnoreCase", "list", ["A", "B"], True),
    ("StringEquals", "list", "a", None),
    ("StringNotEquals", "list", "a", None),
    ("StringEquals", "list", ["a", "b"], True),
]  # fmt: skip


def outcome(
    condition: dict[str, Any], effect: str, version: str = "2012-10-17", **there: Any
) -> str:
    """What becomes of a request that a statement with the condition allows, or alone denies."""
    statement = {**ALL, "Effect": effect, "Condition": condition}
    listed = [statement] if effect == "Allow" else [ALL, statement]
    policy = read_policy({"Version": version, "Statement": listed}, "resource", "p", held=True)
    assert isinstance(policy, Policy), policy
    context = {**REQUEST, **there}
    asked = request(USER, "s3:ListBucket", OBJECT, "111111111111", context)
    return decide(asked, Layers(resource=policy)).outcome


def expected(matches: bool | None, effect: str) -> str:
    if matches is None:
        return "Unknown"
    if effect == "Allow":
        return "Allowed" if matches else "ImplicitlyDenied"
    return "ExplicitlyDenied" if matches else "Allowed"


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(("operator", "kind", "wanted", "matches"), CASES)
def test_what_is_not_written_as_described_is_not_sure(
    operator: str, kind: str, wanted: Any, matches: bool | None, effect: str
) -> None:
    assert outcome({operator: {KEYS[kind]: wanted}}, effect) == expected(matches, effect)


ABSENT = [
    ("NumericLessThan", False), ("NumericNotEquals", True), ("DateLessThanIfExists", True),
    ("NotIpAddress", True), ("IpAddressIfExists", True), ("Bool", False), ("BoolIfExists", True),
    ("ForAllValues:StringEquals", True), ("ForAnyValue:StringEquals", False),
    ("ForAllValues:StringNotEquals", True), ("ForAnyValue:StringNotEquals", False),
    ("ForAnyValue:StringEqualsIfExists", True), ("ArnNotLike", True), ("Null", True),
]  # fmt: skip


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(("operator", "matches"), ABSENT)
def test_of_an_absent_key(operator: str, matches: bool, effect: str) -> None:
    wanted = "2027-01-01" if "Date" in operator else "10.0.0.0/8" if "Ip" in operator else "true"
    wanted = "7" if "Numeric" in operator else wanted
    found = outcome({operator: {"s3:nothing-of-it": wanted}}, effect)
    assert found == expected(matches, effect)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(
    ("operator", "wanted", "matches"),
    [
        ("StringEquals", "", True),
        ("StringNotEquals", "a", True),
        ("ForAllValues:StringEquals", "", True),
        ("ForAllValues:StringEquals", "a", None),
        ("ForAllValues:StringNotEquals", "a", True),
        ("ForAnyValue:StringEquals", "a", False),
        ("ForAnyValue:StringLike", "*", None),
        ("Null", "false", True),
    ],
)
def test_of_an_empty_text(operator: str, wanted: str, matches: bool | None, effect: str) -> None:
    """With ForAllValues and ForAnyValue an empty text may count as no value."""
    for empty in ("", [""]) if ":" in operator else ("",):
        found = outcome({operator: {"s3:prefix": wanted}}, effect, **{"s3:prefix": empty})
        assert found == expected(matches, effect)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({"StringEquals": {"s3:prefix": "ann", "S3:Prefix": "bob"}}, None),
        ({"StringEquals": {"s3:prefix": "ann"}, "StringLike": {"S3:Prefix": "a*"}}, True),
        ({"StringEquals": {"s3:prefix": "ann"}, "stringequals": {"s3:prefix": "ann"}}, None),
        ({"StringEqual": {"s3:prefix": "ann"}}, None),
        ({"ForAllValue:StringEquals": {"s3:prefix": "ann"}}, None),
        ({"StringLikeIgnoreCase": {"s3:prefix": "ANN"}}, None),
        ({"NullIfExists": {"s3:prefix": "true"}}, None),
        ({}, True),
    ],
)
def test_of_a_whole_block(condition: dict[str, Any], matches: bool | None, effect: str) -> None:
    assert outcome(condition, effect) == expected(matches, effect)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(
    ("wanted", "prefix", "matches"),
    [
        ("${aws:username}", "ann", False),
        ("${aws:username}", "${aws:username}", True),
        ("${*}", "${anything}", True),
        ("${", "${", True),
    ],
)
def test_the_old_version_knows_no_variables(
    wanted: str, prefix: str, matches: bool, effect: str
) -> None:
    condition = {"StringLike": {"s3:prefix": wanted}}
    found = outcome(condition, effect, "2008-10-17", **{"s3:prefix": prefix})
    assert found == expected(matches, effect)


@pytest.mark.parametrize("resource", ["*/k", "?rn:aws:s3:::b/k", "*:s3:::b/k"])
def test_a_resource_that_is_no_arn_is_not_sure(resource: str) -> None:
    statement = {**ALL, "Effect": "Deny", "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [ALL, statement]}
    policy = read_policy(document, "resource", "p", held=True)
    assert isinstance(policy, Policy)
    asked = request(USER, "s3:GetObject", OBJECT, "111111111111")
    assert decide(asked, Layers(resource=policy)).outcome == "Unknown"
