"""What CloudTrail sends: its routes pass AWS's own sample policies, and no other trail does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from logkeep.access import bucket
from logkeep.policy import Layers, Policy, Request, decide, read_policy
from logkeep.policy.catalogue import service, service_names
from logkeep.policy.overlap import overlap
from logkeep.policy.values import Kind
from logkeep.snapshot import reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail import requests
from logkeep.sources.cloudtrail.cloudwatch import requests as to_logs
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.speaker import Speaker, own
from support import worlds

SSE = "s3:x-amz-server-side-encryption"
FLEET = worlds.fleet_of()
ACCOUNT, ARCHIVE = FLEET.accounts["production"], FLEET.archive.account
BUCKET = FLEET.bucket_arn
NAMED = {"Service": "cloudtrail.amazonaws.com"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivers"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail"


def facts_of(*, bucket_key: bool = False) -> Facts:
    snapshot = worlds.well(FLEET)
    question = bucket.of_bucket(Facts(FLEET, snapshot), "s3:GetBucketEncryption")
    default = {"SSEAlgorithm": "aws:kms"}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}
    body = reply({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    return Facts(FLEET, snapshot.with_answers({question: body}))


def trail_of(facts: Facts, *, key: bool = True, arn: str = "") -> Speaker:
    logs = logs_of(facts, ACCOUNT)
    assert logs is not None
    trail = own(facts, logs, ACCOUNT, intended=False)
    trail = trail if key else msgspec.structs.replace(trail, kms_key="")
    return msgspec.structs.replace(trail, arn=arn) if arn else trail


def to_bucket(facts: Facts, trail: Speaker) -> list[Request]:
    log = requests.deliveries(facts, trail, "us-east-1")[0]
    return [requests.acl_check(facts, trail).request, requests.write(facts, trail, log).request]


def to_key(facts: Facts, trail: Speaker, *, bucket_key: bool = False) -> list[Request]:
    log = requests.deliveries(facts, trail, "us-east-1")[0]
    needs = [requests.describe_key(facts, trail), requests.encrypt(facts, trail, log)]
    needs += [requests.decrypt_for_bucket_key(facts, trail, log.where)] if bucket_key else []
    return [need.request for need in needs]


def through_role(facts: Facts) -> list[Request]:
    feed = Feed(trail_of(facts), GROUP, ROLE, is_asked_for=True)
    return [n.request for n in (to_logs.assumes(facts, feed), *to_logs.writes(facts, feed))]


def statement(principal: object, action: object, resource: object, **condition: Any) -> Any:
    found = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


def policy(kind: Kind, *statements: Any) -> Policy:
    read = read_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, kind)
    assert isinstance(read, Policy), read
    return read


def answers(sent: Iterable[Request], layers: Layers) -> list[str]:
    return [decide(one, layers).outcome for one in sent]


def test_each_request_is_about_what_its_action_takes() -> None:
    facts = facts_of(bucket_key=True)
    trail = trail_of(facts)
    sent = [*to_bucket(facts, trail), *to_key(facts, trail, bucket_key=True), *through_role(facts)]
    for one in sent:
        prefix, _, name = one.action.lower().partition(":")
        assert prefix in service_names()
        (action,) = service(prefix).matching(name)
        assert any(overlap(one.resource, form) for form in action.arns or ("*",)), one


def test_the_trail_sample_passes_and_not_for_another_trail() -> None:
    """CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail" (rule 1.4.1)."""
    facts = facts_of()
    trail = trail_of(facts, key=False)
    source = {"aws:SourceArn": trail.arn}
    look = statement(NAMED, "s3:GetBucketAcl", BUCKET, StringEquals=source)
    owned = {"s3:x-amz-acl": "bucket-owner-full-control", **source}
    write = statement(NAMED, "s3:PutObject", f"{BUCKET}/AWSLogs/{ACCOUNT}/*", StringEquals=owned)
    layers = Layers(resource=policy("resource", look, write))
    assert answers(to_bucket(facts, trail), layers) == ["Allowed"] * 2
    other = trail_of(facts, key=False, arn=f"{trail.arn}-other")
    assert answers(to_bucket(facts_of(), other), layers) == ["ImplicitlyDenied"] * 2


@pytest.mark.parametrize("bucket_key", [False, True])
def test_the_key_sample_passes_with_and_without_a_bucket_key(*, bucket_key: bool) -> None:
    """CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail" (rule 1.6.2)."""
    facts = facts_of(bucket_key=bucket_key)
    trail = trail_of(facts)
    source = {"aws:SourceArn": trail.arn}
    context = {
        "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"
    }
    sample = policy(
        "key",
        statement(NAMED, "kms:GenerateDataKey*", "*", StringEquals=source, StringLike=context),
        statement(NAMED, "kms:DescribeKey", "*", StringEquals=source),
        statement(NAMED, "kms:Decrypt", "*"),
    )
    got = answers(to_key(facts, trail, bucket_key=bucket_key), Layers(resource=sample))
    # Whether the trail's context is sent with a Bucket Key is not documented (rule 12.10).
    assert got == (["Allowed", "Unknown", "Allowed"] if bucket_key else ["Allowed"] * 2)


@pytest.mark.parametrize(
    ("key", "no_header", "not_kms", "not_aes"),
    [
        (False, "Allowed", "ExplicitlyDenied", "Allowed"),
        (True, "Allowed", "Allowed", "ExplicitlyDenied"),
    ],
)
def test_forced_encryption_meets_it_as_it_writes(
    *, key: bool, no_header: str, not_kms: str, not_aes: str
) -> None:
    """Rule 2.2.12."""
    facts = facts_of()
    write = to_bucket(facts, trail_of(facts, key=key))[1]
    conditions = (
        {"Null": {SSE: "true"}},
        {"StringNotEquals": {SSE: "aws:kms"}},
        {"StringNotEquals": {SSE: "AES256"}},
    )
    everyone, objects = statement("*", "s3:*", f"{BUCKET}/*"), f"{BUCKET}/*"
    denied = statement("*", "s3:PutObject", objects) | {"Effect": "Deny"}
    got = [
        decide(write, Layers(resource=policy("resource", everyone, denied | {"Condition": each})))
        for each in conditions
    ]
    assert [each.outcome for each in got] == [no_header, not_kms, not_aes]


def test_a_role_is_assumed_first_and_its_own_policies_then_decide() -> None:
    """Rule 1.10.2: a wrong trust and a missing permission each stop it."""
    first, *rest = through_role(facts_of())
    trust = {"Effect": "Allow", "Principal": NAMED, "Action": "sts:AssumeRole"}
    assert decide(first, Layers(resource=policy("trust", trust))).outcome == "Allowed"
    wrong = trust | {"Principal": {"Service": "ec2.amazonaws.com"}}
    assert decide(first, Layers(resource=policy("trust", wrong))).outcome == "ImplicitlyDenied"
    may = policy("identity", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    assert set(answers(rest, Layers(identity=(may,)))) == {"Allowed"}
    assert set(answers(rest, Layers())) == {"ImplicitlyDenied"}
