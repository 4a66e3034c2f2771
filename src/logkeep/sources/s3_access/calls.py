"""Which calls read and change a bucket's access logging, and what each needs."""

from __future__ import annotations

from logkeep.snapshot.call import Call, Permit, WritingCall, listing, of_bucket
from logkeep.sources.s3_access.vended import DELIVERIES, SOURCES

CALLS: dict[str, Call] = {
    "s3:GetBucketLogging": of_bucket(  # empty where it does not log
        "s3:GetBucketLogging", keeps=("LoggingEnabled",), root="BucketLoggingStatus"
    ),
    SOURCES: listing("deliverySources", Permit(SOURCES), each=("name",)),
    DELIVERIES: listing("deliveries", Permit(DELIVERIES), each=("id",)),
}
WRITES: dict[str, WritingCall] = {
    "s3:PutBucketLogging": WritingCall((Permit("s3:PutBucketLogging", "bucket"),)),
}
