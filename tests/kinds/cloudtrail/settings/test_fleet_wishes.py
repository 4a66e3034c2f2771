"""Single buckets and functions, Insights and the log bucket's own loop, from fleet file to plan."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.show.causes import FoundAt, described
from logkeep.show.words import all_words, says
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import kinds, registry
from logkeep.sources.cloudtrail.insights import NONE_YET, insights_ask
from logkeep.sources.cloudtrail.trails import Trail, TrailList, described_ask, selectors_ask
from logkeep.sources.routes import all_routes
from support.worlds import ACCOUNTS, applied, asking, empty, fleet_of, well

BUCKET = "arn:aws:s3:::payments/"
FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:charge"
SECURITY, PRODUCTION = ACCOUNTS["security"], ACCOUNTS["production"]
FLEET_FILE = """
name = "acme"
home-region = "us-east-1"
[accounts]
security = "111111111111"
[archive]
account = "security"
[[logs]]
source = "cloudtrail"
"""


def wanting(**more: Any) -> Fleet:
    """A fleet of one Region whose trails are to do this besides."""
    made = fleet_of(regions=("us-east-1",))
    return asking(made, **more)


def arn(account: str) -> str:
    return f"arn:aws:cloudtrail:us-east-1:{account}:trail/logkeep"


def selected(snapshot: Snapshot, account: str, chosen: dict[str, Any]) -> Snapshot:
    trail = Trail("logkeep", "us-east-1", arn(account))
    return snapshot.with_answers({selectors_ask(trail, account): reply(chosen)})


def findings(fleet: Fleet, snapshot: Snapshot, account: str, code: str) -> list[Finding]:
    return [
        finding
        for route in diagnose(fleet, snapshot).routes
        for hop in route.hops
        for finding in hop.findings
        if route.account == account and finding.code == code and finding.verdict == "fails"
    ]


def why(fleet: Fleet, snapshot: Snapshot, account: str, code: str) -> str:
    """What a person is told of the first such finding."""
    found = diagnose(fleet, snapshot)
    places = [
        FoundAt(route, hop, finding)
        for route in found.routes
        for hop in route.hops
        for finding in hop.findings
        if route.account == account and finding.code == code and finding.verdict == "fails"
    ]
    return says(described(fleet, found, places[:1]))


def calls(fleet: Fleet, snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """What a plan would send, by call."""
    return {change.call: change.arguments for change in plan(fleet, snapshot).changes}


def logs_read(line: str) -> Any:
    found = read_fleet(FLEET_FILE + line, kinds())
    return (
        found.logs[0].options
        if isinstance(found, Fleet)
        else [f"{m.says}; {m.hint}" for m in found]
    )


def test_the_fleet_file_names_single_resources() -> None:
    read = logs_read(f'data-events = ["s3", "{BUCKET}", "{BUCKET}2026", "{FUNCTION}"]')
    assert read.data_events == ("s3", BUCKET, f"{BUCKET}2026", FUNCTION)


WRONG = [
    ("arn:aws:s3:::payments", "did you mean `arn:aws:s3:::payments/`?"),
    ("arn:aws:s3:us-east-1:111111111111:payments/", "did you mean `arn:aws:s3:::payments/`?"),
    ("arn:aws:s3:::", "write `s3` for all buckets"),
    ("arn:aws:s3:::Pay/", "write it in lower case"),
    ("arn:aws:s3:::payments/*", "selectors know no wildcards"),
    ("arn:aws-cn:s3:::payments/", "the fleet lives in partition `aws`"),
    ("arn:aws:sqs:us-east-1:111111111111:q", "a function's ARN"),
    (f"{FUNCTION}:live", "without version or alias"),
    ("arn:aws:lambda:us-east-1:1:function:f", "twelve digits"),
    ("arn:aws:lambda:virginia:111111111111:function:f", "not a Region's name"),
    ("lamda", "did you mean `lambda`?"),
]


@pytest.mark.parametrize(("value", "told"), WRONG)
def test_what_is_no_resource_is_said(value: str, told: str) -> None:
    (mistake,) = logs_read(f'data-events = ["{value}"]')
    assert told in mistake


def test_the_fleet_file_names_insights() -> None:
    read = logs_read('insights = ["error-rate", "ApiCallRateInsight", "call-rate"]')
    assert read.insights == ("ApiErrorRateInsight", "ApiCallRateInsight")
    (mistake,) = logs_read('insights = ["callrate"]')
    assert "did you mean `call-rate`?" in mistake


SINGLE = wanting(data_events=(BUCKET, FUNCTION))


def test_single_resources_are_set_up_and_each_is_a_need_of_its_own() -> None:
    snapshot = well(SINGLE)
    found = diagnose(SINGLE, snapshot)
    assert found.summary == {"holds": 3, "fails": 0, "unknown": 0, "accepted": 0}
    assert plan(SINGLE, snapshot).changes == ()
    bare = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
    found = findings(SINGLE, selected(snapshot, PRODUCTION, bare), PRODUCTION, "data-events-off")
    assert [f.evidence["is"]["of"] for f in found] == [BUCKET, FUNCTION]
    assert {f.evidence["is"]["covered"] for f in found} == {"none"}


def test_what_was_selected_stays_when_a_bucket_is_added() -> None:
    theirs = {
        "ReadWriteType": "WriteOnly",
        "IncludeManagementEvents": True,
        "DataResources": [
            {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]},
            {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::ledger/"]},
        ],
        "ExcludeManagementEventSources": [],
    }
    snapshot = selected(well(SINGLE), PRODUCTION, {"EventSelectors": [theirs]})
    found = calls(SINGLE, snapshot)
    assert list(found) == ["cloudtrail:PutEventSelectors"]
    kept, ours = found["cloudtrail:PutEventSelectors"]["EventSelectors"]
    assert kept == theirs
    assert ours["DataResources"] == [
        {"Type": "AWS::S3::Object", "Values": [BUCKET]},
        {"Type": "AWS::Lambda::Function", "Values": [FUNCTION]},
    ]


def test_what_is_covered_is_listed_and_all_else_said_to_be_left_out() -> None:
    fleet = wanting(data_events=("s3", "lambda"))
    chosen = {
        "EventSelectors": [
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "DataResources": [
                    {"Type": "AWS::S3::Object", "Values": [BUCKET, "arn:aws:s3:::ledger/"]},
                    {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]},
                ],
            }
        ]
    }
    text = why(fleet, selected(well(fleet), PRODUCTION, chosen), PRODUCTION, "data-events-off")
    assert text == (
        "of data events of S3 objects its event selectors take `arn:aws:s3:::payments/, "
        "arn:aws:s3:::ledger/`, and none of any other; a read of "
        "`arn:aws:s3:::another-bucket/object` is left out, for instance"
    )


def test_management_events_partly_left_out_are_told() -> None:
    fleet = wanting()
    kms = {"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    snapshot = selected(well(fleet), PRODUCTION, {"EventSelectors": [kms]})
    assert why(fleet, snapshot, PRODUCTION, "management-events-off") == (
        "of management events its event selectors take `all but kms.amazonaws.com`, and the fleet "
        "wants all; a read of `kms.amazonaws.com` is left out, for instance"
    )


def test_full_selectors_are_blocked_with_the_limit_named() -> None:
    objects = [f"arn:aws:s3:::ledger/{number}" for number in range(498)]
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "Equals": objects},
    ]
    full = {"AdvancedEventSelectors": [{"FieldSelectors": fields}]}
    made = plan(SINGLE, selected(well(SINGLE), PRODUCTION, full))
    assert made.changes == ()
    assert {blocked.code for blocked in made.blocked} == {"selectors-full"}
    assert {"507 values" in blocked.evidence["limit"] for blocked in made.blocked} == {True}


RATES = ("ApiCallRateInsight", "ApiErrorRateInsight")
INSIGHTS = wanting(insights=RATES)


def looking(snapshot: Snapshot, *listed: dict[str, Any]) -> Snapshot:
    question = insights_ask(arn(PRODUCTION), PRODUCTION, "us-east-1")
    answer = reply({"InsightSelectors": list(listed)}) if listed else NONE_YET
    return snapshot.with_answers({question: answer})


def test_insights_are_switched_on_with_the_trail_and_only_asked_where_wanted() -> None:
    snapshot = well(INSIGHTS)
    found = diagnose(INSIGHTS, snapshot)
    assert found.summary == {"holds": 3, "fails": 0, "unknown": 0, "accepted": 0}
    assert plan(INSIGHTS, snapshot).changes == ()
    asked = {question.call for question in well(wanting()).answers}
    assert "cloudtrail:GetInsightSelectors" not in asked


def test_none_looked_for_is_no_gap() -> None:
    (found,) = findings(INSIGHTS, looking(well(INSIGHTS)), PRODUCTION, "insights-off")
    assert found.evidence["is"] == []
    assert found.evidence["should"] == list(RATES)


def test_what_was_looked_for_is_kept_when_insights_are_added() -> None:
    other = {"InsightType": "SomeLaterInsight", "EventCategories": ["Data"]}
    data_only = {"InsightType": "ApiErrorRateInsight", "EventCategories": ["Data"]}
    snapshot = looking(well(INSIGHTS), other, data_only)
    (found,) = findings(INSIGHTS, snapshot, PRODUCTION, "insights-off")
    assert found.evidence["is"] == []
    sent = calls(INSIGHTS, snapshot)["cloudtrail:PutInsightSelectors"]
    assert sent["InsightSelectors"] == [
        other,
        {"InsightType": "ApiErrorRateInsight", "EventCategories": ["Management", "Data"]},
        {"InsightType": "ApiCallRateInsight"},
    ]
    assert plan(INSIGHTS, applied(snapshot, plan(INSIGHTS, snapshot))).changes == ()


def told_of(snapshot: Snapshot, account: str, *, recursive: bool | None) -> Snapshot:
    """The account's trail with RecursiveLogging so; None where AWS does not show it."""
    question = described_ask(account, "us-east-1")
    said = bytes(snapshot.answers[question].body)
    (trail,) = msgspec.json.decode(said, type=TrailList).trails
    now = msgspec.UNSET if recursive is None else recursive
    listed = [msgspec.to_builtins(msgspec.structs.replace(trail, recursive_logging=now))]
    return snapshot.with_answers({question: reply({"trailList": listed})})


LOOP = wanting(data_events=("s3",))


def test_a_trail_that_is_made_leaves_out_its_own_deliveries() -> None:
    made = plan(LOOP, empty(LOOP))
    created = {c.account: c.arguments for c in made.changes if "CreateTrail" in c.call}
    assert created[SECURITY]["RecursiveLogging"] is False
    assert "RecursiveLogging" not in created[PRODUCTION]


def test_an_organizations_trail_that_is_made_leaves_them_out_too() -> None:
    fleet = fleet_of(organization=True)
    created = calls(fleet, empty(fleet))["cloudtrail:CreateTrail"]
    assert created["IsOrganizationTrail"] is True
    assert created["RecursiveLogging"] is False


def test_the_archives_trail_that_records_itself_is_found_and_mended() -> None:
    snapshot = told_of(well(LOOP), SECURITY, recursive=True)
    (found,) = findings(LOOP, snapshot, SECURITY, "log-bucket-loop")
    assert found.evidence == {"setting": "trail.recursive-logging", "is": True, "should": False}
    sent = calls(LOOP, snapshot)
    assert sent == {"cloudtrail:UpdateTrail": {"Name": arn(SECURITY), "RecursiveLogging": False}}
    assert plan(LOOP, applied(snapshot, plan(LOOP, snapshot))).changes == ()


def test_no_loop_where_none_can_be() -> None:
    snapshot = well(LOOP)
    elsewhere = told_of(snapshot, PRODUCTION, recursive=True)
    assert findings(LOOP, elsewhere, PRODUCTION, "log-bucket-loop") == []
    unsaid = told_of(snapshot, SECURITY, recursive=None)
    assert diagnose(LOOP, unsaid).summary == {"holds": 3, "fails": 0, "unknown": 0, "accepted": 0}
    others = wanting(data_events=(BUCKET,))
    apart = told_of(well(others), SECURITY, recursive=True)
    assert findings(others, apart, SECURITY, "log-bucket-loop") == []


def test_a_loop_of_somebodys_own_selectors_is_found_too() -> None:
    fleet = wanting(data_events=())
    own = {"Type": "AWS::S3::Object", "Values": [f"{fleet.bucket_arn}/"]}
    chosen = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "DataResources": [own]}]}
    both = [{"ReadWriteType": "ReadOnly"}, *chosen["EventSelectors"]]
    snapshot = told_of(well(fleet), SECURITY, recursive=True)
    looped = selected(snapshot, SECURITY, {"EventSelectors": both})
    assert findings(fleet, snapshot, SECURITY, "log-bucket-loop") == []
    assert len(findings(fleet, looped, SECURITY, "log-bucket-loop")) == 1


@pytest.mark.parametrize("fleet", [SINGLE, INSIGHTS, LOOP], ids=["single", "insights", "loop"])
def test_every_fault_of_the_new_needs_is_found_by_its_code_and_mended(fleet: Fleet) -> None:
    snapshot = well(fleet)
    facts = Facts(fleet, snapshot)
    hop = next(route.hops[0] for route in all_routes(facts) if route.account == SECURITY)
    tried: set[str] = set()
    for need in hop.needs:
        for fault in faults(facts, hop, need):
            if fault.code not in ("insights-off", "log-bucket-loop", "data-events-off"):
                continue
            spoilt = snapshot
            for write in fault.writes:
                effect = registry.effects()[write.call]
                spoilt = spoilt.with_answers(effect(Facts(fleet, spoilt), write))
            first = [r.first[1].code for r in diagnose(fleet, spoilt).routes if r.first]
            assert first == [fault.code]
            after = applied(spoilt, plan(fleet, spoilt))
            assert diagnose(fleet, after).summary["fails"] == 0
            tried.add(fault.code)
    assert tried <= all_words().keys()
    assert tried >= ({"insights-off"} if fleet is INSIGHTS else {"data-events-off"})
