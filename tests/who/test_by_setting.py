"""What AWS does by itself because a setting says so counts as somebody who does it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.access.bucket import of_bucket
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Conclusion, access
from support import scenes
from support.scenes import FLEET, healthy


def with_replication(answer: Reply) -> Snapshot:
    return with_answer("s3:GetBucketReplication", answer)


def with_answer(call: str, answer: Reply) -> Snapshot:
    return healthy().with_answers({of_bucket(Facts(FLEET, healthy()), call): answer})


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


BATCH = "arn:aws:iam::111111111111:role/copies-in-batches"


@pytest.mark.parametrize(
    ("condition", "certain"),
    [({}, True), ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False)],
)
def test_the_role_of_a_batch_job_that_may_read_is_a_reader(
    condition: dict[str, Any], *, certain: bool
) -> None:
    """A job does what its role may (S3 User Guide, "Granting permissions for Batch Operations")."""
    details = ask("111111111111", "us-east-1", "iam:GetAccountAuthorizationDetails")
    body = msgspec.json.decode(healthy().answers[details].body)
    service = {"Service": "batchoperations.s3.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}
    own = {"Statement": [{**rights, "Condition": condition} if condition else rights]}
    role = {"RoleName": "copies-in-batches", "Arn": BATCH, "Path": "/",
            "AssumeRolePolicyDocument": {"Statement": [trust]},
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": own}]}  # fmt: skip
    body["RoleDetailList"].append(role)
    snapshot = healthy().with_answers({details: reply(body)})
    question = scenes.key_policy_ask()
    document = scenes.policy(question)
    leave = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
             "Action": "kms:Decrypt", "Resource": "*"}  # fmt: skip
    opened = {**document, "Statement": [*document["Statement"], leave]}
    found = access(Facts(FLEET, scenes.with_policy(snapshot, question, opened)))
    listed = [h.certain for h in found.held("read").holders if h.principal == BATCH]
    assert listed == [certain]
    (declared,) = (c for c in found.conclusions if c.name == "readers-as-declared")
    assert declared.verdict != "holds"
    assert not certain or BATCH in declared.who


def inventory(account: str = "", bucket: str = "lists", *, enabled: bool = True) -> Reply:
    to = {"Bucket": f"arn:aws:s3:::{bucket}", "Format": "CSV"}
    named = {**to, "AccountId": account} if account else to
    made = {"Id": "i", "IsEnabled": enabled, "Destination": {"S3BucketDestination": named}}
    return reply({"InventoryConfigurationList": [made], "IsTruncated": False})


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (inventory("444444444444"), "fails"),
        (inventory("222222222222"), "holds"),
        (inventory(bucket=FLEET.archive.bucket), "holds"),
        (inventory(), "unknown"),
        (inventory("444444444444", enabled=False), "holds"),
        (reply({"IsTruncated": True, "NextContinuationToken": "n"}), "unknown"),
        (Reply(error="AccessDenied"), "unknown"),
    ],
)
def test_an_inventory_for_a_stranger_is_a_reader(answer: Reply, verdict: str) -> None:
    found = readers(with_answer("s3:ListBucketInventoryConfigurations", answer))
    assert found.verdict == verdict
    assert verdict != "fails" or found.who == ("the bucket's inventory to lists",)
    assert verdict != "unknown" or all(" " in each for each in found.settle)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"QueueConfigurations": [{"QueueArn": "arn:aws:sqs:us-east-1:444444444444:q"}]}, "fails"),
        ({"TopicConfigurations": [{"TopicArn": "arn:aws:sns:us-east-1:222222222222:t"}]}, "holds"),
        ({"EventBridgeConfiguration": {}}, "holds"),
        ({}, "holds"),
    ],
)
def test_a_queue_of_a_stranger_that_hears_of_each_log_is_a_reader(
    answer: dict[str, Any], verdict: str
) -> None:
    found = readers(with_answer("s3:GetBucketNotificationConfiguration", reply(answer)))
    assert found.verdict == verdict
    assert verdict != "fails" or "444444444444" in found.who[0]
