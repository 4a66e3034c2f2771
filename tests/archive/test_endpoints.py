"""VPC endpoint policies: asked for where something hangs on them, and an additional filter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logkeep.access import endpoints
from logkeep.access.bucket import of_bucket
from logkeep.access.policies.speaking import layers_for
from logkeep.policy import Outcome, decide, request
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from support.worlds import ACCOUNTS, ADMIN, fleet_of, well

FLEET = fleet_of()
ENDPOINT = "vpce-0123456789abcdef0"


def fenced() -> Snapshot:
    """The archive's bucket makes something hang on the endpoint."""
    snapshot = well(FLEET)
    question = of_bucket(Facts(FLEET, snapshot), "s3:GetBucketPolicy")
    document = json.loads(json.loads(bytes(snapshot.answers[question].body))["Policy"])
    document["Statement"].append(
        {
            "Sid": "Fence",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObjectTagging",
            "Resource": f"{FLEET.bucket_arn}/*",
            "Condition": {"StringNotEquals": {"aws:SourceVpce": ENDPOINT}},
        }
    )
    return snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})


def with_endpoint(*statements: dict[str, Any]) -> Snapshot:
    """The first account has the endpoint with this policy, the others have none."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    mine = {"VpcEndpointId": ENDPOINT, "PolicyDocument": policy}
    first, *rest = sorted(ACCOUNTS.values())
    answers = {endpoints.listed(first, "us-east-1"): reply({"VpcEndpoints": [mine]})}
    answers |= {endpoints.listed(a, "us-east-1"): reply({"VpcEndpoints": []}) for a in rest}
    return fenced().with_answers(answers)


def outcome(snapshot: Snapshot, endpoint: str | None = ENDPOINT) -> Outcome:
    """Whether the administrator may list the bucket, through an endpoint or past it."""
    facts = Facts(FLEET, snapshot)
    context = {"aws:SecureTransport": "true"} | ({"aws:SourceVpce": endpoint} if endpoint else {})
    asked = request(
        ADMIN,
        "s3:ListBucket",
        FLEET.bucket_arn,
        FLEET.archive.account,
        context,
        in_management_account=True,
        resource_in_management_account=True,
    )
    return decide(asked, layers_for(facts, asked)).outcome


OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
NARROW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}


def test_nothing_is_asked_where_no_policy_speaks_of_endpoints() -> None:
    assert endpoints.asks(Facts(FLEET, well(FLEET))) == []


def test_one_question_an_account_where_one_does() -> None:
    asked = endpoints.asks(Facts(FLEET, fenced()))
    assert [question.account for question in asked] == sorted(ACCOUNTS.values())


@pytest.mark.parametrize(
    ("statement", "expected"), [(OPEN, "Allowed"), (NARROW, "ImplicitlyDenied")]
)
def test_an_endpoint_policy_has_to_allow_too(statement: dict[str, Any], expected: Outcome) -> None:
    """VPC User Guide, "Control access to VPC endpoints using endpoint policies"."""
    assert outcome(with_endpoint(statement)) == expected


def test_a_deny_of_the_endpoint_is_final() -> None:
    assert outcome(with_endpoint(OPEN, {**OPEN, "Effect": "Deny"})) == "ExplicitlyDenied"


def test_past_the_endpoint_its_policy_says_nothing() -> None:
    assert outcome(with_endpoint(NARROW), endpoint=None) == "Allowed"


def test_an_endpoint_that_nobody_shows_is_unknown() -> None:
    assert outcome(with_endpoint(OPEN), endpoint="vpce-of-somebody-else") == "Unknown"
    assert outcome(fenced()) == "Unknown"
