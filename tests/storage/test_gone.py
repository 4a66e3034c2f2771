"""A bucket that a list still shows, and that S3 says is no more."""

from __future__ import annotations

from kinds.replication.worlds import COPY, STAGING, bare, fleet, pair, planned
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.uploads import bucket_of
from logkeep.snapshot import Reply
from logkeep.snapshot.facts import Facts


def test_what_s3_says_is_gone_is_gone() -> None:
    wanted = fleet(pair(STAGING))
    there = planned(wanted, bare(wanted))
    at = Bucket(COPY, STAGING, "eu-west-1")
    facts = Facts(wanted, there)
    assert bucket_of(facts, at).exists is True
    question = of_bucket(facts, "s3:GetBucketVersioning", at)
    gone = there.with_answers({question: Reply(error="NoSuchBucket")})
    assert bucket_of(Facts(wanted, gone), at).exists is False
