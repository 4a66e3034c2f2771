"""Who can do what with the archive: every kind of holder, each broken conclusion, every gap."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.key import of_key
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Access, Holder, access
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, KEY_ID, READER, fleet_of, well
from support.worlds import people as worlds_people
from who.sound import (
    ARCHIVE,
    STRANGER,
    allow,
    bucket,
    concluded,
    found,
    holders,
    key,
    people,
    unguarded,
)

MEMBER = "222222222222"
ROOT = f"arn:aws:iam::{ARCHIVE}:root"


def without_statement(question: Ask, sid: str) -> Snapshot:
    document = scenes.policy(question)
    kept = [s for s in document["Statement"] if s["Sid"] != sid]
    return scenes.with_policy(healthy(), question, {**document, "Statement": kept})


def in_doubt(answer: Access, power: str) -> list[Holder]:
    return answer.held(power).by(certain=False)


def test_a_sound_archive_is_proven_in_every_conclusion() -> None:
    answer = found(healthy())
    assert {c.name: c.verdict for c in answer.conclusions} == {
        "writers-are-not-readers": "holds",
        "nobody-deletes": "holds",
        "readers-as-declared": "holds",
        "settings-by-administrators": "holds",
        "key-by-administrators": "holds",
        "writers-of-the-fleet": "holds",
    }
    assert holders(answer, "read") == [(READER, ARCHIVE)]
    assert holders(answer, "delete") == []
    assert holders(answer, "write") == [
        ("cloudtrail.amazonaws.com", account)
        for account in ("111111111111", "222222222222", "333333333333")
    ]


def test_every_holder_has_its_reason_and_every_doubt_its_keys() -> None:
    answer = found(bucket(allow({"AWS": f"arn:aws:iam::{STRANGER}:root"}, "s3:GetObject")))
    listed = [holder for held in answer.powers for holder in held.holders]
    assert listed
    assert all(h.reasons if h.certain else h.unknown for h in listed)


def test_an_administrator_is_one_step_from_reading_through_the_key_policy() -> None:
    """Rule 4.10: whoever may change the key's policy can give itself Decrypt."""
    steps = {(s.principal, s.by): s for s in found(healthy()).steps}
    assert steps[ADMIN, "kms:PutKeyPolicy"].certain
    assert steps[ROOT, "kms:PutKeyPolicy"].certain
    assert (ADMIN, "kms:CreateGrant") not in steps


def test_who_may_create_a_grant_is_one_step_from_reading() -> None:
    account = {"AWS": f"arn:aws:iam::{ARCHIVE}:root"}
    steps = found(key(allow(account, "kms:CreateGrant", resource="*"))).steps
    assert (ADMIN, "kms:CreateGrant") in {(step.principal, step.by) for step in steps}


def test_who_may_assume_the_readers_role_is_one_step_from_reading() -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "sts:AssumeRole"},
        ],
    }
    role = {"RoleName": "LogReader", "Arn": READER, "AssumeRolePolicyDocument": trust}
    steps = found(people(RoleDetailList=[role])(healthy())).steps
    assumed = [step for step in steps if step.by == "sts:AssumeRole"]
    assert [(s.principal, s.on, s.certain) for s in assumed] == [(ADMIN, READER, True)]


@pytest.mark.parametrize(
    ("principal", "passes"),
    [
        ({"Service": "lambda.amazonaws.com"}, True),
        ({"AWS": f"arn:aws:iam::{STRANGER}:role/x"}, False),
    ],
)
def test_who_may_pass_the_readers_role_to_a_service_is_one_step_from_reading(
    principal: dict[str, str], passes: bool
) -> None:
    """IAM User Guide, "Grant a user permissions to pass a role to an AWS service"."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }
    role = {"RoleName": "LogReader", "Arn": READER, "AssumeRolePolicyDocument": trust}
    steps = found(people(RoleDetailList=[role])(healthy())).steps
    passed = [(s.principal, s.on, s.certain) for s in steps if s.by == "iam:PassRole"]
    assert passed == ([(ADMIN, READER, True)] if passes else [])


def test_a_reader_that_may_write_breaks_the_separation_by_name() -> None:
    answer = found(unguarded(allow({"AWS": READER}, "s3:PutObject")))
    broken = concluded(answer, "writers-are-not-readers")
    assert (broken.verdict, broken.who) == ("fails", (READER,))


def test_a_writer_that_may_decrypt_but_not_get_does_not_read() -> None:
    """Reading takes the object and its key (rule 4.8)."""
    snapshot = key(allow({"AWS": ADMIN}, "kms:Decrypt", resource="*"), snapshot=unguarded())
    answer = found(snapshot)
    assert (ADMIN, ARCHIVE) in holders(answer, "decrypt")
    broken = concluded(answer, "writers-are-not-readers")
    assert (broken.verdict, broken.who) == ("fails", (ADMIN,))
    answer = found(bucket(allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/Nobody"}, "s3:GetObject")))
    assert holders(answer, "read") == [(READER, ARCHIVE)]


def test_without_the_deny_the_accounts_administrators_delete() -> None:
    answer = found(without_statement(scenes.bucket_policy_ask(), "LogkeepKeepLogs"))
    broken = concluded(answer, "nobody-deletes")
    assert (broken.verdict, set(broken.who)) == ("fails", {ADMIN, ROOT})


def test_readers_are_compared_with_the_declared_ones_both_ways() -> None:
    other = f"arn:aws:iam::{ARCHIVE}:role/Other"
    role = {"RoleName": "Other", "Arn": other}
    document = scenes.policy(scenes.key_policy_ask())
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepDecrypt"]
    kept.append(allow({"AWS": other}, "kms:Decrypt", resource="*"))
    snapshot = bucket(allow({"AWS": other}, "s3:GetObject"))
    snapshot = scenes.with_policy(
        people(RoleDetailList=[role])(snapshot),
        scenes.key_policy_ask(),
        {**document, "Statement": kept},
    )
    broken = concluded(found(snapshot), "readers-as-declared")
    assert (broken.verdict, broken.who, broken.missing) == ("fails", (other,), (READER,))


def test_a_fleet_that_declares_no_readers_is_not_compared() -> None:
    fleet = fleet_of(readers=None)
    names = [c.name for c in access(Facts(fleet, well(fleet))).conclusions]
    assert "readers-as-declared" not in names


def test_an_administrator_that_is_not_declared_breaks_the_settings() -> None:
    document = scenes.policy(scenes.bucket_policy_ask())
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepSettings"]
    eve = f"arn:aws:iam::{ARCHIVE}:user/eve"
    rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    inline = {"PolicyName": "all", "PolicyDocument": {"Statement": rights}}
    users = [
        *worlds_people()["UserDetailList"],
        {"UserName": "eve", "Arn": eve, "UserPolicyList": [inline]},
    ]
    snapshot = scenes.with_policy(
        people(UserDetailList=users)(healthy()),
        scenes.bucket_policy_ask(),
        {**document, "Statement": kept},
    )
    broken = concluded(found(snapshot), "settings-by-administrators")
    assert (broken.verdict, broken.who) == ("fails", (eve,))


def test_the_root_user_is_listed_and_told_of_but_breaks_nothing() -> None:
    """Rule 2.1.7: no bucket policy keeps the owner's root user from that policy."""
    answer = found(healthy())
    root = next(h for h in answer.held("settings").holders if h.kind == "root")
    allowed = {reason.action for reason in root.reasons}
    assert allowed == {"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}
    assert "root-user" in answer.caveats


def test_a_strangers_account_that_is_let_in_reads_whatever_its_own_policies_say() -> None:
    """They are the stranger's to change, and nobody of the fleet can look at them."""
    root = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    snapshot = key(
        allow(root, "kms:Decrypt", resource="*"), snapshot=bucket(allow(root, "s3:GetObject"))
    )
    answer = found(snapshot)
    (reader,) = [h for h in answer.held("read").holders if h.kind == "account"]
    assert (reader.account, reader.certain) == (STRANGER, True)
    readers = concluded(answer, "readers-as-declared")
    assert readers.verdict == "fails"
    assert STRANGER in "".join(readers.who)


def test_an_account_of_the_fleet_whose_iam_is_unread_is_unknown_by_name() -> None:
    root = {"AWS": f"arn:aws:iam::{MEMBER}:root"}
    snapshot = key(
        allow(root, "kms:Decrypt", resource="*"), snapshot=bucket(allow(root, "s3:GetObject"))
    ).without([ask(MEMBER, "us-east-1", "iam:GetAccountAuthorizationDetails")])
    answer = found(snapshot)
    (doubted,) = [h for h in in_doubt(answer, "read") if h.kind == "account"]
    assert doubted.account == MEMBER
    assert any(f"GetAccountAuthorizationDetails in {MEMBER}" in text for text in doubted.unknown)


def test_a_foreign_account_whose_iam_is_read_is_asked_one_by_one() -> None:
    root = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    snapshot = key(
        allow(root, "kms:Decrypt", resource="*"), snapshot=bucket(allow(root, "s3:GetObject"))
    )
    rights = {"Effect": "Allow", "Action": ["s3:Get*", "kms:*"], "Resource": "*"}
    inline = {"PolicyName": "read", "PolicyDocument": {"Statement": rights}}
    mallory, trent = (f"arn:aws:iam::{STRANGER}:user/{name}" for name in ("mallory", "trent"))
    users = [
        {"UserName": "mallory", "Arn": mallory, "UserPolicyList": [inline]},
        {"UserName": "trent", "Arn": trent},
    ]
    snapshot = snapshot.with_answers(
        {
            ask(STRANGER, "us-east-1", "iam:GetAccountAuthorizationDetails"): reply(
                {"UserDetailList": users}
            ),
            ask(STRANGER, "us-east-1", "organizations:DescribeOrganization"): Reply(
                error="AWSOrganizationsNotInUseException"
            ),
        }
    )
    readers = concluded(found(snapshot), "readers-as-declared")
    assert readers.verdict == "fails"
    assert set(readers.who) == {mallory, f"arn:aws:iam::{STRANGER}:root"}


def test_the_archive_accounts_own_iam_unread_leaves_deletes_denied_and_writes_unknown() -> None:
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    answer = found(unguarded().without([question]))
    assert concluded(answer, "nobody-deletes").verdict == "holds"
    assert "account" in {holder.kind for holder in in_doubt(answer, "write")}


def test_a_public_bucket_is_public_unless_public_access_is_blocked() -> None:
    """Rule 2.1.5: RestrictPublicBuckets cuts off everybody but the owner's and services."""
    statement = allow("*", "s3:PutObject")
    assert "public" not in {h.kind for h in found(unguarded(statement)).held("write").holders}
    question = scenes.bucket_policy_ask()
    access_ask = Ask(
        question.account, question.region, "s3:GetPublicAccessBlock", question.arguments
    )
    gone = Reply(error="NoSuchPublicAccessBlockConfiguration")
    opened = unguarded(statement).with_answers({access_ask: gone})
    kinds = {h.kind: h.certain for h in found(opened).held("write").holders}
    assert kinds["public"]
    assert kinds["everyone"]
    hidden = unguarded(statement).without([access_ask])
    kinds = {h.kind: h.certain for h in found(hidden).held("write").holders}
    assert kinds["public"] is False


def test_a_service_without_a_source_condition_writes_for_anybody() -> None:
    """Rule 1.4.4: without aws:SourceArn the policy works, and is open to a confused deputy."""
    service = {"Service": "cloudtrail.amazonaws.com"}
    answer = found(bucket(allow(service, "s3:PutObject")))
    assert ("cloudtrail.amazonaws.com", "") in holders(answer, "write")


def test_a_service_let_in_for_a_foreign_account_is_named_with_it() -> None:
    trail = f"arn:aws:cloudtrail:us-east-1:{STRANGER}:trail/theirs"
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{STRANGER}:trail/*"}}
    service = {"Service": "cloudtrail.amazonaws.com"}
    answer = found(bucket(allow(service, "s3:PutObject", Condition=condition)))
    assert ("cloudtrail.amazonaws.com", STRANGER) in holders(answer, "write")
    assert ("cloudtrail.amazonaws.com", "") not in holders(answer, "write")
    assert trail not in {holder.source for holder in answer.held("write").holders}


def test_a_service_that_no_route_knows_is_asked_about_all_the_same() -> None:
    service = {"Service": "delivery.logs.amazonaws.com"}
    condition = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    doubted = in_doubt(found(bucket(allow(service, "s3:PutObject", Condition=condition))), "write")
    assert {h.principal for h in doubted} == {"delivery.logs.amazonaws.com"}
    assert {key for h in doubted for key in h.unknown} == {"s3:x-amz-acl"}


def test_a_grant_on_the_key_counts_where_grants_were_read() -> None:
    """Rule 4.2: a grant allows besides the policies."""
    question = of_key(Facts(FLEET, healthy()), "kms:ListGrants", KEY_ID)
    grant = {"GranteePrincipal": ADMIN, "Operations": ["Decrypt"]}
    unread = healthy().with_answers({question: Reply(error="AccessDenied", message="")})
    assert "grants-unread" in found(unread).caveats
    assert "grants-unread" not in found(healthy()).caveats
    answer = found(unguarded().with_answers({question: reply({"Grants": [grant]})}))
    assert (ADMIN, ARCHIVE) in holders(answer, "read")
    assert concluded(answer, "writers-are-not-readers").who == (ADMIN,)
    bound = {**grant, "Constraints": {"EncryptionContextSubset": {"a": "b"}}}
    answer = found(healthy().with_answers({question: reply({"Grants": [bound]})}))
    assert {h.principal for h in in_doubt(answer, "read")} == {ADMIN}


def test_grants_that_were_not_read_leave_in_doubt_whom_the_bucket_lets_read() -> None:
    """Rule 4.2: one of them may let somebody decrypt whom the key's policy does not."""
    question = of_key(Facts(FLEET, healthy()), "kms:ListGrants", KEY_ID)
    snapshot = bucket(allow({"AWS": f"arn:aws:iam::{STRANGER}:user/mallory"}, "s3:GetObject"))
    assert concluded(found(snapshot), "readers-as-declared").verdict == "holds"
    answer = concluded(found(snapshot.without([question])), "readers-as-declared")
    assert answer.verdict == "unknown"
    assert "what kms:ListGrants answers" in answer.settle


def test_a_grant_to_an_account_lets_its_people_be_asked() -> None:
    """KMS Developer Guide, "Grants in AWS KMS": the grantee may be an account."""
    question = of_key(Facts(FLEET, healthy()), "kms:ListGrants", KEY_ID)
    grant = {"GranteePrincipal": f"arn:aws:iam::{STRANGER}:root", "Operations": ["Decrypt"]}
    answer = found(healthy().with_answers({question: reply({"Grants": [grant]})}))
    able = [h for h in answer.held("decrypt").by(certain=True) if h.account == STRANGER]
    assert {h.kind for h in able} == {"account", "root"}


@functools.cache
def _questions() -> tuple[Ask, ...]:
    calls = ("s3:", "kms:", "iam:", "organizations:", "sts:")
    return tuple(sorted(q for q in healthy().answers if q.call.startswith(calls)))


@given(st.data())
@examples(40)
def test_hiding_any_fact_improves_no_conclusion(data: st.DataObject) -> None:
    hidden = data.draw(st.lists(st.sampled_from(_questions()), min_size=1, max_size=3))
    snapshot = data.draw(
        st.sampled_from(
            [
                healthy(),
                unguarded(allow({"AWS": READER}, "s3:PutObject", "s3:DeleteObject")),
                without_statement(scenes.bucket_policy_ask(), "LogkeepKeepLogs"),
                key(allow({"AWS": ADMIN}, "kms:Decrypt", resource="*")),
            ]
        )
    )
    before = {c.name: c.verdict for c in found(snapshot).conclusions}
    after = {c.name: c.verdict for c in found(snapshot.without(hidden)).conclusions}
    for name, verdict in before.items():
        told = after.get(name, "unknown")
        assert told in (verdict, "unknown"), name
