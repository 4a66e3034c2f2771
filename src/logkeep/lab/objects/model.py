"""Buckets, keys, uploads and objects as S3's guide tells of them, and what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from logkeep.lab import authorizer
from logkeep.lab.authorizer import Policies
from logkeep.lab.call import Caller, Ruling
from logkeep.lab.language import Document, Request, context_of


@dataclass(frozen=True)
class Readings:
    """Where AWS's pages allow two readings: which of them S3 is taken to follow."""

    key_condition_sees_default: bool = False
    """The condition key of the KMS key holds the key that S3 will use, sent or not."""
    bucket_key_of_default: bool = False
    """A header for aws:kms that names no key still takes the bucket's Bucket Key setting."""
    tags_are_left_behind: bool = True
    """Without the permissions for tags an object is replicated without them; else it fails."""
    override_is_always_asked: bool = False
    """The owner override needs its permission even where the destination owns all anyway."""
    older_read_does_for_sse_c: bool = False
    """s3:GetObjectVersion alone does for SSE-C objects too."""
    account_is_held: bool = False
    """A rule that names another account than the destination's replicates nothing."""


@dataclass(frozen=True)
class Key:
    """A KMS key."""

    arn: str
    policy: Document
    state: str = "Enabled"

    @property
    def account(self) -> str:
        """Whose key it is."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """Where it lies."""
        return self.arn.split(":")[3]


@dataclass(frozen=True)
class LabBucket:
    """A bucket with its settings."""

    name: str
    account: str
    region: str
    algorithm: str = "AES256"
    key: str = ""
    """The default's key; empty is the AWS managed one."""
    bucket_key: bool = False
    policy: Document | None = None
    ownership: str = "BucketOwnerEnforced"
    blocks_public_acls: bool = False
    blocks_sse_c: bool = False
    versioned: bool = True
    locked: bool = False
    exists: bool = True

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:aws:s3:::{self.name}"


class Asks(Protocol):
    """Who asks for something, and what the policies say of it."""

    @property
    def caller(self) -> Caller:
        """Who it is."""
        ...

    def ruling(
        self,
        action: str,
        resource: str,
        owner: str,
        policy: Document | None,
        context: dict[str, Any],
    ) -> Ruling:
        """What the policies say of a request, an explicit Deny told apart from silence."""
        ...


@dataclass(frozen=True)
class Person:
    """Who asks: with identity policies, an account's; or a service."""

    caller: Caller
    identity: list[Document] = field(default_factory=list[Document])

    def ruling(
        self,
        action: str,
        resource: str,
        owner: str,
        policy: Document | None,
        context: dict[str, Any],
    ) -> Ruling:
        """By the identity policies and the resource's own."""
        values = {
            "aws:SecureTransport": "true",
            "aws:PrincipalArn": self.caller.role_arn or self.caller.arn,
            "aws:PrincipalAccount": self.caller.account,
            "aws:PrincipalIsAWSService": "false",
            **context,
        }
        asked = Request(self.caller, action, resource, owner, context_of(values))
        by_key = action.startswith(("kms:", "sts:"))
        spoken = Policies(identity=self.identity, resource=policy, must_be_named=by_key)
        return authorizer.decide(asked, spoken)


def may(
    who: Asks,
    action: str,
    resource: str,
    owner: str,
    policy: Document | None,
    context: dict[str, Any],
) -> bool:
    """Whether the policies let somebody do something to an owner's resource."""
    return who.ruling(action, resource, owner, policy, context).allowed


def may_use_key(who: Asks, action: str, key: Key, region: str, context_arn: str) -> bool:
    """Whether S3, asking for somebody, may use a key for what the encryption context names."""
    context = {
        "kms:CallerAccount": who.caller.account,
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": context_arn,
        "kms:EncryptionContextKeys": ["aws:s3:arn"],
    }
    return may(who, action, key.arn, key.account, key.policy, context)


def managed_key(account: str, region: str) -> Key:
    """The AWS managed key `aws/s3`: for everybody of its account, through S3."""
    condition = {"kms:CallerAccount": account, "kms:ViaService": f"s3.{region}.amazonaws.com"}
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"StringEquals": condition},
    }
    arn = f"arn:aws:kms:{region}:{account}:alias/aws/s3"
    return Key(arn, {"Version": "2012-10-17", "Statement": [statement]})
