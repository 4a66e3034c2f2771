"""What selectors take and leave out, in words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.sources.cloudtrail.selected import leaves_out, takes
from logkeep.sources.cloudtrail.selectors import ALL, DATA_TYPES, data_covered, management_covered
from logkeep.sources.cloudtrail.trails import Selectors
from logkeep.value import Json
from support.examples import examples


def selectors(document: Json) -> Selectors:
    return msgspec.convert(document, Selectors)


def basic(**more: Json) -> Json:
    return {"EventSelectors": [more]}


def advanced(*fields: Json) -> Json:
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


def s3_values(*values: str) -> Json:
    return [{"Type": "AWS::S3::Object", "Values": list(values)}]


DATA = {"Field": "eventCategory", "Equals": ["Data"]}
OBJECTS = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
OTHERS = "data events of every other type"
OBJECTS_LEFT = (
    "data events of S3 objects that match none of these, such as eventSource s3.amazonaws.com, "
    "readOnly true"
)
NONE = "data events of every type"
NETWORK = "network activity events"
VECTORS: list[tuple[Json, list[str], list[str]]] = [
    ({}, ["nothing"], ["management events", NONE, NETWORK]),
    (basic(), ["management events: all"], [NONE, NETWORK]),
    (
        basic(ReadWriteType="ReadOnly"),
        ["management events: read only"],
        [
            "management events that match none of these, such as eventSource iam.amazonaws.com, "
            "readOnly false",
            NONE,
            NETWORK,
        ],
    ),
    (
        basic(IncludeManagementEvents=False, DataResources=s3_values("arn:aws:s3")),
        ["data events of S3 objects: all"],
        ["management events", OTHERS, NETWORK],
    ),
    (
        basic(DataResources=s3_values("arn:aws:s3:::a/", "arn:aws:s3:::b/x")),
        [
            "management events: all",
            "data events of S3 objects: in arn:aws:s3:::a/ or arn:aws:s3:::b/x",
        ],
        [f"{OBJECTS_LEFT}, resources.ARN arn:aws:s3:::another-bucket/object", OTHERS, NETWORK],
    ),
    (
        advanced(
            DATA,
            OBJECTS,
            {"Field": "readOnly", "Equals": ["false"]},
            {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::logs/"]},
        ),
        [
            "data events of S3 objects: readOnly is false and resources.ARN does not begin with "
            "arn:aws:s3:::logs/"
        ],
        [
            "management events",
            f"{OBJECTS_LEFT}, resources.ARN arn:aws:s3:::logs/x",
            OTHERS,
            NETWORK,
        ],
    ),
    (
        advanced(
            {"Field": "eventCategory", "Equals": ["NetworkActivity"]},
            {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]},
        ),
        ["network activity events of kms.amazonaws.com: all"],
        ["management events", NONE],
    ),
]


@pytest.mark.parametrize(("document", "taken", "left"), VECTORS)
def test_the_words_for_selectors(document: Json, taken: list[str], left: list[str]) -> None:
    found = selectors(document)
    assert list(takes(found)) == taken
    assert list(leaves_out(found, insights=None)) == left


def test_insights_are_left_out_only_where_aws_says_so() -> None:
    found = selectors(basic())
    assert "Insights" in leaves_out(found, insights=False)
    assert "Insights" not in leaves_out(found, insights=True)
    assert "Insights" not in leaves_out(found, insights=None)


VALUES = {
    "AWS::S3::Object": ["arn:aws:s3", "arn:aws-cn:s3:::", "arn:aws:s3:::b/"],
    "AWS::Lambda::Function": ["arn:aws:lambda", "arn:aws:lambda:eu-west-1:111111111111:function:f"],
    "AWS::DynamoDB::Table": ["arn:aws:dynamodb", "arn:aws:dynamodb:eu-west-1:1:table/t"],
}
RESOURCES = st.sampled_from(sorted(VALUES)).flatmap(
    lambda type_: st.fixed_dictionaries(
        {
            "Type": st.just(type_),
            "Values": st.lists(st.sampled_from(VALUES[type_]), max_size=2),
        }
    )
)
BASIC = st.fixed_dictionaries(
    {
        "ReadWriteType": st.sampled_from(["All", "ReadOnly", "WriteOnly"]),
        "IncludeManagementEvents": st.booleans(),
        "DataResources": st.lists(RESOURCES, max_size=2),
        "ExcludeManagementEventSources": st.lists(st.just("kms.amazonaws.com"), max_size=1),
    }
)


@examples(60)
@given(st.lists(BASIC, min_size=1, max_size=3))
def test_the_words_say_all_just_where_the_diagnosis_does(chosen: list[Json]) -> None:
    found = selectors({"EventSelectors": chosen})
    left = leaves_out(found, insights=None)
    whole = management_covered(found) == ALL
    assert any(line.startswith("management events") for line in left) != whole
    for kind, type_ in DATA_TYPES.items():
        name = {"AWS::S3::Object": "S3 objects"}.get(type_, "Lambda functions")
        named = any(line.startswith(f"data events of {name}") for line in takes(found))
        partly = any(line.startswith(f"data events of {name}") for line in left)
        assert partly == (named and data_covered(found, kind) != ALL)
