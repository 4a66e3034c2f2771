"""`who --archive` covers the replica, and says what each protection does not stop."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from kinds.replication.worlds import planned, shapes
from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.archive import locking
from logkeep.policy.write import document_of
from logkeep.show.paint import Paint
from logkeep.show.who import access_text
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.who import access

FLEET, BEFORE = shapes()["the archive's replica"]
WELL = planned(FLEET, BEFORE)
REPLICA = Bucket("acme-replica", "333333333333", "eu-west-1")


def text(snapshot: Snapshot) -> str:
    return access_text(FLEET, access(Facts(FLEET, snapshot)), Paint())


def test_the_replica_is_covered(snapshot: SnapshotAssertion) -> None:
    found = access(Facts(FLEET, WELL))
    (copy,) = found.copies
    assert (copy.bucket, copy.account) == (f"arn:aws:s3:::{REPLICA.name}", REPLICA.account)
    assert copy.role.endswith(":role/logkeep-replication-secprod-multiaccount-logs")
    by_name = {held.power: held for held in copy.powers}
    assert set(by_name) == {"write", "read", "delete", "settings", "key"}
    assert any(each.principal == copy.role for each in by_name["write"].holders)
    (said,) = [each for each in found.conclusions if each.name == "nobody-deletes-copies"]
    assert said.verdict == "holds"
    lines = text(WELL).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("copy "))
    assert "\n".join(lines[start:]) == snapshot


def test_whoever_administers_the_replica_can_destroy_it_without_the_deny() -> None:
    facts = Facts(FLEET, WELL)
    question = of_bucket(facts, "s3:GetBucketPolicy", REPLICA)
    document: Any = document_of(seen(bucket.policy_text(facts, REPLICA)))
    left = [s for s in document["Statement"] if s["Effect"] != "Deny"]
    bare = msgspec.json.encode({**document, "Statement": left}).decode()
    found = access(Facts(FLEET, WELL.with_answers({question: reply({"Policy": bare})})))
    (said,) = [each for each in found.conclusions if each.name == "nobody-deletes-copies"]
    assert said.verdict == "fails"
    assert all(":333333333333:" in who for who in said.who)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {
            "Mode": "COMPLIANCE", "Days": 400}}}, ("compliance 400d", "closing the account")),
        ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {
            "Mode": "GOVERNANCE", "Days": 30}}},
         ("governance 30d", "principals with s3:BypassGovernanceRetention")),
        ({"ObjectLockEnabled": "Enabled"}, ("without a default retention", "one by one")),
    ],
)  # fmt: skip
def test_what_a_lock_does_not_stop(answer: dict[str, Any], said: tuple[str, ...]) -> None:
    question = of_bucket(Facts(FLEET, WELL), locking.GET)
    told = " ".join(
        text(WELL.with_answers({question: reply({"ObjectLockConfiguration": answer})})).split()
    )
    for words in (*said, "a lifecycle rule once the time is over", "deleting the key"):
        assert words in told


def test_no_lock_is_claimed_that_was_not_seen() -> None:
    assert [each.name for each in access(Facts(FLEET, WELL)).protections] == [
        "versioning", "deny-delete",
    ]  # fmt: skip
