"""Which calls read and change trails, and what each needs."""

from __future__ import annotations

from logkeep.snapshot.call import ALWAYS, Call, Entry, NotYet, Permit, WritingCall, listing
from logkeep.sources.cloudtrail.events import compact

RESOURCES = {"trail": "arn:{partition}:cloudtrail:*:*:trail/*"}
"""The kinds of resource that a permit may name."""

NO_TRAIL = frozenset({"TrailNotFoundException"})
"""The error by which a call about a trail says that there is none."""
NO_INSIGHTS = NO_TRAIL | {"InsightNotEnabledException"}
"""The errors by which it says that a trail looks for nothing."""

BY_NAME = [{"AttributeKey": "EventName", "AttributeValue": "{}"}]
"""How the event history is asked for events of one name."""

CALLS: dict[str, Call] = {
    "cloudtrail:DescribeTrails": Call(
        (Permit("cloudtrail:DescribeTrails"),),
        constants={"includeShadowTrails": True},
        keeps=("trailList",),
        always=("trailList.Name", "trailList.TrailARN", "trailList.S3BucketName"),
        entry=Entry("trailList", "TrailARN", ":trail/"),
        commands=ALWAYS,
        names=("trailList.CloudWatchLogsRoleArn",),
    ),
    "cloudtrail:GetTrailStatus": Call(
        (Permit("cloudtrail:GetTrailStatus", "trail"),),
        needs=("Name",),
        absent=NO_TRAIL,
        always=("IsLogging",),
        counts=("IsLogging",),
        from_birth=True,
    ),
    "cloudtrail:GetEventSelectors": Call(
        (Permit("cloudtrail:GetEventSelectors", "trail"),),
        needs=("TrailName",),
        always=("TrailARN", "EventSelectors|AdvancedEventSelectors"),
        absent=NO_TRAIL,
        commands=ALWAYS,
        from_birth=True,
    ),
    "cloudtrail:GetInsightSelectors": Call(
        (Permit("cloudtrail:GetInsightSelectors", "trail"),),
        needs=("TrailName",),
        always=("TrailARN", "InsightSelectors"),
        absent=NO_INSIGHTS,
    ),
    "cloudtrail:ListTags": listing(
        "ResourceTagList",
        Permit("cloudtrail:ListTags", "trail"),
        each=("ResourceId",),
        needs=("ResourceId",),
        forms={"ResourceId": ("ResourceIdList", ["{}"])},
        from_birth=True,
    ),
    "cloudtrail:LookupEvents": Call(  # one page only; who wants an earlier one asks by its end
        (Permit("cloudtrail:LookupEvents"),),
        needs=("StartTime", "EndTime"),
        takes=("EventName",),
        forms={"EventName": ("LookupAttributes", BY_NAME)},
        keeps=("Events", "more"),
        always=("Events",),
        compact=compact,
        pause_s=0.5,  # two a second for an account and Region (rule 1.1.2)
        commands=ALWAYS,
    ),
    "cloudtrail:ListPublicKeys": listing(
        "PublicKeyList",
        Permit("cloudtrail:ListPublicKeys"),
        each=("Fingerprint", "Value"),
        needs=("StartTime", "EndTime"),
        commands=("verify",),
    ),
}

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


def _of_trail(
    *actions: str, not_yet: tuple[NotYet, ...] = (NEW_TRAIL,), always: tuple[str, ...] = ()
) -> WritingCall:
    """A call that changes a trail."""
    return WritingCall(tuple(Permit(action, "trail") for action in actions), not_yet, always)


PASSED_TO = "cloudtrail.amazonaws.com"
WRITES: dict[str, WritingCall] = {
    "organizations:EnableAWSServiceAccess": WritingCall(
        (Permit("organizations:EnableAWSServiceAccess"),)
    ),
    "cloudtrail:CreateTrail": _of_trail(
        "cloudtrail:CreateTrail",
        "cloudtrail:AddTags",
        not_yet=(NEW_WAY,),
        always=("Name", "TrailARN"),
    ),
    # CloudTrail User Guide, "AWS managed policies" (AWSCloudTrail_FullAccess): iam:PassRole
    "cloudtrail:UpdateTrail": WritingCall(
        (Permit("cloudtrail:UpdateTrail", "trail"), Permit("iam:PassRole", "logrole", PASSED_TO)),
        (NEW_TRAIL, NEW_WAY, NEW_FEED),
        always=("Name", "TrailARN"),
    ),
    "cloudtrail:PutEventSelectors": _of_trail("cloudtrail:PutEventSelectors", always=("TrailARN",)),
    "cloudtrail:PutInsightSelectors": _of_trail(
        "cloudtrail:PutInsightSelectors", not_yet=(NEW_TRAIL, NEW_WAY), always=("TrailARN",)
    ),
    "cloudtrail:StartLogging": _of_trail("cloudtrail:StartLogging"),
    "cloudtrail:AddTags": _of_trail("cloudtrail:AddTags"),
    "cloudtrail:DeleteTrail": _of_trail("cloudtrail:DeleteTrail"),
}
"""In the order in which they are made: a trail is there before it is told to speak."""
