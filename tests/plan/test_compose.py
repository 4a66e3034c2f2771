"""Grants on one policy are composed at once, in any order, beside what others wrote."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.policies.compose import Composed, TooLong, compose, sids_of, without_ours
from logkeep.policy import Layers, Policy, decide, read_policy, request
from logkeep.route import Grant

BUCKET = "arn:aws:s3:::secprod-multiaccount-logs"
KEY_LIMIT, BUCKET_LIMIT = 32 * 1024, 20 * 1024


def account(number: int) -> str:
    return f"{100000000000 + number}"


def trail(number: int) -> str:
    return f"arn:aws:cloudtrail:us-east-1:{account(number)}:trail/logkeep"


def bucket_grants(number: int) -> list[Grant]:
    service, source = "cloudtrail.amazonaws.com", trail(number)
    write = Grant(
        "LogkeepCloudTrailWrite",
        service,
        ("s3:PutObject",),
        f"{BUCKET}/AWSLogs/{account(number)}/*",
        f"{BUCKET}/AWSLogs/*",
        account(number),
        source,
        fixed=(("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),),
    )
    check = Grant(
        "LogkeepCloudTrailAclCheck",
        service,
        ("s3:GetBucketAcl",),
        BUCKET,
        BUCKET,
        account(number),
        source,
    )
    return [check, write]


def key_grants(number: int) -> list[Grant]:
    owner = f"arn:aws:cloudtrail:*:{account(number)}:trail/*"
    encrypt = Grant(
        "LogkeepCloudTrailEncrypt",
        "cloudtrail.amazonaws.com",
        ("kms:GenerateDataKey*",),
        "*",
        "*",
        account(number),
        trail(number),
        listed=(("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", owner),),
    )
    look = Grant(
        "LogkeepCloudTrailDescribe",
        "cloudtrail.amazonaws.com",
        ("kms:DescribeKey",),
        "*",
        "*",
        account(number),
        trail(number),
    )
    return [encrypt, look]


def composed(text: str | None, grants: list[Grant], limit: int = BUCKET_LIMIT) -> Composed:
    made = compose(text, grants, [], limit)
    assert isinstance(made, Composed)
    return made


def may_write(text: str, number: int, source: str | None = None) -> str:
    policy = read_policy(text, "resource", "bucket policy")
    assert isinstance(policy, Policy)
    asked = request(
        principal="cloudtrail.amazonaws.com",
        action="s3:PutObject",
        resource=f"{BUCKET}/AWSLogs/{account(number)}/CloudTrail/us-east-1/log.json.gz",
        resource_account="111111111111",
        context={
            "aws:SourceArn": source or trail(number),
            "aws:SourceAccount": account(number),
            "s3:x-amz-acl": "bucket-owner-full-control",
        },
    )
    return decide(asked, Layers(resource=policy)).outcome


FOREIGN: dict[str, Any] = {
    "Sid": "Somebody",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
    "Action": "s3:ListBucket",
    "Resource": BUCKET,
}


@given(st.permutations(range(6)), st.integers(1, 6))
def test_the_order_of_grants_does_not_matter(order: list[int], count: int) -> None:
    some = [g for n in sorted(order[:count]) for g in bucket_grants(n)]
    shuffled = list(some)
    random.Random(count).shuffle(shuffled)
    assert composed(None, some) == composed(None, shuffled)


@given(st.sets(st.integers(0, 8), min_size=1), st.sets(st.integers(0, 8), min_size=1))
def test_composing_twice_keeps_what_was_granted_before(first: set[int], then: set[int]) -> None:
    before = composed(None, [g for n in first for g in bucket_grants(n)]).text
    after = composed(before, [g for n in then for g in bucket_grants(n)]).text
    for number in first | then:
        assert may_write(after, number) == "Allowed"
    assert may_write(after, 99) == "ImplicitlyDenied"


@given(st.integers(0, 4), st.sets(st.integers(0, 5), min_size=1))
def test_foreign_statements_stay_as_they_are_and_where_they_are(at: int, some: set[int]) -> None:
    foreign = [{**FOREIGN, "Sid": f"Somebody{n}"} for n in range(4)]
    ours = json.loads(composed(None, bucket_grants(7)).text)["Statement"]
    mixed = [*foreign[:at], *ours, *foreign[at:]]
    text = json.dumps({"Version": "2012-10-17", "Id": "theirs", "Statement": mixed})
    after = json.loads(composed(text, [g for n in some for g in bucket_grants(n)]).text)
    assert [s for s in after["Statement"] if s["Sid"].startswith("Somebody")] == foreign
    assert after["Id"] == "theirs"


def test_a_composed_policy_names_one_account_apart_from_another() -> None:
    text = composed(None, [g for n in (1, 2) for g in bucket_grants(n)]).text
    assert may_write(text, 1) == "Allowed"
    assert may_write(text, 1, source="arn:aws:cloudtrail:us-east-1:1:trail/x") != "Allowed"


def most(grants: Any, limit: int, form: str) -> int:
    """The most accounts that fit in a form, found by halving."""
    low, high = 1, 3000
    while low < high:
        middle = (low + high + 1) // 2
        made = compose(None, [g for n in range(middle) for g in grants(n)], [], limit)
        fits = isinstance(made, Composed) and (form == "any" or made.form == form)
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def test_how_many_accounts_fit_in_each_form() -> None:
    """The design's own measurements: 107, 197 and about 1,291 (DESIGN.md, section 1)."""
    assert most(bucket_grants, BUCKET_LIMIT, "exact") in range(100, 115)
    assert most(key_grants, KEY_LIMIT, "exact") in range(150, 230)
    assert most(bucket_grants, BUCKET_LIMIT, "any") in range(1250, 1340)


def test_past_every_form_the_policy_is_too_long_and_says_by_how_much() -> None:
    made = compose(None, [g for n in range(1500) for g in bucket_grants(n)], [], BUCKET_LIMIT)
    assert isinstance(made, TooLong)
    assert made.length > made.limit == BUCKET_LIMIT


def test_the_short_form_lets_every_account_write_and_no_other() -> None:
    text = composed(None, [g for n in range(400) for g in bucket_grants(n)]).text
    assert may_write(text, 7) == may_write(text, 399) == "Allowed"
    assert may_write(text, 400) == "ImplicitlyDenied"
    again = composed(text, bucket_grants(7))
    assert may_write(again.text, 399) == "Allowed", "an account listed before stays listed"


@pytest.mark.parametrize(
    "text", [None, json.dumps({"Version": "2012-10-17", "Statement": FOREIGN})]
)
def test_without_ours_is_what_others_wrote(text: str | None) -> None:
    grants = bucket_grants(3)
    made = composed(text, grants).text
    left = without_ours(made, sids_of(grants))
    assert (left is None) == (text is None)
    assert left is None or json.loads(left)["Statement"] == [FOREIGN]
