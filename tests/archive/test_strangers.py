"""A service that writes for accounts which are not the fleet's is found, and left to its owner."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive.stranger_names import ACCOUNT, accounts_meant, organizations_meant
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.route import Denies
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from logkeep.sources.wants import wants
from logkeep.who import access
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import fleet_of, well

CODE = "archive-open-to-strangers"
TRAIL = "cloudtrail.amazonaws.com"
ACL = {"s3:x-amz-acl": "bucket-owner-full-control"}
FOLDERS = f"{FLEET.bucket_arn}/AWSLogs/*"


def written_by(
    condition: dict[str, Any], resource: str = FOLDERS, service: str = TRAIL
) -> Snapshot:
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    foreign = {
        "Sid": "Foreign",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "s3:PutObject",
        "Resource": resource,
        "Condition": condition,
    }
    changed = {**document, "Statement": [*document["Statement"], foreign]}
    return scenes.with_policy(healthy(), question, changed)


def findings(snapshot: Snapshot) -> list[Finding]:
    routes = diagnose(FLEET, snapshot).routes
    return [f for r in routes for hop in r.hops for f in hop.findings if f.code == CODE]


def test_it_is_asked_once_for_all_accounts_whose_uploads_are_alike() -> None:
    assert len(FLEET.accounts) > 1
    hops = [hop for r in all_routes(Facts(FLEET, healthy())) for hop in r.hops]
    needs = [n for hop in hops for n in hop.needs if isinstance(n, Denies) and n.code == CODE]
    assert len({id(need) for need in needs}) == 2  # a log, and a digest


OPEN: list[dict[str, Any]] = [
    {"StringEquals": ACL},
    {"StringLike": {"aws:SourceAccount": "*"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}},
    {"StringNotEquals": {"aws:SourceAccount": "222222222222"}},
]


@pytest.mark.parametrize("condition", OPEN)
def test_a_statement_that_any_account_meets_is_open_to_strangers(condition: Any) -> None:
    """Rule 1.4.4; IAM User Guide, "The confused deputy problem"."""
    found = findings(written_by(condition))
    assert {f.verdict for f in found} == {"fails"}
    assert {f.aspect for f in found} == {"protected"}
    assert {way["statement"] for f in found for way in f.evidence["may"]} == {"Foreign"}


CLOSED: list[dict[str, Any]] = [
    {"StringEquals": {"aws:SourceAccount": "222222222222"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:222222222222:trail/*"}},
    {"StringEquals": {"aws:SourceOrgID": "o-exampleorg1"}},
]


@pytest.mark.parametrize("condition", CLOSED)
def test_a_statement_that_names_whom_it_serves_is_closed(condition: Any) -> None:
    assert {f.verdict for f in findings(written_by(condition))} == {"holds"}


def test_a_folder_of_an_account_is_no_strangers_to_write_in() -> None:
    """Rule 1.3.2: no trail's prefix has AWSLogs/ in it."""
    own = f"{FLEET.bucket_arn}/AWSLogs/222222222222/*"
    assert {f.verdict for f in findings(written_by({"StringEquals": ACL}, own))} == {"holds"}


def test_it_is_blocked_with_its_owner_and_no_statement_of_others_is_changed() -> None:
    made = plan(FLEET, written_by(OPEN[0]))
    assert {entry.code for entry in made.blocked} == {CODE}
    assert made.changes == ()


def test_an_organizations_own_folder_is_closed() -> None:
    fleet = fleet_of(organization=True)
    found = diagnose(fleet, well(fleet)).routes
    told = {f.verdict for r in found for h in r.hops for f in h.findings if f.code == CODE}
    assert told == {"holds"}


def test_a_policy_that_was_not_read_leaves_it_unknown() -> None:
    hidden = healthy().without([scenes.bucket_policy_ask()])
    assert {f.verdict for f in findings(hidden)} == {"unknown"}


STRANGER = "444444444444"
OF_A_BUCKET = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::own"}}
OTHER_ORGANIZATION = {"StringEquals": {"aws:SourceOrgID": "o-ofastranger9"}}


@pytest.mark.parametrize(
    ("service", "condition", "resource", "verdict"),
    [
        (TRAIL, {"StringEquals": {"aws:SourceAccount": STRANGER}}, FOLDERS, "fails"),
        (TRAIL, OTHER_ORGANIZATION, FOLDERS, "fails"),
        ("delivery.logs.amazonaws.com", OTHER_ORGANIZATION, FOLDERS, "fails"),
        ("s3.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, FOLDERS, "fails"),
        ("config.amazonaws.com", {}, f"{FLEET.bucket_arn}/cfg/*", "fails"),
        ("s3.amazonaws.com", OF_A_BUCKET, FOLDERS, "unknown"),
        ("logging.s3.amazonaws.com", OF_A_BUCKET, FOLDERS, "unknown"),
        (TRAIL, OF_A_BUCKET, FOLDERS, "unknown"),
        ("s3.amazonaws.com", OF_A_BUCKET | CLOSED[0], FOLDERS, "holds"),
        (
            "s3.amazonaws.com",
            {"ArnLike": {"aws:SourceArn": FLEET.bucket_arn}},
            FOLDERS,
            "holds",
        ),
        ("config.amazonaws.com", OTHER_ORGANIZATION, FOLDERS, "fails"),
        ("config.amazonaws.com", OTHER_ORGANIZATION, f"{FLEET.bucket_arn}/o-a/AWSLogs/*", "fails"),
        ("s3.amazonaws.com", OF_A_BUCKET, f"{FLEET.bucket_arn}/elsewhere/*", "unknown"),
        (
            "delivery.logs.amazonaws.com",
            {"ArnLike": {"aws:SourceArn": "arn:aws:logs:*:*:*"}},
            FOLDERS,
            "fails",
        ),
        ("config.amazonaws.com", CLOSED[0], FOLDERS, "holds"),
        ("config.amazonaws.com", CLOSED[2], FOLDERS, "holds"),
        (
            "delivery.logs.amazonaws.com",
            {"ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:222222222222:*"}},
            FOLDERS,
            "holds",
        ),
    ],
)
def test_any_service_and_any_stranger_that_a_policy_names_is_asked_about(
    service: str, condition: dict[str, Any], resource: str, verdict: str
) -> None:
    snapshot = written_by(condition, resource, service)
    told = {f.verdict for f in findings(snapshot)}
    assert verdict in told
    assert told <= {"holds", verdict}
    who = next(
        c for c in access(Facts(FLEET, snapshot)).conclusions if c.name == "writers-of-the-fleet"
    )
    assert who.verdict == verdict


def test_a_bucket_that_an_account_of_the_fleet_is_seen_to_own_is_no_strangers() -> None:
    """S3 User Guide, "Enabling Amazon S3 server access logging": a bucket's ARN has no account."""
    snapshot = written_by(OF_A_BUCKET, service="logging.s3.amazonaws.com")
    asked = [each for each in wants(FLEET)(snapshot) if each.call == "s3:ListBuckets"]
    assert {each.account for each in asked} >= set(FLEET.accounts.values())
    assert all("own" in f.settle for f in findings(snapshot) if f.verdict == "unknown")
    owned = snapshot.with_answers({asked[-1]: reply({"Buckets": [{"Name": "own"}]})})
    assert {f.verdict for f in findings(owned)} == {"holds"}
    told = {c.name: c.verdict for c in access(Facts(FLEET, owned)).conclusions}
    assert told["writers-of-the-fleet"] == "holds"
    besides = {e.account for e in wants(FLEET)(healthy()) if e.call == "s3:ListBuckets"}
    assert besides <= {FLEET.archive.account}


OWN_ORGANIZATION = "o-exampleorg1"
TRAILS = "arn:aws:cloudtrail"
LET_IN: list[dict[str, Any]] = [
    {"StringEquals": {"aws:SourceArn": f"{TRAILS}:us-east-1:{STRANGER}:trail/x"}},
    {"ArnEquals": {"aws:SourceArn": f"{TRAILS}:eu-central-1:{STRANGER}:trail/named"}},
    {"ArnLike": {"aws:SourceArn": f"{TRAILS}:*:{STRANGER}:*"}},
    {"ArnLike": {"aws:SourceArn": f"{TRAILS}:*:4444????4444:trail/*"}},
    {"StringLike": {"aws:SourceArn": f"{TRAILS}:*:4444*"}},
    {"StringLike": {"aws:SourceAccount": "4444*"}},
    {"StringLike": {"aws:SourceAccount": "????????4444"}},
    {"NumericEquals": {"aws:SourceAccount": STRANGER}},
    {
        "NumericGreaterThan": {"aws:SourceAccount": "400000000000"},
        "NumericLessThan": {"aws:SourceAccount": "500000000000"},
    },
    {"StringLike": {"aws:SourceOrgID": "o-a*"}},
    {"StringLike": {"aws:SourceOrgID": "?-abc*"}},
    {"StringEquals": {"aws:SourceOrgID": "o-abcdefghij"}},
    {"StringEqualsIgnoreCase": {"aws:SourceOrgID": "O-ABCDEFGHIJ"}},
    {"StringNotEquals": {"aws:SourceOrgID": OWN_ORGANIZATION}},
]
"""Each lets in somebody who is none of the fleet's, by a pattern, a range or a name."""


def on_writers(snapshot: Any) -> str:
    found = access(Facts(FLEET, snapshot)).conclusions
    return next(each.verdict for each in found if each.name == "writers-of-the-fleet")


@pytest.mark.parametrize("condition", LET_IN)
def test_a_stranger_that_a_pattern_means_is_found_with_the_statement(condition: Any) -> None:
    """IAM User Guide, "Condition operators"; rule 1.4.4."""
    snapshot = written_by(condition)
    assert "fails" in {f.verdict for f in findings(snapshot)}
    assert on_writers(snapshot) == "fails"


@pytest.mark.parametrize("service", ["config.amazonaws.com", "delivery.logs.amazonaws.com"])
@pytest.mark.parametrize("condition", LET_IN)
def test_of_no_service_a_pattern_is_taken_to_close_what_it_opens(
    condition: Any, service: str
) -> None:
    named = json.loads(json.dumps(condition).replace(":cloudtrail:", f":{service.split('.')[0]}:"))
    snapshot = written_by(named, FOLDERS, service)
    assert "fails" in {f.verdict for f in findings(snapshot)}
    assert on_writers(snapshot) != "holds"


@pytest.mark.parametrize(
    "condition",
    [
        {"Null": {"aws:SourceOrgID": "true"}},
        {"StringEqualsIfExists": {"aws:SourceOrgID": OWN_ORGANIZATION}},
        {"ForAllValues:StringLike": {"aws:SourceOrgPaths": f"{OWN_ORGANIZATION}/*"}},
        {"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-abcdefghij/*"}},
    ],
)
@pytest.mark.parametrize("service", [TRAIL, "config.amazonaws.com", "delivery.logs.amazonaws.com"])
def test_who_is_in_no_organization_is_not_taken_to_be_kept_out(
    condition: Any, service: str
) -> None:
    """A standalone account's service carries no organization (IAM, "aws:SourceOrgID")."""
    told = {f.verdict for f in findings(written_by(condition, FOLDERS, service))}
    assert told & {"unknown", "fails"}


def test_an_organization_of_nobody_is_no_stranger() -> None:
    """An id has ten letters at least (Organizations API Reference, "Organization")."""
    condition = {"StringEquals": {"aws:SourceOrgID": "o-short"}}
    assert {f.verdict for f in findings(written_by(condition))} == {"holds"}


def test_an_account_without_an_organization_takes_every_one_for_a_strangers() -> None:
    question = ask("111111111111", "us-east-1", "organizations:DescribeOrganization")
    none = Reply(error="AWSOrganizationsNotInUseException")
    snapshot = written_by({"StringEquals": {"aws:SourceOrgID": OWN_ORGANIZATION}})
    assert "fails" in {f.verdict for f in findings(snapshot.with_answers({question: none}))}


@examples(200)
@given(st.text("0123456789*?", max_size=12), st.sampled_from(["", "numeric"]))
def test_an_account_that_is_meant_is_one_that_the_pattern_matches(text: str, operator: str) -> None:
    for account in accounts_meant(f"{operator}/aws:sourceaccount", text):
        if ACCOUNT.fullmatch(account) and not operator:
            assert fnmatch.fnmatchcase(account, text)


@examples(200)
@given(st.from_regex(r"[o?*]-?[a-z0-9*?]{0,12}", fullmatch=True))
def test_an_organization_that_is_meant_is_one_that_the_pattern_matches(text: str) -> None:
    for found in organizations_meant(text):
        assert fnmatch.fnmatchcase(found, text), (found, text)
