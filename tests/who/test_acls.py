"""Where ACLs speak, whom they let in counts as whom a policy does."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.access.bucket import of_bucket
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Verdict
from logkeep.who import access
from support import scenes
from support.scenes import FLEET, healthy

OWNER, OTHER = "0" * 64, "1" * 64
GROUPS = "http://acs.amazonaws.com/groups/global"
OPEN = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
OFF = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), False)
WRITERS, ADMINISTRATORS = "writers-of-the-fleet", "settings-by-administrators"


def world(
    *entries: tuple[str, str], unguarded: bool = True, public: bool = True, closed: bool = False
) -> Snapshot:
    """The archive with ACLs on, without the Denies that keep people out, and with these entries."""
    facts = Facts(FLEET, healthy())
    named = [
        {"Grantee": {"URI": who} if who.startswith("http") else {"ID": who}, "Permission": what}
        for who, what in (*entries, (OWNER, "FULL_CONTROL"))
    ]
    answers: dict[Any, Reply] = {
        of_bucket(facts, "s3:GetBucketAcl"): reply({"Owner": {"ID": OWNER}, "Grants": named}),
    }
    if not closed:
        answers[of_bucket(facts, "s3:GetBucketOwnershipControls")] = reply(OPEN)
    if public:
        flags = {"PublicAccessBlockConfiguration": {**OFF, "RestrictPublicBuckets": False}}
        answers[of_bucket(facts, "s3:GetPublicAccessBlock")] = reply(flags)
    at = scenes.bucket_policy_ask()
    document = scenes.policy(at)
    kept = [s for s in document["Statement"] if s["Effect"] == "Allow" or not unguarded]
    snapshot = scenes.with_policy(healthy(), at, {**document, "Statement": kept})
    return snapshot.with_answers(answers)


def concluded(snapshot: Snapshot, name: str) -> tuple[Verdict, tuple[str, ...]]:
    found = access(Facts(FLEET, snapshot)).conclusions
    return next((c.verdict, c.who) for c in found if c.name == name)


@pytest.mark.parametrize(
    ("name", "who", "permission", "stranger"),
    [
        (WRITERS, OTHER, "WRITE", "*"),
        (WRITERS, OTHER, "FULL_CONTROL", "*"),
        (WRITERS, f"{GROUPS}/AllUsers", "WRITE", "anonymous"),
        (WRITERS, f"{GROUPS}/AuthenticatedUsers", "WRITE", "*"),
        (ADMINISTRATORS, OTHER, "WRITE_ACP", "*"),
        (ADMINISTRATORS, f"{GROUPS}/AllUsers", "WRITE_ACP", "anonymous"),
    ],
)
def test_an_entry_for_others_breaks_the_conclusion(
    name: str, who: str, permission: str, stranger: str
) -> None:
    verdict, found = concluded(world((who, permission)), name)
    assert verdict == "fails"
    assert stranger in found
    before, among = concluded(world(), name)
    assert stranger not in among
    # The policy's own Denies stand above an ACL (people alone), and ACLs that are off say nothing.
    verdict, guarded = concluded(world((who, permission), unguarded=False), name)
    assert verdict != "fails" or stranger not in guarded
    assert concluded(world((who, permission), closed=True), name) == (before, among)


def test_a_group_is_nobody_where_public_acls_are_ignored() -> None:
    entry = (f"{GROUPS}/AllUsers", "WRITE")
    assert "anonymous" not in concluded(world(entry, public=False), WRITERS)[1]


def test_the_owners_own_entry_opens_nothing() -> None:
    assert "*" not in concluded(world(), WRITERS)[1]


def test_whoever_decrypts_and_may_write_a_logs_acl_is_one_step_from_reading() -> None:
    clerk = "arn:aws:iam::111111111111:role/Clerk"
    question = ask("111111111111", "us-east-1", "iam:GetAccountAuthorizationDetails")
    own = {"Effect": "Allow", "Action": ["s3:PutObjectAcl", "kms:Decrypt"], "Resource": "*"}
    inline = [{"PolicyName": "own", "PolicyDocument": {"Statement": own}}]
    role = {"RoleName": "Clerk", "Arn": clerk, "RolePolicyList": inline}
    at = scenes.key_policy_ask()
    document = scenes.policy(at)
    said = {"Effect": "Allow", "Principal": {"AWS": clerk}, "Action": "kms:Decrypt"}
    key = {**document, "Statement": [*document["Statement"], {**said, "Resource": "*"}]}
    answer = {question: reply({"RoleDetailList": [role]})}
    for closed in (False, True):
        snapshot = scenes.with_policy(world(closed=closed).with_answers(answer), at, key)
        found = {(s.principal, s.by) for s in access(Facts(FLEET, snapshot)).steps}
        assert ((clerk, "s3:PutObjectAcl") in found) is not closed
