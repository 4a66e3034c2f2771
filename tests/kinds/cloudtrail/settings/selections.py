"""Any selectors that a trail can have, and any events that can happen, from few words each."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

BUCKET = "arn:aws:s3:::payments/"
FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:charge"
OBJECTS = (
    "arn:aws:s3:::payments/a",
    "arn:aws:s3:::payments/b.tmp",
    "arn:aws:s3:::payments-old/a",
    "arn:aws:s3:::ledger/x.tmp",
)
FUNCTIONS = (FUNCTION, f"{FUNCTION}-all", "arn:aws:lambda:eu-west-1:222222222222:function:f")
NAMES = ("GetObject", "PutObject", "DeleteObject", "GetThing")
SOURCES = ("iam.amazonaws.com", "kms.amazonaws.com", "rdsdata.amazonaws.com")
CALLERS = ("arn:aws:iam::222222222222:user/ada", "arn:aws:sts::222222222222:assumed-role/scan/1")

S3_VALUES = ("arn:aws:s3", "arn:aws:s3:::", BUCKET, "arn:aws:s3:::payments/a", "arn:aws:s3:::l/")
LAMBDA_VALUES = ("arn:aws:lambda", FUNCTION, FUNCTIONS[2])


def basic() -> st.SearchStrategy[dict[str, Any]]:
    """Basic selectors of three kinds, one to five."""
    s3 = st.lists(st.sampled_from(S3_VALUES), min_size=1, max_size=3, unique=True)
    functions = st.lists(st.sampled_from(LAMBDA_VALUES), min_size=1, max_size=2, unique=True)
    resources = st.one_of(
        s3.map(lambda values: {"Type": "AWS::S3::Object", "Values": values}),
        functions.map(lambda values: {"Type": "AWS::Lambda::Function", "Values": values}),
        st.just({"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}),
    )
    selector = st.fixed_dictionaries(
        {
            "ReadWriteType": st.sampled_from(["All", "ReadOnly", "WriteOnly"]),
            "IncludeManagementEvents": st.booleans(),
            "DataResources": st.lists(resources, max_size=3, unique_by=lambda r: r["Type"]),
            "ExcludeManagementEventSources": st.lists(
                st.sampled_from(SOURCES[1:]), max_size=2, unique=True
            ),
        }
    )
    return st.lists(selector, min_size=1, max_size=5).map(lambda each: {"EventSelectors": each})


def _asked(name: str, values: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """One field with one or two operators."""
    pieces = (*values, *(v[: len(v) // 2] for v in values), *(v[-4:] for v in values))
    listed = st.lists(st.sampled_from(pieces), min_size=1, max_size=2, unique=True)
    operators = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
    chosen = st.dictionaries(st.sampled_from(operators), listed, min_size=1, max_size=2)
    return chosen.map(lambda asked: {"Field": name, **asked})


def _optional(
    first: list[dict[str, Any]], *fields: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """A selector with some of these fields."""
    some = st.tuples(*(st.none() | each for each in fields))
    return some.map(lambda found: {"FieldSelectors": [*first, *(f for f in found if f)]})


def _reads() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(["true", "false"]).map(lambda v: {"Field": "readOnly", "Equals": [v]})


def advanced() -> st.SearchStrategy[dict[str, Any]]:
    """Advanced selectors of management and data events, narrowed by every field."""
    management = _optional(
        [{"Field": "eventCategory", "Equals": ["Management"]}],
        _reads(),
        _asked("eventSource", SOURCES),
    )
    console = st.sampled_from(["Equals", "NotEquals"]).map(
        lambda operator: {"Field": "sessionCredentialFromConsole", operator: ["true"]}
    )
    kinds = {"AWS::S3::Object": (BUCKET, *OBJECTS), "AWS::Lambda::Function": FUNCTIONS}
    data = [
        _optional(
            [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [kind]},
            ],
            _reads(),
            _asked("resources.ARN", arns),
            _asked("eventName", NAMES),
            _asked("userIdentity.arn", CALLERS),
            console,
        )
        for kind, arns in kinds.items()
    ]
    listed = st.lists(st.one_of(management, *data), min_size=1, max_size=4)
    return listed.map(lambda each: {"AdvancedEventSelectors": each})


def selections() -> st.SearchStrategy[dict[str, Any]]:
    """Selectors of either form."""
    return st.one_of(basic(), advanced())


def _events(
    always: dict[str, st.SearchStrategy[str]], **maybe: st.SearchStrategy[str]
) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(always, optional=maybe)


READS = st.sampled_from(["true", "false"])
CONSOLE = st.just("true")


def management_events() -> st.SearchStrategy[dict[str, str]]:
    """Management events of several services."""
    always = {
        "eventCategory": st.just("Management"),
        "readOnly": READS,
        "eventSource": st.sampled_from((*SOURCES, "ec2.amazonaws.com")),
        "eventName": st.sampled_from(["CreateUser", "ListUsers"]),
    }
    return _events(always, sessionCredentialFromConsole=CONSOLE)


def data_events(wanted: str) -> st.SearchStrategy[dict[str, str]]:
    """Data events of what is wanted: everywhere, in one bucket, or of one function."""
    is_s3 = wanted == "s3" or ":s3:" in wanted
    arns = [arn for arn in (OBJECTS if is_s3 else FUNCTIONS) if arn.startswith(wanted)]
    exact = [wanted] if ":lambda:" in wanted else arns
    always = {
        "eventCategory": st.just("Data"),
        "resources.type": st.just("AWS::S3::Object" if is_s3 else "AWS::Lambda::Function"),
        "readOnly": READS,
        "eventSource": st.just("s3.amazonaws.com" if is_s3 else "lambda.amazonaws.com"),
        "eventName": st.sampled_from(NAMES),
        "resources.ARN": st.sampled_from(exact or (OBJECTS if is_s3 else FUNCTIONS)),
    }
    optional = {"userIdentity.arn": st.sampled_from(CALLERS)}
    return _events(always, sessionCredentialFromConsole=CONSOLE, **optional)
