"""Which calls read and change the archive's bucket and key, and what tells of the organization."""

from __future__ import annotations

from typing import Final

from logkeep.access.key import ALIAS_TAG, FLEET_TAG
from logkeep.snapshot.call import (
    ALWAYS,
    Call,
    Entry,
    NotYet,
    Permit,
    Unnamed,
    WritingCall,
    listing,
    of_bucket,
)

ORGANIZATION_CALLS: dict[str, Call] = {
    # "No permissions are required" (STS, GetCallerIdentity)
    "sts:GetCallerIdentity": Call(always=("Account", "Arn"), names=("Arn",)),
    "organizations:DescribeOrganization": Call(
        (Permit("organizations:DescribeOrganization"),),
        always=("Organization.Id", "Organization.MasterAccountArn"),
        names=("Organization.Id", "Organization.MasterAccountId"),
        commands=ALWAYS,
    ),
    "organizations:ListAccounts": listing(
        "Accounts", Permit("organizations:ListAccounts"), each=("Id",), commands=ALWAYS
    ),
    "organizations:ListAWSServiceAccessForOrganization": listing(
        "EnabledServicePrincipals",
        Permit("organizations:ListAWSServiceAccessForOrganization"),
        each=("ServicePrincipal",),
    ),
    "organizations:ListDelegatedAdministrators": listing(
        "DelegatedAdministrators",
        Permit("organizations:ListDelegatedAdministrators"),
        each=("Id",),
        needs=("ServicePrincipal",),
    ),
    "organizations:ListParents": listing(
        "Parents", Permit("organizations:ListParents"), each=("Id", "Type"), needs=("ChildId",)
    ),
    "organizations:ListPoliciesForTarget": listing(
        "Policies",
        Permit("organizations:ListPoliciesForTarget"),
        each=("Id",),
        needs=("TargetId", "Filter"),
    ),
    "organizations:DescribePolicy": Call(
        (Permit("organizations:DescribePolicy", "policy"),),
        needs=("PolicyId",),
        always=("Policy.PolicySummary.Id",),
        document="Policy.Content",
    ),
    "ec2:DescribeRegions": Call(  # without AllRegions: the enabled ones (EC2, DescribeRegions)
        (Permit("ec2:DescribeRegions"),),
        keeps=("Regions",),
        always=("Regions.RegionName",),
        commands=ALWAYS,
    ),
    "ec2:DescribeVpcEndpoints": listing(
        "VpcEndpoints", Permit("ec2:DescribeVpcEndpoints"), each=("VpcEndpointId",)
    ),
    "iam:GetAccountAuthorizationDetails": Call(
        (Permit("iam:GetAccountAuthorizationDetails"),),
        paged=True,
        keeps=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
        always=(
            "UserDetailList.Arn",
            "GroupDetailList.Arn",
            "RoleDetailList.Arn",
            "Policies.Arn",
            "IsTruncated",
        ),
        entry=Entry("RoleDetailList", "Arn", ":role/"),
        commands=ALWAYS,
        names=("RoleDetailList.Arn",),
    ),
}

PUBLIC_ACCESS = tuple(
    f"PublicAccessBlockConfiguration.{name}"
    for name in (
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    )
)

BUCKET_CALLS: dict[str, Call] = {
    "s3:ListBuckets": Call(
        (Permit("s3:ListAllMyBuckets"),),
        paged=True,
        keeps=("Buckets", "Owner"),
        always=("Buckets.Name", "Owner.ID"),
        root="ListAllMyBucketsResult",
        entry=Entry("Buckets", "Name", ":s3:::"),
        commands=ALWAYS,
    ),
    "s3:HeadBucket": of_bucket("s3:ListBucket"),
    "s3:GetBucketLocation": of_bucket(
        "s3:GetBucketLocation", root="LocationConstraint", commands=ALWAYS
    ),
    "s3:GetBucketPolicy": of_bucket("s3:GetBucketPolicy", document="Policy", commands=ALWAYS),
    "s3:GetBucketVersioning": of_bucket(  # empty until it was ever set
        "s3:GetBucketVersioning", root="VersioningConfiguration", from_birth=True
    ),
    "s3:GetPublicAccessBlock": of_bucket(
        "s3:GetBucketPublicAccessBlock", always=PUBLIC_ACCESS, from_birth=True
    ),
    "s3control:GetPublicAccessBlock": Call(  # the account's own
        (Permit("s3:GetAccountPublicAccessBlock"),), needs=("AccountId",), always=PUBLIC_ACCESS
    ),
    "s3:GetBucketOwnershipControls": of_bucket(
        "s3:GetBucketOwnershipControls",
        always=("OwnershipControls.Rules.ObjectOwnership",),
        from_birth=True,
    ),
    "s3:GetBucketEncryption": of_bucket(
        "s3:GetEncryptionConfiguration",
        always=("ServerSideEncryptionConfiguration.Rules",),
        from_birth=True,
        commands=ALWAYS,
    ),
    "s3:GetBucketLifecycleConfiguration": of_bucket(
        "s3:GetLifecycleConfiguration", always=("Rules.Status",), root="LifecycleConfiguration"
    ),
    "s3:GetBucketRequestPayment": of_bucket(
        "s3:GetBucketRequestPayment",
        always=("Payer",),
        root="RequestPaymentConfiguration",
        from_birth=True,
    ),
    "s3:GetBucketTagging": of_bucket("s3:GetBucketTagging", always=("TagSet.Key",), root="Tagging"),
    "s3:GetBucketAcl": of_bucket(
        "s3:GetBucketAcl",
        keeps=("Owner", "Grants"),
        always=("Owner.ID", "Grants"),
        root="AccessControlPolicy",
        from_birth=True,
    ),
    "s3:GetObjectLockConfiguration": of_bucket(
        "s3:GetBucketObjectLockConfiguration",
        always=("ObjectLockConfiguration.ObjectLockEnabled",),
        commands=ALWAYS,
    ),
    "s3:GetBucketReplication": of_bucket(
        "s3:GetReplicationConfiguration",
        always=("ReplicationConfiguration.Role", "ReplicationConfiguration.Rules"),
    ),
    "s3:ListBucketInventoryConfigurations": of_bucket(  # one page: a hundred of them
        "s3:GetInventoryConfiguration",
        keeps=("InventoryConfigurationList", "IsTruncated"),
        always=("IsTruncated",),
        lists=("InventoryConfigurationList",),
        root="ListInventoryConfigurationsResult",
        from_birth=True,
    ),
    "s3:GetBucketNotificationConfiguration": of_bucket(  # empty where nobody is told
        "s3:GetBucketNotification", root="NotificationConfiguration", from_birth=True
    ),
    "s3control:ListAccessPoints": Call(
        (Permit("s3:ListAccessPoints"),),
        needs=("AccountId", "Bucket"),
        takes=("NextToken",),
        constants={"MaxResults": 1000},
        keeps=("AccessPointList", "NextToken"),
        always=("AccessPointList.Name", "AccessPointList.NetworkOrigin"),
        lists=("AccessPointList",),
        root="ListAccessPointsResult",
        from_birth=True,
    ),
    "s3control:GetAccessPoint": Call(
        (Permit("s3:GetAccessPoint"),),
        needs=("AccountId", "Name"),
        keeps=("PublicAccessBlockConfiguration",),
        always=PUBLIC_ACCESS,
    ),
    "s3control:GetAccessPointPolicy": Call(
        (Permit("s3:GetAccessPointPolicy", "access-point"),),
        needs=("AccountId", "Name"),
        document="Policy",
    ),
    "s3control:ListMultiRegionAccessPoints": Call(
        (Permit("s3:ListMultiRegionAccessPoints"),),
        needs=("AccountId",),
        takes=("NextToken",),
        keeps=("AccessPoints", "NextToken"),
        always=("AccessPoints.Name", "AccessPoints.Regions"),
        lists=("AccessPoints",),
        root="ListMultiRegionAccessPointsResult",
    ),
    "s3control:GetMultiRegionAccessPointPolicy": Call(
        (Permit("s3:GetMultiRegionAccessPointPolicy", "multi-region-access-point"),),
        needs=("AccountId", "Name"),
        keeps=("Policy",),
    ),
    "s3:ListObjectsV2": Call(  # one page only: an archive has no bounds
        (Permit("s3:ListBucket", "bucket"),),
        needs=("Bucket",),
        takes=("Prefix", "StartAfter", "Delimiter", "ExpectedBucketOwner"),
        keeps=("Contents", "CommonPrefixes", "IsTruncated", "KeyCount"),
        always=("KeyCount", "IsTruncated", "Name"),
        lists=("Contents", "CommonPrefixes"),  # (S3, ListObjectsV2, "Response Syntax")
        root="ListBucketResult",
        commands=ALWAYS,
    ),
    # These take s3:GetObject and s3:GetObjectTagging, which Logkeep does not ask for: they are put
    # where a policy could not be read and a delivery settles it, or somebody asks of an object.
    "s3:HeadObject": Call(
        needs=("Bucket", "Key"),
        takes=("ExpectedBucketOwner", "VersionId"),
        always=("ETag", "LastModified"),
    ),
    "s3:GetObjectTagging": Call(
        needs=("Bucket", "Key"),
        takes=("ExpectedBucketOwner", "VersionId"),
        keeps=("TagSet",),
        always=("TagSet",),
        root="Tagging",
        commands=(),
    ),
}

KEY_CALLS: dict[str, Call] = {
    "kms:DescribeKey": Call(
        (Permit("kms:DescribeKey", "key-or-none"),),
        needs=("KeyId",),
        always=("KeyMetadata.KeyId", "KeyMetadata.Arn", "KeyMetadata.KeyState"),
        names=("KeyMetadata.KeyId", "KeyMetadata.Arn"),
    ),
    "kms:GetKeyPolicy": Call(  # a key has one policy, of that name (KMS, GetKeyPolicy)
        (Permit("kms:GetKeyPolicy", "key"),),
        needs=("KeyId",),
        constants={"PolicyName": "default"},
        document="Policy",
        commands=ALWAYS,
    ),
    "kms:ListGrants": listing(
        "Grants", Permit("kms:ListGrants", "key"), each=("GrantId",), needs=("KeyId",)
    ),
    "kms:ListAliases": listing(
        "Aliases",
        Permit("kms:ListAliases"),
        each=("AliasName",),
        takes=("KeyId",),
        commands=(),
        entry=Entry("Aliases", "AliasArn", ":alias/"),
    ),
    "kms:ListKeys": listing("Keys", Permit("kms:ListKeys"), each=("KeyId",)),
    "kms:ListResourceTags": listing(
        "Tags",
        Permit("kms:ListResourceTags", "key"),
        each=("TagKey",),
        needs=("KeyId",),
        from_birth=True,
    ),
}

ARCHIVE: Final = "archive"
"""The kind of resource that is the archive's own bucket, and no other."""
# "eventually consistent" (S3, data consistency model); 409 OperationAborted
NEW_BUCKET: Final = NotYet(
    frozenset({"NoSuchBucket", "OperationAborted", "404"}), frozenset({"s3:CreateBucket"})
)
# A bucket that keeps versions since just now may not be seen to (S3, PutBucketVersioning).
NEW_VERSIONS: Final = NotYet(
    frozenset({"InvalidBucketState"}), frozenset({"s3:PutBucketVersioning"})
)
# "might not be available immediately" (KMS, eventual consistency)
NEW_KEY: Final = NotYet(
    frozenset({"NotFoundException", "KMSInvalidStateException"}),
    frozenset({"kms:CreateKey", "kms:CreateAlias"}),
)
# "aws:RequestTag/${TagKey}" of CreateKey, and of TagResource, which a new key's tags take (Service
# Authorization Reference, AWS KMS)
NEW_KEYS_TAGS: Final = (
    (f"aws:RequestTag/{ALIAS_TAG}", "{key}"),
    (f"aws:RequestTag/{FLEET_TAG}", "{fleet}"),
)


def _of_archive(action: str) -> WritingCall:
    return WritingCall((Permit(action, ARCHIVE),), (NEW_BUCKET,))


def _of_key(*permits: Permit) -> WritingCall:
    return WritingCall(permits, (NEW_KEY,))


BUCKET_WRITES: dict[str, WritingCall] = {
    "s3:CreateBucket": WritingCall((Permit("s3:CreateBucket", ARCHIVE),)),
    "s3:PutBucketTagging": _of_archive("s3:PutBucketTagging"),
    "s3:PutBucketOwnershipControls": _of_archive("s3:PutBucketOwnershipControls"),
    "s3:PutPublicAccessBlock": _of_archive("s3:PutBucketPublicAccessBlock"),
    "s3:PutBucketVersioning": _of_archive("s3:PutBucketVersioning"),
    "s3:PutBucketRequestPayment": _of_archive("s3:PutBucketRequestPayment"),
    "s3:PutObjectLockConfiguration": WritingCall(
        (Permit("s3:PutBucketObjectLockConfiguration", ARCHIVE),), (NEW_BUCKET, NEW_VERSIONS)
    ),
}
KEY_WRITES: dict[str, WritingCall] = {
    "kms:CreateKey": WritingCall(
        (
            Permit("kms:CreateKey", when=NEW_KEYS_TAGS),
            Permit("kms:TagResource", "key", when=NEW_KEYS_TAGS),
        ),
        always=("KeyMetadata.KeyId", "KeyMetadata.Arn"),
        assigns=("KeyMetadata", "KeyId"),
        unnamed=Unnamed(
            given="Tags",
            listed="kms:ListKeys",
            under="Keys",
            id="KeyId",
            tags="kms:ListResourceTags",
            described="kms:DescribeKey",
            state=("KeyMetadata", "KeyState"),
            usable="Enabled",
        ),
    ),
    "kms:CreateAlias": _of_key(
        Permit("kms:CreateAlias", "alias"), Permit("kms:CreateAlias", "key")
    ),
    "kms:CancelKeyDeletion": WritingCall(
        (Permit("kms:CancelKeyDeletion", "key"),), (NEW_KEY,), always=("KeyId",)
    ),
    "kms:EnableKey": _of_key(Permit("kms:EnableKey", "key")),
    "kms:PutKeyPolicy": _of_key(Permit("kms:PutKeyPolicy", "key")),
}
WRITES: dict[str, WritingCall] = {
    **BUCKET_WRITES,
    **KEY_WRITES,
    "s3:PutBucketPolicy": _of_archive("s3:PutBucketPolicy"),
    # After the key's policy: from then on what has no header asks for the key.
    "s3:PutBucketEncryption": _of_archive("s3:PutEncryptionConfiguration"),
}
"""In the order in which a plan makes them: what it names is there before a policy names it."""
