"""What of a bucket and its keys decides about an upload or a replica."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from logkeep.policy import (
    Acls,
    KeyGrant,
    Layers,
    Malformed,
    Policy,
    PublicAccess,
    Unread,
    read_policy,
)
from logkeep.value import AccountId, Arn, Region, partition_of

AES256: Final = "AES256"
KMS: Final = "aws:kms"
DSSE: Final = "aws:kms:dsse"
SSE_C: Final = "SSE-C"
UNENCRYPTED: Final = ""
"""Of an object from before 2023 (rule 2.2.1)."""
WITH_KEY: Final = frozenset({KMS, DSSE})
ENFORCED: Final = "BucketOwnerEnforced"
PREFERRED: Final = "BucketOwnerPreferred"
WRITER: Final = "ObjectWriter"
FULL_CONTROL: Final = "bucket-owner-full-control"
"""The one canned ACL that a bucket without ACLs accepts (rule 2.1.3)."""
MANAGED: Final = "alias/aws/s3"
ENABLED: Final = "Enabled"
SUSPENDED: Final = "Suspended"

AnyPolicy: TypeAlias = Policy | Malformed | Unread | None


class Default(msgspec.Struct, frozen=True):
    """A bucket's default encryption; there is no bucket without one (rule 2.2.1)."""

    algorithm: str = AES256
    key: str = ""
    """As the bucket names it; empty is the AWS managed key."""
    bucket_key: bool = False


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket as far as it decides about uploads and replicas; `Unread` is not known."""

    name: str
    account: AccountId
    region: Region
    exists: bool | Unread = True
    default: Default | Unread = Default()
    policy: AnyPolicy = None
    rcps: tuple[tuple[Policy, ...], ...] | Unread | None = None
    ownership: str | Unread = ENFORCED
    acl: Acls | Unread | None = None
    block_public_acls: bool | Unread = False
    public_access: PublicAccess | Unread | None = None
    blocked: frozenset[str] | Unread = frozenset()
    """The kinds of encryption that uploads may not use (rule 2.2.10)."""
    versioning: str | Unread = ""
    """`Enabled`, `Suspended`, or empty where it was never set."""
    object_lock: bool | Unread = False

    @property
    def arn(self) -> Arn:
        """The bucket's ARN."""
        return f"arn:{partition_of(self.region)}:s3:::{self.name}"

    def object_arn(self, key: str) -> Arn:
        """The ARN of an object in it."""
        return f"{self.arn}/{key}"


class Key(msgspec.Struct, frozen=True):
    """A KMS key that is there."""

    arn: Arn
    account: AccountId
    state: str | Unread = ENABLED
    policy: AnyPolicy = None
    grants: tuple[KeyGrant, ...] | Unread | None = None


class Keys(msgspec.Struct, frozen=True):
    """The KMS keys that are known, and what holds of those that are not listed."""

    known: Mapping[Arn, Key | None] = {}
    """By ARN; None is known not to exist."""
    aliases: Mapping[Arn, Arn] = {}
    complete: bool = False
    """Whether a key that is not listed does not exist."""
    assumed: str = ""
    """The state that a key not listed has, its policy leaving all to IAM; empty: not known."""


class Requester(msgspec.Struct, frozen=True):
    """Who asks, with what its own account says of it."""

    principal: str
    account: AccountId = ""
    """Empty for a service and for nobody in particular."""
    layers: Layers = Layers()
    """Identity policies, SCPs, boundary, session and endpoint; the resource's come with it."""
    context: Mapping[str, str | list[str]] = {}
    """Keys of the request that are known besides those that its headers make."""


ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
NOBODY: Final = "arn:aws:iam::000000000000:root"
"""Of an account that AWS gives nobody."""


def everything(actions: str | list[str] = "*") -> Policy:
    """An identity policy that allows actions on everything."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return _own({"Version": "2012-10-17", "Statement": statement}, "identity")


def delegating(*accounts: AccountId) -> Policy:
    """A key policy that leaves all to the IAM policies of these accounts (rule 4.1).

    Of what is no account's id nobody is let in.
    """
    roots = [f"arn:aws:iam::{each}:root" for each in accounts if ACCOUNT_ID.fullmatch(each)]
    principal = {"AWS": roots or [NOBODY]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return _own({"Version": "2012-10-17", "Statement": statement}, "key")


def managed_policy(account: AccountId, region: Region) -> Policy:
    """The policy of the AWS managed key `aws/s3`, which nobody can change (rule 2.2.8).

    KMS Developer Guide, "AWS managed keys": everybody in the account, through S3 alone.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": f"s3.{region}.amazonaws.com",
            }
        },
    }
    return _own({"Version": "2012-10-17", "Statement": statement}, "key", MANAGED)


def _own(document: object, kind: str, name: str = "") -> Policy:
    policy = read_policy(document, "key" if kind == "key" else "identity", name)
    assert isinstance(policy, Policy)
    return policy
