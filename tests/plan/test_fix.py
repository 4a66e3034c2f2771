"""What mends a denial: it passes, lets nobody else in unseen, and whose the rest is."""

from __future__ import annotations

import functools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from logkeep.plan.fix import Fix, Mending, NotOurs, fix, with_changes
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.who.why import Question, Why, question, why
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ACCOUNTS, ADMIN, READER

BUCKET = FLEET.bucket_arn
LOG = f"{BUCKET}/AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/23/log.json.gz"
OTHER_LOG = f"{BUCKET}/AWSLogs/333333333333/CloudTrail/us-east-1/2026/11/23/log.json.gz"
KEY = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555"
CLOUDTRAIL = "cloudtrail.amazonaws.com"
PRODUCER = "arn:aws:iam::222222222222:user/admin"
ACCESS = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
PEOPLE = (
    ADMIN,
    READER,
    PRODUCER,
    "arn:aws:iam::333333333333:user/developer",
    ACCESS,
    "arn:aws:sts::222222222222:assumed-role/OrganizationAccountAccessRole/monday",
    "arn:aws:iam::222222222222:root",
    CLOUDTRAIL,
    "delivery.logs.amazonaws.com",
    "anonymous",
)
ASKED = (
    ("s3:GetObject", LOG),
    ("s3:GetObject", OTHER_LOG),
    ("s3:PutObject", LOG),
    ("s3:ListBucket", BUCKET),
    ("s3:GetBucketAcl", BUCKET),
    ("s3:DeleteObject", LOG),
    ("s3:PutBucketPolicy", BUCKET),
    ("kms:Decrypt", KEY),
    ("kms:DescribeKey", KEY),
    ("kms:PutKeyPolicy", KEY),
    ("kms:GenerateDataKey", KEY),
)


def asked(facts: Facts, principal: str, action: str, resource: str, **told: str) -> Why:
    context = {name.replace("__", ":"): [value] for name, value in told.items()}
    read = question(facts, principal, action, resource, context)
    assert isinstance(read, Question), read
    return why(facts, read)


def mended(
    snapshot: Snapshot, principal: str, action: str, resource: str, **told: str
) -> Mending | None:
    facts = Facts(FLEET, snapshot)
    return fix(facts, asked(facts, principal, action, resource, **told))


SCENES = {
    "healthy": scenes.healthy,
    "bucket-drops-two": scenes.bucket_drops_two,
    "key-drops-production": scenes.key_drops_production,
    "header-forced": scenes.header_forced,
    "staging-unread": scenes.staging_unassumable,
}


@functools.cache
def facts_of(scene: str) -> Facts:
    return Facts(FLEET, SCENES[scene]())


@functools.cache
def outcome_before(scene: str, principal: str, action: str, resource: str) -> str:
    return asked(facts_of(scene), principal, action, resource).outcome


@given(st.sampled_from(sorted(SCENES)), st.sampled_from(PEOPLE), st.sampled_from(ASKED))
@examples(150)
def test_a_fix_always_passes_and_lets_nobody_else_in(
    scene: str, principal: str, what: tuple[str, str]
) -> None:
    facts = facts_of(scene)
    found = asked(facts, principal, *what)
    mending = fix(facts, found)
    if not isinstance(mending, Fix):
        assert found.outcome in ("Allowed", "Unknown") or isinstance(mending, NotOurs)
        return
    after = with_changes(facts, list(mending.changes))
    assert why(after, found.question).outcome == "Allowed"
    listed = {(flip.principal, flip.action) for flip in mending.flips}
    for other in PEOPLE:
        if named(other) == named(principal):
            continue
        for action, resource in ASKED:
            before = outcome_before(scene, other, action, resource)
            then = asked(after, other, action, resource).outcome
            assert before == then or (named(other), action) in listed, (other, action, resource)


def named(principal: str) -> str:
    """A session as its role."""
    return ACCESS if ":assumed-role/" in principal else principal


@given(st.sampled_from(PEOPLE), st.sampled_from(ASKED))
@examples(60)
def test_a_fix_opens_nothing_else_to_the_one_who_asked(
    principal: str, what: tuple[str, str]
) -> None:
    facts = facts_of("healthy")
    found = asked(facts, principal, *what)
    mending = fix(facts, found)
    assume(isinstance(mending, Fix))
    assert isinstance(mending, Fix)
    after = with_changes(facts, list(mending.changes))
    known = {leg.request.action for leg in found.rulings} | {flip.action for flip in mending.flips}
    for action, resource in ASKED:
        before = asked(facts, principal, action, resource)
        then = asked(after, principal, action, resource)
        for leg, now in zip(before.rulings, then.rulings, strict=True):
            opened = now.outcome == "Allowed" != leg.outcome
            assert not opened or leg.request.action in known, leg.request.action


def test_a_fix_opens_no_other_log() -> None:
    facts = Facts(FLEET, healthy())
    mending = mended(healthy(), ADMIN, "s3:GetObject", LOG)
    assert isinstance(mending, Fix)
    after = with_changes(facts, list(mending.changes))
    assert asked(after, ADMIN, "s3:GetObject", LOG).outcome == "Allowed"
    assert asked(after, ADMIN, "s3:GetObject", OTHER_LOG).outcome == "ImplicitlyDenied"


def test_one_value_more_suffices_where_that_opens_nothing_else() -> None:
    question_ = scenes.bucket_policy_ask()
    document = scenes.policy(question_)
    statement = {
        "Sid": "OldTrail",
        "Effect": "Allow",
        "Principal": {"AWS": [READER]},
        "Action": "s3:GetBucketTagging",
        "Resource": BUCKET,
    }
    snapshot = scenes.with_policy(
        healthy(), question_, {**document, "Statement": [*document["Statement"], statement]}
    )
    developer = "arn:aws:iam::333333333333:user/developer"
    mending = mended(snapshot, developer, "s3:GetBucketTagging", BUCKET)
    assert isinstance(mending, Fix)
    (change,) = mending.changes
    assert (change.edit.element, change.edit.value, mending.flips) == ("Principal", developer, ())
    assert change.edit.after["Principal"] == {"AWS": [READER, developer]}


def test_a_session_is_named_by_its_role() -> None:
    session = f"{ACCESS.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/monday"
    mending = mended(healthy(), session, "s3:GetBucketTagging", BUCKET)
    assert isinstance(mending, Fix)
    assert mending.changes[0].edit.after["Principal"] == {"AWS": ACCESS}


def test_a_delivery_that_the_fleet_wants_is_left_to_the_plan() -> None:
    mending = mended(scenes.bucket_drops_two(), CLOUDTRAIL, "s3:PutObject", LOG)
    assert isinstance(mending, Fix)
    assert mending.is_planned


def test_a_root_that_is_delegated_to_lets_its_people_in_and_they_are_named() -> None:
    """Root as Principal is the whole account (rule 5.1.3): the fix says whom it would let in."""
    mending = mended(healthy(), "arn:aws:iam::222222222222:root", "s3:GetBucketTagging", BUCKET)
    assert isinstance(mending, Fix)
    who = {flip.principal for flip in mending.flips if flip.action == "s3:GetBucketTagging"}
    assert who == {PRODUCER, ACCESS, "arn:aws:iam::222222222222:user/developer"}


@pytest.mark.parametrize(
    ("principal", "action", "resource", "whose", "denies"),
    [
        (ADMIN, "s3:DeleteObject", LOG, "archive", "LogkeepKeepLogs"),
        (READER, "s3:ListBucket", "arn:aws:s3:::another", None, ""),
        (READER, "iam:GetUser", "arn:aws:iam::111111111111:user/ada", "principal", ""),
        (READER, "iam:GetUser", "arn:aws:iam::222222222222:user/x", "another account", ""),
        ("anonymous", "s3:GetObject", LOG, "archive", ""),
    ],
)
def test_what_is_not_ours_says_whose_it_is(
    principal: str, action: str, resource: str, whose: str | None, denies: str
) -> None:
    mending = mended(healthy(), principal, action, resource)
    if whose is None:
        assert mending is None
        return
    assert isinstance(mending, NotOurs)
    assert mending.whose == whose
    assert (mending.denied_by.sid if mending.denied_by else "") == denies


def test_a_service_of_which_no_source_is_told_comes_for_anybody_and_that_is_said() -> None:
    """Without aws:SourceAccount the statement is open to any customer's use of the service."""
    mending = mended(healthy(), "delivery.logs.amazonaws.com", "s3:PutObject", LOG)
    assert isinstance(mending, Fix)
    assert {flip.account for flip in mending.flips} >= {"", *ACCOUNTS.values()}
    told = mended(
        healthy(), "delivery.logs.amazonaws.com", "s3:PutObject", LOG,
        aws__sourceaccount="222222222222",
    )  # fmt: skip
    assert isinstance(told, Fix)
    assert told.flips == ()


def test_people_who_could_not_be_asked_are_named() -> None:
    mending = mended(scenes.staging_unassumable(), ADMIN, "s3:GetObject", LOG)
    assert isinstance(mending, Fix)
    assert mending.unread == (ACCOUNTS["staging"],)


def test_what_the_fix_would_break_is_said() -> None:
    """To let somebody decrypt directly is to let others than the readers decrypt."""
    mending = mended(healthy(), ADMIN, "kms:Decrypt", KEY)
    assert isinstance(mending, Fix)
    assert mending.breaks == ("readers-too-many",)


def test_a_policy_that_is_full_takes_no_fix() -> None:
    """A bucket's policy has 20 KB (rule 2.1.6)."""
    question_ = scenes.bucket_policy_ask()
    document = scenes.policy(question_)
    filler = {
        "Sid": "Filler",
        "Effect": "Deny",
        "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
        "Action": "s3:GetObjectTagging",
        "Resource": [f"{BUCKET}/{number:0400d}" for number in range(45)],
    }
    full = {**document, "Statement": [*document["Statement"], filler]}
    snapshot = scenes.with_policy(healthy(), question_, full)
    assert isinstance(mended(snapshot, PRODUCER, "s3:GetBucketTagging", BUCKET), NotOurs)
