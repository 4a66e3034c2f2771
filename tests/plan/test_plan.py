"""What a plan adopts, guards, leaves alone, and names as somebody else's to change."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from logkeep.access.bucket import of_bucket
from logkeep.diagnose.diagnosis import diagnose, diagnosis
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.trails import described_ask, selectors_ask, status_ask, trails
from support.worlds import (
    ACCOUNTS,
    READER,
    applied,
    ask_about,
    empty,
    fleet_of,
    well,
    with_arrivals,
)

FLEET = fleet_of()
STAGING = "333333333333"


def calls(made: Plan, account: str | None = None) -> list[str]:
    return [c.call for c in made.changes if account is None or c.account == account]


def with_policy(snapshot: Snapshot, *statements: dict[str, Any], fleet: Fleet = FLEET) -> Snapshot:
    """The snapshot with these statements added to the bucket's policy."""
    question = of_bucket(Facts(fleet, snapshot), "s3:GetBucketPolicy")
    body = msgspec.json.decode(snapshot.answers[question].body)
    document = json.loads(body["Policy"])
    document["Statement"] += statements
    return snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})


def with_trails(snapshot: Snapshot, account: str, *listed: dict[str, Any]) -> Snapshot:
    """The snapshot with these trails in every Region of an account."""
    answers = {described_ask(account, r): reply({"trailList": listed}) for r in FLEET.regions or ()}
    snapshot = snapshot.with_answers(answers)
    facts = Facts(FLEET, snapshot)
    found = trails(facts, account)
    for trail in getattr(found, "value", ()):
        more = {
            status_ask(trail.arn, account, r): reply({"IsLogging": True})
            for r in FLEET.regions or ()
        }
        more[selectors_ask(trail, account)] = reply({"EventSelectors": [{"ReadWriteType": "All"}]})
        snapshot = snapshot.with_answers(more)
    return snapshot


def trail(name: str, bucket: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "HomeRegion": "us-east-1",
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:{STAGING}:trail/{name}",
        "S3BucketName": bucket,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "LogFileValidationEnabled": True,
        **more,
    }


def test_a_region_whose_old_account_the_policy_names_is_judged_by_itself() -> None:
    """One Region stands for all that are refused alike, but for what each is told by (rule 1.5)."""
    question = of_bucket(Facts(FLEET, well(FLEET)), "s3:GetBucketPolicy")
    lets_in = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::859597730677:root"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [FLEET.bucket_arn, f"{FLEET.bucket_arn}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [lets_in]}
    snapshot = well(FLEET).with_answers({question: reply({"Policy": json.dumps(policy)})})
    found = diagnosis(Facts(FLEET, snapshot, verdicts_only=True)).routes
    exactly = {route.name: route.aspects for route in diagnose(FLEET, snapshot).routes}
    assert {route.name: route.aspects for route in found} == exactly
    permitted = {name.rpartition("/")[-1]: found["permitted"] for name, found in exactly.items()}
    assert permitted == {"us-east-1": "fails", "eu-west-1": "unknown"}


def test_policies_come_before_the_trails_that_need_them() -> None:
    made = calls(plan(FLEET, empty(FLEET)))
    last_policy = max(made.index("kms:PutKeyPolicy"), made.index("s3:PutBucketPolicy"))
    assert (
        last_policy < made.index("cloudtrail:CreateTrail") < made.index("cloudtrail:StartLogging")
    )


def test_a_plan_is_the_same_however_often_it_is_made() -> None:
    first, second = plan(FLEET, empty(FLEET)), plan(FLEET, empty(FLEET))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_a_plan_is_json_and_back() -> None:
    made = plan(FLEET, empty(FLEET))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made


def test_a_trail_at_the_archive_is_adopted_and_not_doubled() -> None:
    snapshot = with_trails(well(FLEET), STAGING, trail("theirs", FLEET.archive.bucket))
    made = plan(FLEET, snapshot)
    assert "cloudtrail:CreateTrail" not in calls(made)
    update = next(c for c in made.changes if c.call == "cloudtrail:UpdateTrail")
    assert update.arguments["Name"].endswith(":trail/theirs")
    assert set(update.arguments) == {"Name", "KmsKeyId"}


def test_a_trail_that_points_elsewhere_is_somebody_elses() -> None:
    snapshot = with_trails(well(FLEET), STAGING, trail("theirs", "their-own-bucket"))
    made = plan(FLEET, snapshot)
    assert calls(made, STAGING)[0] == "cloudtrail:CreateTrail"
    assert not [c for c in made.changes if c.arguments.get("Name", "").endswith("theirs")]


def test_a_sixth_trail_is_not_tried() -> None:
    five = [trail(f"theirs{n}", "their-own-bucket") for n in range(5)]
    made = plan(FLEET, with_trails(well(FLEET), STAGING, *five))
    assert calls(made, STAGING) == []
    blocked = [entry for entry in made.blocked if STAGING in entry.accounts]
    assert [entry.code for entry in blocked] == ["trail-limit"]


DENY = {
    "Sid": "Theirs",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": f"{FLEET.bucket_arn}/AWSLogs/{STAGING}/*",
}


def test_a_foreign_deny_is_named_and_left_alone() -> None:
    made = plan(FLEET, with_policy(well(FLEET), DENY))
    assert made.changes == ()
    entry = made.blocked[0]
    assert entry.code == "bucket-denies"
    assert entry.accounts == (STAGING,)
    assert entry.evidence["statement"] == "Theirs"


def test_in_a_new_fleet_only_what_a_foreign_deny_stops_is_left_undone() -> None:
    snapshot = with_policy(
        well(FLEET), {**DENY, "Resource": f"{FLEET.bucket_arn}/AWSLogs/{STAGING}/*"}
    )
    bare = with_trails(with_trails(snapshot, STAGING), "222222222222")
    made = plan(FLEET, bare)
    assert {c.account for c in made.changes} == {"222222222222"}
    assert {a for entry in made.blocked for a in entry.accounts} == {STAGING}


def test_a_header_that_a_foreign_deny_forces_is_blocked_by_its_own_code() -> None:
    forced = {
        **DENY,
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
    }
    made = plan(FLEET, with_policy(well(FLEET), forced))
    assert made.changes == ()
    assert {entry.code for entry in made.blocked} == {"header-forced"}


def test_an_rcp_in_the_way_is_the_organizations_to_change() -> None:
    fleet = msgspec.structs.replace(
        FLEET, archive=msgspec.structs.replace(FLEET.archive, account=ACCOUNTS["production"])
    )
    snapshot = rcp_world(
        fleet,
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}},
        },
    )
    made = plan(fleet, snapshot)
    entry = next(e for e in made.blocked if e.code == "bucket-denies")
    assert entry.evidence["layer"] == "rcp"
    assert "cloudtrail:CreateTrail" not in calls(made)


def rcp_world(fleet: Fleet, statement: dict[str, Any]) -> Snapshot:
    """A bucket in a member account under a root with one RCP."""
    management = ACCOUNTS["security"]
    member = fleet.archive.account
    home = fleet.home_region

    def organization(call: str, **arguments: str) -> Any:
        return ask(management, home, f"organizations:{call}", **arguments)

    answers: dict[Any, Reply] = {}
    for account in ACCOUNTS.values():
        body = {"Organization": {"Id": "o-exampleorg1", "MasterAccountId": management}}
        answers[ask(account, home, "organizations:DescribeOrganization")] = reply(body)
    answers[organization("ListParents", ChildId=member)] = reply({"Parents": [{"Id": "r-root"}]})
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        for target in ("r-root", member):
            full = kind.startswith("SERVICE") or target == member
            listed = [
                {"Id": "p-full" if full else "p-theirs", "Name": "full" if full else "Theirs"}
            ]
            question = organization("ListPoliciesForTarget", TargetId=target, Filter=kind)
            answers[question] = reply({"Policies": listed})
    texts = {
        "p-full": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        "p-theirs": statement,
    }
    for name, said in texts.items():
        document = {"Version": "2012-10-17", "Statement": [said]}
        body = {"Policy": {"Content": json.dumps(document)}}
        answers[organization("DescribePolicy", PolicyId=name)] = reply(body)
    base = empty(fleet).with_answers(answers)
    bucket = of_bucket(Facts(fleet, base), "s3:GetBucketPolicy")
    listing = ask_about(fleet, "s3:ListBuckets")
    there = {
        listing: reply({"Buckets": [{"Name": fleet.archive.bucket}]}),
        bucket: Reply(error="NoSuchBucketPolicy"),
    }
    return base.with_answers(there)


def test_a_bucket_in_foreign_hands_changes_nothing() -> None:
    snapshot = empty(FLEET)
    head = ask_about(FLEET, "s3:HeadBucket", Bucket=FLEET.archive.bucket)
    made = plan(FLEET, snapshot.with_answers({head: Reply(error="403", message="Forbidden")}))
    assert made.changes == ()
    assert {entry.code for entry in made.blocked} == {"bucket-foreign"}


def test_an_account_that_could_not_be_read_is_blocked_and_the_rest_goes_on() -> None:
    snapshot = empty(FLEET)
    refused = Reply(error="AccessDenied", message="not authorized to perform: sts:AssumeRole")
    answers = {q: refused for q in snapshot.answers if q.account == STAGING}
    hidden = snapshot.with_answers(answers)
    made = plan(FLEET, hidden)
    assert STAGING not in {c.account for c in made.changes}
    assert "cloudtrail:CreateTrail" in calls(made, ACCOUNTS["production"])
    assert {r.verdict for r in diagnose(FLEET, hidden).routes if r.account == STAGING} <= {
        "fails",
        "unknown",
    }


def test_settings_are_never_closed_while_it_is_unknown_to_whom() -> None:
    snapshot = empty(FLEET)
    caller = next(q for q in snapshot.answers if q.call == "sts:GetCallerIdentity")
    made = plan(FLEET, snapshot.without([caller]))
    policies = [c.arguments["Policy"] for c in made.changes if c.call == "s3:PutBucketPolicy"]
    assert policies
    assert not [text for text in policies if "LogkeepKeepSettings" in text]


@pytest.mark.parametrize("done", range(19))
def test_interrupted_after_any_change_it_converges(done: int) -> None:
    before = empty(FLEET)
    whole = plan(FLEET, before)
    part = msgspec.structs.replace(whole, changes=whole.changes[:done])
    stopped = applied(before, part)
    after = applied(stopped, plan(FLEET, stopped))
    found = diagnose(FLEET, with_arrivals(FLEET, after))
    assert found.summary == {"holds": 6, "fails": 0, "unknown": 0, "accepted": 0}


@pytest.mark.parametrize("done", range(19))
def test_at_no_moment_are_logs_refused_that_arrived_before(done: int) -> None:
    """Somebody's own set-up delivers; while Logkeep takes it over, change by change, it goes on."""
    before = grown_by_hand()
    assert _permitted(before, STAGING) == "holds"
    whole = plan(FLEET, before)
    part = msgspec.structs.replace(whole, changes=whole.changes[:done])
    assert _permitted(applied(before, part), STAGING) == "holds"


def _permitted(snapshot: Snapshot, account: str) -> str:
    found = diagnose(FLEET, snapshot)
    legs = {"key-refuses", "key-denies", "bucket-refuses", "bucket-denies", "header-forced"}
    findings = [
        f
        for r in found.routes
        if r.account == account
        for h in r.hops
        for f in h.findings
        if f.code in legs and f.need.aspect == "permitted"
    ]
    return "holds" if all(f.verdict == "holds" for f in findings) else "fails"


def grown_by_hand() -> Snapshot:
    """A bucket with somebody's own policy, and staging's trail delivering to it without a key."""
    snapshot = well(FLEET)
    facts = Facts(FLEET, snapshot)
    statements = [
        {
            "Sid": "Check",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": FLEET.bucket_arn,
        },
        {
            "Sid": "Write",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{FLEET.bucket_arn}/AWSLogs/{STAGING}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    question = of_bucket(facts, "s3:GetBucketPolicy")
    snapshot = snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})
    return with_trails(snapshot, STAGING, trail("logkeep", FLEET.archive.bucket))


def test_what_turns_is_told_from_where_the_logs_lie_now_to_where_they_will() -> None:
    moved = fleet_of(prefix="audit")
    closed = {
        "Effect": "Deny",
        "Principal": {"AWS": READER},
        "Action": "s3:GetObject",
        "Resource": f"{FLEET.bucket_arn}/audit/*",
    }
    before = with_policy(well(FLEET), closed)
    found = {(f.route, f.aspect): (f.before, f.after) for f in plan(moved, before).flips}
    now = {(r.name, a): v for r in diagnose(moved, before).routes for a, v in r.aspects.items()}
    assert all(was == now[place] for place, (was, _) in found.items())
    protected = {turn for (_, aspect), turn in found.items() if aspect == "protected"}
    assert protected == {("holds", "fails")}
