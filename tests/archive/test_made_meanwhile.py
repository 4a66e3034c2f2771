"""A bucket that somebody makes while AWS is asked is not taken for another account's."""

from __future__ import annotations

import msgspec

from logkeep.access import bucket
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Seen
from support import scenes

FLEET = scenes.FLEET
NOTHING = msgspec.Raw(b"null")


def torn(*answers: tuple[Ask, Reply]) -> Facts:
    """Nothing is listed, and then the bucket is there."""
    before = Facts(FLEET, scenes.empty(FLEET))
    at = bucket.archives(before)
    found = {
        bucket.listing(before, at.account): reply({"Buckets": [], "Owner": {"ID": "0" * 64}}),
        bucket.head(at): reply({"BucketRegion": at.region}),
        **dict(answers),
    }
    return Facts(FLEET, before.snapshot.with_answers(found))


def location(facts: Facts) -> Ask:
    return bucket.of_bucket(facts, "s3:GetBucketLocation")


def whose(facts: Facts) -> str | None:
    look = bucket.owner(facts, bucket.archives(facts))
    return look.value if isinstance(look, Seen) else None


def test_its_owner_is_asked_for_by_the_account_that_it_should_be_of() -> None:
    facts = torn()
    assert location(facts) in bucket.asks(facts)
    assert bucket.of_bucket(facts, "s3:GetBucketPolicy") not in bucket.asks(facts)


def test_one_that_s3_takes_to_be_ours_is_ours_and_asked_about() -> None:
    facts = torn((location(torn()), reply({})))
    assert whose(facts) == FLEET.archive.account
    assert bucket.of_bucket(facts, "s3:GetBucketPolicy") in bucket.asks(facts)


def test_one_that_s3_refuses_us_is_another_s() -> None:
    facts = torn((location(torn()), Reply(NOTHING, "AccessDenied", "Access Denied")))
    assert whose(facts) == bucket.ANOTHER_ACCOUNT
