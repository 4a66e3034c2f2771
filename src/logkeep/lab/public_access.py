"""Block Public Access of an account, and what it and a bucket's own come to (rule 2.1.5).

moto keeps the account's flags and answers S3 Control, but heeds them nowhere.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from moto.s3control.models import s3control_backends

from logkeep.lab.call import Answer, Call
from logkeep.lab.documents import document
from logkeep.lab.grammar import public
from logkeep.lab.store import PARTITION
from logkeep.lab.wire import refuse

Flag: TypeAlias = Literal["block_public_acls", "block_public_policy", "restrict_public_buckets"]
"""The flags that bear on what the lab decides; IgnorePublicAcls would ignore what it never asks."""


def blocks(flag: Flag, account: str, bucket: Any) -> bool:
    """Whether a flag is on for the owner's account or for the bucket: either suffices.

    Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage": the most restrictive
    combination of the bucket's and its owner's account's settings is applied.
    """
    own = bucket.public_access_block if bucket is not None else None
    of_account = s3control_backends[account][PARTITION].public_access_block
    return any(block is not None and bool(getattr(block, flag)) for block in (own, of_account))


def closed(bucket: Any) -> bool:
    """Whether a bucket answers nobody of another account: RestrictPublicBuckets, and public."""
    if bucket is None or not blocks("restrict_public_buckets", bucket.account_id, bucket):
        return False
    return public(document(bucket.policy) or {})


def prevented(call: Call, what: str, flag: str) -> Answer:
    """The refusal of what would make a bucket or object public.

    Amazon S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3".
    """
    said = (
        f"User: {call.caller.arn} is not authorized to perform: {call.action} on resource:"
        f' "{call.resource}" because public {what} are prevented by the {flag} setting in S3 '
        "Block Public Access."
    )
    return refuse(call, "AccessDenied", said, status=403)


def public_acl_refusal(call: Call, bucket: Any) -> Answer | None:
    """The refusal of a new public ACL while BlockPublicAcls is on.

    Amazon S3 API Reference, PublicAccessBlockConfiguration: "PUT Bucket", "PUT Object" and both
    calls that put an ACL fail; a bucket that is yet to be made has its account's flags only.
    """
    account = call.resource_account
    if not _is_public(call.arguments) or not blocks("block_public_acls", account, bucket):
        return None
    return prevented(call, "ACLs", "BlockPublicAcls")


_CANNED = ("public-read", "public-read-write", "authenticated-read")
_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")


def _is_public(arguments: dict[str, Any]) -> bool:
    """Whether the request's ACL grants anything to everybody, or to all AWS accounts.

    Amazon S3 User Guide, "The meaning of public"; "Canned ACL".
    """
    if arguments.get("ACL") in _CANNED:
        return True
    listed: dict[str, Any] = arguments.get("AccessControlPolicy") or {}
    grants: list[dict[str, Any]] = listed.get("Grants") or []
    named = [str(grant.get("Grantee", {}).get("URI")) for grant in grants]
    headers = [str(value) for name, value in arguments.items() if name.startswith("Grant")]
    return any(group in text for text in (*named, *headers) for group in _GROUPS)
