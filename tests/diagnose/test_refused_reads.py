"""A read of ours that a policy refuses is told as what it is: which policy, and whose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import msgspec
import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan.plan import plan
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from support import scenes
from support.large import large

STAGING = "333333333333"
ROLE = "OrganizationAccountAccessRole"
USER = f"User: arn:aws:sts::{STAGING}:assumed-role/{ROLE}/logkeep is not authorized to perform: "
BY_SCP = "cloudtrail:DescribeTrails with an explicit deny in a service control policy"


def refused(message: str, code: str = "AccessDeniedException") -> Snapshot:
    """The healthy fleet, where staging's trails could not be listed."""
    asked = [
        each
        for each in scenes.healthy().answers
        if each.call == "cloudtrail:DescribeTrails" and each.account == STAGING
    ]
    assert asked
    return scenes.healthy().with_answers(
        {each: Reply(error=code, message=message) for each in asked}
    )


def with_scp(snapshot: Snapshot, statement: dict[str, object]) -> Snapshot:
    """The same with a service control policy over staging."""
    document = {"Version": "2012-10-17", "Statement": [statement]}
    answers: dict[Ask, Reply] = {}
    for each in snapshot.answers:
        told = dict(each.arguments)
        scp = told.get("Filter") == "SERVICE_CONTROL_POLICY" and told.get("TargetId") == STAGING
        if each.call == "organizations:ListPoliciesForTarget" and scp:
            found = msgspec.json.decode(snapshot.answers[each].body)["Policies"]
            answers[each] = reply({"Policies": [*found, {"Id": "p-reads", "Name": "NoReads"}]})
            content = Ask(each.account, each.region, "organizations:DescribePolicy",
                          (("PolicyId", "p-reads"),))  # fmt: skip
            answers[content] = reply({"Policy": {"Content": json.dumps(document)}})
    assert answers
    return snapshot.with_answers(answers)


DENY = {"Sid": "Quiet", "Effect": "Deny", "Action": "cloudtrail:Describe*", "Resource": "*"}


def told(snapshot: Snapshot) -> str:
    found = diagnose(scenes.FLEET, snapshot)
    noticed = notices(Facts(scenes.FLEET, snapshot))
    text = diagnosis_text(scenes.FLEET, found, Paint(), Around(notices=noticed))
    return re.sub(r"\s+", " ", text)


def test_a_control_policy_is_named_with_its_owner() -> None:
    text = told(with_scp(refused(USER + BY_SCP), DENY))
    says = (
        f"resolve ask the organization's management account to let `{ROLE}` call "
        "cloudtrail:DescribeTrails: the service control policy `NoReads` denies it by statement "
        "`Quiet`"
    )
    assert text.count(says) >= 2  # the finding, and the notices that hang on the same call
    assert f"let `{ROLE}` call cloudtrail:DescribeTrails more" not in text


def test_what_was_not_asked_because_of_it_is_not_told_again() -> None:
    assert "was not asked" not in told(refused(USER + BY_SCP)).partition("note[")[0]


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (BY_SCP, "management account to let `{role}` call {action}: the service control policy"
                 " denies it"),
        (BY_SCP + ": arn:aws:organizations::111111111111:policy/o-x/service_control_policy/p-1",
         "the service control policy `arn:aws:organizations::111111111111:policy/o-x/"
         "service_control_policy/p-1` denies it"),
        ("{action} because no service control policy allows the {action} action",
         "management account to let `{role}` call {action}: the service control policy does not"
         " allow it"),
        ("{action} with an explicit deny in an identity-based policy",
         "ask the owner of `{role}` in staging to let `{role}` call {action}: its own policy"
         " denies it"),
        ("{action} because no permissions boundary allows the {action} action",
         "its permissions boundary does not allow it"),
        # That the role's own policies do not allow it is what a missing permission is.
        ("{action} because no identity-based policy allows the {action} action",
         "let `{role}` call {action} more"),
        ("{action}", "let `{role}` call {action} more"),
    ],
)  # fmt: skip
def test_without_the_policies_aws_own_words_tell(message: str, says: str) -> None:
    filled: Callable[[str], str] = lambda text: text.format(  # noqa: E731
        role=ROLE, action="cloudtrail:DescribeTrails"
    )
    assert filled(says) in told(refused(USER + filled(message)))


def test_a_policy_that_lets_it_through_is_not_accused() -> None:
    other = {**DENY, "Action": "cloudtrail:StopLogging"}
    assert "NoReads" not in told(with_scp(refused(USER + BY_SCP), other))
    elsewhere = {**DENY, "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-north-1"}}}
    assert "NoReads" not in told(with_scp(refused(USER + "cloudtrail:DescribeTrails"), elsewhere))


def test_a_bucket_that_refuses_all_is_its_owners_and_the_root_user_can_mend_it() -> None:
    """S3 API Reference, DeleteBucketPolicy: the owner's root user may, whatever it denies."""
    denied = (
        "User: arn:aws:iam::111111111111:user/ada is not authorized to perform: "
        "s3:GetBucketPolicy on resource: x with an explicit deny in a resource-based policy"
    )
    asked = {
        each: Reply(error="AccessDenied", message=denied)
        for each in scenes.healthy().answers
        if each.call == "s3:GetBucketPolicy" and each.account == "111111111111"
    }
    assert asked
    text = told(scenes.healthy().with_answers(asked))
    assert "ask the owner of the resource in security to let `" in text
    assert (
        "call s3:GetBucketPolicy: the resource's policy denies it; the root user of security may "
        "change or delete a bucket's policy, whatever the policy denies"
    ) in text


def test_what_every_account_refuses_is_told_once_by_diagnose_and_plan() -> None:
    """AWS's messages name the account and the request, EC2's an encoded message of their own."""
    fleet, snapshot = large(40, 2)
    by = "is not authorized to perform: cloudtrail:DescribeTrails. Encoded authorization failure"
    answers = {
        each: Reply(
            error="AccessDeniedException",
            message=f"User: arn:aws:sts::{each.account}:assumed-role/r/s {by} message: {'x' * n}"
            f" (Request ID: 00000000-0000-4000-8000-{n:012})",
        )
        for n, each in enumerate(snapshot.answers)
        if each.call == "cloudtrail:DescribeTrails"
    }
    unseen = snapshot.with_answers(answers)
    found = diagnose(fleet, unseen)
    text = diagnosis_text(fleet, found, Paint(), Around())
    assert text.count("unknown[trail-missing]") == 1
    assert "Nothing is centralised yet" not in text  # nobody could see whether that is so
    made = plan(fleet, unseen)
    assert [each.code for each in made.blocked].count("trail-missing") == 1
    assert len(made.blocked[0].accounts) == 40
