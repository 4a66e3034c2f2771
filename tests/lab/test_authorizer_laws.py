"""Laws that any AWS authorization engine keeps, over generated policies."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab.authorizer import Policies, Ruling, decide
from logkeep.lab.call import Caller
from logkeep.lab.grammar import MalformedError, parse
from logkeep.lab.language import Request, context_of
from support.examples import examples

ONE, OTHER = "111111111111", "222222222222"
USER = Caller(ONE, f"arn:aws:iam::{ONE}:user/u", "user", "u")
ROLE = f"arn:aws:iam::{ONE}:role/r"
SESSION = Caller(
    ONE, f"arn:aws:sts::{ONE}:assumed-role/r/s", "role", "r", role_arn=ROLE, session_name="s"
)
SERVICE = Caller("", "cloudtrail.amazonaws.com", "service", "cloudtrail.amazonaws.com")

callers = st.sampled_from([USER, SESSION, SERVICE])
actions = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt"])
patterns = st.sampled_from(["*", "s3:*", "s3:Get*", "S3:putobject", "kms:Decrypt", "kms:?ecrypt"])
resources = st.sampled_from(["arn:aws:s3:::b/k", "arn:aws:s3:::b", "arn:aws:s3:::c/k"])
places = st.sampled_from(["*", "arn:aws:s3:::*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/?"])
names = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": ONE},
        {"AWS": f"arn:aws:iam::{ONE}:root"},
        {"AWS": [USER.arn, ROLE]},
        {"AWS": SESSION.arn},
        {"AWS": f"arn:aws:iam::{OTHER}:root"},
        {"Service": SERVICE.name},
    ]
)
conditions = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:SourceAccount": ONE}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}},
        {"Null": {"s3:x-amz-acl": "true"}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/${aws:username}"}},
    ]
)
contexts = st.dictionaries(
    st.sampled_from(["aws:SourceAccount", "aws:PrincipalOrgID", "s3:x-amz-acl", "aws:username"]),
    st.sampled_from([ONE, "o-x", "u"]),
).map(context_of)


@st.composite
def statements(draw, named=False):
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": draw(patterns),
        "Resource": draw(places),
        "Condition": draw(conditions),
    }
    return statement | ({"Principal": draw(names)} if named else {})


def documents(named=False):
    some = st.lists(statements(named), max_size=3)
    return some.map(lambda chosen: {"Version": "2012-10-17", "Statement": chosen})


requests = st.builds(Request, callers, actions, resources, st.sampled_from([ONE, OTHER]), contexts)
policies = st.builds(
    Policies,
    identity=st.lists(documents(), max_size=2),
    boundary=st.none() | documents(),
    session=st.none() | st.lists(documents(), min_size=1, max_size=1),
    resource=st.none() | documents(named=True),
    scps=st.none() | st.lists(st.lists(documents(), max_size=2), max_size=2),
    rcps=st.none() | st.lists(st.lists(documents(named=True), max_size=2), max_size=2),
    must_be_named=st.booleans(),
)
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
NOTHING_AT_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}


@given(requests)
def test_nothing_is_allowed_by_default(request):
    ruling = decide(request, Policies())
    assert not ruling.allowed
    assert not ruling.explicit


@given(requests, policies)
@examples(120)
def test_a_deny_anywhere_is_never_undone(request, some):
    for layer in (
        replace(some, identity=[*some.identity, NOTHING_AT_ALL, EVERYTHING]),
        replace(some, resource=NOTHING_AT_ALL),
        replace(some, scps=[[NOTHING_AT_ALL, EVERYTHING]]),
        replace(some, rcps=[[EVERYTHING], [NOTHING_AT_ALL]]),
    ):
        ruling = decide(request, layer)
        assert (ruling.allowed, ruling.explicit) == (False, True)


@given(requests, policies, statements())
@examples(120)
def test_adding_a_deny_never_allows(request, some, statement):
    more = {"Version": "2012-10-17", "Statement": [statement | {"Effect": "Deny"}]}
    if not decide(request, some).allowed:
        assert not decide(request, replace(some, identity=[*some.identity, more])).allowed


@given(requests, policies, st.randoms(use_true_random=False))
@examples(120)
def test_order_and_repetition_do_not_matter(request, some, random):
    def shuffled(document):
        listed = [*document["Statement"], *document["Statement"]]
        random.shuffle(listed)
        return {**document, "Statement": listed}

    mixed = replace(
        some,
        identity=[shuffled(one) for one in reversed(some.identity)],
        resource=some.resource and shuffled(some.resource),
    )
    assert decide(request, mixed) == decide(request, some)


@given(requests, policies)
@examples(120)
def test_cross_account_needs_both_sides(request, some):
    if request.owner == OTHER and request.caller.account == ONE:
        assert not decide(request, replace(some, resource=None)).allowed
        assert not decide(request, replace(some, identity=[])).allowed


@given(requests, policies)
@examples(120)
def test_services_are_judged_by_the_resource_alone(request, some):
    asked = replace(request, caller=SERVICE)
    bare = Policies(resource=some.resource, rcps=some.rcps)
    if decide(asked, replace(some, identity=[], scps=None, boundary=None, session=None)).allowed:
        assert decide(asked, bare).allowed


@given(requests, policies)
def test_a_refusal_says_who_what_and_why(request, some):
    ruling = decide(request, some)
    if not ruling.allowed:
        assert request.caller.arn in ruling.reason
        assert request.action in ruling.reason
        assert "because no " in ruling.reason or "with an explicit deny in " in ruling.reason


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Effect", "Action", "Principal", "Condition", "Statement", "AWS", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@st.composite
def spoilt(draw):
    """A policy with one or two places of it replaced by anything at all."""
    statement = draw(statements(named=True))
    document = {"Version": "2012-10-17", "Statement": [statement]}
    for _ in range(draw(st.integers(0, 2))):
        where = draw(st.sampled_from([document, statement]))
        where[draw(st.sampled_from([*sorted(where), "NotAction", "Condition", "x"]))] = draw(
            anything
        )
    return document


@given(spoilt(), requests)
@examples(200)
def test_what_the_lab_accepts_as_a_policy_it_can_judge(content, request):
    try:
        document = parse(json.dumps(content))
    except MalformedError:
        return
    assert isinstance(decide(request, Policies(resource=document)), Ruling)


@given(spoilt())
def test_accepted_policies_keep_a_principal_an_action_and_a_resource(content):
    try:
        document = parse(json.dumps(content))
    except MalformedError:
        return
    for statement in document["Statement"]:
        assert {"Principal", "NotPrincipal"} & statement.keys()
        assert {"Action", "NotAction"} & statement.keys()
        assert {"Resource", "NotResource"} & statement.keys()
