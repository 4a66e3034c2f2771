"""The traps of AWS policy evaluation, one by one, each with the page or rule it comes from."""

import pytest

from logkeep.lab.authorizer import Policies, decide
from logkeep.lab.call import Caller
from logkeep.lab.conditions import holds
from logkeep.lab.grants import LabGrant
from logkeep.lab.language import Request, context_of

ONE, OTHER = "111111111111", "222222222222"
USER = Caller(ONE, f"arn:aws:iam::{ONE}:user/u", "user", "u")
ROLE = f"arn:aws:iam::{ONE}:role/r"
SESSION_ARN = f"arn:aws:sts::{ONE}:assumed-role/r/s"
SESSION = Caller(ONE, SESSION_ARN, "role", "r", role_arn=ROLE, session_name="s")
ROOT = Caller(ONE, f"arn:aws:iam::{ONE}:root", "root", "root")
TRAIL = Caller("", "cloudtrail.amazonaws.com", "service", "cloudtrail.amazonaws.com")
OBJECT = "arn:aws:s3:::b/k"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect="Allow", action="*", resource="*", condition=None, **more):
    one = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return one | ({"Condition": condition} if condition else {})


def named(*names, **more):
    return document(statement(Principal={"AWS": list(names)}, **more))


ALL = document(statement())
NONE = document()


def allowed(caller=USER, owner=ONE, action="s3:GetObject", context=None, **layers):
    request = Request(caller, action, OBJECT, owner, context_of(context or {}))
    layers.setdefault("unbound", caller.kind == "root")
    return decide(request, Policies(**layers)).allowed


@pytest.mark.parametrize(
    ("caller", "resource", "limit", "passes"),
    [
        # Rule 5.1.2: what an implicit deny of a boundary or a session policy still limits.
        (USER, named(USER.arn), "boundary", True),
        (SESSION, named(SESSION_ARN), "boundary", True),
        (SESSION, named(SESSION_ARN), "session", True),
        (SESSION, named(ROLE), "boundary", False),
        (SESSION, named(ROLE), "session", False),
        (SESSION, named("*"), "session", True),
        (SESSION, named(ONE), "boundary", False),
    ],
)
def test_how_a_resource_policy_names_decides_what_limits_it(caller, resource, limit, passes):
    layers = {"boundary": NONE} if limit == "boundary" else {"session": [NONE]}
    assert allowed(caller, resource=resource, identity=[ALL], **layers) is passes


@pytest.mark.parametrize("root", [ONE, f"arn:aws:iam::{ONE}:root"])
def test_an_account_principal_only_delegates(root):
    # IAM User Guide, "AWS JSON policy elements: Principal", AWS account principals.
    assert not allowed(resource=named(root))
    assert allowed(resource=named(root), identity=[ALL])
    assert allowed(ROOT, resource=named(root))


def test_keys_and_trust_must_name_or_delegate():
    # Rules 4.1 and 5.1.3.
    assert not allowed(identity=[ALL], resource=NONE, must_be_named=True)
    assert not allowed(ROOT, resource=named(USER.arn), must_be_named=True)
    assert allowed(identity=[ALL], resource=named(ONE), must_be_named=True)
    assert allowed(resource=named(USER.arn), must_be_named=True)
    # Rule 4.2: a grant needs no policy; to an account it only delegates.
    to_user, to_account = (LabGrant(name, ("Decrypt",)) for name in (USER.arn, ROOT.arn))
    assert allowed(action="kms:Decrypt", must_be_named=True, grants=[to_user])
    assert not allowed(action="kms:Encrypt", must_be_named=True, grants=[to_user])
    assert not allowed(action="kms:Decrypt", must_be_named=True, grants=[to_account])
    assert allowed(action="kms:Decrypt", must_be_named=True, grants=[to_account], identity=[ALL])


def test_between_accounts_both_must_allow():
    # Rule 5.1.4.
    assert not allowed(owner=OTHER, identity=[ALL])
    assert not allowed(owner=OTHER, resource=named(USER.arn))
    assert not allowed(owner=OTHER, resource=named("*"))
    assert allowed(owner=OTHER, identity=[ALL], resource=named(USER.arn))
    assert not allowed(owner=OTHER, identity=[ALL], resource=named(OTHER))
    assert allowed(ROOT, owner=OTHER, resource=named(ONE))


@pytest.mark.parametrize(
    ("caller", "spared", "passes"),
    [
        # IAM User Guide, "AWS JSON policy elements: NotPrincipal".
        (USER, [USER.arn, ONE], True),
        (USER, [f"arn:aws:iam::{ONE}:user/other", ONE], False),
        (USER, [USER.arn], False),
        (SESSION, [SESSION_ARN, ROLE, ONE], True),
        (SESSION, [ROLE, ONE], False),
        (ROOT, [ONE], True),
        (USER, ["*"], True),
    ],
)
def test_not_principal_spares_only_whom_it_lists_in_full(caller, spared, passes):
    deny = document(statement("Deny", NotPrincipal={"AWS": spared}))
    assert allowed(caller, identity=[ALL], resource=deny) is passes
    assert not allowed(caller, identity=[ALL], boundary=ALL, resource=deny)


def test_services_have_no_identity_and_no_scp():
    # Rule 5.1.5.
    service = document(statement(Principal={"Service": TRAIL.name}))
    assert allowed(TRAIL, owner=OTHER, resource=service)
    assert not allowed(TRAIL, identity=[ALL])
    assert not allowed(TRAIL, resource=named(ONE))
    deny = [[document(statement("Deny", Principal="*"))]]
    assert not allowed(TRAIL, resource=service, rcps=deny)


def test_every_level_of_scps_must_allow():
    # Rule 5.1.1 and "SCP evaluation" of the Organizations User Guide.
    assert allowed(identity=[ALL], scps=[[ALL], [NONE, ALL]])
    assert not allowed(identity=[ALL], scps=[[ALL], [NONE]])
    assert not allowed(identity=[ALL], scps=[[ALL], []])
    assert not allowed(ROOT, scps=[[NONE]])


@pytest.mark.parametrize(
    ("action", "resource", "fits"),
    [
        # IAM User Guide, "AWS JSON policy elements: Action" and "Resource".
        ("S3:getobject", "*", True),
        ("s3:Get*", "arn:aws:s3:::b/*", True),
        ("s3:GetObject", "arn:aws:s3:::B/*", False),
        ("s3:GetObject", "arn:aws:s3:::b", False),
        # A * that ends a segment can match beyond the colon; one within it cannot.
        ("s3:GetObject", "arn:aws:*:b/k", True),
        ("s3:GetObject", "arn:aws:s*:b/k", True),
        ("s3:GetObject", "arn:aws:s*3:b/k", False),
        ("s3:GetObject", "arn:*:s3:::b/k", True),
        ("s3:?etObject", "arn:aws:s3:::?/k", True),
        ("s3:GetObjectVersion", "*", False),
    ],
)
def test_actions_ignore_case_and_resources_do_not(action, resource, fits):
    one = document(statement(action=action, resource=resource))
    assert allowed(identity=[one]) is fits


TRAIL_ARN = "arn:aws:cloudtrail:us-east-1:111111111111:trail/t"


@pytest.mark.parametrize(
    ("block", "context", "result"),
    [
        # Rules 5.2.1 to 5.2.4: "IAM JSON policy elements: Condition operators".
        ({"StringEquals": {"k": "v"}}, {}, False),
        ({"StringNotEquals": {"k": "v"}}, {}, True),
        ({"StringNotEqualsIfExists": {"k": "v"}}, {}, True),
        ({"StringEqualsIfExists": {"k": "v"}}, {}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "a"}, False),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "c"}, True),
        ({"StringEquals": {"K": "v"}}, {"k": "v"}, True),
        ({"StringEquals": {"k": "V"}}, {"k": "v"}, False),
        ({"StringEquals": {"k": "*"}}, {"k": "v"}, False),
        ({"StringEqualsIgnoreCase": {"k": "V"}}, {"k": "v"}, True),
        ({"StringLike": {"k": "a?c*"}}, {"k": "abcd"}, True),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": "false"}}, {}, False),
        ({"Null": {"k": "false"}}, {"k": "v"}, True),
        ({"Bool": {"k": "false"}}, {}, False),
        ({"BoolIfExists": {"k": "false"}}, {}, True),
        ({"Bool": {"k": True}}, {"k": "true"}, True),
        ({"NumericLessThan": {"k": "10"}}, {"k": "9"}, True),
        ({"NumericLessThan": {"k": 10}}, {"k": "ten"}, False),
        ({"DateGreaterThan": {"k": "2026-01-01T00:00:00Z"}}, {"k": "1800000000"}, True),
        ({"DateLessThan": {"k": "1800000000"}}, {"k": "2026-01-01T00:00:00Z"}, True),
        ({"IpAddress": {"k": "10.0.0.0/8"}}, {"k": "10.1.2.3"}, True),
        ({"IpAddress": {"k": "2001:DB8::/32"}}, {"k": "2001:db8:0:0::1"}, True),
        ({"NotIpAddress": {"k": "10.0.0.0/8"}}, {}, True),
        ({"IpAddress": {"k": "10.0.0.0/8"}}, {"k": "2001:db8::1"}, False),
        ({"ArnEquals": {"k": "arn:aws:cloudtrail:*:111111111111:trail/*"}}, {"k": TRAIL_ARN}, True),
        ({"ArnLike": {"k": "arn:aws:cloudtrail:*:trail/t"}}, {"k": TRAIL_ARN}, False),
        ({"ArnLike": {"k": "arn:aws:*"}}, {"k": TRAIL_ARN}, False),
        ({"ArnLike": {"k": "arn:aws:s3:*:b:c"}}, {"k": "arn:aws:s3:::b:c"}, False),
        ({"StringLike": {"k": "arn:aws:*"}}, {"k": TRAIL_ARN}, True),
        ({"ArnNotLike": {"k": "arn:aws:s3:*:*:*"}}, {"k": TRAIL_ARN}, True),
        ({"BinaryEquals": {"k": "QmlO"}}, {"k": "QmlO"}, True),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ["a", "b"]}, True),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, {"k": ["a", "b"]}, False),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, {}, True),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {"k": ["a", "b"]}, True),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {}, False),
        ({"ForAnyValue:StringNotEquals": {"k": ["a"]}}, {"k": ["a", "b"]}, True),
        ({"ForAllValues:StringNotEquals": {"k": ["a"]}}, {"k": ["a", "b"]}, False),
        ({"StringEquals": {"a": "1", "b": "2"}}, {"a": "1"}, False),
        ({"StringEquals": {"a": "1"}, "StringLike": {"b": "2"}}, {"a": "1", "b": "2"}, True),
        ({"StringEquals": {"k": "${aws:username}"}}, {"k": "u", "aws:username": "u"}, True),
        ({"StringEquals": {"k": "${aws:username}"}}, {"k": "u"}, False),
        # "Variables and tags", "Policy variables with no value": nothing is equal to it.
        ({"StringNotEquals": {"k": "${aws:username}"}}, {"k": "u"}, True),
        ({"StringNotEquals": {"k": ["${aws:username}", "u"]}}, {"k": "u"}, False),
        ({"StringEquals": {"k": "${aws:username, 'x'}"}}, {"k": "x"}, True),
        ({"StringLike": {"k": "a${*}c"}}, {"k": "abc"}, False),
        ({"StringLike": {"k": "a${*}c"}}, {"k": "a*c"}, True),
        ({"StringLike": {"k": "${aws:username}"}}, {"k": "ab", "aws:username": "a*"}, False),
    ],
)
def test_condition(block, context, result):
    assert holds(block, context_of(context)) is result


def test_variables_need_the_newer_version():
    # IAM User Guide, "IAM policy elements: Variables and tags".
    block = {"StringEquals": {"k": "${aws:username}"}}
    context = context_of({"k": "${aws:username}", "aws:username": "u"})
    assert holds(block, context, "2008-10-17")
    assert not holds(block, context, "2012-10-17")
