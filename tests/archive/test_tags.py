"""The tag of a bucket that Logkeep made is asked for, found missing and given; of no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logkeep.access.bucket import of_bucket
from logkeep.archive.tags import CALL, CODE
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from support import scenes
from support.worlds import applied

FLEET = scenes.FLEET
OURS: dict[str, Any] = {"TagSet": [{"Key": "logkeep:fleet", "Value": "acme"}]}
THEIRS: dict[str, Any] = {"TagSet": [{"Key": "team", "Value": "security"}]}
NONE = Reply(error="NoSuchTagSet", message="")
UNSEEN = Reply(error="AccessDenied", message="")
NO_POLICY = Reply(error="NoSuchBucketPolicy", message="")
FOREIGN = {"Sid": "TheirOwn", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl"}


def world(tags: Reply, policy: Reply | None = None) -> Snapshot:
    """The healthy fleet with other answers about the bucket's tags and policy."""
    healthy = scenes.healthy()
    facts = Facts(FLEET, healthy)
    given = {of_bucket(facts, CALL): tags}
    if policy is not None:
        given[scenes.bucket_policy_ask()] = policy
    return healthy.with_answers(given)


def with_a_stranger() -> Reply:
    document = scenes.policy(scenes.bucket_policy_ask())
    foreign = {**FOREIGN, "Resource": FLEET.bucket_arn}
    body = [*document["Statement"], foreign]
    return reply({"Policy": json.dumps({**document, "Statement": body})})


def verdicts(snapshot: Snapshot) -> set[str]:
    found = diagnose(FLEET, snapshot)
    return {
        finding.verdict
        for route in found.routes
        for hop in route.hops
        for finding in hop.findings
        if finding.code == CODE
    }


@pytest.mark.parametrize(
    ("snapshot", "verdict"),
    [
        (world(reply(OURS)), {"holds"}),
        (world(reply(OURS), with_a_stranger()), {"holds"}),
        (world(NONE), {"fails"}),
        (world(reply({"TagSet": []})), {"fails"}),
        (world(UNSEEN), {"unknown"}),
        (world(NONE, UNSEEN), {"unknown"}),
        # Another's hand is in it, so that it may be a bucket that was there before.
        (world(reply(THEIRS)), set()),
        (world(NONE, with_a_stranger()), set()),
        (world(NONE, NO_POLICY), set()),
        (world(UNSEEN, with_a_stranger()), set()),
    ],
)
def test_whose_bucket_is_asked_for_its_tag(snapshot: Snapshot, verdict: set[str]) -> None:
    assert verdicts(snapshot) == verdict


def test_the_plan_gives_the_tag_and_nothing_else() -> None:
    snapshot = world(NONE)
    made = plan(FLEET, snapshot)
    assert [change.call for change in made.changes] == ["s3:PutBucketTagging"]
    assert made.changes[0].arguments["Tagging"] == OURS
    assert plan(FLEET, applied(snapshot, made)).changes == ()


@pytest.mark.parametrize("policy", [NO_POLICY, None])
def test_a_bucket_that_was_made_and_no_more_is_tagged_with_the_rest(policy: Reply | None) -> None:
    """Whether apply was killed right after it made the bucket, or gave it its policy first."""
    facts = Facts(FLEET, scenes.healthy())
    bare = world(NONE, policy).with_answers({of_bucket(facts, "s3:GetBucketVersioning"): reply({})})
    calls = [change.call for change in plan(FLEET, bare).changes]
    assert calls.count("s3:PutBucketTagging") == 1
