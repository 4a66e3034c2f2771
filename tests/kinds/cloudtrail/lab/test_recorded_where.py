"""In which Region, for which accounts and by which selectors is a call recorded?"""

from __future__ import annotations

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
from logkeep.lab.kinds.cloudtrail.names import data_type
from logkeep.lab.kinds.cloudtrail.selectors import selects
from logkeep.lab.kinds.cloudtrail.state import Event, Trail, state_of


def last(world: SmallWorld, account: str = PRODUCTION, region: str = "us-east-1") -> dict[str, Any]:
    return state_of(world).history[account, region][-1].record


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
