"""What is said of a trail's selectors agrees with a plain recorder of single events."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.settings.recorder import field, records
from kinds.cloudtrail.settings.selections import (
    BUCKET,
    FUNCTION,
    OBJECTS,
    data_events,
    management_events,
    selections,
)
from logkeep.sources.cloudtrail.coverage import passes
from logkeep.sources.cloudtrail.selectors import (
    Coverage,
    data_coverage,
    management_coverage,
    takes_own_deliveries,
)
from logkeep.sources.cloudtrail.trails import FieldSelector, Selectors
from logkeep.sources.cloudtrail.widening import BASIC_MAX, RESOURCES_MAX, too_many, widened
from support.examples import examples

WANTED = ("management", "s3", "lambda", BUCKET, FUNCTION)


def read(said: dict[str, Any]) -> Selectors:
    return msgspec.convert(said, Selectors)


def coverage(said: dict[str, Any], wanted: str) -> Coverage:
    if wanted == "management":
        return management_coverage(read(said))
    return data_coverage(read(said), wanted)


def events(wanted: str) -> st.SearchStrategy[dict[str, str]]:
    return management_events() if wanted == "management" else data_events(wanted)


def of(wanted: str, event: dict[str, str]) -> bool:
    """Whether an event is of the kind."""
    if wanted == "management":
        return event["eventCategory"] == "Management"
    kind = "AWS::S3::Object" if wanted == "s3" or ":s3:" in wanted else "AWS::Lambda::Function"
    arn = event.get("resources.ARN", "")
    within = wanted in ("s3", "lambda") or arn == wanted or (":s3:" in wanted)
    begins = arn.startswith(wanted) or wanted in ("s3", "lambda")
    return event["resources.type"] == kind and within and begins


@pytest.mark.parametrize("wanted", WANTED)
@given(said=selections(), data=st.data())
@examples(150)
def test_what_is_said_of_a_kind_is_what_a_recorder_does(
    wanted: str, said: dict[str, Any], data: st.DataObject
) -> None:
    found = coverage(said, wanted)
    event = data.draw(events(wanted))
    if found.extent == "all":
        assert records(said, event)
        return
    assert found.misses is not None
    assert of(wanted, found.misses)
    assert not records(said, found.misses)
    if found.extent == "none":
        assert not records(said, event)


@pytest.mark.parametrize("wanted", WANTED)
@given(said=selections())
@examples(100)
def test_some_is_said_only_of_what_takes_some(wanted: str, said: dict[str, Any]) -> None:
    """Every selector that is named takes an event, so there is one to be found by brute force."""
    found = coverage(said, wanted)
    assert bool(found.taken) == (found.extent == "some")


@given(
    said=selections(),
    wanted=st.lists(st.sampled_from(WANTED), min_size=1, unique=True).map(tuple),
    data=st.data(),
)
@examples(300)
def test_what_a_plan_writes_takes_what_is_wanted_and_all_that_was_taken(
    said: dict[str, Any], wanted: tuple[str, ...], data: st.DataObject
) -> None:
    now = widened(read(said), wanted, "aws")
    assert {each: coverage(now, each).extent for each in wanted} == dict.fromkeys(wanted, "all")
    event = data.draw(st.one_of(*(events(each) for each in WANTED)))
    if records(said, event):
        assert records(now, event)
    assert widened(read(now), wanted, "aws") == now
    assert len(now.get("EventSelectors", [])) <= BASIC_MAX
    assert not too_many(now)


SILENT = {"eventCategory": "Data", "resources.type": "AWS::S3::Object", "readOnly": "false"}
OWN = {**SILENT, "eventSource": "s3.amazonaws.com", "eventName": "PutObject"}


@given(said=selections(), end=st.sampled_from(["", "log.json.gz", "x.tmp"]))
@examples(200)
def test_own_deliveries_are_taken_if_a_recorder_takes_one(said: dict[str, Any], end: str) -> None:
    logs = "arn:aws:s3:::payments/AWSLogs/"
    if records(said, {**OWN, "resources.ARN": logs + end}):
        assert takes_own_deliveries(read(said), logs)


BASIC = [
    ("All", True, [], "all", {}),
    ("ReadOnly", True, [], "some", {"readOnly": "false"}),
    ("WriteOnly", True, [], "some", {"readOnly": "true"}),
    ("All", False, [], "none", {}),
    ("All", True, ["kms.amazonaws.com"], "some", {"eventSource": "kms.amazonaws.com"}),
    ("All", True, ["rdsdata.amazonaws.com"], "some", {"eventSource": "rdsdata.amazonaws.com"}),
]


def basic(reads: str, management: bool, excluded: list[str], *values: str) -> dict[str, Any]:
    kinds = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda"}
    listed = {type_: [v for v in values if v.split(":")[2] == k] for type_, k in kinds.items()}
    return {
        "ReadWriteType": reads,
        "IncludeManagementEvents": management,
        "DataResources": [{"Type": type_, "Values": v} for type_, v in listed.items() if v],
        "ExcludeManagementEventSources": excluded,
    }


@pytest.mark.parametrize(("reads", "management", "excluded", "extent", "misses"), BASIC)
def test_a_basic_selector_of_management_events(
    reads: str, management: bool, excluded: list[str], extent: str, misses: dict[str, str]
) -> None:
    found = coverage({"EventSelectors": [basic(reads, management, excluded)]}, "management")
    assert found.extent == extent
    assert misses.items() <= (found.misses or {}).items()


def test_reads_and_writes_of_two_selectors_are_all() -> None:
    two = [basic("ReadOnly", True, []), basic("WriteOnly", True, [])]
    assert coverage({"EventSelectors": two}, "management").extent == "all"
    kms = ["kms.amazonaws.com"]
    apart = [basic("ReadOnly", True, kms), basic("WriteOnly", True, ["rdsdata.amazonaws.com"])]
    assert coverage({"EventSelectors": apart}, "management").extent == "some"
    crossed = [basic("All", True, kms), basic("All", True, ["rdsdata.amazonaws.com"])]
    assert coverage({"EventSelectors": crossed}, "management").extent == "all"


VALUES = [
    ("arn:aws:s3", {"s3": "all", BUCKET: "all"}),
    ("arn:aws:s3:::", {"s3": "all", BUCKET: "all"}),
    (BUCKET, {"s3": "some", BUCKET: "all", "arn:aws:s3:::payments/sub": "all"}),
    ("arn:aws:s3:::payments/sub", {"s3": "some", BUCKET: "some", "arn:aws:s3:::ledger/": "none"}),
    ("arn:aws:lambda", {"lambda": "all", FUNCTION: "all", "s3": "none"}),
    (FUNCTION, {"lambda": "some", FUNCTION: "all", f"{FUNCTION}-all": "none"}),
]


@pytest.mark.parametrize(("value", "extents"), VALUES)
def test_the_values_of_a_basic_selector(value: str, extents: dict[str, str]) -> None:
    said = {"EventSelectors": [basic("All", True, [], value)]}
    assert {wanted: coverage(said, wanted).extent for wanted in extents} == extents


USER = "arn:aws:iam::111111111111:user/a"


def one(*fields: dict[str, Any]) -> dict[str, Any]:
    first = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]
    return {"FieldSelectors": [*first, *fields]}


def asked(field: str, **operators: list[str]) -> dict[str, Any]:
    return {"Field": field, **operators}


COMPLEMENTARY = [
    (asked("readOnly", Equals=["true"]), asked("readOnly", Equals=["false"])),
    (asked("eventName", StartsWith=["Get"]), asked("eventName", NotStartsWith=["Get"])),
    (asked("resources.ARN", StartsWith=[BUCKET]), asked("resources.ARN", NotStartsWith=[BUCKET])),
    (asked("userIdentity.arn", Equals=[USER]), asked("userIdentity.arn", NotEquals=[USER])),
    (asked("resources.ARN", EndsWith=[".tmp"]), asked("resources.ARN", NotEndsWith=[".tmp"])),
]


@pytest.mark.parametrize(("first", "second"), COMPLEMENTARY)
def test_two_that_complement_each_other_are_all(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    both = {"AdvancedEventSelectors": [one(first), one(second)]}
    assert coverage(both, "s3").extent == "all"
    assert coverage({"AdvancedEventSelectors": [one(first)]}, "s3").extent == "some"
    assert coverage({"AdvancedEventSelectors": [one(second)]}, "s3").extent == "some"


def test_the_users_guides_own_example() -> None:
    """User Guide, Filtering data events, "Example showing multiple conditions"."""
    start = "arn:aws:s3:::amzn-s3-demo-bucket"
    example = asked(
        "resources.ARN",
        Equals=[f"{start}/object1"],
        StartsWith=[f"{start}/"],
        EndsWith=["object3"],
        NotStartsWith=[f"{start}/deselect"],
        NotEndsWith=["object5"],
        NotEquals=[f"{start}/object6"],
    )
    ends = ("/object1", "/object2", "1/object3", "/deselectObject4", "/object5", "/object6")
    told = msgspec.convert(example, FieldSelector)
    assert [passes(told, start + end) for end in ends] == [True] * 3 + [False] * 3
    assert [field(example, start + end) for end in ends] == [True] * 3 + [False] * 3


def test_what_is_taken_is_listed_and_one_left_out_is_named() -> None:
    said = {"EventSelectors": [basic("WriteOnly", False, [], BUCKET, "arn:aws:s3:::ledger/2026")]}
    found = coverage(said, "s3")
    assert found.taken == (f"{BUCKET}, arn:aws:s3:::ledger/2026 (writes only)",)
    assert found.says() == {
        "covered": "some",
        "taken": list(found.taken),
        "misses": {
            "eventCategory": "Data",
            "eventSource": "s3.amazonaws.com",
            "readOnly": "true",
            "resources.type": "AWS::S3::Object",
            "resources.ARN": "arn:aws:s3:::another-bucket/object",
        },
    }
    assert coverage({"EventSelectors": [basic("All", True, [])]}, "s3").says() == "none"


def test_a_partition_has_its_own_arns() -> None:
    said = read({"EventSelectors": [basic("All", True, [], "arn:aws-cn:s3")]})
    assert data_coverage(said, "s3", "aws-cn").extent == "all"
    assert data_coverage(said, "s3", "aws").extent == "none"


def buckets(count: int) -> tuple[str, ...]:
    return tuple(f"arn:aws:s3:::bucket-{number}/" for number in range(count))


def test_beyond_250_resources_they_are_said_in_advanced_selectors() -> None:
    new = read({"EventSelectors": [basic("All", True, [])]})
    fits = widened(new, ("management", *buckets(RESOURCES_MAX)), "aws")
    assert list(fits) == ["EventSelectors"]
    beyond = widened(new, ("management", *buckets(RESOURCES_MAX + 1)), "aws")
    assert list(beyond) == ["AdvancedEventSelectors"]
    assert coverage(beyond, "management").extent == "all"
    assert {coverage(beyond, each).extent for each in buckets(RESOURCES_MAX + 1)} == {"all"}
    assert too_many(beyond) == ""
    most = widened(new, ("management", *buckets(498)), "aws")
    assert "500" in too_many(most)


def test_a_sixth_basic_selector_turns_them_advanced() -> None:
    narrow = [basic("ReadOnly", False, [], arn) for arn in (*OBJECTS, BUCKET)]
    now = widened(read({"EventSelectors": narrow}), ("management", "lambda"), "aws")
    assert list(now) == ["AdvancedEventSelectors"]
    assert {coverage(now, each).extent for each in ("management", "lambda")} == {"all"}


@pytest.mark.parametrize(
    ("asked", "extent"),
    [
        ({"NotEquals": ["arn:aws:s3:::payments"]}, "all"),
        ({"NotEquals": ["arn:aws:s3:::payments/"]}, "all"),
        ({"NotEquals": ["arn:aws:s3:::payments/a"]}, "some"),
        ({"NotStartsWith": ["arn:aws:s3:::payments"]}, "some"),
        ({"NotStartsWith": ["arn:aws:s3:::payments/"]}, "some"),
        ({"NotEndsWith": ["/"]}, "some"),
        ({"NotEndsWith": [":::payments"]}, "some"),
        ({"Equals": ["arn:aws:s3:::payments"]}, "none"),
        ({"Equals": ["arn:aws:s3:::payments/"]}, "none"),
        ({"StartsWith": ["arn:aws:s3:::"]}, "all"),
        ({"StartsWith": ["arn:aws:s3:::payments"]}, "some"),
    ],
)
def test_what_is_no_objects_arn_leaves_out_and_takes_nothing(
    asked: dict[str, Any], extent: str
) -> None:
    """An object has a bucket and a key of a sign or more (S3 User Guide, "Naming")."""
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", **asked},
    ]
    said = {"AdvancedEventSelectors": [{"FieldSelectors": fields}]}
    found = coverage(said, "s3")
    assert found.extent == extent
    if extent == "some":
        assert found.misses is not None
        assert "/" in found.misses["resources.ARN"].partition(":::")[2]


@pytest.mark.parametrize(
    ("field", "operators", "extent"),
    [
        ("userIdentity.arn", {"NotEquals": ["a"]}, "all"),
        ("userIdentity.arn", {"NotEquals": [USER]}, "some"),
        ("userIdentity.arn", {"NotStartsWith": ["arn:aws:s3:::"]}, "all"),
        ("userIdentity.arn", {"NotStartsWith": ["arn:aws:sts::111111111111:"]}, "some"),
        ("eventSource", {"NotEquals": ["kms"]}, "all"),
        ("eventSource", {"NotEquals": ["kms.amazonaws.com"]}, "some"),
        ("eventSource", {"NotStartsWith": ["rds"]}, "some"),
        ("eventSource", {"EndsWith": [".com", ".com.cn"]}, "all"),
        ("eventType", {"NotEquals": ["AwsVpceEvent"]}, "all"),
        ("eventType", {"NotEquals": ["AwsServiceEvent"]}, "some"),
        ("eventType", {"Equals": ["AwsApiCall", "AwsServiceEvent"]}, "some"),
        ("eventType", {"StartsWith": ["Aws"]}, "all"),
        ("eventName", {"NotEquals": ["iam:CreateUser"]}, "all"),
        ("eventName", {"NotStartsWith": ["iam:"], "NotEndsWith": ["/"]}, "all"),
        ("eventName", {"NotEquals": ["CreateUser"]}, "some"),
        ("eventName", {"NotStartsWith": ["Delete"]}, "some"),
        ("vpcEndpointId", {"NotEquals": ["vpc-0123456789abcdef0"]}, "all"),
        ("vpcEndpointId", {"NotEquals": ["vpce-0123456789abcdef0"]}, "some"),
        ("vpcEndpointId", {"NotStartsWith": ["vpce-0"]}, "some"),
        ("vpcEndpointId", {"StartsWith": ["vpce-"]}, "some"),  # most events have none
        ("errorCode", {"NotEquals": ["VpceAccessDenied"]}, "some"),  # no page bounds it here
    ],
)
def test_what_no_event_can_hold_leaves_none_out(
    field: str, operators: dict[str, list[str]], extent: str
) -> None:
    fields = [asked("eventCategory", Equals=["Management"]), asked(field, **operators)]
    said = {"AdvancedEventSelectors": [{"FieldSelectors": fields}]}
    assert management_coverage(read(said)).extent == extent
