"""A call becomes the record that real CloudTrail would write of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from kinds.cloudtrail.lab.small_world import (
    PRODUCTION,
    START,
    Player,
    SmallWorld,
)
from logkeep.lab.call import Answer
from logkeep.lab.kinds.cloudtrail.model import Form, operation
from logkeep.lab.kinds.cloudtrail.names import event_name, event_source, is_read
from logkeep.lab.kinds.cloudtrail.records import events_of, ordered
from logkeep.lab.kinds.cloudtrail.state import Event, state_of
from logkeep.lab.wire import service_model
from support.places import shared


def last(world: SmallWorld, account: str = PRODUCTION, region: str = "us-east-1") -> dict[str, Any]:
    return state_of(world).history[account, region][-1].record


def real_records() -> list[dict[str, Any]]:
    real = shared("data/cloudtrail-invictus")
    files = [json.loads(f.read_text()) for f in sorted(real.glob("*.json"))]
    return [r for f in files for r in f["Records"]]


def test_record_has_the_fields_of_real_records(world: SmallWorld, play: Player) -> None:
    real = next(r for r in real_records() if r["eventName"] == "CreateUser")
    play.happens("iam", "CreateUser", UserName="bob")
    ours = last(world)
    assert set(ours) == set(real)
    assert set(ours["userIdentity"]) == set(real["userIdentity"])
    assert {k: type(v) for k, v in ours.items() if v} == {
        k: type(v) for k, v in real.items() if ours[k]
    }


def test_fields_stand_in_the_order_of_real_records() -> None:
    orders = {tuple(k for k in r if k in ordered(r)) for r in real_records()}
    assert len(orders) > 10
    assert {o for o in orders if list(o) != list(ordered(dict.fromkeys(o)))} == set()


def test_read_only_as_in_real_logs() -> None:
    seen = defaultdict(set)
    for r in real_records():
        service = r["eventSource"].split(".")[0]
        if service in ("s3", "iam", "ec2", "kms", "sts", "ssm", "lambda", "cloudtrail", "logs"):
            seen[service, re.sub(r"2015\d+.*", "", r["eventName"])].add(r["readOnly"])
    assert len(seen) > 150
    wrong = {k for k, v in seen.items() if v != {is_read(*k)}}
    assert wrong == set()


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("s3", "ListObjectsV2", "ListObjects"),
        ("s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
        ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
        ("s3control", "GetPublicAccessBlock", "GetAccountPublicAccessBlock"),
        ("lambda", "CreateFunction", "CreateFunction20150331"),
        ("lambda", "GetFunction", "GetFunction20150331v2"),
        ("lambda", "Invoke", "Invoke"),
        ("iam", "CreateUser", "CreateUser"),
    ],
)
def test_event_names_of_records(service: str, operation: str, name: str) -> None:
    assert event_name(service, operation) == name


@pytest.mark.parametrize(
    ("service", "source"),
    [
        ("s3control", "s3.amazonaws.com"),
        ("cloudwatch", "monitoring.amazonaws.com"),
        ("elbv2", "elasticloadbalancing.amazonaws.com"),
        ("cloudtrail", "cloudtrail.amazonaws.com"),
    ],
)
def test_event_sources(service: str, source: str) -> None:
    assert event_source(service) == source


def test_ec2_parameters_as_in_real_logs(world: SmallWorld, play: Player) -> None:
    play.happens(
        "ec2",
        "DescribeInstances",
        InstanceIds=["i-05c30218156bcc246"],
        Filters=[{"Name": "instance-state-name", "Values": ["running", "pending"]}],
    )
    assert last(world)["requestParameters"] == {
        "instancesSet": {"items": [{"instanceId": "i-05c30218156bcc246"}]},
        "filterSet": {
            "items": [
                {
                    "name": "instance-state-name",
                    "valueSet": {"items": [{"value": "running"}, {"value": "pending"}]},
                }
            ]
        },
    }


def test_flow_logs_keep_their_xml(world: SmallWorld, play: Player) -> None:
    play.happens("ec2", "CreateFlowLogs", ResourceIds=["vpc-1"], TrafficType="REJECT")
    asked = last(world)["requestParameters"]["CreateFlowLogsRequest"]
    assert asked == {"ResourceId": {"tag": 1, "content": "vpc-1"}, "TrafficType": "REJECT"}


def test_bucket_policy_is_parsed(world: SmallWorld, play: Player) -> None:
    policy = {"Version": "2012-10-17", "Statement": []}
    play.happens("s3", "PutBucketPolicy", Bucket="data", Policy=json.dumps(policy))
    asked = last(world)["requestParameters"]
    host = "data.s3.us-east-1.amazonaws.com"
    assert asked == {"bucketPolicy": policy, "bucketName": "data", "Host": host, "policy": ""}


def test_bucket_lifecycle_is_its_xml(world: SmallWorld, play: Player) -> None:
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "*"}, "Expiration": {"Days": 1}}
    configuration = {"Rules": [rule]}
    play.happens(
        "s3",
        "PutBucketLifecycleConfiguration",
        Bucket="data",
        LifecycleConfiguration=configuration,
    )
    assert last(world)["eventName"] == "PutBucketLifecycle"
    assert last(world)["requestParameters"]["LifecycleConfiguration"] == {"Rule": rule}


def test_secrets_are_not_written(world: SmallWorld, play: Player) -> None:
    play.happens("ssm", "PutParameter", Name="/db", Value="hunter2", Type="SecureString")
    play.happens("secretsmanager", "CreateSecret", Name="db", SecretString="hunter2")
    play.happens("lambda", "CreateFunction", FunctionName="f", Code={"ZipFile": b"hunter2"})
    play.happens("kms", "Encrypt", KeyId="alias/x", Plaintext=b"hunter2")
    made = {"AccessKey": {"AccessKeyId": "AKIA", "SecretAccessKey": "hunter2"}}
    play.happens("iam", "CreateAccessKey", answer=Answer(200, output=made), UserName="bob")
    written = [e.record for e in state_of(world).history[PRODUCTION, "us-east-1"]]
    assert len(written) == 5
    assert "hunter2" not in json.dumps(written)
    assert written[0]["requestParameters"]["value"] == "HIDDEN_DUE_TO_SECURITY_REASONS"


def test_responses_of_changes_only(world: SmallWorld, play: Player) -> None:
    made = Answer(200, output={"User": {"UserName": "bob", "CreateDate": START}})
    play.happens("iam", "CreateUser", answer=made, UserName="bob")
    told = {"user": {"userName": "bob", "createDate": "Nov 23, 2026 9:58:20 AM"}}
    assert last(world)["responseElements"] == told
    play.happens("iam", "GetUser", answer=made, UserName="bob")
    assert last(world)["responseElements"] is None


@pytest.mark.parametrize(
    ("service", "operation", "code", "recorded"),
    [
        ("iam", "GetRole", "NoSuchEntity", "NoSuchEntityException"),
        ("ec2", "RunInstances", "UnauthorizedOperation", "Client.UnauthorizedOperation"),
        ("organizations", "LeaveOrganization", "AccessDeniedException", "AccessDenied"),
        ("s3", "GetBucketPolicy", "NoSuchBucketPolicy", "NoSuchBucketPolicy"),
    ],
)
def test_refused_calls_are_recorded(
    world: SmallWorld, play: Player, service: str, operation: str, code: str, recorded: str
) -> None:
    play.happens(service, operation, answer=Answer(400, error_code=code, error_message="no"))
    record = last(world)
    assert (record["errorCode"], record["errorMessage"]) == (recorded, "no")
    assert record["responseElements"] is None


def test_head_answers_have_their_meaning(world: SmallWorld, play: Player) -> None:
    answer = Answer(404, error_code="404", error_message="Not Found")
    call = play.happens("s3", "HeadObject", answer=answer, Bucket="data", Key="a")
    [event] = events_of(world, state_of(world), call, answer)
    assert event.record["errorCode"] == "NoSuchKey"


SERVICES = [
    "cloudtrail",
    "cloudwatch",
    "config",
    "dynamodb",
    "ec2",
    "events",
    "firehose",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "route53",
    "route53resolver",
    "s3",
    "s3control",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
]
SECRET = "hunter2-hunter2"


def sample(form: Form, depth: int = 0) -> Any:
    """A value of a shape, with every member given, and secrets where the model says so."""
    if form.sensitive:
        return SECRET
    match form.kind:
        case "structure":
            inner = {} if depth > 4 else form.members
            return {n: sample(f, depth + 1) for n, f in inner.items()}
        case "list":
            return [sample(form.item, depth + 1)] if depth <= 4 else []
        case "map":
            return {"key": sample(form.item, depth + 1)} if depth <= 4 else {}
        case _:
            kinds = {"integer": 1, "long": 1, "boolean": True, "timestamp": START, "blob": b"x"}
            return kinds.get(str(form.shape.type_name), "text")


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_can_be_recorded(service: str, world: SmallWorld, play: Player) -> None:
    """No call and no answer of the lab's services makes the record fail, or tells a secret."""
    for name in service_model(service).operation_names:
        model = operation(service, name)
        asked = sample(model.input) if model.input else {}
        told = Answer(200, output=sample(model.output) if model.output else {})
        call = play.happens(service, name, answer=told, **asked)
        for answer in (told, Answer(500)):
            for event in events_of(world, state_of(world), call, answer):
                written = json.dumps(event.record)
                assert SECRET not in written, name


def event(source: str, read: bool, **fields: Any) -> Event:
    record = {"eventSource": source, "readOnly": read, "userIdentity": {}, **fields}
    category = "Data" if fields.get("resources") else "Management"
    return Event(PRODUCTION, "us-east-1", START, record, category)
