"""Which calls change a bucket's replication and what takes the replicas, and what each needs."""

from __future__ import annotations

from typing import Final

from logkeep.snapshot.call import NotYet, Permit, WritingCall

# "eventually consistent": a role, a policy or versioning that was set just now may not be seen yet
# (IAM, "Changes that I make are not always immediately visible"; S3, data consistency model).
NEW: Final = NotYet(
    frozenset({"InvalidRequest", "NoSuchBucket"}),
    frozenset({"iam:CreateRole", "s3:CreateBucket", "s3:PutBucketVersioning"}),
)
WRITES: dict[str, WritingCall] = {
    "s3:PutBucketReplication": WritingCall(
        (Permit("s3:PutReplicationConfiguration", "bucket"), Permit("iam:PassRole", "logrole")),
        (NEW,),
    ),
}
PERMITS: Final = tuple(
    Permit(action, "bucket")
    for action in (
        "s3:CreateBucket",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketPolicy",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPublicAccessBlock",
    )
)
"""What it takes besides to make a bucket for the replicas, in whichever account."""
