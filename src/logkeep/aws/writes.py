"""Which calls change AWS: what each needs, and which refusals only mean `not yet`."""

from __future__ import annotations

import msgspec

from logkeep.aws.calls import Permit

ARCHIVE = "archive"
"""The kind of resource that is the archive's own bucket, and no other."""


class NotYet(msgspec.Struct, frozen=True):
    """A refusal that passes by itself where these calls were made just before."""

    errors: frozenset[str]
    after: frozenset[str]


NEW_BUCKET = NotYet(  # "eventually consistent" (S3, data consistency model); 409 OperationAborted
    frozenset({"NoSuchBucket", "OperationAborted", "404"}),
    frozenset({"s3:CreateBucket"}),
)
NEW_KEY = NotYet(  # "might not be available immediately" (KMS, eventual consistency)
    frozenset({"NotFoundException", "KMSInvalidStateException"}),
    frozenset({"kms:CreateKey", "kms:CreateAlias"}),
)
NEW_TRAIL = NotYet(
    frozenset({"TrailNotFoundException", "ResourceNotFoundException"}),
    frozenset({"cloudtrail:CreateTrail"}),
)
NEW_WAY = NotYet(  # the checks of CreateTrail and UpdateTrail (rule 1.7), just after our own change
    frozenset(
        {
            "S3BucketDoesNotExistException",
            "InsufficientS3BucketPolicyException",
            "InsufficientEncryptionPolicyException",
            "KmsKeyNotFoundException",
            "KmsException",
        }
    ),
    frozenset(
        {
            "s3:CreateBucket",
            "s3:PutBucketPolicy",
            "kms:CreateKey",
            "kms:CreateAlias",
            "kms:PutKeyPolicy",
        }
    ),
)


NEW_ROLE = NotYet(  # "changes … might not be immediately visible" (IAM, eventual consistency)
    frozenset({"NoSuchEntity"}), frozenset({"iam:CreateRole"})
)
NEW_FEED = NotYet(  # the checks of UpdateTrail on group and role (rule 1.7), after our own change
    frozenset(
        {"InvalidCloudWatchLogsLogGroupArnException", "InvalidCloudWatchLogsRoleArnException"}
    ),
    frozenset(
        {
            "logs:CreateLogGroup",
            "iam:CreateRole",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
        }
    ),
)


class Write(msgspec.Struct, frozen=True):
    """What one changing call needs, and which refusals pass by themselves."""

    permits: tuple[Permit, ...]
    not_yet: tuple[NotYet, ...] = ()


def of_archive(action: str) -> Write:
    """A call that changes the archive's bucket."""
    return Write((Permit(action, ARCHIVE),), (NEW_BUCKET,))


def of_key(*permits: Permit) -> Write:
    """A call that changes a key."""
    return Write(permits, (NEW_KEY,))


def of_trail(*actions: str, not_yet: tuple[NotYet, ...] = (NEW_TRAIL,)) -> Write:
    """A call that changes a trail."""
    return Write(tuple(Permit(action, "trail") for action in actions), not_yet)


def of_role(*actions: str, not_yet: tuple[NotYet, ...] = (NEW_ROLE,)) -> Write:
    """A call that makes or changes the role by which a service writes logs."""
    return Write(tuple(Permit(action, "logrole") for action in actions), not_yet)


WRITES: dict[str, Write] = {
    "s3:CreateBucket": Write((Permit("s3:CreateBucket", ARCHIVE),)),
    "s3:PutBucketPolicy": of_archive("s3:PutBucketPolicy"),
    "s3:PutBucketVersioning": of_archive("s3:PutBucketVersioning"),
    "s3:PutPublicAccessBlock": of_archive("s3:PutBucketPublicAccessBlock"),
    "s3:PutBucketOwnershipControls": of_archive("s3:PutBucketOwnershipControls"),
    "s3:PutBucketTagging": of_archive("s3:PutBucketTagging"),
    "s3:PutBucketRequestPayment": of_archive("s3:PutBucketRequestPayment"),
    "kms:CreateKey": Write((Permit("kms:CreateKey"), Permit("kms:TagResource", "key"))),
    "kms:CreateAlias": of_key(Permit("kms:CreateAlias", "alias"), Permit("kms:CreateAlias", "key")),
    "kms:PutKeyPolicy": of_key(Permit("kms:PutKeyPolicy", "key")),
    "kms:EnableKey": of_key(Permit("kms:EnableKey", "key")),
    "kms:CancelKeyDeletion": of_key(Permit("kms:CancelKeyDeletion", "key")),
    "cloudtrail:CreateTrail": of_trail(
        "cloudtrail:CreateTrail", "cloudtrail:AddTags", not_yet=(NEW_WAY,)
    ),
    "cloudtrail:UpdateTrail": Write(  # a role is handed over with iam:PassRole (IAM, "PassRole")
        (Permit("cloudtrail:UpdateTrail", "trail"), Permit("iam:PassRole", "logrole")),
        (NEW_TRAIL, NEW_WAY, NEW_FEED),
    ),
    "cloudtrail:StartLogging": of_trail("cloudtrail:StartLogging"),
    "cloudtrail:PutEventSelectors": of_trail("cloudtrail:PutEventSelectors"),
    "cloudtrail:PutInsightSelectors": of_trail(
        "cloudtrail:PutInsightSelectors", not_yet=(NEW_TRAIL, NEW_WAY)
    ),
    "cloudtrail:AddTags": of_trail("cloudtrail:AddTags"),
    "cloudtrail:DeleteTrail": of_trail("cloudtrail:DeleteTrail"),
    "organizations:EnableAWSServiceAccess": Write(
        (Permit("organizations:EnableAWSServiceAccess"),)
    ),
    "logs:CreateLogGroup": Write(
        (Permit("logs:CreateLogGroup", "loggroup"), Permit("logs:TagResource", "loggroup"))
    ),
    "iam:CreateRole": of_role("iam:CreateRole", "iam:TagRole", not_yet=()),
    "iam:UpdateAssumeRolePolicy": of_role("iam:UpdateAssumeRolePolicy"),
    "iam:PutRolePolicy": of_role("iam:PutRolePolicy"),
}
"""Every call that a plan may hold."""


def passes_by_itself(call: str, error: str, made_before: frozenset[str]) -> bool:
    """Whether a refusal may only mean that AWS has not yet seen our own earlier calls."""
    return any(error in each.errors and made_before & each.after for each in WRITES[call].not_yet)
