"""Who could come to read by one change of IAM, held to the changes really made (rule 4.10)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Access
from logkeep.who.access import held
from logkeep.who.changes import CHANGES, changes
from logkeep.who.values import POWERS, Held
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, READER
from who.by_iam import (
    ALL,
    ALL_IAM,
    ARCHIVE,
    NONE,
    ROLE,
    USER,
    delegated,
    document,
    found,
    inline,
    staff,
    with_people,
)

GROUP = f"arn:aws:iam::{ARCHIVE}:group/ops"
MANAGED, BOUNDARY = (f"arn:aws:iam::{ARCHIVE}:policy/{name}" for name in ("own", "bound"))
IAM_ONLY, NO_READING = document(("Allow", "iam:*")), document(("Deny", "s3:Get*"))
READ_ALL = document(("Allow", "s3:*"), ("Allow", "kms:*"))
POLICIES = (ALL, NONE, NO_READING)


def attached(arn: str) -> dict[str, str]:
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


def managed(arn: str, *versions: dict[str, Any]) -> dict[str, Any]:
    """A managed policy of which the first version is in force."""
    listed = [{"Document": v, "IsDefaultVersion": n == 0} for n, v in enumerate(versions)]
    return {"Arn": arn, "PolicyName": arn.rpartition("/")[2], "PolicyVersionList": listed}


def steps_of(answer: Access, principal: str) -> set[tuple[str, str, bool]]:
    return {(s.by, s.on, s.certain) for s in answer.steps if s.principal == principal}


def reads(answer: Access, principal: str) -> bool:
    return principal in _certainly(answer.held("read"))


def readers(snapshot: Snapshot) -> set[str]:
    """Who certainly reads, without all else that is told of an archive."""
    read = next(power for power in POWERS if power.name == "read")
    return _certainly(held(Facts(FLEET, snapshot), read))


def _certainly(has: Held) -> set[str]:
    return {holder.principal for holder in has.by(certain=True)}


TAKING_OVER = {
    "iam:UpdateAssumeRolePolicy": READER,
    "iam:CreateAccessKey": ADMIN,
    "iam:CreateLoginProfile": ADMIN,
    "iam:UpdateLoginProfile": ADMIN,
}


def two_readers(*policies: dict[str, Any], **more: Any) -> Snapshot:
    """Besides the declared role the administrator reads, by its own policies."""
    body = staff("User", *policies, **more)
    body["Policies"] = [managed(BOUNDARY, document(("Allow", "*"), ("Deny", "iam:Cre*"),
                                                   ("Deny", "s3:*")))]  # fmt: skip
    return with_people(body, delegated(healthy()))


@pytest.mark.parametrize("action", sorted(TAKING_OVER))
def test_one_more_permission_on_a_reader_adds_exactly_its_step(action: str) -> None:
    assert steps_of(found(two_readers(NONE)), USER) == set()
    target = TAKING_OVER[action]
    answer = found(two_readers(document(("Allow", action))))
    assert steps_of(answer, USER) == {(action, target, True)}
    (step,) = [each for each in answer.steps if each.principal == USER]
    assert step.reason is not None
    assert (step.reason.action, step.reason.layer, step.reason.policy) == (action, "identity", "p0")


@pytest.mark.parametrize("action", sorted(TAKING_OVER))
def test_a_deny_takes_the_step_away_wherever_it_stands(action: str) -> None:
    own = two_readers(document(("Allow", "iam:*"), ("Deny", action)))
    assert action not in {by for by, *_ in steps_of(found(own), USER)}
    bounded = two_readers(
        document(("Allow", action)),
        PermissionsBoundary={"PermissionsBoundaryArn": BOUNDARY},
    )
    kept = set() if action.startswith("iam:Cre") else {(action, TAKING_OVER[action], True)}
    assert steps_of(found(bounded), USER) == kept
    assert action not in {
        by for by, *_ in steps_of(found(under_scp(two_readers(ALL_IAM), action)), USER)
    }
    left = {by for by, *_ in steps_of(found(two_readers(ALL_IAM)), USER)}
    assert action in left


def under_scp(snapshot: Snapshot, action: str) -> Snapshot:
    """The organization denies an action to all its members, of which the archive's account is one.

    SCPs do not bind the management account (rule 5.1.6), so another account is that here.
    """
    management, member = "222222222222", "333333333333"
    changed = {}
    for question, answer in snapshot.answers.items():
        if not question.call.startswith("organizations:"):
            continue
        body = msgspec.json.decode(answer.body)
        if question.call == "organizations:DescribeOrganization":
            body["Organization"]["MasterAccountId"] = management
            changed[question] = reply(body)
            continue
        if ("PolicyId", "p-FullAWSAccess") in question.arguments:
            policy = document(("Allow", "*"), ("Deny", action))
            body = {"Policy": {"Content": msgspec.json.encode(policy).decode()}}
        about = tuple((k, v.replace(member, ARCHIVE)) for k, v in question.arguments)
        for arguments in (question.arguments, about):
            asked = msgspec.structs.replace(question, account=management, arguments=arguments)
            changed[asked] = reply(body)
    return snapshot.with_answers(changed)


def test_a_permission_for_another_principal_is_no_step() -> None:
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": f"{READER}-of-another-name"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert steps_of(found(two_readers(policy)), USER) == set()


def test_a_permission_under_an_untold_condition_is_a_step_in_doubt() -> None:
    statement = {
        "Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (step,) = [s for s in found(two_readers(policy)).steps if s.principal == USER]
    assert (step.by, step.certain, step.unknown) == (
        "iam:CreateAccessKey", False, ("aws:multifactorauthpresent",),
    )  # fmt: skip


def test_who_may_edit_iam_where_no_policy_leaves_reading_to_it_only_takes_over() -> None:
    answer = found(with_people(staff("User", ALL_IAM), healthy()))
    assert steps_of(answer, USER) == {("iam:UpdateAssumeRolePolicy", READER, True)}


def test_a_service_linked_role_is_never_taken_over() -> None:
    """IAM User Guide, "Create a service-linked role": its trust policy cannot be changed."""
    linked = f"arn:aws:iam::{ARCHIVE}:role/aws-service-role/x.amazonaws.com/Reads"
    kept = {"Effect": "Deny", "Action": "iam:*", "Resource": READER}
    body = staff("User", {**ALL_IAM, "Statement": [*ALL_IAM["Statement"], kept]})
    body["RoleDetailList"] = [
        {"RoleName": "Reads", "Arn": linked, "RolePolicyList": [inline("all", READ_ALL)]}
    ]
    answer = found(with_people(body, delegated(healthy())))
    assert reads(answer, linked)
    assert linked not in {step.on for step in answer.steps if step.by in TAKING_OVER}


def behind_an_address(snapshot: Snapshot) -> Snapshot:
    """The bucket denies whoever comes from elsewhere, so that nobody reads for certain."""
    question = scenes.bucket_policy_ask()
    policy = scenes.policy(question)
    deny = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*",
        "Resource": f"{FLEET.bucket_arn}/*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    }  # fmt: skip
    return scenes.with_policy(
        snapshot, question, {**policy, "Statement": [*policy["Statement"], deny]}
    )


def test_taking_over_one_who_reads_in_doubt_is_in_doubt_itself() -> None:
    snapshot = behind_an_address(with_people(staff("User", ALL_IAM), healthy()))
    steps = {s.by: s for s in found(snapshot).steps if s.principal == USER}
    over = steps["iam:UpdateAssumeRolePolicy"]
    assert (over.on, over.certain, over.unknown) == (READER, False, ("aws:sourceip",))


def test_who_is_in_doubt_already_is_told_no_change_that_leaves_it_so() -> None:
    snapshot = behind_an_address(delegated(with_people(staff("User", ALL), healthy())))
    answer = found(snapshot)
    assert USER in {holder.principal for holder in answer.held("read").by(certain=False)}
    assert {by for by, *_ in steps_of(answer, USER)}.isdisjoint(CHANGES)


# The second half: the change is really made in the snapshot, and who reads then is asked.


def entry_of(body: dict[str, Any], arn: str) -> dict[str, Any]:
    lists = ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies")
    return next(each for name in lists for each in body[name] if each["Arn"] == arn)


def outcomes(body: dict[str, Any], action: str, on: str) -> Iterator[dict[str, Any]]:
    """The account's IAM after each way of doing one action to one thing."""
    kind = next((k for k in ("User", "Role", "Group") if f":{k.lower()}/" in on), "managed")
    name = action.removeprefix("iam:").replace(kind, "*", 1)
    listed, attachments = f"{kind}PolicyList", "AttachedManagedPolicies"
    entry = entry_of(body, on)

    def changed(**new: Any) -> dict[str, Any]:
        after = copy.deepcopy(body)
        entry_of(after, on).update(new)
        return after

    match name:
        case "Put*Policy":
            for taken in [None, *entry.get(listed, [])]:
                kept = [each for each in entry.get(listed, []) if each != taken]
                yield changed(**{listed: [*kept, inline("new", ALL)]})
        case "Attach*Policy":
            after = changed(**{attachments: [*entry.get(attachments, []), attached("arn:new")]})
            after["Policies"].append(managed("arn:new", ALL))
            yield after
        case "Delete*Policy":
            for taken in entry.get(listed, []):
                yield changed(**{listed: [each for each in entry[listed] if each != taken]})
        case "Detach*Policy":
            for taken in entry.get(attachments, []):
                rest = [each for each in entry[attachments] if each != taken]
                yield changed(**{attachments: rest})
        case "Delete*PermissionsBoundary" | "Put*PermissionsBoundary":
            yield changed(PermissionsBoundary=None)
        case "CreatePolicyVersion":
            yield changed(PolicyVersionList=managed(on, ALL)["PolicyVersionList"])
        case "SetDefaultPolicyVersion":
            for version in entry["PolicyVersionList"][1:]:
                chosen = managed(on, version["Document"])["PolicyVersionList"]
                yield changed(PolicyVersionList=chosen)
        case "AddUserTo*" | "RemoveUserFrom*":
            groups = ["ops"] if name == "AddUserTo*" else []
            after = copy.deepcopy(body)
            entry_of(after, USER).update(GroupList=groups)
            yield after
        case _:
            raise AssertionError(name)


def possible(body: dict[str, Any], arn: str) -> Iterator[tuple[str, str]]:
    """Every change of IAM that could touch a principal, and what it is done to."""
    kind = "User" if arn == USER else "Role"
    entry = entry_of(body, arn)
    for action in CHANGES:
        name = action.removeprefix("iam:")
        if name in ("AddUserToGroup", "RemoveUserFromGroup"):
            is_member = bool(entry.get("GroupList"))
            if kind == "User" and is_member == name.startswith("Remove"):
                yield action, GROUP
        elif "Version" in name:
            yield from ((action, each["Arn"]) for each in body["Policies"])
        elif kind in name:
            yield action, arn
        elif "Group" in name and entry.get("GroupList"):
            yield action, GROUP


def account_of(drawn: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    kind, first, own, versions, bounds, theirs, is_member = drawn
    more: dict[str, Any] = {}
    if versions:
        more["AttachedManagedPolicies"] = [attached(MANAGED)]
    if bounds:
        more["PermissionsBoundary"] = {"PermissionsBoundaryArn": BOUNDARY}
    if kind == "User" and is_member:
        more["GroupList"] = ["ops"]
    body = staff(kind, first, *own, **more)
    group = {"GroupName": "ops", "Arn": GROUP, "GroupPolicyList": [inline("g", theirs)]}
    body["GroupDetailList"] = [group]
    body["Policies"] = [managed(arn, *each) for arn, each in
                        ((MANAGED, versions), (BOUNDARY, bounds)) if each]  # fmt: skip
    return (USER if kind == "User" else ROLE), body


SOME = st.sampled_from(POLICIES)
ACCOUNTS = st.tuples(
    st.sampled_from(["User", "Role"]),
    st.just(IAM_ONLY),
    st.lists(SOME, max_size=2),
    st.lists(SOME, max_size=2),
    st.lists(st.sampled_from([IAM_ONLY, ALL]), max_size=2),
    SOME,
    st.booleans(),
).map(account_of)


@example(account_of(("User", IAM_ONLY, [], [NONE, ALL], [IAM_ONLY, ALL], ALL, False)), True)
@example(account_of(("User", IAM_ONLY, [ALL], [NO_READING], [], NO_READING, True)), True)
@example(account_of(("User", IAM_ONLY, [ALL], [], [], NO_READING, True)), True)
@example(account_of(("Role", IAM_ONLY, [ALL, NO_READING], [], [], NONE, False)), True)
@example(account_of(("Role", IAM_ONLY, [ALL], [NONE], [IAM_ONLY], NONE, False)), True)
@given(ACCOUNTS, st.booleans())
@examples(15)
def test_a_step_is_a_change_after_which_it_reads_and_no_other_change_is(
    made: tuple[str, dict[str, Any]], is_left_to_iam: bool
) -> None:
    eve, body = made
    snapshot = delegated(healthy()) if is_left_to_iam else healthy()
    before = found(with_people(body, snapshot))
    told = {(by, on) for by, on, _ in steps_of(before, eve) if by in CHANGES}
    helps = {
        (action, on)
        for action, on in possible(body, eve)
        for after in outcomes(body, action, on)
        if eve in readers(with_people(after, snapshot))
    }
    if reads(before, eve):
        assert told == set()
        return
    assert told <= helps
    # For each action one thing is told that it works on.
    assert {by for by, _ in told} == {by for by, _ in helps}


def test_every_change_that_is_known_is_tried_by_the_law_above() -> None:
    bodies = [account_of(("User", IAM_ONLY, [NO_READING], [NO_READING, ALL], [IAM_ONLY, ALL],
                          NO_READING, member)) for member in (True, False)]  # fmt: skip
    bodies.append(
        account_of(("Role", IAM_ONLY, [NO_READING], [NO_READING], [IAM_ONLY], NONE, False))
    )
    bodies[0][1]["GroupDetailList"][0]["AttachedManagedPolicies"] = [attached(MANAGED)]
    tried = {
        change.action
        for eve, body in bodies
        for change in changes(Facts(FLEET, with_people(body, healthy())), eve)
    }
    assert tried == set(CHANGES)
