"""Which calls read and change a bucket's access logging, and what each needs."""

from __future__ import annotations

from logkeep.snapshot.call import Call, Permit, WritingCall, of_bucket
from logkeep.sources.s3_access.logging import NO_LOCK

CALLS: dict[str, Call] = {
    "s3:GetBucketLogging": of_bucket(  # empty where it does not log
        "s3:GetBucketLogging", keeps=("LoggingEnabled",), root="BucketLoggingStatus"
    ),
    "s3:GetObjectLockConfiguration": of_bucket(
        "s3:GetBucketObjectLockConfiguration",
        absent=NO_LOCK,
        always=("ObjectLockConfiguration.ObjectLockEnabled",),
    ),
}
WRITES: dict[str, WritingCall] = {
    "s3:PutBucketLogging": WritingCall((Permit("s3:PutBucketLogging", "bucket"),)),
}
