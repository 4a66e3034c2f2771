"""Which conclusion breaks: by a policy unread, by the key, by whoever else writes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from logkeep.access.key import of_key
from logkeep.archive.key_end import ENDINGS, OF_ALIAS
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import ADMIN
from support.worlds import people as worlds_people
from who.sound import (
    ARCHIVE,
    OBJECTS,
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


@pytest.mark.parametrize("leg", ["bucket", "key"])
def test_a_malformed_policy_leaves_nothing_proven_about_its_side(leg: str) -> None:
    asks = {"bucket": scenes.bucket_policy_ask(), "key": scenes.key_policy_ask()}
    answer = found(scenes.with_policy(healthy(), asks[leg], "{not json"))
    assert concluded(answer, "readers-as-declared").verdict == "unknown"


def user(name: str, *actions: str) -> Callable[[Snapshot], Snapshot]:
    """One more user of the archive's account, whose own policy allows these."""
    arn = f"arn:aws:iam::{ARCHIVE}:user/{name}"
    rights = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    inline = {"PolicyName": "own", "PolicyDocument": {"Statement": rights}}
    added = {"UserName": name, "Arn": arn, "UserPolicyList": [inline] if actions else []}
    return people(UserDetailList=[*worlds_people()["UserDetailList"], added])


INTERN = f"arn:aws:iam::{ARCHIVE}:user/intern"
ENDS = [action for action in ENDINGS if action not in OF_ALIAS]


@pytest.mark.parametrize("action", ENDS)
def test_an_intern_who_may_end_the_key_breaks_its_conclusion(action: str) -> None:
    """Whoever ends the key has deleted the logs (KMS guide, "Deleting AWS KMS keys")."""
    answer = found(user("intern")(key(allow({"AWS": INTERN}, action, resource="*"))))
    broken = concluded(answer, "key-by-administrators")
    assert (broken.verdict, broken.who) == ("fails", (INTERN,))


def test_a_foreign_account_that_may_hand_the_key_on_breaks_its_conclusion() -> None:
    """Rule 4.3: of all these only CreateGrant and ReEncryptFrom work from another account."""
    root = f"arn:aws:iam::{STRANGER}:root"
    answer = found(key(allow({"AWS": root}, *ENDS, resource="*")))
    broken = concluded(answer, "key-by-administrators")
    assert broken.verdict == "fails"
    assert root in broken.who
    without = [each for each in ENDS if each not in ("kms:CreateGrant", "kms:ReEncryptFrom")]
    answer = found(key(allow({"AWS": root}, *without, resource="*")))
    assert concluded(answer, "key-by-administrators").verdict == "holds"


@pytest.mark.parametrize("action", sorted(OF_ALIAS))
def test_the_keys_name_is_led_elsewhere_by_who_may_it_on_both_the_key_and_the_alias(
    action: str,
) -> None:
    """KMS guide, "Controlling access to aliases": only IAM can allow it on the alias."""
    on_key = key(allow({"AWS": INTERN}, action, resource="*"))
    both, one = user("intern", action)(on_key), user("intern")(on_key)
    broken = concluded(found(both), "key-by-administrators")
    assert (broken.verdict, broken.who) == ("fails", (INTERN,))
    assert concluded(found(one), "key-by-administrators").verdict == "holds"


def test_what_comes_to_nothing_for_this_key_breaks_nothing() -> None:
    """A key of one Region is never replicated, nor is material deleted that KMS made."""
    question = of_key(Facts(FLEET, healthy()), "kms:DescribeKey", FLEET.archive.key)
    body = msgspec.json.decode(healthy().answers[question].body)
    told = {**body["KeyMetadata"], "MultiRegion": False, "Origin": "AWS_KMS"}
    of_one = healthy().with_answers({question: reply({**body, "KeyMetadata": told})})
    idle = ("kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:DeleteImportedKeyMaterial")
    statement = allow({"AWS": INTERN}, *idle, resource="*")
    answer = found(user("intern")(key(statement, snapshot=of_one)))
    assert concluded(answer, "key-by-administrators").verdict == "holds"


def test_the_root_user_of_the_keys_account_is_told_of_and_breaks_nothing() -> None:
    answer = found(healthy())
    assert "root-user-of-key" in answer.caveats
    assert concluded(answer, "key-by-administrators").verdict == "holds"


SERVICE = {"Service": "cloudtrail.amazonaws.com"}
OWN = f"{FLEET.bucket_arn}/AWSLogs/222222222222/*"
ELSEWHERE = f"{FLEET.bucket_arn}/other/*"


@pytest.mark.parametrize("resource", [f"{FLEET.bucket_arn}/AWSLogs/*", ELSEWHERE, OBJECTS])
def test_a_strangers_trail_that_may_write_breaks_the_conclusion_on_writers(resource: str) -> None:
    """Rule 1.4.4; a stranger's trail has the prefix that its owner chose (rule 1.3.2)."""
    answer = found(bucket(allow(SERVICE, "s3:PutObject", resource=resource)))
    broken = concluded(answer, "writers-of-the-fleet")
    assert (broken.verdict, broken.who) == ("fails", ("cloudtrail.amazonaws.com",))
    assert ("cloudtrail.amazonaws.com", "") in holders(answer, "write")


def test_a_person_who_may_write_breaks_the_conclusion_on_writers() -> None:
    broken = concluded(found(unguarded()), "writers-of-the-fleet")
    assert broken.verdict == "fails"
    assert ADMIN in broken.who


def test_a_service_bound_to_an_account_of_the_fleet_writes_as_it_should() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "222222222222"}}
    answer = found(bucket(allow(SERVICE, "s3:PutObject", resource=OWN, Condition=condition)))
    assert concluded(answer, "writers-of-the-fleet").verdict == "holds"
