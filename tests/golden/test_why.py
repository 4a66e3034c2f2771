"""What `logkeep why` prints."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.plan.fix import fix
from logkeep.show.paint import Paint
from logkeep.show.why import why_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.who.why import Question, question, why
from support import scenes
from support.worlds import ADMIN, READER

LOG = "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/222222222222/CloudTrail/us-east-1/a.json.gz"
ASKED = {
    "reader-reads": (READER, "s3:GetObject", LOG, {}),
    "administrator-cannot-decrypt": (ADMIN, "s3:GetObject", LOG, {}),
    "nobody-deletes": (ADMIN, "s3:DeleteObject", LOG, {}),
    "service-writes": ("cloudtrail.amazonaws.com", "s3:PutObject", LOG, {}),
    "another-trail": (
        "cloudtrail.amazonaws.com",
        "s3:PutObject",
        LOG,
        {"aws:sourcearn": ["arn:aws:cloudtrail:eu-west-1:222222222222:trail/old"]},
    ),
    "cannot-tell": ("delivery.logs.amazonaws.com", "s3:PutObject", LOG, {}),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    snapshot = scenes.healthy()
    if name == "cannot-tell":
        asked = scenes.bucket_policy_ask()
        document = scenes.policy(asked)
        vended = {
            "Sid": "Vended",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{scenes.FLEET.bucket_arn}/AWSLogs/*",
            "Condition": {"StringEquals": {"aws:SourceAccount": "222222222222"}},
        }
        changed = {**document, "Statement": [*document["Statement"], vended]}
        snapshot = scenes.with_policy(snapshot, asked, changed)
    facts = Facts(scenes.FLEET, snapshot)
    principal, action, resource, context = ASKED[name]
    read = question(facts, principal, action, resource, context)
    assert isinstance(read, Question)
    found = why(facts, read)
    assert why_text(found, Paint(), fix(facts, found)) == golden


ROLE = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
USER = "arn:aws:iam::222222222222:user/admin"


@pytest.mark.parametrize(
    "principal", [ADMIN, "arn:aws:iam::333333333333:user/developer"], ids=["trusted", "refused"]
)
def test_the_text_by_way_of_a_role(principal: str, golden: SnapshotAssertion) -> None:
    facts = Facts(scenes.FLEET, scenes.healthy())
    read = question(facts, principal, "iam:GetUser", USER, {}, ROLE)
    assert isinstance(read, Question)
    found = why(facts, read)
    assert why_text(found, Paint(), fix(facts, found)) == golden


@pytest.mark.parametrize("scene", [scenes.bucket_drops_two, scenes.staging_unassumable])
def test_the_text_of_a_fix(scene: Callable[[], Snapshot], golden: SnapshotAssertion) -> None:
    facts = Facts(scenes.FLEET, scene())
    developer = "arn:aws:iam::222222222222:root"
    asked = ("cloudtrail.amazonaws.com", "s3:PutObject", LOG, {})
    if scene is scenes.staging_unassumable:
        asked = (developer, "s3:GetBucketTagging", scenes.FLEET.bucket_arn, {})
    read = question(facts, *asked)
    assert isinstance(read, Question)
    found = why(facts, read)
    assert why_text(found, Paint(), fix(facts, found)) == golden
