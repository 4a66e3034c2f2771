"""Which calls read and change a bucket's access logging, and what each needs."""

from __future__ import annotations

from logkeep.snapshot.call import Call, Permit, WritingCall, of_bucket

CALLS: dict[str, Call] = {
    "s3:GetBucketLogging": of_bucket(  # empty where it does not log
        "s3:GetBucketLogging", keeps=("LoggingEnabled",), root="BucketLoggingStatus"
    ),
}
WRITES: dict[str, WritingCall] = {
    "s3:PutBucketLogging": WritingCall((Permit("s3:PutBucketLogging", "bucket"),)),
}
