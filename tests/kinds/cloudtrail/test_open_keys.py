"""What a trail's requests carry decides exactly, and what nobody judged stays open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logkeep.access import bucket
from logkeep.access.bucket import of_bucket
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts, seen
from support import scenes

BUCKET = scenes.FLEET.bucket_arn
EVERYTHING = {"Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}


def with_statement(statement: dict[str, Any]) -> Snapshot:
    """All well, and one foreign statement more in the bucket's policy."""
    facts = Facts(scenes.FLEET, scenes.healthy())
    document = json.loads(seen(bucket.policy_text(facts)) or "{}")
    document["Statement"].append({**EVERYTHING, **statement})
    answer = reply({"Policy": json.dumps(document)})
    return scenes.healthy().with_answers({of_bucket(facts, "s3:GetBucketPolicy"): answer})


def permitted(now: Snapshot) -> list[Finding]:
    """What is amiss of the deliveries."""
    return [
        finding
        for route in diagnose(scenes.FLEET, now).routes
        for hop in route.hops
        for finding in hop.amiss
        if finding.aspect == "permitted"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        {"NumericGreaterThan": {"aws:EpochTime": "1700000000"}},
        {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-acme"}},
    ],
)
def test_a_deny_on_what_every_request_carries_is_met(condition: dict[str, Any]) -> None:
    found = permitted(with_statement({"Effect": "Deny", "Condition": condition}))
    assert {finding.code for finding in found} == {"bucket-denies"}
    assert {finding.verdict for finding in found} == {"fails"}


@pytest.mark.parametrize(
    "condition",
    [
        {"DateGreaterThan": {"aws:CurrentTime": "2031-01-01T00:00:00Z"}},
        {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
        {"ForAnyValue:StringNotEquals": {"aws:CalledVia": "athena.amazonaws.com"}},
        {"Bool": {"aws:ViaAWSService": "true"}},
    ],
)
def test_a_deny_that_no_delivery_meets_changes_nothing(condition: dict[str, Any]) -> None:
    assert permitted(with_statement({"Effect": "Deny", "Condition": condition})) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.3"}},
        {"StringLike": {"aws:UserAgent": "*curl*"}},
        {"StringEquals": {"aws:KeyOfTomorrow": "x"}},
    ],
)
def test_a_deny_on_what_nobody_judged_is_unknown(condition: dict[str, Any]) -> None:
    now = with_statement({"Effect": "Deny", "Condition": condition})
    found = permitted(now)
    assert found
    assert {finding.verdict for finding in found} <= {"unknown"}
    assert all("aws:" in f.settle or "s3:" in f.settle for f in found)
    assert plan(scenes.FLEET, now).changes == ()
