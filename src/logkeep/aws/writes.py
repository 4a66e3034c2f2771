"""Which calls change AWS: what each needs, and which refusals only mean `not yet`."""

from __future__ import annotations

from typing import Final

from logkeep.snapshot.call import NotYet, Permit, WritingCall
from logkeep.sources import gathered

ARCHIVE = "archive"
"""The kind of resource that is the archive's own bucket, and no other."""


NEW_BUCKET = NotYet(  # "eventually consistent" (S3, data consistency model); 409 OperationAborted
    frozenset({"NoSuchBucket", "OperationAborted", "404"}),
    frozenset({"s3:CreateBucket"}),
)
NEW_KEY = NotYet(  # "might not be available immediately" (KMS, eventual consistency)
    frozenset({"NotFoundException", "KMSInvalidStateException"}),
    frozenset({"kms:CreateKey", "kms:CreateAlias"}),
)
NEW_ROLE = NotYet(  # "changes … might not be immediately visible" (IAM, eventual consistency)
    frozenset({"NoSuchEntity"}), frozenset({"iam:CreateRole"})
)


def of_archive(action: str) -> WritingCall:
    """A call that changes the archive's bucket."""
    return WritingCall((Permit(action, ARCHIVE),), (NEW_BUCKET,))


def of_key(*permits: Permit) -> WritingCall:
    """A call that changes a key."""
    return WritingCall(permits, (NEW_KEY,))


def of_role(*actions: str, not_yet: tuple[NotYet, ...] = (NEW_ROLE,)) -> WritingCall:
    """A call that makes or changes the role by which a service writes logs."""
    return WritingCall(tuple(Permit(action, "logrole") for action in actions), not_yet)


SHARED: dict[str, WritingCall] = {
    "s3:CreateBucket": WritingCall((Permit("s3:CreateBucket", ARCHIVE),)),
    "s3:PutBucketPolicy": of_archive("s3:PutBucketPolicy"),
    "s3:PutBucketVersioning": of_archive("s3:PutBucketVersioning"),
    "s3:PutPublicAccessBlock": of_archive("s3:PutBucketPublicAccessBlock"),
    "s3:PutBucketOwnershipControls": of_archive("s3:PutBucketOwnershipControls"),
    "s3:PutBucketTagging": of_archive("s3:PutBucketTagging"),
    "s3:PutBucketRequestPayment": of_archive("s3:PutBucketRequestPayment"),
    "kms:CreateKey": WritingCall((Permit("kms:CreateKey"), Permit("kms:TagResource", "key"))),
    "kms:CreateAlias": of_key(Permit("kms:CreateAlias", "alias"), Permit("kms:CreateAlias", "key")),
    "kms:PutKeyPolicy": of_key(Permit("kms:PutKeyPolicy", "key")),
    "kms:EnableKey": of_key(Permit("kms:EnableKey", "key")),
    "kms:CancelKeyDeletion": of_key(Permit("kms:CancelKeyDeletion", "key")),
    "organizations:EnableAWSServiceAccess": WritingCall(
        (Permit("organizations:EnableAWSServiceAccess"),)
    ),
    "logs:CreateLogGroup": WritingCall(
        (Permit("logs:CreateLogGroup", "loggroup"), Permit("logs:TagResource", "loggroup"))
    ),
    "iam:CreateRole": of_role("iam:CreateRole", "iam:TagRole", not_yet=()),
    "iam:UpdateAssumeRolePolicy": of_role("iam:UpdateAssumeRolePolicy"),
    "iam:PutRolePolicy": of_role("iam:PutRolePolicy"),
}


WRITES: Final = gathered("the changing call", SHARED, lambda source: source.writes)
"""Every call that a plan may hold: what changes the archive, and what each kind of log changes."""


def passes_by_itself(call: str, error: str, made_before: frozenset[str]) -> bool:
    """Whether a refusal may only mean that AWS has not yet seen our own earlier calls."""
    return any(error in each.errors and made_before & each.after for each in WRITES[call].not_yet)
