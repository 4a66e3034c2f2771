"""A call becomes the record that real CloudTrail would write of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.lab.small_world import (
    ARCHIVE,
    PRODUCTION,
    SECURITY,
    START,
    Player,
    SmallWorld,
    user,
)
from logkeep.lab.call import Answer, Caller
from logkeep.lab.kinds.cloudtrail.model import Form, operation
from logkeep.lab.kinds.cloudtrail.names import data_type, event_name, event_source, is_read
from logkeep.lab.kinds.cloudtrail.records import events_of, ordered
from logkeep.lab.kinds.cloudtrail.selectors import selects
from logkeep.lab.kinds.cloudtrail.state import Event, Trail, state_of
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


def test_global_services_are_recorded_in_us_east_1(world: SmallWorld, play: Player) -> None:
    """Rule 1.11.1; STS at a regional endpoint stays there (rule 1.11.2)."""
    play.happens("iam", "CreateUser", region="eu-west-1", UserName="bob")
    play.happens("sts", "GetCallerIdentity", region="eu-west-1")
    history = state_of(world).history
    assert [e.is_global for e in history[PRODUCTION, "us-east-1"]] == [True]
    assert [e.is_global for e in history[PRODUCTION, "eu-west-1"]] == [False]


def assumed(caller: Caller, role_account: str, play: Player, key: str = "ASIAEXAMPLE") -> None:
    role = f"arn:aws:iam::{role_account}:role/Reader"
    output = {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": "hunter2",
            "SessionToken": "t",
            "Expiration": START,
        }
    }
    play.happens(
        "sts",
        "AssumeRole",
        caller,
        answer=Answer(200, output=output),
        resource=role,
        owner=role_account,
        RoleArn=role,
        RoleSessionName="ann",
    )


def test_assume_role_is_told_to_both_accounts(world: SmallWorld, play: Player) -> None:
    """Rule 1.3.4: two events, two recipients, one sharedEventID."""
    assumed(user(), SECURITY, play)
    mine, theirs = last(world), last(world, SECURITY)
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["eventID"] != theirs["eventID"]
    assert theirs["recipientAccountId"] == SECURITY
    assert theirs["userIdentity"]["type"] == "AWSAccount"
    assert theirs["userIdentity"]["accountId"] == PRODUCTION
    assert "secretAccessKey" not in mine["responseElements"]["credentials"]
    assert mine["resources"][0]["ARN"] == f"arn:aws:iam::{SECURITY}:role/Reader"


def test_assume_role_at_home_is_told_once(world: SmallWorld, play: Player) -> None:
    assumed(user(), PRODUCTION, play)
    assert "sharedEventID" not in last(world)
    assert (SECURITY, "us-east-1") not in state_of(world).history


def test_session_remembers_when_it_began(world: SmallWorld, play: Player) -> None:
    assumed(user(), PRODUCTION, play, key="ASIASESSION")
    arn = f"arn:aws:sts::{PRODUCTION}:assumed-role/Reader/ann"
    role = f"arn:aws:iam::{PRODUCTION}:role/Reader"
    session = Caller(
        PRODUCTION, arn, "role", "Reader", "ASIASESSION", "AROAEXAMPLE:ann", role, "ann"
    )
    world.advance(minutes=20)
    play.happens("ec2", "DescribeVpcs", session)
    who = last(world)["userIdentity"]
    assert who["type"] == "AssumedRole"
    assert who["sessionContext"]["attributes"]["creationDate"] == "2026-11-23T09:58:20Z"
    assert who["sessionContext"]["sessionIssuer"] == {
        "type": "Role",
        "principalId": "AROAEXAMPLE",
        "arn": role,
        "accountId": PRODUCTION,
        "userName": "Reader",
    }


def test_foreign_object_is_told_to_both_accounts(world: SmallWorld, play: Player) -> None:
    """Rule 1.12.6, in the bucket's Region and not the caller's."""
    for account in (PRODUCTION, SECURITY):
        play.trail(user(account))
        play.call(
            "PutEventSelectors",
            user(account),
            TrailName="logkeep",
            EventSelectors=[
                {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
            ],
        )
    world.advance(minutes=5)
    play.happens("s3", "GetObject", region="eu-west-1", owner=SECURITY, Bucket=ARCHIVE, Key="a/b")
    world.advance(minutes=5)
    for account in (PRODUCTION, SECURITY):
        [record] = [r for r in world.events(account) if r["eventName"] == "GetObject"]
        assert record["awsRegion"] == "us-east-1"
        assert record["eventCategory"] == "Data"
        assert record["resources"] == [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{ARCHIVE}/a/b"},
            {
                "accountId": SECURITY,
                "type": "AWS::S3::Bucket",
                "ARN": f"arn:aws:s3:::{ARCHIVE}",
            },
        ]


def test_data_events_are_not_in_the_event_history(world: SmallWorld, play: Player) -> None:
    """Rule 1.1.1."""
    play.happens("s3", "GetObject", Bucket="data", Key="a")
    play.happens("lambda", "Invoke", FunctionName="f")
    assert state_of(world).history == {}
    assert data_type("s3", "ListObjectsV2") == "AWS::S3::Object"
    assert data_type("s3", "ListBuckets") == ""


def event(source: str, read: bool, **fields: Any) -> Event:
    record = {"eventSource": source, "readOnly": read, "userIdentity": {}, **fields}
    category = "Data" if fields.get("resources") else "Management"
    return Event(PRODUCTION, "us-east-1", START, record, category)


@given(read=st.booleans(), kind=st.sampled_from(["All", "ReadOnly", "WriteOnly"]))
def test_read_and_write_part_the_events(read: bool, kind: str) -> None:
    """Rule 1.12.2: ReadOnly and WriteOnly together are All, and never overlap."""
    trail = Trail("t", PRODUCTION, "us-east-1", "b", selectors=({"ReadWriteType": kind},))
    wanted = kind == "All" or (kind == "ReadOnly") == read
    assert selects(trail, event("ec2.amazonaws.com", read)) is wanted


OBJECTS = [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::data/in/a"}]


@pytest.mark.parametrize(
    ("values", "selected"),
    [
        (["arn:aws:s3"], True),
        (["arn:aws:s3:::data/"], True),
        (["arn:aws:s3:::data/in"], True),
        (["arn:aws:s3:::data/out"], False),
        (["arn:aws:s3:::dat/"], False),
        ([], False),
    ],
)
def test_basic_data_resources(values: list[str], selected: bool) -> None:
    """Rule 1.12.2; an empty list selects nothing."""
    resource = {"Type": "AWS::S3::Object", "Values": values}
    trail = Trail("t", PRODUCTION, "us-east-1", "b", selectors=({"DataResources": [resource]},))
    assert selects(trail, event("s3.amazonaws.com", True, resources=OBJECTS)) is selected


def advanced(**fields: dict[str, list[str]]) -> Trail:
    selector = {"FieldSelectors": [{"Field": k, **v} for k, v in fields.items()]}
    return Trail("t", PRODUCTION, "us-east-1", "b", selectors=(), advanced=(selector,))


DATA = {"eventCategory": {"Equals": ["Data"]}, "resources.type": {"Equals": ["AWS::S3::Object"]}}


@pytest.mark.parametrize(
    ("fields", "selected"),
    [
        (DATA, True),
        (DATA | {"resources.ARN": {"StartsWith": ["arn:aws:s3:::data/"]}}, True),
        (DATA | {"resources.ARN": {"NotStartsWith": ["arn:aws:s3:::data/"]}}, False),
        (DATA | {"resources.ARN": {"NotStartsWith": ["arn:aws:s3:::logs/"]}}, True),
        (DATA | {"readOnly": {"Equals": ["false"]}}, False),
        (DATA | {"eventName": {"Equals": ["PutObject", "GetObject"]}}, True),
        (DATA | {"eventName": {"NotEquals": ["PutObject", "GetObject"]}}, False),
        (DATA | {"eventName": {"EndsWith": ["Object"], "NotEquals": ["GetObject"]}}, False),
        ({"eventCategory": {"Equals": ["Management"]}}, False),
    ],
)
def test_advanced_selectors(fields: dict[str, Any], selected: bool) -> None:
    """Rule 1.12.3: every field must match, negations must hold for every value."""
    got = event(
        "s3.amazonaws.com", True, resources=OBJECTS, eventName="GetObject", eventCategory="Data"
    )
    assert selects(advanced(**fields), got) is selected
