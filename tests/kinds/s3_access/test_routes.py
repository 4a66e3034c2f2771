"""S3 server access logs diagnosed, planned, mended and spoilt (rules 9.1 to 9.7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kinds.s3_access.worlds import (
    ACCOUNT,
    CACHE,
    DATA,
    HOME,
    INTO_TARGET,
    TARGET,
    asked_out,
    bare,
    bucket_answers,
    by_hand,
    fleet,
    policy,
    snapshot,
    statement,
)
from logkeep.access.bucket import Bucket, head
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.fleet.file import read_fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.plan.costs import with_costs
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import kinds, registry
from logkeep.sources.inventory import inventory
from logkeep.sources.routes import all_routes
from logkeep.sources.s3_access import AccessOptions
from logkeep.words.cost import Cost
from support import scenes
from support.places import shared_lines
from support.worlds import applied

ROUTE = f"s3-access/{ACCOUNT}/{DATA}"
DELIVERY = ("configured", "permitted")


def route(now: Snapshot, name: str = ROUTE, options: AccessOptions | None = None) -> Diagnosed:
    found = diagnose(fleet(options), now).routes
    return next(each for each in found if each.name == name)


def codes(found: Diagnosed) -> list[tuple[str, str]]:
    return [(f.code, f.verdict) for hop in found.hops for f in hop.amiss if f.aspect in DELIVERY]


def is_open(found: Diagnosed) -> bool:
    return all(found.aspects[aspect] == "holds" for aspect in DELIVERY)


def test_law_1_and_2_a_plan_sets_it_up_and_is_empty_then() -> None:
    made = plan(fleet(), bare())
    assert made.blocked == ()
    after = applied(bare(), made)
    assert is_open(route(after))
    assert is_open(route(after, f"s3-access/{ACCOUNT}/{CACHE}"))
    assert plan(fleet(), after).changes == ()
    calls = [change.call for change in made.changes]
    assert calls.count("s3:PutBucketLogging") == 2
    last_policy = max(i for i, call in enumerate(calls) if call == "s3:PutBucketPolicy")
    assert calls.index("s3:PutBucketLogging") > last_policy
    regions = {change.region for change in made.changes if change.call == "s3:CreateBucket"}
    assert regions == {"us-east-1", "eu-west-1"}


def test_law_3_each_fault_is_found_by_its_code_and_touches_no_other_kind() -> None:
    after = applied(bare(), plan(fleet(), bare()))
    facts = Facts(fleet(), after)
    own = [each for each in all_routes(facts) if each.source == "s3-access"]
    found_codes: set[str] = set()
    for each in own:
        for hop in each.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    now = after
                    for write in fault.writes:
                        effect = registry.effects()[write.call]
                        now = now.with_answers(effect(Facts(fleet(), now), write))
                    spoilt = route(now, each.name)
                    assert spoilt.first is not None, fault
                    assert spoilt.first[1].code == fault.code
                    found_codes.add(fault.code)
                    others = [r for r in diagnose(fleet(), now).routes if r.source != "s3-access"]
                    assert all(r.verdict == "holds" for r in others), fault
    assert found_codes >= {
        "accesslog-off", "accesslog-loop", "target-refuses", "target-locked",
        "target-requester-pays",
    }  # fmt: skip


def test_hiding_any_answer_improves_no_verdict() -> None:
    good = by_hand(policy(statement(DATA)))
    worse = by_hand(policy())
    order = {"fails": 0, "unknown": 1, "holds": 2, "none": 2}
    for now in (good, worse):
        before = route(now).aspects
        for question in [q for q in now.answers if q.account == ACCOUNT and "Bucket" in q.call]:
            hidden = now.with_answers({question: Reply(error="AccessDenied")})
            names = {r.name: r for r in diagnose(fleet(), hidden).routes}
            if ROUTE in names:
                after = names[ROUTE].aspects
                for aspect in DELIVERY:
                    assert order[after[aspect]] <= max(order[before[aspect]], 1), question
            else:
                assert names[f"s3-access/{ACCOUNT}/*"].verdict == "unknown", question


def test_what_is_there_by_hand_is_adopted_and_left_alone() -> None:
    good = by_hand(policy(statement(DATA)))
    assert is_open(route(good))
    assert plan(fleet(), good).changes == ()


def case(name: str) -> dict[str, Any]:
    rows = [*shared_lines("cases/failures.jsonl"), *shared_lines("cases/public-reports.jsonl")]
    return next(row for row in rows if row["id"].startswith(name))


def test_sl01_a_deny_of_uploads_without_a_header() -> None:
    document = case("SL01")["broken_config"]["bucket_policy"]
    found = route(by_hand(document))
    assert codes(found) == [("target-refuses", "fails")]
    first = found.first
    assert first is not None
    assert first[1].evidence["statement"] == "DenyUnEncryptedObjectUploads"
    (blocked,) = [b for b in plan(fleet(), by_hand(document)).blocked if b.code == "target-refuses"]
    assert blocked.arn.endswith(TARGET)
    text = plan_text(fleet(), plan(fleet(), by_hand(document)), Paint(width=200))
    assert "the statement `DenyUnEncryptedObjectUploads` denies it" in text
    assert "owner   staging" in text
    assert "ask     leave AWS services out of that Deny" in text
    assert is_open(route(by_hand(case("SL01")["fix"]["bucket_policy"])))


def test_sl03_a_target_under_sse_kms_stays_unknown() -> None:
    """AWS's guide says no, and others saw logs come: contested."""
    rule = {"ApplyServerSideEncryptionByDefault": case("SL03")["broken_config"][
        "target_default_encryption"]}  # fmt: skip
    answer = reply({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    now = by_hand(policy(statement(DATA)), GetBucketEncryption=answer)
    assert codes(route(now)) == [("target-encrypted", "unknown")]
    text = diagnosis_text(fleet(), diagnose(fleet(), now), Paint(width=200), Around())
    assert "it is not sure that access logs of staging can be written" in text
    assert "resolve set the target's default encryption to SSE-S3 (AES256)" in text


def test_sl05_a_target_in_another_account_or_region() -> None:
    assert case("SL05")["broken_config"]["source_owner"] == ACCOUNT
    named = AccessOptions(buckets=("app-*",), target="secprod-multiaccount-logs")
    there = {head(Bucket("secprod-multiaccount-logs", ACCOUNT, HOME)): reply({})}
    foreign = asked_out(fleet(named), snapshot((DATA,), bucket_answers(DATA), there))
    found = route(foreign, options=named)
    assert ("target-foreign", "fails") in codes(found)
    at_target = [code for code, _ in codes(found) if code.startswith(("target-", "bucket-"))]
    assert set(at_target) <= {"target-foreign", "target-refuses"}
    made = plan(fleet(named), foreign)
    assert made.changes == ()
    assert "target-foreign" in {blocked.code for blocked in made.blocked}
    abroad = asked_out(
        fleet(),
        snapshot(
            (DATA, TARGET),
            bucket_answers(DATA, "eu-west-1", logging=INTO_TARGET),
            bucket_answers(TARGET, policy=policy(statement(DATA))),
            {
                q: a
                for q, a in bucket_answers(TARGET, "eu-west-1", policy=policy()).items()
                if q.call != "s3:GetBucketLocation"
            },
            {
                q: reply({"LocationConstraint": None})
                for q in bucket_answers(TARGET, "eu-west-1")
                if q.call == "s3:GetBucketLocation"
            },
        ),
    )
    assert ("target-elsewhere", "fails") in codes(route(abroad))


def test_sl07_no_statement_for_the_logging_service() -> None:
    told = case("SL07")
    document = told["broken_config"]["bucket_policy"]
    enforced = reply(
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": told["broken_config"]["ownership"]}]}}
    )
    broken = by_hand(document, GetBucketOwnershipControls=enforced)
    assert codes(route(broken)) == [("target-refuses", "fails")]
    made = plan(fleet(), broken)
    (change,) = made.changes
    assert change.call == "s3:PutBucketPolicy"
    kept = json.loads(change.arguments["Policy"])["Statement"]
    assert document["Statement"][0] in kept
    assert is_open(route(applied(broken, made)))
    fixed = by_hand(told["fix"]["bucket_policy"], GetBucketOwnershipControls=enforced)
    assert is_open(route(fixed))


def test_sl08_a_bucket_that_logs_into_itself() -> None:
    told = case("SL08")["broken_config"]["logging"]["app-data"]
    looped = asked_out(fleet(), snapshot((DATA,), bucket_answers(DATA, logging=told)))
    assert codes(route(looped))[0] == ("accesslog-loop", "fails")
    made = plan(fleet(), looped)
    assert is_open(route(applied(looped, made)))


GROUP = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def acl(*permissions: str) -> Reply:
    grants = [{"Grantee": {"URI": GROUP}, "Permission": each} for each in permissions]
    return reply({"Grants": grants, "Owner": {"ID": "me"}})


def ownership(value: str) -> Reply:
    return reply({"OwnershipControls": {"Rules": [{"ObjectOwnership": value}]}})


@pytest.mark.parametrize(
    ("owner", "permissions", "holds"),
    [
        ("ObjectWriter", ("WRITE", "READ_ACP"), True),
        ("BucketOwnerPreferred", ("FULL_CONTROL",), True),
        ("ObjectWriter", ("WRITE",), False),
        ("BucketOwnerEnforced", ("WRITE", "READ_ACP"), False),
    ],
)
def test_the_delivery_group_counts_where_acls_are_on(
    owner: str, permissions: tuple[str, ...], holds: bool
) -> None:
    """Rule 9.2, model 2."""
    now = by_hand(None, GetBucketOwnershipControls=ownership(owner), GetBucketAcl=acl(*permissions))
    assert is_open(route(now)) is holds
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{TARGET}/*"}  # fmt: skip
    shut = by_hand(policy(deny), GetBucketOwnershipControls=ownership(owner),
                   GetBucketAcl=acl(*permissions))  # fmt: skip
    assert not is_open(route(shut))


@pytest.mark.parametrize(
    ("call", "answer", "code"),
    [
        ("GetBucketRequestPayment", reply({"Payer": "Requester"}), "target-requester-pays"),
        (
            "GetObjectLockConfiguration",
            reply({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}),
            "target-locked",
        ),
    ],
)
def test_a_target_that_s3_does_not_write_to(call: str, answer: Reply, code: str) -> None:
    found = route(by_hand(policy(statement(DATA)), **{call: answer}))
    assert codes(found) == [(code, "fails")]


def test_a_deny_for_customers_is_harmless_and_one_on_the_organization_is_not() -> None:
    harmless = {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": f"arn:aws:s3:::{TARGET}/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
    assert is_open(route(by_hand(policy(statement(DATA), harmless))))
    trap = {**harmless, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-acme"}}}
    assert codes(route(by_hand(policy(statement(DATA), trap)))) == [("target-refuses", "fails")]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('trail = "x"', "trail"),
        ("insights = []", "insights"),
        ("organization = true", "organization"),
        ('buckets = ["UPPER"]', "buckets"),
        ('target = "a"', "target"),
        ('except = "x"', "except"),
    ],
)
def test_its_options_are_its_own(line: str, says: str) -> None:
    text = f'{scenes.FLEET_TEXT}\n[[logs]]\nsource = "s3-access"\n{line}\n'
    mistakes = read_fleet(text, kinds())
    assert isinstance(mistakes, tuple)
    assert any(says in mistake.where for mistake in mistakes)


def test_its_options_are_read() -> None:
    text = (
        f'{scenes.FLEET_TEXT}\n[[logs]]\nsource = "s3-access"\naccounts = ["staging"]\n'
        'buckets = ["app-*"]\nexcept = ["app-scratch"]\npartitioned = false\n'
    )
    found = read_fleet(text, kinds())
    assert not isinstance(found, tuple)
    (logs,) = found.logs_of("s3-access")
    assert logs.options == AccessOptions(("app-*",), ("app-scratch",), partitioned=False)
    assert logs.options.takes("app-data")
    assert not logs.options.takes("app-scratch")


def test_an_account_whose_buckets_cannot_be_listed_is_unknown() -> None:
    some = bare()
    question = next(q for q in some.answers if q.call == "s3:ListBuckets" and q.account == ACCOUNT)
    hidden = some.with_answers({question: Reply(error="AccessDenied")})
    assert route(hidden, f"s3-access/{ACCOUNT}/*").verdict == "unknown"


def test_the_list_says_where_each_bucket_logs() -> None:
    listed = inventory(Facts(fleet(), by_hand(None)), ["access-logs"])
    told = listing_text(fleet(), listed, Paint(), wide=True)
    shown = [" ".join(line.split()) for line in told.splitlines()]
    at = shown.index("app-data, the fleet's")
    assert shown[at + 2 : at + 5] == [f"target {TARGET}", "prefix data/", "keys flat"]
    (row,) = (line for line in listing_text(fleet(), listed, Paint()).splitlines() if DATA in line)
    assert row.split()[1:] == [DATA, TARGET]


def test_a_plan_says_what_the_logs_of_buckets_cost_that_did_not_log() -> None:
    def told(of: AccessOptions | None, now: Snapshot) -> list[Cost]:
        made = plan(fleet(of), now)
        assert "s3:PutBucketLogging" in {change.call for change in made.changes}
        costs = with_costs(Facts(fleet(of), now), made).costs
        return [cost for cost in costs if cost.code == "access-logs-kept"]

    (cost,) = told(None, bare())
    assert (cost.places, cost.accounts) == (2, (ACCOUNT,))
    moved = AccessOptions((DATA,), target="app-new-logs")
    assert told(moved, asked_out(fleet(moved), by_hand(policy()))) == []
