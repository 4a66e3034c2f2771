"""Any JSON at all is a policy or clearly malformed, and hostile policies take few steps."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.policy import Kind, Layers, Malformed, Policy, decide, explain, read_policy, request
from logkeep.policy.segments import CROSSING as SEGMENTS
from support.examples import examples
from support.hanging import no_hanging
from support.steps import lines_run

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["*", "s3:*", "s3:Get?bject", "arn:aws:s3:::b/*", "${aws:username}", "${*}", "111111111111",
     "arn:aws:iam::111111111111:root", "cloudtrail.amazonaws.com", "true", "1.5", "10.0.0.0/8"]
)  # fmt: skip
OPERATORS = st.sampled_from(
    ["StringEquals", "ForAnyValue:StringNotLike", "ArnLikeIfExists", "Null", "DateLessThan",
     "NumericEquals", "Bool", "BinaryEquals", "NotIpAddress", "StringEqual"]
)  # fmt: skip
VALUE = st.one_of(JSON, WORDS, st.lists(WORDS, max_size=3))
CONDITION = st.dictionaries(
    OPERATORS, VALUE | st.dictionaries(WORDS, VALUE, max_size=2), max_size=2
)
PRINCIPAL = VALUE | st.dictionaries(st.sampled_from(["AWS", "Service", "Aws"]), VALUE, max_size=2)
STATEMENT = st.fixed_dictionaries(
    {},
    optional={
        "Sid": VALUE, "Effect": st.sampled_from(["Allow", "Deny", "allow"]) | JSON,
        "Principal": PRINCIPAL, "NotPrincipal": PRINCIPAL, "Action": VALUE, "NotAction": VALUE,
        "Resource": VALUE, "NotResource": VALUE, "Condition": CONDITION | JSON,
    },
)  # fmt: skip
DOCUMENT = st.fixed_dictionaries(
    {"Statement": st.lists(STATEMENT | JSON, max_size=3) | STATEMENT | JSON},
    optional={"Version": st.sampled_from(["2012-10-17", "2008-10-17"]) | JSON, "Id": JSON},
)


@examples(400)
@given(document=JSON | DOCUMENT, kind=st.sampled_from(get_args(Kind)), as_text=st.booleans())
def test_any_json_is_a_policy_or_malformed(document: Any, kind: Kind, as_text: bool):
    read = read_policy(json.dumps(document) if as_text else document, kind)
    if isinstance(read, Malformed):
        assert read.mistakes
        return
    asked = request("arn:aws:iam::111111111111:user/u", "s3:GetObject", "arn:aws:s3:::b/k")
    layer = Layers(resource=read) if kind in ("resource", "key", "trust") else Layers((read,))
    assert explain(asked, layer).decision == decide(asked, layer)


@examples(100)
@given(text=st.text() | st.binary())
def test_any_text_is_a_policy_or_malformed(text: str | bytes):
    assert isinstance(read_policy(text), (Policy, Malformed))


def test_deep_nesting_is_malformed():
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert isinstance(read_policy("[" * 100_000), Malformed)
    assert isinstance(read_policy({"Version": deep, "Statement": deep}), Malformed)


HOSTILE = {
    "one pattern of stars": ["*" + "a*" * 9_000 + "b"],
    "long literals between stars": ["arn:*" + "a" * 400 + "b*" + "a" * 400 + "c"] * 24,
    "question marks": ["arn:*" + "?a" * 400 + "b"] * 24,
    "thousands of short patterns": [f"*?{chr(97 + n % 26)}*{n}" for n in range(2_000)],
    "prefixes of every length": ["arn:" + "a" * n + "*x*" for n in range(190)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_wildcards_take_few_steps(name: str):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": HOSTILE[name]}
    policy = read_policy({"Statement": [statement]})
    assert isinstance(policy, Policy)
    asked = request("anonymous", "s3:GetObject", "arn:aws:s3:::" + "a" * 1_000)
    with no_hanging():  # in `re`, whose steps are no lines
        assert decide(asked, Layers(resource=policy)).outcome == "ImplicitlyDenied"
    assert lines_run(lambda: decide(asked, Layers(resource=policy))) < 10_000


CROSSING = {
    "stars within the name": ["arn:aws:s3:::" + "*a" * 450],
    "thousands of patterns": [
        f"arn:aws:s3:::*{'?' * (n % 30)}a*a{'?' * (n // 30 * 4)}:a" for n in range(330)
    ],
    "as many numbers of colons as fit": [
        "arn:aws:s3:::" + "*:" * n + "*?a*a" for n in range(1, 130)
    ],
}


@pytest.mark.parametrize("name", CROSSING)
def test_hostile_wildcards_over_colons_take_few_steps(name: str):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": CROSSING[name]}
    policy = read_policy({"Statement": [statement]})
    assert isinstance(policy, Policy)
    asked = request("anonymous", "s3:GetObject", "arn:aws:s3:::" + "a:" * 500 + "a")
    with no_hanging():
        assert decide(asked, Layers(resource=policy)).unknown == (SEGMENTS,)
    assert lines_run(lambda: decide(asked, Layers(resource=policy))) < 400_000
