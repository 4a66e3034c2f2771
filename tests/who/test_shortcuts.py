"""What is asked once for many logs and many callers comes out as when each is asked alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logkeep.access.assume_role import may_switch
from logkeep.access.key import of_key
from logkeep.archive.sample import Sample
from logkeep.policy import Layers, Request
from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import samples as samples_module
from logkeep.sources.samples import samples
from logkeep.value import Json
from logkeep.who import Access, access, anything, asking, candidates, steps, through_iam, who
from logkeep.who.candidates import Candidate
from logkeep.who.values import Holder
from logkeep.who.why import Question, Why, question, why
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, KEY_ID, READER

OTHER, THIRD = "222222222222", "333333333333"
PEOPLE = [f"arn:aws:iam::{OTHER}:user/{name}" for name in ("ann", "bob", "cyd")]
PRINCIPALS: list[Json] = [
    "*",
    {"AWS": READER},
    {"AWS": ADMIN},
    {"AWS": PEOPLE[0]},
    {"AWS": ["arn:aws:iam::111111111111:root", f"arn:aws:iam::{OTHER}:root"]},
    {"AWS": [OTHER, THIRD, "444444444444"]},
    {"Service": "cloudtrail.amazonaws.com"},
    {"Service": "delivery.logs.amazonaws.com"},
]
FOLDERS = f"{FLEET.bucket_arn}/AWSLogs"
RESOURCES: list[Json] = [
    f"{FLEET.bucket_arn}/*",
    f"{FOLDERS}/{OTHER}/*",
    [f"{FOLDERS}/{OTHER}/*", f"{FOLDERS}/{THIRD}/CloudTrail/eu-west-1/*"],
    f"{FLEET.bucket_arn}/*CloudTrail-Digest*",
    "arn:aws:s3:::sec?rod-multiaccount-logs/AWSLogs/*/eu-west-1/*",
    f"{FOLDERS}/${{aws:PrincipalAccount}}/*",
    [f"{FOLDERS}/${{aws:PrincipalTag/team}}/*", f"{FOLDERS}/{THIRD}/*"],
    f"{FOLDERS}/${{aws:username, '{OTHER}'}}/${{*}}",
    "arn:aws:s3:::elsewhere/*",
    "*",
    FLEET.bucket_arn,
]
CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
OBJECT = "kms:EncryptionContext:aws:s3:arn"
CONDITIONS: list[Json] = [
    None,
    {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    {"StringNotEquals": {"aws:PrincipalAccount": OTHER}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}},
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    {"StringLike": {CONTEXT: f"arn:aws:cloudtrail:*:{OTHER}:trail/*"}},
    {"StringNotLike": {CONTEXT: "arn:aws:cloudtrail:*:${aws:PrincipalAccount}:trail/*"}},
    {"StringLike": {OBJECT: f"{FOLDERS}/{THIRD}/*"}, "Null": {CONTEXT: "true"}},
    {"StringEquals": {"aws:PrincipalAccount": f"${{{CONTEXT}}}"}},
]
TRAIL = "arn:aws:cloudtrail:us-east-1:333333333333:trail/logkeep"
GRANTS: list[Json] = [
    {"GranteePrincipal": PEOPLE[1], "Operations": ["Decrypt"]},
    {"GranteePrincipal": PEOPLE[0], "Operations": ["Decrypt", "GenerateDataKey"],
     "Constraints": {"EncryptionContextSubset": {"aws:cloudtrail:arn": TRAIL}}},
    {"GranteePrincipal": ADMIN, "Operations": ["Decrypt"],
     "Constraints": {"EncryptionContextEquals": {"aws:cloudtrail:arn": TRAIL}}},
    {"GranteePrincipal": f"arn:aws:iam::{THIRD}:root", "Operations": ["Decrypt"]},
    {"GranteeServicePrincipal": "delivery.logs.amazonaws.com", "Operations": ["Decrypt"]},
]  # fmt: skip
S3 = ["s3:GetObject", "s3:PutObject", "s3:Delete*", "s3:*"]
KMS = ["kms:Decrypt", "kms:*", "kms:GenerateDataKey*", "kms:PutKeyPolicy"]


def statements(
    actions: list[str], resources: list[Json], *, named: bool
) -> st.SearchStrategy[dict[str, Json]]:
    effects = st.sampled_from(["Allow", "Allow", "Deny"])
    allowed = st.sampled_from(["Resource", "Resource", "NotResource"])
    made = st.tuples(
        effects, st.sampled_from(PRINCIPALS), st.booleans(), st.sampled_from(actions), allowed,
        st.sampled_from(resources), st.sampled_from(CONDITIONS),
    )  # fmt: skip

    def statement(drawn: tuple[Any, ...]) -> dict[str, Json]:
        effect, principal, but, action, place, resource, condition = drawn
        who = "NotPrincipal" if but and effect == "Deny" and principal != "*" else "Principal"
        return {
            "Effect": effect,
            **({who: principal} if named else {}),
            "Action": action,
            place: resource,
            **({"Condition": condition} if condition else {}),
        }

    return made.map(statement)


def opened(question: Any, own: str, more: list[dict[str, Json]], snapshot: Snapshot) -> Snapshot:
    document = scenes.policy(question)
    kept = [each for each in document["Statement"] if each["Sid"].startswith(own)]
    return scenes.with_policy(snapshot, question, {**document, "Statement": [*kept, *more]})


def staffed(texts: list[dict[str, Json]], version: str, snapshot: Snapshot) -> Snapshot:
    """The snapshot with three users in another account: two of one policy, one of another."""
    everything: dict[str, Json] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policies = ([everything, *texts], [everything, *texts], texts or [everything])
    users = [
        {"UserName": arn[-3:], "Arn": arn, "UserPolicyList": [
            {"PolicyName": "p", "PolicyDocument": {"Version": version, "Statement": found}}]}
        for arn, found in zip(PEOPLE, policies, strict=True)
    ]  # fmt: skip
    question = ask(OTHER, "us-east-1", "iam:GetAccountAuthorizationDetails")
    return snapshot.with_answers({question: reply({"UserDetailList": users})})


@contextmanager
def asking_each_alone() -> Iterator[None]:
    """Ask each candidate about each log, and let nobody be left out."""

    def each_log(facts: Facts, _asked: object) -> tuple[Sample, ...]:
        return samples(facts)

    def unlike_all(_facts: Facts, asked: Request, _layers: Layers) -> Request:
        return asked

    def every_role(doors: steps.Doors, _who: Candidate) -> Iterator[Holder]:
        yield from doors.roles

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "is_unnamed", lambda *_: False)
        patch.setattr(asking, "has_no_leave", lambda *_: False)
        patch.setattr(asking, "named_ways", lambda _facts, _who, power: power.ways)
        patch.setattr(anything, "_is_closed_to_unnamed", lambda *_: False)
        patch.setattr("logkeep.who.by_new_point.is_kept_out", lambda *_: False)
        patch.setattr("logkeep.who.by_new_point.is_unnamed", lambda *_: False)
        patch.setattr("logkeep.who.by_new_point._is_let_by_points", lambda *_: True)
        patch.setattr(asking, "one_of_each", each_log)
        patch.setattr(asking, "hold_together", lambda _: False)
        patch.setattr(asking, "sight_of", unlike_all)
        patch.setattr(candidates, "apart_for_anyone", lambda facts, _policy: samples(facts))
        patch.setattr(steps.Doors, "before", every_role)
        patch.setattr(steps, "may_pass_any", lambda _, who: may_switch(who.principal))
        patch.setattr(through_iam, "may_change_any", lambda *_: True)
        yield


OWN_FOLDER: dict[str, Json] = {
    "Effect": "Allow", "Principal": {"AWS": [OTHER, THIRD]}, "Action": "s3:GetObject",
    "Resource": f"{FOLDERS}/${{aws:PrincipalAccount}}/*",
}  # fmt: skip
OWN_TRAIL: dict[str, Json] = {
    "Effect": "Allow", "Principal": {"AWS": [OTHER, THIRD]}, "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {"StringLike": {CONTEXT: "arn:aws:cloudtrail:*:${aws:PrincipalAccount}:trail/*"}},
}  # fmt: skip


ONE_FOLDER = {**OWN_FOLDER, "Resource": f"{FOLDERS}/{OTHER}/*"}
ANOTHERS_TRAIL = {
    **OWN_TRAIL,
    "Condition": {"StringLike": {CONTEXT: f"arn:aws:cloudtrail:*:{THIRD}:trail/*"}},
}
"""Whoever gets the logs of the one and decrypts those of the other reads nothing."""


NAMED_SO: dict[str, Json] = {
    "Effect": "Allow", "Principal": {"AWS": [OTHER, "444444444444"]}, "Action": "s3:*",
    "Resource": f"{FLEET.bucket_arn}/*CloudTrail-Digest*",
    "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}},
}  # fmt: skip
"""A stranger who calls itself so writes digests, and no other name of its account does."""


@example([NAMED_SO], [], [], "2012-10-17", None)
@example([ONE_FOLDER], [ANOTHERS_TRAIL], [], "2012-10-17", [])
@example([OWN_FOLDER], [OWN_TRAIL], [], "2012-10-17", [])
@given(
    st.lists(statements(S3, RESOURCES, named=True), max_size=4),
    st.lists(statements(KMS, ["*"], named=True), max_size=3),
    st.lists(statements([*S3, *KMS], RESOURCES, named=False), max_size=3),
    st.sampled_from(["2012-10-17", "2008-10-17"]),
    st.none() | st.lists(st.sampled_from(GRANTS), max_size=2),
)
@examples(25)
def test_who_is_asked_for_many_answers_as_each_would(
    bucket: list[dict[str, Json]],
    key: list[dict[str, Json]],
    own: list[dict[str, Json]],
    version: str,
    granted: list[Json] | None,
) -> None:
    assert_alike(bucket, key, own, version, granted)


def changed(
    bucket: list[dict[str, Json]],
    key: list[dict[str, Json]],
    own: list[dict[str, Json]],
    version: str,
    granted: list[Json] | None,
) -> Snapshot:
    """The archive with these statements instead of its own for people, and these grants."""
    snapshot = opened(scenes.bucket_policy_ask(), "LogkeepCloud", bucket, healthy())
    snapshot = opened(scenes.key_policy_ask(), "Logkeep", key, snapshot)
    snapshot = staffed(own, version, snapshot)
    grants = of_key(Facts(FLEET, healthy()), "kms:ListGrants", KEY_ID)
    found = reply({"Grants": granted}) if granted is not None else Reply(error="AccessDenied")
    return snapshot.with_answers({grants: found})


def assert_alike(
    bucket: list[dict[str, Json]],
    key: list[dict[str, Json]],
    own: list[dict[str, Json]],
    version: str,
    granted: list[Json] | None,
) -> Access:
    """Asked for many and asked alone come out the same."""
    snapshot = changed(bucket, key, own, version, granted)
    quick = access(Facts(FLEET, snapshot))
    with asking_each_alone():
        slow = access(Facts(FLEET, snapshot))
    assert quick.powers == slow.powers
    assert quick.steps == slow.steps
    assert quick == slow
    return quick


LOG = f"{FOLDERS}/{OTHER}/CloudTrail/us-east-1/2026/11/23/any.json.gz"
KEY = f"arn:aws:kms:us-east-1:111111111111:key/{KEY_ID}"
QUESTIONS = [
    *((action, LOG) for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")),
    *((action, FLEET.bucket_arn) for action in ("s3:GetBucketPolicy", "s3:GetBucketAcl")),
    *((action, KEY) for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy")),
]


@given(
    st.lists(statements(S3, RESOURCES, named=True), max_size=4),
    st.lists(statements(KMS, ["*"], named=True), max_size=3),
    st.lists(statements([*S3, *KMS], RESOURCES, named=False), max_size=3),
    st.none() | st.lists(st.sampled_from(GRANTS), max_size=2),
    st.sampled_from(QUESTIONS),
)
@examples(60)
def test_who_may_do_one_thing_answers_as_each_would(
    bucket: list[dict[str, Json]],
    key: list[dict[str, Json]],
    own: list[dict[str, Json]],
    granted: list[Json] | None,
    asked: tuple[str, str],
) -> None:
    """Services that no Allow names, and logs that are not asked about, are not looked at."""
    snapshot = changed(bucket, key, own, "2012-10-17", granted)
    action = find_action(asked[0])
    assert isinstance(action, Action)
    quick = who(Facts(FLEET, snapshot), action, asked[1])
    with asking_each_alone():
        slow = who(Facts(FLEET, snapshot), action, asked[1])
    assert quick == slow


@pytest.mark.parametrize(("action", "resource"), QUESTIONS)
def test_why_asks_of_the_accounts_it_is_about_alone(action: str, resource: str) -> None:
    """Of deliveries, those of one account suffice: the requests are the same as of all."""
    callers = (READER, ADMIN, "anonymous", "cloudtrail.amazonaws.com", "ec2.amazonaws.com")
    about: list[dict[str, list[str]]] = [{}, {"aws:SourceAccount": [OTHER]}]
    for principal, context in itertools.product(callers, about):
        facts, whole = Facts(FLEET, healthy()), Facts(FLEET, healthy())
        samples_module.deliveries(whole)
        answers = [why_of(each, principal, action, resource, context) for each in (facts, whole)]
        assert answers[0] == answers[1]
        assert not facts.remembers(samples_module.deliveries)


def why_of(
    facts: Facts, principal: str, action: str, resource: str, context: dict[str, list[str]]
) -> Why:
    asked = question(facts, principal, action, resource, context)
    assert isinstance(asked, Question), asked
    return why(facts, asked)


def with_owners(facts: Facts) -> tuple[Sample, ...]:
    """The fleet's logs, encrypted in a context that besides says whose a log is, of one account."""
    return tuple(
        msgspec.structs.replace(
            log,
            context=(*log.context, (OWNER.lower(), OTHER if log.account == OTHER else "nobody")),
        )
        for log in every_log(facts)
    )


every_log = samples_module.listed
OWNER = "kms:EncryptionContext:owner"
TO_OWNER: dict[str, Json] = {
    "Effect": "Allow", "Principal": {"AWS": [OTHER, THIRD]}, "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": f"${{{OWNER}}}"}},
}  # fmt: skip
TO_BOTH: dict[str, Json] = {
    "Effect": "Allow", "Principal": {"AWS": [OTHER, THIRD]}, "Action": "s3:GetObject",
    "Resource": f"{FLEET.bucket_arn}/*",
}  # fmt: skip


def test_a_variable_of_the_context_tells_both_logs_and_callers_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A condition on who asks hangs on the log by its value alone: one account decrypts its own.

    IAM User Guide, "IAM policy elements: Variables and tags"; the first log is of neither.
    """
    monkeypatch.setattr(samples_module, "listed", with_owners)
    quick = assert_alike([TO_BOTH], [TO_OWNER], [], "2012-10-17", [])
    readers = {h.account for h in quick.held("read").by(certain=True)}
    assert OTHER in readers
    assert THIRD not in readers


def test_a_stranger_of_whatever_name_a_policy_asks_for_is_asked_about_every_object() -> None:
    found = assert_alike([NAMED_SO], [], [], "2012-10-17", None)
    writers = {each.account for each in found.held("write").holders if each.certain}
    assert "444444444444" in writers
