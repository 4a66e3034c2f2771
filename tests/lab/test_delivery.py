"""What every kind's delivery shares: authorize, encrypt and put; and events into log streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from logkeep.lab import delivery, streams
from logkeep.lab.call import Answer, Call, World
from logkeep.lab.delivery import SSE, SSE_KEY, Refused, Sender, Upload, Writable
from logkeep.lab.front import all_overlays
from logkeep.lab.kind import LabKind
from logkeep.lab.kinds import lab_kinds
from logkeep.lab.server import Lab
from logkeep.lab.streams import Objection, Stream

SECURITY = "111111111111"
AT = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)
SERVICE = "delivery.logs.amazonaws.com"
SENDER = Sender(SERVICE, f"arn:aws:logs:us-east-1:{SECURITY}:*", SECURITY)
MAY = {"Effect": "Allow", "Principal": {"Service": SERVICE}}
Clients = Callable[..., Any]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def target(client: Clients, name: str, **condition: Any) -> Any:
    """A bucket that lets the service write."""
    s3 = client("s3", "admin@security")
    s3.create_bucket(Bucket=name)
    put = {**MAY, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*", **condition}
    s3.put_bucket_policy(Bucket=name, Policy=document(put))
    return s3


def key(client: Clients, *statements: dict[str, Any]) -> str:
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SECURITY}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    made = client("kms", "admin@security").create_key(Policy=document(own, *statements))
    return made["KeyMetadata"]["Arn"]


def by_default(s3: Any, name: str, key_arn: str) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_an_object_lies_in_the_bucket_as_its_default_says(lab: Lab, client: Clients) -> None:
    s3 = target(client, "takes-logs")
    encrypts = {**MAY, "Action": "kms:GenerateDataKey*", "Resource": "*"}
    key_arn = key(client, encrypts)
    by_default(s3, "takes-logs", key_arn)
    assert delivery.put(lab.world, SENDER, Upload("takes-logs", "a"), b"said", AT) == ""
    found = s3.get_object(Bucket="takes-logs", Key="a")
    assert (found["Body"].read(), found["SSEKMSKeyId"]) == (b"said", key_arn)
    header = Upload("takes-logs", "b", {SSE: "AES256"})
    assert delivery.judge(lab.world, SENDER, header) == Writable()


def test_each_refusal_names_the_first_request_that_does_not_pass(lab: Lab, client: Clients) -> None:
    def judged(name: str, **more: Any) -> object:
        return delivery.judge(lab.world, SENDER, Upload(name, "key", **more))

    own = {"Condition": {"StringEquals": {"aws:SourceAccount": SECURITY}}}
    s3 = target(client, "takes-own", **own)
    assert judged("takes-own") == Writable()
    assert judged("takes-own", looks_first=True) == Refused("acl", "AccessDenied")
    assert judged("nowhere") == Refused("bucket", "NoSuchBucket")
    closed = key(client)
    named = {SSE: "aws:kms", SSE_KEY: closed}
    assert judged("takes-own", headers=named) == Refused("data-key", "AccessDenied")
    gone = {SSE: "aws:kms", SSE_KEY: closed[:-1] + "x"}
    assert judged("takes-own", headers=gone) == Refused("key", "KMS.NotFoundException")
    client("kms", "admin@security").disable_key(KeyId=closed)
    by_default(s3, "takes-own", closed)
    assert judged("takes-own") == Refused("key", "KMS.DisabledException")
    target(client, "takes-others", Condition={"StringEquals": {"aws:SourceAccount": "2" * 12}})
    assert judged("takes-others") == Refused("put", "AccessDenied")


def test_a_service_writes_into_a_group_by_the_regions_resource_policy(
    lab: Lab, client: Clients
) -> None:
    logs = client("logs", "admin@security")
    logs.create_log_group(logGroupName="/aws/vendedlogs/some")
    group = f"arn:aws:logs:us-east-1:{SECURITY}:log-group:/aws/vendedlogs/some"
    stream = Stream(group, "one", SERVICE)
    assert streams.send(lab.world, stream, [(AT, "said")], AT) == Objection("create-stream")
    writes = ["logs:CreateLogStream", "logs:PutLogEvents"]
    lets = {**MAY, "Action": writes, "Resource": f"{group}:log-stream:*"}
    logs.put_resource_policy(policyName="vended", policyDocument=document(lets))
    assert streams.send(lab.world, stream, [(AT, "said"), (AT, "x" * 300_000)], AT) is None
    found = logs.get_log_events(logGroupName="/aws/vendedlogs/some", logStreamName="one")
    assert [event["message"] for event in found["events"]] == ["said"]
    elsewhere = Stream(group + "-else", "one", SERVICE)
    assert streams.objection(lab.world, elsewhere) == Objection("group")


def test_two_kinds_that_answer_one_call_are_refused() -> None:
    def answer(_world: World, _call: Call, _forward: object) -> Answer:
        return Answer(200)

    taken = LabKind("rain", operations={("cloudtrail", "CreateTrail"): answer})
    with pytest.raises(ValueError, match=r"cloudtrail:CreateTrail is answered by .* and by rain"):
        all_overlays([*lab_kinds(), taken])
