"""Everything that can be broken of S3 server access logs in the lab."""

from __future__ import annotations

from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds.s3_access.breaking import calls, underneath

BREAKING = Breaking(
    breaks=(
        Break("accesslog-off", "a bucket of the account no longer logs its accesses"),
        Break(
            "accesslog-elsewhere",
            "a bucket of the account logs into a different bucket from the configured one",
        ),
        Break("accesslog-loop", "a bucket of the account logs into itself in an endless loop"),
        Break("target-missing", "the bucket for access logs is gone", "underneath"),
        Break(
            "target-foreign",
            "the bucket for access logs is gone, and a stranger has taken its name",
            "underneath",
        ),
        Break("target-elsewhere", "the bucket for access logs is in another Region", "underneath"),
        Break("target-requester-pays", "the bucket for access logs has Requester Pays enabled"),
        Break("target-locked", "the bucket for access logs has Object Lock", "underneath"),
        Break("target-encrypted", "the bucket for access logs encrypts with a KMS key"),
        Break("target-refuses", "the policy of the bucket for access logs no longer lets S3 write"),
        Break(
            "accesslog-stale",
            "S3 loses all access logs of the account and reports no error",
            "underneath",
            hours=72,
        ),
        Break("buckets-unlisted", "Logkeep is no longer allowed to list the account's buckets"),
    ),
    by_calls={
        "accesslog-elsewhere": calls.elsewhere,
        "target-encrypted": calls.encrypted,
        "buckets-unlisted": calls.unlisted,
    },
    underneath=underneath.WAYS,
)
