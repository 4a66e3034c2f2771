"""The nearest statement of every silent layer, and whom a policy can admit at all."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import (
    Admitted,
    Layers,
    Nearest,
    Policy,
    StatementRef,
    Unread,
    admits,
    decide,
    explain,
    read_policy,
    request,
)
from logkeep.policy.values import Kind

ONE, TWO = "111111111111", "222222222222"
ANN = f"arn:aws:iam::{ONE}:user/ann"
OBJECT = "arn:aws:s3:::b/k"


def policy(*statements: dict[str, Any], kind: Kind = "resource", name: str = "bucket") -> Policy:
    read = read_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, name)
    assert isinstance(read, Policy), read
    return read


def allow(sid: str, principal: object = None, **more: Any) -> dict[str, Any]:
    named = {} if principal is None else {"Principal": principal}
    return {"Sid": sid, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | named | more


def test_the_nearest_is_the_fewest_elements_away():
    far = allow("Far", {"AWS": TWO}, Action="s3:PutObject")
    near = allow("Near", "*", Condition={"StringEquals": {"aws:SourceArn": ["x", "y"]}})
    asked = request("cloudtrail.amazonaws.com", "s3:GetObject", OBJECT, ONE)
    assert explain(asked, Layers(resource=policy(far, near))).nearest == (
        Nearest(
            layer="resource",
            statement=StatementRef("bucket", 1, "Near"),
            element="Condition",
            key="StringEquals/aws:SourceArn",
            wanted=("x", "y"),
            got=None,
        ),
    )


def test_a_deny_is_never_the_nearest():
    deny = allow("No", "*", Effect="Deny", Resource="arn:aws:s3:::other/*")
    asked = request("anonymous", "s3:GetObject", OBJECT, ONE)
    assert explain(asked, Layers(resource=policy(deny))).nearest == ()


def test_across_accounts_both_silent_sides_are_told():
    layers = Layers(
        identity=(policy(allow("Mine", Action="s3:PutObject"), kind="identity", name="me"),),
        resource=policy(allow("Theirs", {"AWS": ANN}, Resource="arn:aws:s3:::b/other")),
    )
    explained = explain(request(ANN, "s3:GetObject", OBJECT, TWO), layers)
    assert [(n.layer, n.statement.sid, n.element, n.got) for n in explained.nearest] == [
        ("resource", "Theirs", "Resource", OBJECT),
        ("identity", "Mine", "Action", "s3:GetObject"),
    ]


def test_only_the_silent_scp_level_is_told():
    everything = allow("All", Action="*")
    levels = tuple(
        (policy(statement, kind="scp", name=name),)
        for name, statement in (("root", everything), ("ou", allow("Ou", Action="ec2:*")))
    )
    layers = Layers(identity=(policy(everything, kind="identity"),), scps=levels)
    explained = explain(request(ANN, "s3:GetObject", OBJECT, ONE), layers)
    assert [(n.layer, n.statement.policy) for n in explained.nearest] == [("scp", "ou")]


def test_an_unread_layer_is_named_where_it_decides():
    unread = Unread("iam:ListRolePolicies", "AccessDenied")
    asked = request(ANN, "s3:GetObject", OBJECT, ONE)
    assert decide(asked, Layers(identity=unread)).unknown == ("iam:ListRolePolicies",)
    deny = policy(allow("No", "*", Effect="Deny"))
    assert decide(asked, Layers(identity=unread, resource=deny)).outcome == "ExplicitlyDenied"


def on(operator: str, key: str, *values: str) -> dict[str, Any]:
    return allow("S", "*", Condition={operator: {key: list(values)}})


ADMITTED: list[tuple[str, dict[str, Any], Admitted]] = [
    ("everyone", allow("S", "*"), Admitted(anyone=True)),
    ("account, role and service",
     allow("S", {"AWS": [ONE, f"arn:aws:iam::{TWO}:root", ANN], "Service": "a.amazonaws.com"}),
     Admitted(accounts=frozenset((ONE, TWO)), principals=frozenset((ANN,)),
              services=frozenset(("a.amazonaws.com",)))),
    ("another action", allow("S", "*", Action="s3:PutObject"), Admitted()),
    ("another resource", allow("S", "*", Resource="arn:aws:s3:::other/*"), Admitted()),
    ("a variable resource", allow("S", "*", Resource="arn:aws:s3:::b/${aws:username}"),
     Admitted(anyone=True)),
    ("by ARN", on("ArnLike", "aws:PrincipalArn", ANN),
     Admitted(principals=frozenset((ANN,)), narrowed=("S: ArnLike/aws:PrincipalArn",))),
    ("by ARN pattern", on("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ONE}:role/x*"),
     Admitted(accounts=frozenset((ONE,)), narrowed=("S: ArnLike/aws:PrincipalArn",))),
    ("by any account's ARN", on("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
     Admitted(anyone=True)),
    ("by account", on("StringEquals", "kms:CallerAccount", ONE),
     Admitted(accounts=frozenset((ONE,)), narrowed=("S: StringEquals/kms:CallerAccount",))),
    ("by organization", on("StringEquals", "aws:PrincipalOrgID", "o-1"),
     Admitted(anyone=True, organizations=frozenset(("o-1",)),
              narrowed=("S: StringEquals/aws:PrincipalOrgID",))),
    ("IfExists does not narrow", on("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
     Admitted(anyone=True)),
    ("negations do not narrow", on("StringNotEquals", "aws:PrincipalAccount", ONE),
     Admitted(anyone=True)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "expected"), [a[1:] for a in ADMITTED], ids=[a[0] for a in ADMITTED]
)
def test_admits(statement: dict[str, Any], expected: Admitted):
    found = admits(policy(statement), "s3:GetObject", OBJECT)
    fields = [name for name in Admitted.__struct_fields__ if name != "statements"]
    assert {f: getattr(found, f) for f in fields} == {f: getattr(expected, f) for f in fields}


def test_a_plain_star_beside_a_narrowed_one_is_anyone():
    both = policy(on("StringEquals", "aws:PrincipalOrgID", "o-1"), allow("Open", "*"))
    found = admits(both, "s3:GetObject", OBJECT)
    assert found.anyone
    assert not found.organizations
