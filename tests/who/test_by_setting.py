"""What AWS does by itself because a setting says so counts as somebody who does it."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.access.bucket import of_bucket
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Conclusion, access
from support.scenes import FLEET, healthy


def with_replication(answer: Reply) -> Snapshot:
    question = of_bucket(Facts(FLEET, healthy()), "s3:GetBucketReplication")
    return healthy().with_answers({question: answer})


def rule(status: str = "Enabled", **destination: Any) -> Reply:
    named = {"Bucket": "arn:aws:s3:::copies", **destination}
    rules = [{"ID": "r", "Status": status, "Priority": 1, "Filter": {}, "Destination": named}]
    role = "arn:aws:iam::111111111111:role/replicates"
    return reply({"ReplicationConfiguration": {"Role": role, "Rules": rules}})


def readers(snapshot: Snapshot) -> Conclusion:
    found = access(Facts(FLEET, snapshot)).conclusions
    return next(c for c in found if c.name == "readers-as-declared")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (rule(Account="444444444444"), "fails"),
        (rule(Account="222222222222"), "holds"),
        (rule(), "unknown"),
        (rule("Disabled", Account="444444444444"), "holds"),
        (Reply(error="ReplicationConfigurationNotFoundError"), "holds"),
        (Reply(error="AccessDenied"), "unknown"),
    ],
)
def test_a_replication_to_a_strangers_bucket_is_a_reader(answer: Reply, verdict: str) -> None:
    found = readers(with_replication(answer))
    assert found.verdict == verdict
    assert verdict != "fails" or found.who == ("the bucket's replication to copies",)
    assert verdict != "unknown" or found.settle
