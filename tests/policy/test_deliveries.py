"""The table of deliveries: AWS's own sample policies allow it, and the routes ask the same."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

import pytest

from logkeep.access import bucket
from logkeep.fleet import Fleet
from logkeep.policy import Layers, Policy, Request, decide, read_policy
from logkeep.policy.catalogue import service, service_names
from logkeep.policy.deliveries import (
    CLOUDTRAIL,
    CLOUDTRAIL_BUCKET_KEY,
    CLOUDTRAIL_KMS,
    CLOUDTRAIL_TO_CLOUDWATCH,
    DELIVERIES,
    DELIVERY_LOGS,
    FLOW_LOGS_TO_CLOUDWATCH,
    LOGS_EXPORT,
    ROUTE53_QUERY_LOGS,
    S3_REPLICATION,
    SERVER_ACCESS_LOGS,
    Delivery,
    requests,
)
from logkeep.policy.delivery import SSE
from logkeep.policy.facts import Facts as RequestFacts
from logkeep.policy.overlap import overlap
from logkeep.policy.values import Kind
from logkeep.route import Allows
from logkeep.snapshot import reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail import requests as cloudtrail
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.speaker import Speaker, own
from support import worlds

ACCOUNT, ARCHIVE = "333333333333", "222222222222"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivers"
BUCKET, REPLICA = "arn:aws:s3:::archive", "arn:aws:s3:::replica"
OBJECT = f"{BUCKET}/AWSLogs/{ACCOUNT}/x.gz"
VALUES = {
    "account": ACCOUNT,
    "bucket": BUCKET,
    "bucket_account": ARCHIVE,
    "exporter": f"arn:aws:iam::{ACCOUNT}:role/exports",
    "flow_log": "fl-1",
    "group": "/aws/route53/example.com",
    "key": f"arn:aws:kms:us-east-1:{ARCHIVE}:key/k",
    "key_account": ARCHIVE,
    "object": OBJECT,
    "partition": "aws",
    "region": "us-east-1",
    "replica": f"{REPLICA}/AWSLogs/x.gz",
    "replica_account": ARCHIVE,
    "replica_bucket": REPLICA,
    "replica_key": f"arn:aws:kms:eu-west-1:{ARCHIVE}:key/r",
    "replica_key_account": ARCHIVE,
    "replica_region": "eu-west-1",
    "role": ROLE,
    "role_account": ACCOUNT,
    "source_bucket": "arn:aws:s3:::web",
    "stream": "Z1/FRA6",
    "trail": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/t",
    "trail_key": f"arn:aws:kms:us-east-1:{ARCHIVE}:key/k",
    "zone": "Z1",
}
NAMES = [delivery.name for delivery in DELIVERIES]


def asked(delivery: Delivery, **changed: str) -> tuple[Request, ...]:
    return requests(delivery, **{name: (VALUES | changed)[name] for name in delivery.values})


def statement(principal: object, action: object, resource: object, **condition: Any) -> dict:
    found = {"Effect": "Allow", "Action": action, "Resource": resource}
    return (
        found
        | ({"Principal": principal} if principal else {})
        | ({"Condition": condition} if condition else {})
    )


def policy(kind: Kind, *statements: dict) -> Policy:
    read = read_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, kind)
    assert isinstance(read, Policy), read
    return read


def answers(sent: Iterable[Request], layers: Layers) -> list[str]:
    return [decide(one, layers).outcome for one in sent]


@pytest.mark.parametrize("delivery", DELIVERIES, ids=NAMES)
def test_every_value_is_needed_and_no_other_taken(delivery: Delivery):
    given = {name: VALUES[name] for name in delivery.values}
    for name in given:
        with pytest.raises(ValueError, match=f"`{name}` is missing"):
            requests(delivery, **{n: v for n, v in given.items() if n != name})
    with pytest.raises(ValueError, match="`colour` has no place"):
        requests(delivery, **given, colour="red")


@pytest.mark.parametrize("delivery", DELIVERIES, ids=NAMES)
def test_requests_are_whole_and_ask_what_the_action_takes(delivery: Delivery):
    for one in asked(delivery):
        texts = [one.principal, one.resource, one.resource_account, *map(str, one.context.values())]
        assert not any(name for t in texts for _, name, _, _ in string.Formatter().parse(t))
        prefix, _, name = one.action.lower().partition(":")
        assert prefix in service_names()
        (action,) = service(prefix).matching(name)
        taken = action.arns or ("*",)
        assert any(overlap(one.resource, form) for form in taken), one


@pytest.mark.parametrize("delivery", DELIVERIES, ids=NAMES)
def test_a_key_is_sent_absent_or_undocumented_and_never_two_of_these(delivery: Delivery):
    for told, one in zip(delivery.sent, asked(delivery), strict=True):
        assert told.rules
        sent, facts = {key.lower() for key in told.context}, RequestFacts(one)
        absent = {key.lower() for key in told.absent}
        unknown = {key.lower() for key in told.undocumented}
        assert not sent & absent | sent & unknown | absent & unknown
        assert all(facts.look(key) is None for key in absent), one
        assert all(isinstance(facts.look(key), frozenset) for key in unknown)
        assert all(isinstance(facts.look(key), str) for key in sent)


# AWS's own sample policies let the deliveries pass that they are published for.

OWNED = {"s3:x-amz-acl": "bucket-owner-full-control"}


def test_the_trail_sample_passes_and_not_for_another_trail():
    """CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail" (rule 1.4.1)."""
    service_named, source = {"Service": "cloudtrail.amazonaws.com"}, {
        "aws:SourceArn": VALUES["trail"]
    }  # fmt: skip
    look = statement(service_named, "s3:GetBucketAcl", BUCKET, StringEquals=source)
    folder = f"{BUCKET}/AWSLogs/{ACCOUNT}/*"
    write = statement(service_named, "s3:PutObject", folder, StringEquals=OWNED | source)
    layers = Layers(resource=policy("resource", look, write))
    assert answers(asked(CLOUDTRAIL), layers) == ["Allowed"] * 2
    other = asked(CLOUDTRAIL, trail=f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/other")
    assert answers(other, layers) == ["ImplicitlyDenied"] * 2


OF_TRAILS = f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"


def test_the_key_sample_passes_with_and_without_a_bucket_key():
    """CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail" (rule 1.6.2)."""
    named, source = {"Service": "cloudtrail.amazonaws.com"}, {"aws:SourceArn": VALUES["trail"]}
    context = {
        "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"
    }
    encrypt = statement(named, "kms:GenerateDataKey*", "*", StringEquals=source, StringLike=context)
    describe = statement(named, "kms:DescribeKey", "*", StringEquals=source)
    layers = Layers(resource=policy("key", encrypt, describe, statement(named, "kms:Decrypt", "*")))
    of_key = [one for one in asked(CLOUDTRAIL_KMS) if one.action.startswith("kms:")]
    assert answers(of_key, layers) == ["Allowed"] * 2
    # Whether the trail's context is sent with a Bucket Key is not documented (rule 12.10).
    of_key = [one for one in asked(CLOUDTRAIL_BUCKET_KEY) if one.action.startswith("kms:")]
    assert [one.action for one in of_key] == [
        "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt",
    ]  # fmt: skip
    assert answers(of_key, layers) == ["Allowed", "Unknown", "Allowed"]


def test_the_log_delivery_sample_passes():
    """VPC User Guide, "Publish flow logs to Amazon S3" (rule 6.3.3)."""
    named = {"Service": "delivery.logs.amazonaws.com"}
    source = {"aws:SourceArn": [f"arn:aws:logs:us-east-1:{ACCOUNT}:*"]}
    owner = {"aws:SourceAccount": [ACCOUNT]}
    folder = f"{BUCKET}/AWSLogs/{ACCOUNT}/*"
    write = statement(named, "s3:PutObject", folder, StringEquals=OWNED | owner, ArnLike=source)
    look = statement(
        named, ["s3:GetBucketAcl", "s3:ListBucket"], BUCKET, StringEquals=owner, ArnLike=source
    )
    layers = Layers(resource=policy("resource", write, look))
    assert answers(asked(DELIVERY_LOGS), layers) == ["Allowed"] * 2


FORCED = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{BUCKET}/*"}


@pytest.mark.parametrize(
    ("delivery", "no_header", "not_kms", "not_aes"),
    [
        (CLOUDTRAIL, "Allowed", "ExplicitlyDenied", "Allowed"),
        (CLOUDTRAIL_KMS, "Allowed", "Allowed", "ExplicitlyDenied"),
        (DELIVERY_LOGS, "Unknown", "Unknown", "Unknown"),
        (SERVER_ACCESS_LOGS, *["ExplicitlyDenied"] * 3),
        (LOGS_EXPORT, "Unknown", "Unknown", "Unknown"),
    ],
    ids=lambda value: value.name if isinstance(value, Delivery) else "",
)
def test_forced_encryption_meets_each_writer_as_it_writes(
    delivery: Delivery, no_header: str, not_kms: str, not_aes: str
):
    """Rule 2.2.12; where the header is only inferred (12.3) the answer is unknown."""
    write = next(one for one in asked(delivery) if one.action == "s3:PutObject")
    conditions = ({"Null": {SSE: "true"}}, {"StringNotEquals": {SSE: "aws:kms"}},
                  {"StringNotEquals": {SSE: "AES256"}})  # fmt: skip
    anyone = statement("*", "s3:*", f"{BUCKET}/*")
    got: list[str] = []
    for condition in conditions:
        denies = policy("resource", anyone, FORCED | {"Condition": condition})
        got.append(decide(write, Layers(resource=denies)).outcome)
    assert got == [no_header, not_kms, not_aes]


def test_replication_is_not_stopped_by_a_deny_of_puts():
    """Rule 2.2.12, last row: the actions are s3:Replicate*."""
    reading = ["s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObjectVersion*"]
    identity = policy(
        "identity",
        statement(None, reading, [BUCKET, f"{BUCKET}/*"]),
        statement(None, "s3:Replicate*", f"{REPLICA}/*"),
    )
    named = {"AWS": ROLE}
    deny = FORCED | {"Resource": f"{REPLICA}/*", "Condition": {"Null": {SSE: "true"}}}
    target = policy("resource", statement(named, "s3:Replicate*", f"{REPLICA}/*"), deny)
    sent = [one for one in asked(S3_REPLICATION) if one.action.startswith("s3:Replicate")]
    assert answers(sent, Layers(identity=(identity,), resource=target)) == ["Allowed"] * 3


def test_the_route53_sample_passes_in_its_one_region():
    """Route 53 Developer Guide, "Public DNS query logging" (rule 7.2)."""
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/route53/*"
    named = {"Service": "route53.amazonaws.com"}
    source = {"aws:SourceArn": "arn:aws:route53:::hostedzone/Z1"}
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    allowed = statement(named, actions, group, ArnLike=source)
    layers = Layers(resource=policy("resource", allowed))
    assert answers(asked(ROUTE53_QUERY_LOGS), layers) == ["Allowed"] * 2
    assert "region" not in ROUTE53_QUERY_LOGS.values


@pytest.mark.parametrize("delivery", [FLOW_LOGS_TO_CLOUDWATCH, CLOUDTRAIL_TO_CLOUDWATCH])
def test_a_role_is_assumed_first_and_its_own_policies_then_decide(delivery: Delivery):
    """Rules 6.3.1 and 1.10.2: a wrong trust and a missing permission each stop it."""
    first, *rest = asked(delivery)
    assert not first.principal.startswith("arn:")
    trusted = {"Service": first.principal}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    assert decide(first, Layers(resource=policy("trust", trust))).outcome == "Allowed"
    wrong = trust | {"Principal": {"Service": "ec2.amazonaws.com"}}
    assert decide(first, Layers(resource=policy("trust", wrong))).outcome == "ImplicitlyDenied"
    may = policy("identity", statement(None, "logs:*", "*"))
    assert set(answers(rest, Layers(identity=(may,)))) == {"Allowed"}
    assert set(answers(rest, Layers())) == {"ImplicitlyDenied"}


# The table and the requests that CloudTrail's routes are made of say the same.


def fleet_facts(*, with_bucket_key: bool) -> tuple[Fleet, Facts, Speaker]:
    fleet = worlds.fleet_of()
    snapshot = worlds.well(fleet)
    question = bucket.of_bucket(Facts(fleet, snapshot), "s3:GetBucketEncryption")
    default = {"SSEAlgorithm": "aws:kms"}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": with_bucket_key}
    body = reply({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    facts = Facts(fleet, snapshot.with_answers({question: body}))
    account = fleet.accounts["production"]
    logs = logs_of(facts, account)
    assert logs is not None
    return fleet, facts, own(facts, logs, account, intended=False)


def of_routes(facts: Facts, trail: Speaker, *, with_bucket_key: bool) -> list[Allows]:
    looks = [cloudtrail.acl_check(facts, trail)]
    log = cloudtrail.deliveries(facts, trail, "us-east-1")[0]
    writes = [cloudtrail.write(facts, trail, log)]
    if not trail.kms_key:
        return looks + writes
    of_key = [cloudtrail.encrypt(facts, trail, log)]
    if with_bucket_key:
        of_key.append(cloudtrail.decrypt_for_bucket_key(facts, trail))
    return [*looks, cloudtrail.describe_key(facts, trail), *writes, *of_key]
