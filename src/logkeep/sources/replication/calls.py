"""Which calls change a bucket's replication, send what is there, and show jobs; what each needs."""

from __future__ import annotations

from typing import Final

from logkeep.snapshot.call import Call, Entry, NotYet, Permit, WritingCall
from logkeep.sources.replication import jobs

# "eventually consistent": a role, a policy or versioning that was set just now may not be seen yet
# (IAM, "Changes that I make are not always immediately visible"; S3, data consistency model).
NEW: Final = NotYet(
    frozenset({"InvalidRequest", "NoSuchBucket"}),
    frozenset({"iam:CreateRole", "s3:CreateBucket", "s3:PutBucketVersioning"}),
)
RESOURCES: Final = {"job": "arn:{partition}:s3:*:*:job/*"}
CALLS: Final[dict[str, Call]] = {
    jobs.LIST: Call(
        (Permit("s3:ListJobs"),),
        needs=("AccountId",),
        takes=("NextToken",),
        constants={"MaxResults": 1000},
        keeps=("Jobs", "NextToken"),
        lists=("Jobs",),
        compact=jobs.only_replications,
        entry=Entry("Jobs", "Description", ":job/"),
    ),
    jobs.DESCRIBE: Call(
        (Permit("s3:DescribeJob", "job"),),
        needs=("AccountId", "JobId"),
        keeps=("Job",),
        always=("Job.JobId",),
    ),
}
# A role that was made just before may not be seen yet (IAM, eventual consistency).
NEW_ROLE: Final = NotYet(
    frozenset({"InvalidRequest", "AccessDenied", "BadRequestException"}),
    frozenset({"iam:CreateRole", "iam:PutRolePolicy", "s3:PutBucketReplication"}),
)
WRITES: dict[str, WritingCall] = {
    "s3:PutBucketReplication": WritingCall(
        (Permit("s3:PutReplicationConfiguration", "bucket"), Permit("iam:PassRole", "logrole")),
        (NEW,),
    ),
    "s3control:CreateJob": WritingCall(
        (
            Permit("s3:CreateJob"),
            Permit("s3:PutJobTagging", "job"),
            Permit("iam:PassRole", "logrole"),
        ),
        (NEW_ROLE,),
        always=("JobId",),
    ),
}
"""In the order in which they are made: what was there goes by the rule."""
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
