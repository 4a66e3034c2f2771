"""A lifecycle rule deletes logs only where its filter can be for the key of one (rule 2.3.5)."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.bucket import of_bucket
from logkeep.archive.lifecycle import Filter, LifecycleRule, deleted_before, reaches
from logkeep.archive.report import Folder, FolderSummary, report_ask
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from logkeep.value import Seen
from logkeep.who import access
from support.examples import examples
from support.worlds import ACCOUNTS, NOW, fleet_of, well

FLEET = fleet_of()
TAG = {"Key": "kind", "Value": "draft"}


def deleting(where: dict[str, Any], before: Snapshot | None = None) -> Snapshot:
    """All well, and a rule of the archive's that deletes after a day."""
    rule = {"ID": "r", "Status": "Enabled", "Expiration": {"Days": 1}, **where}
    found = before or well(FLEET)
    question = of_bucket(Facts(FLEET, found), "s3:GetBucketLifecycleConfiguration")
    return found.with_answers({question: reply({"Rules": [rule]})})


def said(snapshot: Snapshot, fleet: Fleet = FLEET) -> tuple[str, str]:
    """What a diagnosis says of the rule, the worst of all routes, and what `who` concludes."""
    verdicts = {
        finding.verdict
        for route in diagnose(fleet, snapshot).routes
        for hop in route.hops
        for finding in hop.findings
        if finding.code == "bucket-expires"
    }
    worst = next(each for each in ("fails", "unknown", "holds") if each in verdicts)
    concluded = access(Facts(fleet, snapshot)).conclusions
    return worst, next(c.verdict for c in concluded if c.name == "nobody-deletes")


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"Filter": {"Prefix": ""}}, "fails"),
    ({"Filter": {}}, "fails"),
    ({"Prefix": ""}, "fails"),
    ({"Filter": {"Prefix": "AWSLogs/"}}, "fails"),
    ({"Filter": {"Prefix": "AWS"}}, "fails"),
    ({"Filter": {"Prefix": "AWSLogs/222222222222/CloudTrail/us-east-1/2026/"}}, "fails"),
    ({"Filter": {"Prefix": "tmp/"}}, "holds"),
    ({"Prefix": "tmp/"}, "holds"),
    ({"Filter": {"Prefix": "awslogs/"}}, "holds"),
    ({"Filter": {"Prefix": "/AWSLogs/"}}, "holds"),
    ({"Filter": {"Tag": TAG}}, "fails"),
    ({"Filter": {"And": {"Prefix": "tmp/", "Tags": [TAG]}}}, "holds"),
    ({"Filter": {"And": {"Prefix": "AWSLogs/", "Tags": [TAG]}}}, "fails"),
    ({"Filter": {"ObjectSizeLessThan": 1}}, "holds"),
    ({"Filter": {"ObjectSizeLessThan": 2}}, "fails"),
    ({"Filter": {"ObjectSizeGreaterThan": 100}}, "fails"),
    ({"Filter": {"And": {"ObjectSizeGreaterThan": 9, "ObjectSizeLessThan": 10}}}, "holds"),
    ({"Filter": {"And": {"Prefix": "AWSLogs/", "ObjectSizeLessThan": 100}}}, "fails"),
]


@pytest.mark.parametrize(("where", "verdict"), FILTERS, ids=lambda each: str(each)[:60])
def test_a_rule_deletes_logs_where_it_can_be_for_one(where: dict[str, Any], verdict: str) -> None:
    assert said(deleting(where)) == (verdict, verdict)


def with_trail_prefix(prefix: str) -> Snapshot:
    """A trail of staging that is adopted as it is, and writes under a prefix of its own."""
    found = well(FLEET)
    answers: dict[Any, Reply] = {}
    for question, answer in found.answers.items():
        if question.call == "cloudtrail:DescribeTrails" and question.account == ACCOUNTS["staging"]:
            body = msgspec.json.decode(answer.body)
            listed = [{**trail, "S3KeyPrefix": prefix} for trail in body["trailList"]]
            answers[question] = reply({"trailList": listed})
    return found.with_answers(answers)


def test_a_trail_s_own_prefix_is_where_its_logs_lie() -> None:
    tmp = {"Filter": {"Prefix": "tmp/"}}
    assert said(deleting(tmp, with_trail_prefix("tmp")))[0] == "fails"
    assert said(deleting(tmp, with_trail_prefix("other")))[0] == "holds"


def test_where_a_verification_found_logs_they_lie() -> None:
    """An earlier trail wrote there: nothing else tells of it."""
    account = ACCOUNTS["staging"]
    folder = Folder(FLEET.archive.bucket, account, "us-east-1", "old/AWSLogs/")
    found = FolderSummary(folder=folder, verified_at=NOW, oldest=NOW)
    known = {report_ask(account, "us-east-1"): reply(msgspec.to_builtins([found]))}
    rule = {"Filter": {"Prefix": "old/"}}
    assert said(deleting(rule)) == ("holds", "holds")
    assert said(deleting(rule).with_answers(known)) == ("fails", "fails")


def test_where_trails_could_not_be_seen_it_is_unknown() -> None:
    """They may write anywhere; a rule for all objects deletes their logs wherever they are."""
    hidden = {
        question: Reply(error="AccessDenied")
        for question in well(FLEET).answers
        if question.call == "cloudtrail:DescribeTrails" and question.account == ACCOUNTS["staging"]
    }
    for prefix, verdict in (("tmp/", "unknown"), ("AWSLogs/", "fails"), ("", "fails")):
        snapshot = deleting({"Filter": {"Prefix": prefix}}).with_answers(hidden)
        assert said(snapshot)[0] == verdict


TEXTS = st.text("ab/", max_size=4)


@examples(200)
@given(prefix=TEXTS, root=TEXTS)
def test_prefixes_are_exact(prefix: str, root: str) -> None:
    """It may be for a log exactly where some key below the root begins with the prefix."""
    more = ("".join(each) for n in range(5) for each in itertools.product("ab/", repeat=n))
    there = any(f"{root}{each}".startswith(prefix) for each in more)
    assert reaches(LifecycleRule(filter=Filter(prefix=prefix)), (root,)) is there


def test_only_a_folder_that_a_rule_reaches_may_have_lost_files_to_it() -> None:
    """What is missing from another folder is not explained by the rule."""
    facts = Facts(FLEET, deleting({"Filter": {"Prefix": "tmp/"}}))
    assert deleted_before(facts, "AWSLogs/111111111111/") == Seen(None)
    assert deleted_before(facts, "tmp/AWSLogs/111111111111/") != Seen(None)


@pytest.mark.parametrize(
    ("prefix", "is_named"), [("tmp/", False), ("AWSLogs/", True), ("AWS", True), ("", True)]
)
def test_what_moves_no_logs_is_not_named(prefix: str, *, is_named: bool) -> None:
    moves = {"Expiration": {}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
    snapshot = deleting({"Filter": {"Prefix": prefix}, **moves})
    found = [each.code for each in notices(Facts(FLEET, snapshot))]
    assert ("bucket-archives" in found) is is_named
