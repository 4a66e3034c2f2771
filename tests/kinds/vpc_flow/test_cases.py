"""Every vpc-flow-logs case from outside: set up, diagnosed with its cause, mended, healthy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kinds.vpc_flow.worlds import (
    ACCOUNT,
    AWAY,
    FACE,
    HOME,
    VPC,
    bare,
    fleet,
    flow_log,
    flow_logs,
    healthy,
    known_more,
    to_group,
)
from logkeep.access import people
from logkeep.access.bucket import of_bucket
from logkeep.access.key import of_key
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.fleet import Fleet
from logkeep.network.fields import Format, read_format
from logkeep.network.records import Record, read_lines
from logkeep.plan import plan
from logkeep.policy import Layers, Policy, decide, read_policy, request
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.vpc_flow import FlowOptions
from logkeep.sources.vpc_flow.calls import WRITES
from support.places import shared_lines
from support.worlds import KEY_ID, applied, fleet_of, well, with_arrivals

ROUTE = f"vpc-flow/{ACCOUNT}/{HOME}/{VPC}"
BY_GROUP = f"vpc-flow-cloudwatch/{ACCOUNT}/{HOME}/{VPC}"
TO_GROUP = FlowOptions(to=("cloudwatch",))
BUCKET = "secprod-multiaccount-logs"
KEY = f"arn:aws:kms:{HOME}:111111111111:key/{KEY_ID}"
DELIVERY = ("configured", "permitted")


def case(name: str) -> dict[str, Any]:
    rows = [*shared_lines("cases/failures.jsonl"), *shared_lines("cases/public-reports.jsonl")]
    return next(row for row in rows if row["id"].startswith(name))


def placed(document: Any) -> Any:
    """A case's policy with this world's names in the place of its own."""
    text = json.dumps(document)
    for name in ("org-vpc-flow-logs", "acme-flow-logs"):
        text = text.replace(name, BUCKET)
    return json.loads(text.replace("222222222222", "111111111111"))


def route(of: Fleet, now: Snapshot, name: str = ROUTE) -> Diagnosed:
    return next(each for each in diagnose(of, now).routes if each.name == name)


def first(of: Fleet, now: Snapshot, name: str = ROUTE) -> tuple[str, str]:
    found = route(of, now, name).first
    assert found is not None
    return found[1].code, found[1].verdict


def codes(of: Fleet, now: Snapshot, name: str = ROUTE) -> set[str]:
    return {f.code for hop in route(of, now, name).hops for f in hop.amiss}


def is_open(of: Fleet, now: Snapshot, name: str = ROUTE) -> bool:
    found = route(of, now, name)
    return all(found.aspects[aspect] == "holds" for aspect in DELIVERY)


def with_policy(now: Snapshot, document: dict[str, Any], *more: dict[str, Any]) -> Snapshot:
    """The bucket with a case's statements instead of those for flow logs, CloudTrail's kept."""
    question = of_bucket(Facts(fleet(), now), "s3:GetBucketPolicy")
    held = json.loads(json.loads(bytes(now.answers[question].body))["Policy"])
    kept = [s for s in held["Statement"] if "LogDelivery" not in s.get("Sid", "")]
    body = {**held, "Statement": [*kept, *placed(document)["Statement"], *more]}
    return now.with_answers({question: reply({"Policy": json.dumps(body)})})


def by_hand(of: Fleet | None = None, *rows: dict[str, Any]) -> Snapshot:
    """What somebody set up by hand: these flow logs in the home Region, and files that came."""
    wanted = of or fleet()
    made = healthy(fleet())
    gone = flow_logs(*(rows or (flow_log("fl-0aa"),)))
    return with_arrivals(wanted, known_more(wanted, made.with_answers(gone)))


def under_key(now: Snapshot, document: dict[str, Any], named: str = KEY) -> Snapshot:
    """The bucket's default encryption is SSE-KMS with the archive's key, which has this policy."""
    some = Facts(fleet(), now)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
                                                   "KMSMasterKeyID": named}}  # fmt: skip
    encryption = reply({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    return now.with_answers(
        {
            of_bucket(some, "s3:GetBucketEncryption"): encryption,
            of_key(some, "kms:GetKeyPolicy", KEY_ID): reply({"Policy": json.dumps(document)}),
        }
    )


def test_fl01_a_key_policy_without_the_delivery_service() -> None:
    told = case("FL01")
    failed = flow_log("fl-0aa", DeliverLogsStatus="FAILED", DeliverLogsErrorMessage="Access error")
    # The case leaves out the statement without which nobody could mend the key (rule 4.10).
    root, _ = placed(told["fix"]["key_policy"])["Statement"]
    document = placed(told["broken_config"]["key_policy"])
    document["Statement"].append(root)
    broken = under_key(by_hand(None, failed), document)
    assert first(fleet(), broken) == ("key-refuses", "fails")
    assert "flowlog-failed" in codes(fleet(), broken)
    after = applied(broken, plan(fleet(), broken))
    assert is_open(fleet(), after)
    asked = of_key(Facts(fleet(), after), "kms:GetKeyPolicy", KEY_ID)
    held = json.loads(json.loads(bytes(after.answers[asked].body))["Policy"])["Statement"]
    assert document["Statement"][1] in held
    fixed = under_key(by_hand(), placed(told["fix"]["key_policy"]))
    assert "key-refuses" not in codes(fleet(), fixed)


@pytest.mark.parametrize(
    ("named", "verdict"), [(KEY_ID.replace("1", "9"), "fails"), ("", "unknown")]
)
def test_a_default_key_by_its_id_or_of_aws(named: str, verdict: str) -> None:
    """Rules 6.3.4 and 6.3.5: undeliverable, and not said."""
    now = by_hand()
    document = {"Version": "2012-10-17", "Statement": []}
    assert first(fleet(), under_key(now, document, named)) == ("flowlog-key-unfit", verdict)


def test_fl03_a_source_pinned_to_the_buckets_region() -> None:
    told = case("FL03")
    broken = with_policy(by_hand(), told["broken_config"]["bucket_policy"])
    assert first(fleet(), broken) == ("bucket-refuses", "fails")
    after = applied(broken, plan(fleet(), broken))
    assert is_open(fleet(), after)
    assert is_open(fleet(), with_policy(by_hand(), told["fix"]["bucket_policy"]))


def role_of(now: Snapshot, trust: dict[str, Any], policy: dict[str, Any]) -> Snapshot:
    """The role of a case in the account, and the group that it puts records into."""
    question = people.details_ask(Facts(fleet(), now), ACCOUNT)
    body = json.loads(bytes(now.answers[question].body))
    role = {
        "RoleName": "flowlogsRole",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/flowlogsRole",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": policy}],
    }
    group = ask(ACCOUNT, HOME, "logs:DescribeLogGroups", logGroupNamePrefix="vpc-flow")
    return now.with_answers(
        {
            question: reply({**body, "RoleDetailList": [*body["RoleDetailList"], role]}),
            group: reply({"logGroups": [{"logGroupName": "vpc-flow"}]}),
        }
    )


def test_fl05_a_role_that_is_not_trusted_or_may_too_little() -> None:
    told, wanted = case("FL05"), fleet(TO_GROUP)
    bad, good = told["broken_config"], told["fix"]
    now = known_more(wanted, bare(wanted).with_answers(flow_logs(to_group("fl-0aa"))))
    untrusted = role_of(now, bad["trust_policy"], good["role_policy"])
    assert first(wanted, untrusted, BY_GROUP) == ("role-trust", "fails")
    weak = role_of(now, good["trust_policy"], bad["role_policy"])
    assert first(wanted, weak, BY_GROUP) == ("role-refuses", "fails")
    broken = role_of(now, bad["trust_policy"], bad["role_policy"])
    assert {"role-trust", "role-refuses"} <= codes(wanted, broken, BY_GROUP)
    made = plan(wanted, broken)
    assert is_open(wanted, applied(broken, made), BY_GROUP)
    assert is_open(wanted, role_of(now, good["trust_policy"], good["role_policy"]), BY_GROUP)


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{HOME}:{ACCOUNT}:vpc-flow-log/*"}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{AWAY}:{ACCOUNT}:vpc-flow-log/*"}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{HOME}:{ACCOUNT}:vpc-flow-log/fl-0aa"}}, True),
        (
            {"ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{HOME}:{ACCOUNT}:vpc-flow-log/fl-other"}},
            False,
        ),
    ],
)
def test_a_trust_may_name_the_very_flow_log(condition: dict[str, Any], *, trusted: bool) -> None:
    """Rule 6.3.1; the guide has one put the id in once the flow log is there."""
    told, wanted = case("FL05")["fix"], fleet(TO_GROUP)
    now = known_more(wanted, bare(wanted).with_answers(flow_logs(to_group("fl-0aa"))))
    (statement,) = told["trust_policy"]["Statement"]
    trust = {**told["trust_policy"], "Statement": [{**statement, "Condition": condition}]}
    held = role_of(now, trust, told["role_policy"])
    assert ("role-trust" not in codes(wanted, held, BY_GROUP)) == trusted
    assert is_open(wanted, applied(held, plan(wanted, held)), BY_GROUP)


GROUP_KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/77777777-8888-4999-8000-111111111111"


def with_group_key(now: Snapshot, *statements: dict[str, Any]) -> Snapshot:
    """The log group has a key of its own, with this policy."""
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    own = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *statements]})
    told = {"Arn": GROUP_KEY, "KeyId": GROUP_KEY.rpartition("/")[2], "KeyState": "Enabled"}
    listed = {"logGroups": [{"logGroupName": "vpc-flow", "kmsKeyId": GROUP_KEY}]}
    group = ask(ACCOUNT, HOME, "logs:DescribeLogGroups", logGroupNamePrefix="vpc-flow")
    return now.with_answers(
        {
            group: reply(listed),
            ask(ACCOUNT, HOME, "kms:DescribeKey", KeyId=GROUP_KEY): reply({"KeyMetadata": told}),
            ask(ACCOUNT, HOME, "kms:GetKeyPolicy", KeyId=GROUP_KEY): reply({"Policy": policy}),
        }
    )


def lets_logs(region: str = HOME, group: str = "vpc-flow") -> dict[str, Any]:
    arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}"
    return {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
    }


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ((), True),
        ((lets_logs(AWAY),), True),
        ((lets_logs(group="another"),), True),
        ((lets_logs(),), False),
        ((lets_logs(group="*"),), False),
    ],
)
def test_the_key_of_the_group_has_to_let_cloudwatch_logs_in(
    statements: tuple[dict[str, Any], ...], *, found: bool
) -> None:
    """Rule 8.2.3, and the case AG05 of both files of evidence."""
    told, wanted = case("FL05")["fix"], fleet(TO_GROUP)
    now = known_more(wanted, bare(wanted).with_answers(flow_logs(to_group("fl-0aa"))))
    now = role_of(now, told["trust_policy"], told["role_policy"])
    keyed = with_group_key(now, *statements)
    assert ("loggroup-key-refuses" in codes(wanted, keyed, BY_GROUP)) == found
    assert is_open(wanted, applied(keyed, plan(wanted, keyed)), BY_GROUP)


def test_the_key_of_the_group_is_listed() -> None:
    wanted = fleet(TO_GROUP)
    now = known_more(wanted, bare(wanted).with_answers(flow_logs(to_group("fl-0aa"))))
    for shown, key in ((with_group_key(now, lets_logs()), GROUP_KEY), (now, None)):
        (logs,) = inventory(Facts(wanted, shown), ["flow-logs"]).sections
        (item,) = (each for each in logs.items if each.name == "fl-0aa")
        assert [each.value for each in item.said if each.name == "key"] == [key]


def test_fl06_one_interface_and_refusals_only() -> None:
    told = case("FL06")["broken_config"]["FlowLogs"][0]
    row = flow_log("fl-0aa", FACE, TrafficType=told["TrafficType"])
    broken = by_hand(None, row)
    assert first(fleet(), broken) == ("capture-too-narrow", "fails")
    made = plan(fleet(), broken)
    (change,) = [c for c in made.changes if c.arguments.get("ResourceIds") == [VPC]]
    wanted = case("FL06")["fix"]["CreateFlowLogs"]
    assert change.arguments["ResourceType"] == wanted["ResourceType"]
    assert change.arguments["TrafficType"] == wanted["TrafficType"]
    assert is_open(fleet(), applied(broken, made))
    hidden = by_hand(None, flow_log("fl-0aa", VPC, TrafficType=told["TrafficType"]))
    assert first(fleet(), hidden) == ("filter-hides", "fails")


def test_fl09_the_creator_needs_the_rights_of_a_log_delivery() -> None:
    """No log can tell: the call is refused. What Logkeep says it needs has it."""
    told = case("FL09")
    (probe,) = told["probes"]
    for config, wanted in (("broken_config", "expect_broken"), ("fix", "expect_fixed")):
        document = read_policy(told[config]["identity_policy"], "identity", "own")
        assert isinstance(document, Policy)
        asked = request(probe["principal"], probe["action"], "*", ACCOUNT, {},
                        wildcard_only_action=True)  # fmt: skip
        assert decide(asked, Layers(identity=(document,))).outcome == probe[wanted]
    needed = {p.action for call in WRITES.values() for p in call.permits}
    assert {"logs:CreateLogDelivery", "logs:DeleteLogDelivery"} <= needed


def test_fl11_a_deny_of_plain_http_is_not_the_cause() -> None:
    """Contested: that no Allow is left is certain, that the Deny stops anything is not."""
    told = case("FL11")
    broken = with_policy(by_hand(), told["broken_config"]["bucket_policy"])
    found = route(fleet(), broken).first
    assert found is not None
    assert (found[1].code, found[1].evidence["outcome"]) == ("bucket-refuses", "ImplicitlyDenied")
    assert is_open(fleet(), with_policy(by_hand(), told["fix"]["bucket_policy"]))
    assert is_open(fleet(), applied(broken, plan(fleet(), broken)))


def test_fl12_a_wildcard_before_the_folder_is_healthy() -> None:
    document = case("FL12")["broken_config"]["bucket_policy"]
    for folder in ("", "/team/vpc/"):
        row = flow_log("fl-0aa", LogDestination=f"arn:aws:s3:::{BUCKET}{folder}")
        now = with_policy(by_hand(None, row), document)
        assert is_open(fleet(), now)
        assert route(fleet(), now).aspects["arriving"] == "holds"


def test_fl14b_nodata_is_health() -> None:
    lines = case("FL14b")["broken_config"]["file"].strip().split("\n")
    read = [each for each in read_lines(lines, None) if isinstance(each, Record)]
    assert [each.text("log-status") for each in read] == ["NODATA", "NODATA"]
    assert route(fleet(), by_hand()).verdict == "holds", "files of NODATA records are files"


def test_fl15b_columns_come_from_the_format() -> None:
    told = case("FL15b")["broken_config"]
    format_ = read_format(told["LogFormat"])
    assert isinstance(format_, Format)
    (record,) = read_lines([told["record"]], format_)
    assert isinstance(record, Record)
    assert record.text("instance-id") == "i-085c8f3d12aa57000"
    assert record.text("log-status") == "SKIPDATA"
    now = by_hand(None, flow_log("fl-0aa", LogFormat=told["LogFormat"]))
    assert is_open(fleet(), now), "more fields than the default's, in another order"


def test_every_case_of_the_area_stands_here() -> None:
    rows = [*shared_lines("cases/failures.jsonl"), *shared_lines("cases/public-reports.jsonl")]
    own = {row["id"].split("-")[0] for row in rows if row["area"] == "vpc-flow-logs"}
    tested = {"FL01", "FL03", "FL05", "FL06", "FL09", "FL11", "FL12", "FL14b", "FL15b"}
    assert own <= tested


def test_a_vpc_that_could_not_be_listed_is_unknown() -> None:
    question = ask(ACCOUNT, HOME, "ec2:DescribeVpcs")
    hidden = by_hand().with_answers({question: Reply(error="UnauthorizedOperation")})
    assert route(fleet(), hidden, f"vpc-flow/{ACCOUNT}/{HOME}/*").verdict == "unknown"


def test_other_kinds_are_untouched() -> None:
    alone = {r.name: r.verdict for r in diagnose(fleet_of(), well(fleet_of())).routes}
    beside = {r.name: r.verdict for r in diagnose(fleet(), healthy()).routes}
    assert alone.items() <= beside.items()
