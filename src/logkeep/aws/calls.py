"""Which calls read AWS: what each takes, what of its answer is kept, and what it needs."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping
from typing import Final, cast

import botocore

from logkeep.snapshot import Ask
from logkeep.snapshot.call import ALWAYS, Call, Entry, Permit, listing, of_bucket
from logkeep.sources import gathered
from logkeep.value import Json


class UnknownCall(Exception):
    """The program asked for a call that the tables do not hold: a mistake in the program."""


ORGANIZATION_CALLS: dict[str, Call] = {
    "sts:GetCallerIdentity": Call(),  # "No permissions are required" (STS, GetCallerIdentity)
    "organizations:DescribeOrganization": Call(
        (Permit("organizations:DescribeOrganization"),), commands=ALWAYS
    ),
    "organizations:ListAccounts": listing(
        "Accounts", Permit("organizations:ListAccounts"), commands=ALWAYS
    ),
    "organizations:ListAWSServiceAccessForOrganization": listing(
        "EnabledServicePrincipals", Permit("organizations:ListAWSServiceAccessForOrganization")
    ),
    "organizations:ListDelegatedAdministrators": listing(
        "DelegatedAdministrators",
        Permit("organizations:ListDelegatedAdministrators"),
        needs=("ServicePrincipal",),
    ),
    "organizations:ListParents": listing(
        "Parents", Permit("organizations:ListParents"), needs=("ChildId",)
    ),
    "organizations:ListPoliciesForTarget": listing(
        "Policies",
        Permit("organizations:ListPoliciesForTarget"),
        needs=("TargetId", "Filter"),
    ),
    "organizations:DescribePolicy": Call(
        (Permit("organizations:DescribePolicy", "policy"),), needs=("PolicyId",)
    ),
    "ec2:DescribeRegions": Call(  # without AllRegions: the enabled ones (EC2, DescribeRegions)
        (Permit("ec2:DescribeRegions"),), keeps=("Regions",), lists=("Regions",), commands=ALWAYS
    ),
    "ec2:DescribeVpcEndpoints": listing("VpcEndpoints", Permit("ec2:DescribeVpcEndpoints")),
    "iam:GetAccountAuthorizationDetails": Call(
        (Permit("iam:GetAccountAuthorizationDetails"),),
        paged=True,
        keeps=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
        lists=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"),
        entry=Entry("RoleDetailList", "Arn", ":role/"),
    ),
}

BUCKET_CALLS: dict[str, Call] = {
    "s3:ListBuckets": Call(
        (Permit("s3:ListAllMyBuckets"),),
        paged=True,
        keeps=("Buckets", "Owner"),
        lists=("Buckets",),
        entry=Entry("Buckets", "Name", ":s3:::"),
        commands=ALWAYS,
    ),
    "s3:HeadBucket": of_bucket("s3:ListBucket"),
    "s3:GetBucketLocation": of_bucket("s3:GetBucketLocation", commands=ALWAYS),
    "s3:GetBucketPolicy": of_bucket("s3:GetBucketPolicy", commands=ALWAYS),
    "s3:GetBucketVersioning": of_bucket("s3:GetBucketVersioning", from_birth=True),
    "s3:GetPublicAccessBlock": of_bucket("s3:GetBucketPublicAccessBlock", from_birth=True),
    "s3control:GetPublicAccessBlock": Call(  # the account's own
        (Permit("s3:GetAccountPublicAccessBlock"),), needs=("AccountId",)
    ),
    "s3:GetBucketOwnershipControls": of_bucket("s3:GetBucketOwnershipControls", from_birth=True),
    "s3:GetBucketEncryption": of_bucket("s3:GetEncryptionConfiguration", from_birth=True),
    "s3:GetBucketLifecycleConfiguration": of_bucket("s3:GetLifecycleConfiguration"),
    "s3:GetBucketRequestPayment": of_bucket("s3:GetBucketRequestPayment", from_birth=True),
    "s3:GetBucketTagging": of_bucket("s3:GetBucketTagging", lists=("TagSet",)),
    "s3:GetBucketAcl": of_bucket(
        "s3:GetBucketAcl", keeps=("Owner", "Grants"), lists=("Grants",), from_birth=True
    ),
    "s3:ListObjectsV2": Call(  # one page only: an archive has no bounds
        (Permit("s3:ListBucket", "bucket"),),
        needs=("Bucket",),
        takes=("Prefix", "StartAfter", "Delimiter", "ExpectedBucketOwner"),
        keeps=("Contents", "CommonPrefixes", "IsTruncated", "KeyCount"),
        lists=("Contents", "CommonPrefixes"),
        commands=ALWAYS,
    ),
    # It takes s3:GetObject, which Logkeep does not ask for: the question is put only where a
    # policy could not be read, and whoever grants the action lets a delivery settle it.
    "s3:HeadObject": Call(
        needs=("Bucket", "Key"),
        takes=("ExpectedBucketOwner",),
    ),
}

KEY_CALLS: dict[str, Call] = {
    "kms:DescribeKey": Call((Permit("kms:DescribeKey", "key"),), needs=("KeyId",)),
    "kms:GetKeyPolicy": Call(  # a key has one policy, of that name (KMS, GetKeyPolicy)
        (Permit("kms:GetKeyPolicy", "key"),),
        needs=("KeyId",),
        constants={"PolicyName": "default"},
        commands=ALWAYS,
    ),
    "kms:ListGrants": listing("Grants", Permit("kms:ListGrants", "key"), needs=("KeyId",)),
    "kms:ListAliases": listing(
        "Aliases",
        Permit("kms:ListAliases"),
        takes=("KeyId",),
        commands=(),
        entry=Entry("Aliases", "AliasArn", ":alias/"),
    ),
    "kms:ListKeys": listing("Keys", Permit("kms:ListKeys")),
    "kms:ListResourceTags": listing(
        "Tags", Permit("kms:ListResourceTags", "key"), needs=("KeyId",), from_birth=True
    ),
}

LOG_GROUP_CALLS: dict[str, Call] = {
    "logs:DescribeLogGroups": listing(
        "logGroups",
        Permit("logs:DescribeLogGroups"),
        needs=("logGroupNamePrefix",),
        entry=Entry("logGroups", "logGroupName", ":log-group:"),
    ),
    "logs:DescribeLogStreams": listing(
        "logStreams",
        Permit("logs:DescribeLogStreams", "loggroup"),
        needs=("logGroupName", "logStreamNamePrefix"),
    ),
}

SHARED = ORGANIZATION_CALLS | BUCKET_CALLS | KEY_CALLS | LOG_GROUP_CALLS


CALLS: Final = gathered("the reading call", SHARED, lambda source: source.calls)
"""Every call that a question may name: what the archive and the organization are asked, and what
each kind of log asks besides."""


def service_of(call: str) -> str:
    """The SDK's name of a call's service."""
    return call.partition(":")[0]


def method_of(call: str) -> str:
    """The SDK's name of a call."""
    name = call.partition(":")[2]
    return botocore.xform_name(name)  # pyright: ignore[reportUnknownMemberType] no types


def call_named(name: str) -> Call:
    """The call of that name; raises UnknownCall where the tables hold none."""
    found = CALLS.get(name)
    if found is None:
        raise UnknownCall(f"`{name}` is not in the table of reading calls (aws/calls.py)")
    return found


def parameters(question: Ask) -> dict[str, Json]:
    """What the SDK is given for a question; raises UnknownCall where the arguments do not fit."""
    call, given = call_named(question.call), dict(question.arguments)
    missing = sorted(set(call.needs) - set(given))
    unknown = sorted(set(given) - {*call.needs, *call.takes})
    if missing or unknown:
        raise UnknownCall(f"`{question.call}` misses {missing} and does not take {unknown}")
    wrapped = {call.lists_of_one.get(name, name): as_wanted(call, name, given) for name in given}
    return {**call.constants, **wrapped}


def as_wanted(call: Call, name: str, given: Mapping[str, str]) -> Json:
    """One argument's value, as a list of one where AWS wants a list."""
    return [given[name]] if name in call.lists_of_one else given[name]


def kept(call: Call, answer: Mapping[str, Json]) -> Json:
    """The part of an answer that is kept, as plain JSON."""
    whole = call.compact(answer) if call.compact else answer
    names = call.keeps or tuple(name for name in whole if name != "ResponseMetadata")
    found = {name: plain(whole[name]) for name in names if name in whole}
    empty: dict[str, Json] = {name: [] for name in call.lists}
    return empty | found


def plain(value: Json) -> Json:
    """A value of the SDK as JSON: times in UTC ending in Z, bytes in base64."""
    match value:
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {key: plain(item) for key, item in items}
        case list() | tuple():
            return [plain(item) for item in cast("list[Json]", value)]
        case datetime.datetime():
            return utc_text(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


def utc_text(time: datetime.datetime) -> str:
    """A time as ISO 8601 in UTC, ending in Z."""
    return time.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
