"""Who changed the archive lately: by each kind of caller, over pages, and of hostile records."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive.judged_actions import SETTINGS
from logkeep.archive.key_end import ENDINGS
from logkeep.archive.lately import EVENTS, Lately, RecentChange, Watched, latest_of_each
from logkeep.snapshot import Ask, Reply, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.changers import KEPT, PAGES_MAX, lately, wants
from logkeep.sources.cloudtrail.events import compact
from logkeep.value import Seen, Unseen
from support import changes
from support.changes import event
from support.examples import examples
from support.scenes import FLEET
from support.worlds import NOW

ARCHIVE, OTHER = "111111111111", "222222222222"
BUCKET, NAME = FLEET.archive.bucket, "PutBucketPolicy"
OF = Watched(ARCHIVE, "us-east-1", (BUCKET,), (NAME, "PutBucketLifecycle"))
TOWER = f"arn:aws:iam::{ARCHIVE}:role/AWSControlTowerExecution"
SSO = f"arn:aws:iam::{ARCHIVE}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b"
BEFORE = NOW - datetime.timedelta(days=1)


def looked(events: list[Any], *, of: Watched = OF, page: int = 50) -> Facts:
    """Everything that is asked of a history, answered."""
    answers: dict[Ask, Reply] = {}
    for _ in range(20):
        facts = Facts(FLEET, Snapshot(FLEET.name, NOW, answers))
        new = [question for question in wants(facts, of) if question not in answers]
        if not new:
            return facts
        answers |= {question: changes.history(question, events, page) for question in new}
    raise AssertionError("the questions never end")


def shown(events: list[Any], **more: Any) -> Lately:
    found = lately(looked(events, **more), more.get("of", OF))
    assert isinstance(found, Seen)
    return found.value


@pytest.mark.parametrize(
    ("who", "by", "kind"),
    [
        (changes.session(TOWER, "AWSControlTower"), TOWER, "role"),
        # CloudFormation calls with the role's session (CloudTrail guide, "invokedBy")
        (changes.session(TOWER, invokedBy="cloudformation.amazonaws.com"), TOWER, "role"),
        (changes.session(f"arn:aws:iam::{ARCHIVE}:role/ci/Terraform", "tf-run-1"),
         f"arn:aws:iam::{ARCHIVE}:role/ci/Terraform", "role"),
        (changes.session(SSO, "ann@example.com"), SSO, "role"),
        (changes.user(f"arn:aws:iam::{ARCHIVE}:user/ann"),
         f"arn:aws:iam::{ARCHIVE}:user/ann", "user"),
        (changes.root(ARCHIVE), f"arn:aws:iam::{ARCHIVE}:root", "root"),
        (changes.service("config.amazonaws.com"), "config.amazonaws.com", "service"),
        (changes.stranger(OTHER), OTHER, "account"),
        ({"type": "FederatedUser", "arn": f"arn:aws:sts::{ARCHIVE}:federated-user/x",
          "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ARCHIVE}:user/ann"}}},
         f"arn:aws:iam::{ARCHIVE}:user/ann", "user"),
        # without its issuer a session does not say its role's path
        ({"type": "AssumedRole", "arn": f"arn:aws:sts::{ARCHIVE}:assumed-role/x/y"},
         f"arn:aws:sts::{ARCHIVE}:assumed-role/x/y", "unknown"),
        ({"type": "IdentityCenterUser", "accountId": ARCHIVE}, "IdentityCenterUser", "unknown"),
        ({}, "", "unknown"),
        (None, "", "unknown"),
        ("ann", "", "unknown"),
        ({"type": 5, "arn": ["x"], "sessionContext": "x"}, "", "unknown"),
        ({"type": "IAMUser", "arn": "a" * 5_000}, "IAMUser", "unknown"),
    ],
)  # fmt: skip
def test_each_caller_is_known_by_its_record(who: Any, by: str, kind: Any) -> None:
    (made,) = shown([event(NAME, BEFORE, who, BUCKET)]).made
    assert made == RecentChange(BEFORE, NAME, by, kind)


@pytest.mark.parametrize(
    "other",
    [
        event(NAME, BEFORE, changes.user("arn:aws:iam::1:user/x"), "another-bucket"),
        event(NAME, BEFORE, changes.user("arn:aws:iam::1:user/x"), BUCKET, "AccessDenied"),
        event("DeleteBucket", BEFORE, changes.user("arn:aws:iam::1:user/x"), BUCKET),
        event(NAME, NOW - KEPT - KEPT, changes.user("arn:aws:iam::1:user/x"), BUCKET),
        {"EventName": NAME, "EventTime": BEFORE, "CloudTrailEvent": "{"},
        {"EventName": NAME, "EventTime": BEFORE, "CloudTrailEvent": "[]"},
        {"EventName": NAME, "EventTime": BEFORE},
    ],
)
def test_what_is_no_change_of_it_counts_for_nobody(other: Any) -> None:
    assert shown([other]).made == ()


def test_a_key_is_known_by_its_id_its_arn_or_the_resources_of_the_record() -> None:
    arn = f"arn:aws:kms:us-east-1:{ARCHIVE}:key/1234"
    of = Watched(ARCHIVE, "us-east-1", (arn, "1234"), ("PutKeyPolicy",))
    by_arn = event("PutKeyPolicy", BEFORE, changes.user("a"), arn)
    by_alias = event("PutKeyPolicy", BEFORE, changes.user("b"), "arn:aws:kms:::alias/x")
    record = json.loads(by_alias["CloudTrailEvent"])
    by_resources = {**by_alias, "CloudTrailEvent": json.dumps({
        **record, "resources": [{"ARN": arn}, {"ARN": 5}, "x"]})}  # fmt: skip
    found = shown([by_arn, by_alias, by_resources], of=of).made
    assert [each.by for each in found] == ["b", "a"]


TIMES = st.lists(st.integers(0, 60 * 24 * 100), max_size=60)


@examples(60)
@given(TIMES, st.sampled_from((2, 3, 7, 50)))
def test_pages_show_all_back_to_where_they_say(minutes: list[int], page: int) -> None:
    """INVARIANT: of the time that is told nothing is missing, and no question is put twice."""
    times = [NOW - datetime.timedelta(minutes=each) for each in minutes]
    events = [event(NAME, at, changes.user(f"u{n}"), BUCKET) for n, at in enumerate(times)]
    found = shown(events, page=page)
    assert len(looked(events, page=page).snapshot.answers) <= PAGES_MAX + 1
    due = {at for at in times if at > found.since}
    assert due == {each.at for each in found.made if each.at > found.since}
    if len(times) <= page:
        assert found.since == NOW - KEPT


def test_a_page_of_one_second_ends_the_walk() -> None:
    """Nothing that lies before it could be asked for by its end."""
    events = [event(NAME, BEFORE, changes.user(f"u{n}"), BUCKET) for n in range(99)]
    assert shown(events).since == BEFORE


def test_one_refusal_leaves_open_who_it_was() -> None:
    facts = looked([event(NAME, BEFORE, changes.root(ARCHIVE), BUCKET)])
    refused = {
        q: Reply(error="AccessDenied") if "PutBucketLifecycle" in q.says() else r
        for q, r in facts.snapshot.answers.items()
    }
    found = lately(Facts(FLEET, Snapshot(FLEET.name, NOW, refused)), OF)
    assert isinstance(found, Unseen)
    assert found.error == "AccessDenied"


def test_an_answer_of_another_type_leaves_it_open() -> None:
    odd = {q: changes.reply({"Events": 5}) for q in looked([]).snapshot.answers}
    assert isinstance(lately(Facts(FLEET, Snapshot(FLEET.name, NOW, odd)), OF), Unseen)


def test_of_other_events_nobody_is_kept() -> None:
    """What a witness is asked for holds no more of people than it did."""
    other = event("RunInstances", BEFORE, changes.user("arn:aws:iam::1:user/ann"), BUCKET)
    assert "who" not in compact({"Events": [other]})["Events"][0]


def test_only_what_a_plan_closes_is_asked_about() -> None:
    assert set(EVENTS) <= {*SETTINGS, *ENDINGS}


def test_the_latest_change_of_each_is_told_the_latest_first() -> None:
    hour = datetime.timedelta(hours=1)
    made = [
        RecentChange(NOW - n * hour, NAME, by, "role") for n, by in ((3, "a"), (1, "b"), (2, "a"))
    ]
    found = latest_of_each(made)
    assert [(by, each.at) for by, each in found.items()] == [
        ("b", NOW - hour),
        ("a", NOW - 2 * hour),
    ]
