"""Laws that hold for every request and any policies: what makes an authorizer one."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, event, given
from hypothesis import strategies as st

from logkeep.policy import (
    AclGrant,
    Acls,
    Decision,
    Explanation,
    KeyGrant,
    Layers,
    Policy,
    PublicAccess,
    Request,
    Unread,
    decide,
    explain,
    nearest_allows,
    read_policy,
    request,
)
from logkeep.policy.acls import ALL_USERS, AUTHENTICATED_USERS
from logkeep.policy.values import Kind
from support.examples import examples

ONE, TWO = "111111111111", "222222222222"
PRINCIPALS = [
    f"arn:aws:iam::{ONE}:user/ann", f"arn:aws:iam::{ONE}:role/path/dev",
    f"arn:aws:sts::{ONE}:assumed-role/dev/ann", f"arn:aws:iam::{TWO}:role/dev",
    f"arn:aws:iam::{ONE}:root", f"arn:aws:sts::{ONE}:federated-user/bob",
    "cloudtrail.amazonaws.com", "anonymous",
]  # fmt: skip
ACTIONS = ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole", "iam:GetUser"]
RESOURCES = ["arn:aws:s3:::b/x", "arn:aws:s3:::b/ann", f"arn:aws:kms:eu-west-1:{ONE}:key/k",
             f"arn:aws:iam::{ONE}:role/r", "*"]  # fmt: skip
KEYS = ["aws:SourceArn", "aws:PrincipalOrgID", "aws:SecureTransport", "aws:TagKeys", "aws:username"]
VALUES = ["true", "false", "o-1", "ann", "arn:aws:s3:::b", "7"]
OPERATORS = [
    "StringEquals", "StringNotEquals", "StringLikeIfExists", "StringNotLike", "ArnLike",
    "ArnNotEquals", "Bool", "Null", "NumericLessThan", "ForAllValues:StringEquals",
    "ForAnyValue:StringNotEquals",
]  # fmt: skip


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


CONDITIONS = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(st.sampled_from(KEYS), some([*VALUES, "*", "${aws:username}"]), max_size=2),
    max_size=1,
) | st.just({})
STATEMENTS = st.builds(
    lambda effect, action, resource, condition: (
        {"Effect": effect, "Resource": resource, "Condition": condition} | action
    ),
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    st.builds(
        lambda name, value: {name: value},
        st.sampled_from(["Action", "Action", "Action", "NotAction"]),
        st.just(["*"]) | some(["*", "s3:*", "*:Get*", *ACTIONS]),
    ),
    st.just(["*"])
    | some(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}", *RESOURCES[:4]]),
    CONDITIONS,
)
NAMES = st.one_of(
    st.just("*"),
    st.builds(lambda aws: {"AWS": aws}, some([*PRINCIPALS[:6], ONE, TWO])),
    st.just({"Service": "cloudtrail.amazonaws.com"}),
)


def document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def policy(kind: Kind, statements: list[dict[str, Any]]) -> Policy:
    read = read_policy(document(statements), kind, kind)
    assert isinstance(read, Policy), read
    return read


def attached(kind: Kind) -> st.SearchStrategy[Policy]:
    return st.lists(STATEMENTS, max_size=3).map(lambda given: policy(kind, given))


@st.composite
def resource_statements(draw: st.DrawFn) -> dict[str, Any]:
    statement = draw(STATEMENTS)
    name = "NotPrincipal" if statement["Effect"] == "Deny" and draw(st.booleans()) else "Principal"
    return statement | {name: draw(NAMES)}


RESOURCE = st.lists(resource_statements(), min_size=1, max_size=3).map(
    lambda given: policy("resource", given)
)


def rcp(statements: list[dict[str, Any]]) -> Policy:
    denies = [
        {"Effect": "Deny", "Principal": "*", "Action": "*"}
        | {name: s[name] for name in ("Resource", "Condition")}
        for s in statements
    ]
    return policy("rcp", denies)


ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LEVELS = st.lists(
    st.lists(STATEMENTS, max_size=2).map(lambda given: (policy("scp", [*given, ALLOW_ALL]),))
    | attached("scp").map(lambda one: (one,)),
    max_size=2,
).map(tuple)
GRANTS = st.lists(
    st.builds(
        KeyGrant,
        st.sampled_from([*PRINCIPALS[:7], f"arn:aws:iam::{ONE}:role/dev"]),
        st.sampled_from([("Decrypt",), ("Encrypt", "Decrypt"), ("RetireGrant",)]),
        context_subset=st.sampled_from([{}, {}, {"a": "b"}]),
        context_equals=st.sampled_from([None, None, {"a": "b"}]),
        source_arn=st.sampled_from(["", "", "arn:aws:s3:::b"]),
    ),
    max_size=3,
).map(tuple)
ENTRIES = st.lists(
    st.builds(
        AclGrant,
        st.sampled_from([ALL_USERS, AUTHENTICATED_USERS, "owner", "other"]),
        st.sampled_from(["READ", "WRITE", "FULL_CONTROL"]),
    ),
    max_size=2,
).map(tuple)
ACLS = st.builds(
    Acls,
    st.sampled_from(["BucketOwnerEnforced", "ObjectWriter"]),
    st.just("owner"),
    bucket=ENTRIES,
    object=ENTRIES,
    object_owner=st.sampled_from([ONE, ONE, TWO]),
)
STATES = ["", "", "Enabled", "Disabled", "PendingDeletion", "Updating"]
LAYERS = st.builds(
    Layers,
    identity=st.lists(attached("identity"), max_size=2).map(tuple),
    resource=st.none() | RESOURCE,
    scps=st.none() | st.none() | LEVELS,
    rcps=st.none() | st.none() | STATEMENTS.map(lambda one: ((rcp([one]),),)),
    boundary=st.none() | st.none() | attached("boundary"),
    session=st.none() | st.none() | attached("session"),
    grants=st.none() | GRANTS,
    key_state=st.sampled_from(STATES),
    acl=st.none() | ACLS,
    public_access=st.none() | st.builds(PublicAccess, st.booleans(), st.booleans()),
)
CONTEXT = st.dictionaries(
    st.sampled_from(KEYS),
    st.sampled_from(VALUES) | st.lists(st.sampled_from(VALUES), max_size=2),
    max_size=4,
)
REQUESTS = st.builds(
    request,
    st.sampled_from(PRINCIPALS),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.sampled_from([ONE, TWO]),
    CONTEXT,
)
SETTINGS = ("key state", "public access")
"""What refuses without a statement."""
law = examples(120, HealthCheck.filter_too_much)


def refused(decision: Decision) -> bool:
    return decision.outcome in ("ExplicitlyDenied", "ImplicitlyDenied")


def changed(layers: Layers, **changes: Any) -> Layers:
    fields = layers.__struct_fields__
    return Layers(**({field: getattr(layers, field) for field in fields} | changes))


def more(one: Policy | None, statement: dict[str, Any], kind: Kind) -> Policy:
    known = one.document["Statement"] if one else []
    named = statement | ({"Principal": "*"} if kind == "resource" else {})
    return policy(kind, [*known, named])


@law
@given(REQUESTS)
def test_nothing_is_allowed_by_default(asked: Request):
    assume(not asked.principal.endswith(":root"))  # a root user has its rights without policies
    assert decide(asked, Layers()).outcome == "ImplicitlyDenied"


@law
@given(REQUESTS, LAYERS)
def test_a_deny_is_never_undone_by_an_allow(asked: Request, layers: Layers):
    assume(decide(asked, layers).outcome == "ExplicitlyDenied")
    assert isinstance(layers.resource, Policy | None)
    assert isinstance(layers.identity, tuple)
    allowed = changed(
        layers,
        identity=(*layers.identity, policy("identity", [ALLOW_ALL])),
        resource=more(layers.resource, ALLOW_ALL, "resource"),
    )
    assert decide(asked, allowed).outcome == "ExplicitlyDenied"


@law
@given(REQUESTS, LAYERS, STATEMENTS)
def test_adding_a_deny_never_allows(asked: Request, layers: Layers, statement: dict[str, Any]):
    before = decide(asked, layers)
    deny = statement | {"Effect": "Deny"}
    assert isinstance(layers.resource, Policy | None)
    assert isinstance(layers.identity, tuple)
    by_resource = changed(layers, resource=more(layers.resource, deny, "resource"))
    by_identity = changed(layers, identity=(*layers.identity, policy("identity", [deny])))
    for after in (decide(asked, by_resource), decide(asked, by_identity)):
        assert after.outcome != "Allowed" or before.outcome == "Allowed"


@law
@given(REQUESTS, LAYERS, GRANTS)
def test_a_grant_never_undoes_a_deny_and_never_denies(
    asked: Request, layers: Layers, grants: tuple[KeyGrant, ...]
):
    assert isinstance(layers.grants, tuple | None)
    before = decide(asked, layers).outcome
    after = decide(asked, changed(layers, grants=(*(layers.grants or ()), *grants))).outcome
    assert after == before or before in ("ImplicitlyDenied", "Unknown")
    assert (before, after) != ("Unknown", "ImplicitlyDenied")
    assert after != "ExplicitlyDenied" or before == "ExplicitlyDenied"


@law
@given(REQUESTS, LAYERS, ENTRIES)
def test_an_acl_never_undoes_a_deny_and_blocking_public_access_never_allows(
    asked: Request, layers: Layers, entries: tuple[AclGrant, ...]
):
    bare, closed = (
        changed(layers, public_access=PublicAccess(shut, shut)) for shut in (False, True)
    )
    acls = Acls("ObjectWriter", "owner", bucket=entries, object=entries, object_owner=ONE)
    if decide(asked, bare).outcome == "ExplicitlyDenied":
        assert decide(asked, changed(bare, acl=acls)).outcome == "ExplicitlyDenied"
    if decide(asked, closed).outcome == "Allowed":
        assert decide(asked, bare).outcome == "Allowed"


@law
@given(REQUESTS, LAYERS, st.sampled_from(STATES))
def test_a_key_state_never_allows(asked: Request, layers: Layers, state: str):
    if decide(asked, changed(layers, key_state=state)).outcome == "Allowed":
        assert decide(asked, changed(layers, key_state="")).outcome == "Allowed"


@law
@given(REQUESTS, LAYERS)
def test_order_and_duplicates_do_not_matter(asked: Request, layers: Layers):
    assert isinstance(layers.grants, tuple | None)
    assert isinstance(layers.resource, Policy | None)
    assert isinstance(layers.identity, tuple)
    turned = changed(
        layers,
        identity=tuple(reversed(layers.identity)) * 2,
        grants=layers.grants and layers.grants[::-1] * 2,
        resource=layers.resource
        and policy("resource", layers.resource.document["Statement"][::-1] * 2),
    )
    before, after = decide(asked, layers), decide(asked, turned)
    assert (before.outcome, before.unknown) == (after.outcome, after.unknown)


@law
@given(REQUESTS, LAYERS)
def test_an_allow_or_a_deny_names_its_statement(asked: Request, layers: Layers):
    decision = decide(asked, layers)
    event(decision.outcome)
    if decision.outcome in ("Allowed", "ExplicitlyDenied"):
        assert decision.layer
        assert decision.statement or decision.layer in SETTINGS
    assert (decision.outcome == "Unknown") == bool(decision.unknown)


@law
@given(REQUESTS, RESOURCE.map(lambda one: Layers(resource=one)))
def test_without_the_statement_it_names_an_allow_falls_or_names_another(
    asked: Request, layers: Layers
):
    decision = decide(asked, layers)
    assume(decision.outcome == "Allowed" and decision.layer == "resource")
    assume(not asked.principal.endswith(":root"))  # who has its rights without policies
    assert isinstance(layers.resource, Policy)
    statements = list(layers.resource.document["Statement"])
    while decision.outcome == "Allowed":
        assert decision.statement
        named = statements.pop(decision.statement.index)
        assert named["Effect"] == "Allow"
        rest = policy("resource", statements) if statements else None
        decision = decide(asked, changed(layers, resource=rest))
    assert decision.outcome != "ExplicitlyDenied"


@law
@given(REQUESTS, LAYERS)
def test_explaining_decides_the_same(asked: Request, layers: Layers):
    explained = explain(asked, layers)
    assert isinstance(explained, Explanation)
    assert explained.decision == decide(asked, layers)
    assert nearest_allows(asked, layers) == explained.nearest


def agree(told: Decision, hidden: Decision) -> bool:
    """A hidden fact may only turn an answer into unknown, and back to that answer."""
    if hidden.outcome == "Unknown":
        return True
    if hidden.outcome == "Allowed":
        return told.outcome == "Allowed"
    return refused(told)


@law
@given(REQUESTS, LAYERS, st.sets(st.sampled_from(KEYS), min_size=1))
def test_hiding_a_key_never_changes_an_answer(asked: Request, layers: Layers, keys: set[str]):
    hidden = decide(_hide(asked, keys), layers)
    assert agree(decide(asked, layers), hidden)


def _hide(asked: Request, keys: set[str]) -> Request:
    return request(
        asked.principal,
        asked.action,
        asked.resource,
        asked.resource_account,
        asked.context,
        unknown=keys,
    )


@law
@given(REQUESTS, LAYERS, st.sampled_from(Layers.__struct_fields__))
def test_hiding_a_layer_never_changes_an_answer(asked: Request, layers: Layers, field: str):
    hidden = decide(asked, changed(layers, **{field: Unread("api:Call", "AccessDenied")}))
    assert agree(decide(asked, layers), hidden)


@law
@given(REQUESTS, LAYERS)
def test_hiding_the_owner_never_changes_an_answer(asked: Request, layers: Layers):
    hidden = request(asked.principal, asked.action, "arn:aws:s3:::b/x", "", asked.context)
    told = request(
        asked.principal, asked.action, "arn:aws:s3:::b/x", asked.resource_account, asked.context
    )
    assert agree(decide(told, layers), decide(hidden, layers))
