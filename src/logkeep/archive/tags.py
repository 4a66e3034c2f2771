"""Does a bucket that Logkeep made bear the tag by which it is known, and which call gives it?

S3 makes a bucket first and tags it then, so that whoever is killed between leaves one without. A
bucket that was there before Logkeep is adopted as it is: it bears tags of others, has no policy of
ours, or one that says what others wrote, and no tag is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.key import FLEET_TAG
from logkeep.policy.write import document_of, statements
from logkeep.route import Hop, Is, Need
from logkeep.snapshot.facts import Facts, remembered
from logkeep.snapshot.setting import Fault, Write
from logkeep.value import UNREADABLE, Absent, Json, Look, Seen, Unseen

CALL = "s3:GetBucketTagging"
CODE = "bucket-untagged"
_OURS = "Logkeep"
"""How the Sid of every statement of ours begins."""


class BucketTag(msgspec.Struct, frozen=True, rename="pascal"):
    """A tag on a bucket."""

    key: str
    value: str = ""


class Tagging(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketTagging."""

    tag_set: tuple[BucketTag, ...] = ()


def tagged(facts: Facts, at: Bucket) -> tuple[Need, ...]:
    """The need of a bucket that is Logkeep's own, or may be as far as could be seen."""
    found = _tags(facts, at)
    is_ours = _may_be_ours(facts, at)
    if isinstance(found, Seen):
        is_ours = found.value.get(FLEET_TAG) == facts.fleet.name
    return (Is("bucket.tag", facts.fleet.name, CODE),) if is_ours else ()


def read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """The fleet that the bucket's tag names; nothing where it has no tags at all."""
    at = _bucket(hop)
    found = _tags(facts, at)
    if isinstance(found, Seen):
        return Seen(found.value.get(FLEET_TAG, ""))
    policy = bucket.policy_text(facts, at)
    if isinstance(found, Absent):
        return policy if isinstance(policy, Unseen) else Seen("")
    return found


def write(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """The call that gives the tag; a bucket that is asked for it has no others to keep."""
    del facts
    return (_call(hop, "s3:PutBucketTagging", Tagging={"TagSet": [_tag(value)]}),)


def spoil(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """Somebody takes the bucket's tags away, where nothing else shows whose it is."""
    if _may_be_ours(facts, _bucket(hop)):
        yield Fault(
            need.code, "the bucket's tags are gone", (_call(hop, "s3:DeleteBucketTagging"),)
        )


def _bucket(hop: Hop) -> Bucket:
    return Bucket(bucket.name_of(hop.arn), hop.account, hop.region)


def _tag(value: Json) -> Json:
    return {"Key": FLEET_TAG, "Value": value}


def _call(hop: Hop, call: str, **arguments: Json) -> Write:
    at = _bucket(hop)
    named: dict[str, Json] = {"Bucket": at.name, "ExpectedBucketOwner": at.account}
    return Write(hop.arn, hop.account, hop.region, call, {**named, **arguments})


def _tags(facts: Facts, at: Bucket) -> Look[dict[str, str]]:
    question = of_bucket(facts, CALL, at)
    look = facts.look(question, Tagging)
    if isinstance(look, Seen):
        found = {tag.key: tag.value for tag in look.value.tag_set}
        return Seen(found) if found else Absent(question.says())
    return look


@remembered
def _may_be_ours(facts: Facts, at: Bucket) -> bool:
    """Whether the policy shows our hand and nobody else's, or was not seen."""
    policy = bucket.policy_text(facts, at)
    if not isinstance(policy, Seen):
        return isinstance(policy, Unseen)
    try:
        found = statements(document_of(policy.value))
    except UNREADABLE:
        return False
    return bool(found) and all(str(each.get("Sid", "")).startswith(_OURS) for each in found)
