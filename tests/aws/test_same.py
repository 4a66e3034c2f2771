"""When do two answers say the same? Laws over generated documents, and AWS's own habits."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.aws.same import reached, same
from logkeep.snapshot import Reply, ask, reply
from logkeep.snapshot.change import fill, made
from support.examples import examples

POLICY_ASK = ask("1" * 12, "us-east-1", "s3:GetBucketPolicy", Bucket="archive-logs")
BUCKET = "arn:aws:s3:::archive-logs"
TRAIL = "arn:aws:cloudtrail:us-east-1:111111111111:trail/logkeep"
TRAILS = ask("1" * 12, "us-east-1", "cloudtrail:DescribeTrails")
STATUS = ask("1" * 12, "us-east-1", "cloudtrail:GetTrailStatus", Name=TRAIL)

WORDS = st.sampled_from(["s3:GetObject", "s3:PutObject", "*", "a", "b"])
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.lists(WORDS, min_size=1)},
    optional={
        "Resource": WORDS,
        "Condition": st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS)),
    },
)
POLICIES = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENTS, min_size=1, max_size=4)}
)


def policy(document: Any) -> Reply:
    return reply({"Policy": json.dumps(document)})


def shuffled(document: Any, luck: random.Random) -> Any:
    """The same document in another order, with some lists of one as their one value."""
    match document:
        case dict():
            pairs = [(key, shuffled(value, luck)) for key, value in document.items()]
            return dict(luck.sample(pairs, len(pairs)))
        case [one] if luck.random() < 0.5:
            return shuffled(one, luck)
        case list():
            return [shuffled(each, luck) for each in luck.sample(document, len(document))]
        case _:
            return document


@examples(25)
@given(POLICIES, st.randoms(use_true_random=False))
def test_a_policy_in_another_order_is_the_same(document: Any, luck: random.Random) -> None:
    assert same(POLICY_ASK, BUCKET, policy(document), policy(shuffled(document, luck)))


@examples(25)
@given(POLICIES, STATEMENTS)
def test_a_policy_with_one_more_statement_is_another(document: Any, more: Any) -> None:
    longer = document | {"Statement": [*document["Statement"], more]}
    assert not same(POLICY_ASK, BUCKET, policy(document), policy(longer))
    assert reached(POLICY_ASK, BUCKET, policy(document), policy(longer), {}) is None
    assert reached(POLICY_ASK, BUCKET, policy(longer), policy(document), {}) is None


@examples(25)
@given(POLICIES, st.data())
def test_a_statement_with_one_more_condition_is_another(document: Any, data: Any) -> None:
    index = data.draw(st.integers(0, len(document["Statement"]) - 1))
    statement = document["Statement"][index]
    narrower = statement | {"Condition": {"Bool": {"aws:SecureTransport": True}}}
    changed = document | {"Statement": [*document["Statement"]]}
    changed["Statement"][index] = narrower
    assert reached(POLICY_ASK, BUCKET, policy(document), policy(changed), {}) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"AWS": "111111111111"}, {"AWS": "arn:aws:iam::111111111111:root"}),
        ({"AWS": ["111111111111"]}, {"AWS": "arn:aws:iam::111111111111:root"}),
        ({"Bool": {"aws:SecureTransport": False}}, {"Bool": {"aws:SecureTransport": "false"}}),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"NumericLessThan": {"s3:max-keys": "10"}}),
    ],
)
def test_forms_in_which_aws_gives_a_policy_back_are_the_same(left: Any, right: Any) -> None:
    assert same(POLICY_ASK, BUCKET, policy({"Statement": left}), policy({"Statement": right}))


def test_a_malformed_policy_is_compared_as_text() -> None:
    broken = reply({"Policy": '{"Statement": ['})
    assert same(POLICY_ASK, BUCKET, broken, broken)
    assert not same(POLICY_ASK, BUCKET, broken, reply({"Policy": '{"Statement": [ '}))


def test_only_the_entry_about_the_resource_counts() -> None:
    own = {"TrailARN": TRAIL, "IsMultiRegionTrail": True}
    other = {"TrailARN": TRAIL + "-other"}
    assert same(TRAILS, TRAIL, reply({"trailList": [own, other]}), reply({"trailList": [own]}))
    assert not same(TRAILS, TRAIL, reply({"trailList": [own]}), reply({"trailList": []}))
    assert not same(TRAILS, BUCKET, reply({"trailList": [own, other]}), reply({"trailList": [own]}))


GROUPS = ask("1" * 12, "us-east-1", "logs:DescribeLogGroups", logGroupNamePrefix="/dns/example.com")


def test_a_name_is_whole_and_no_end_of_another() -> None:
    """A group is called as a part of another is, wherever kinds name groups after things."""
    address = "arn:aws:logs:us-east-1:111111111111:log-group:/dns/example.com"
    own, other = {"logGroupName": "/dns/example.com"}, {"logGroupName": "example.com"}
    alone, both = (reply({"logGroups": groups}) for groups in ([own], [own, other]))
    assert same(GROUPS, address, alone, both)
    assert not same(GROUPS, address, alone, reply({"logGroups": [other]}))


def test_times_that_move_by_themselves_do_not_count() -> None:
    before = reply({"IsLogging": True, "LatestDeliveryTime": "2026-11-23T03:00:00Z"})
    now = reply({"IsLogging": True, "LatestDeliveryTime": "2026-11-23T04:00:00Z"})
    assert same(STATUS, TRAIL, before, now)
    assert not same(STATUS, TRAIL, before, reply({"IsLogging": False}))


def test_one_absence_is_like_another_and_no_refusal_is() -> None:
    assert same(POLICY_ASK, BUCKET, Reply(error="NoSuchBucket"), Reply(error="NoSuchBucketPolicy"))
    refused = Reply(error="AccessDenied")
    assert not same(POLICY_ASK, BUCKET, Reply(error="NoSuchBucketPolicy"), refused)
    assert not same(POLICY_ASK, BUCKET, refused, policy({}))
    assert same(POLICY_ASK, BUCKET, refused, Reply(error="AccessDenied", message="otherwise said"))


BODIES = st.recursive(
    st.booleans() | st.integers() | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy"), inner, max_size=3),
    max_leaves=8,
)


@examples(25)
@given(st.dictionaries(st.text("xyz"), BODIES, max_size=4))
def test_whatever_was_wanted_is_reached_by_itself_and_by_more(body: Any) -> None:
    key = ask("1" * 12, "us-east-1", "kms:DescribeKey", KeyId="k")
    assert reached(key, "arn", reply(body), reply(body), {}) == {}
    assert reached(key, "arn", reply(body), reply(body | {"CreationDate": "today"}), {}) == {}


@examples(25)
@given(st.text("abc-123", min_size=1))
def test_an_assigned_value_is_found_and_stays_the_same(value: str) -> None:
    key = ask("1" * 12, "us-east-1", "kms:DescribeKey", KeyId="k")
    wanted = {"KeyId": made("key"), "Arns": [f"arn:{made('key')}/x"]}
    there = reply(fill(wanted, {"key": value}))
    assert reached(key, "arn", reply(wanted), there, {}) == {"key": value}
    assert reached(key, "arn", reply(wanted), there, {"key": value + "x"}) is None


def test_one_name_stands_for_one_value() -> None:
    key = ask("1" * 12, "us-east-1", "kms:DescribeKey", KeyId="k")
    wanted = reply({"KeyId": made("key"), "Arn": f"arn:key/{made('key')}"})
    assert reached(key, "arn", wanted, reply({"KeyId": "a", "Arn": "arn:key/b"}), {}) is None


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_field_is_as_good_as_one_left_out(empty: Any) -> None:
    key = ask("1" * 12, "us-east-1", "kms:DescribeKey", KeyId="k")
    assert reached(key, "arn", reply({"Prefix": empty}), reply({}), {}) == {}
    assert reached(key, "arn", reply({"Prefix": "logs"}), reply({}), {}) is None
    assert reached(key, "arn", reply({"Prefix": False}), reply({}), {}) is None
