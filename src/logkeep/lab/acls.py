"""S3 access control lists as the lab reads them: whom they name, and who speaks for an object.

Sources: S3 User Guide, "Access control list (ACL) overview", "Controlling ownership of objects"
and "How Amazon S3 authorizes a request for an object operation" (rules 2.1.2 to 2.1.4).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from logkeep.lab.language import Naming, Request, strongest

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"


@dataclass(frozen=True)
class AclEntry:
    """One entry of an ACL."""

    grantee: str
    """A predefined group's URI, or the account that a canonical user id stands for."""
    permission: str
    """`READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`."""


@dataclass(frozen=True)
class Acls:
    """The ACLs of a bucket and of the object asked for."""

    disabled: bool
    """Object Ownership is BucketOwnerEnforced: no ACL counts, the bucket's owner owns all."""
    bucket: tuple[AclEntry, ...]
    object: tuple[AclEntry, ...]
    object_owner: str
    """The account that owns the object."""


def canonical_id(account: str) -> str:
    """An account's canonical user id: 64 hex digits."""
    return hashlib.sha256(f"canonical {account}".encode()).hexdigest()


_ON_BUCKET = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:DeleteObject": "WRITE",
    "s3:DeleteObjectVersion": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
_ON_OBJECT = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:GetObjectVersionAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
    "s3:PutObjectVersionAcl": "WRITE_ACP",
}
"""ACL overview, "Mapping of ACL permissions and access policy permissions"."""
_DELETES = {"s3:DeleteObject", "s3:DeleteObjectVersion"}


def named_by(acls: Acls, request: Request) -> Naming:
    """The strongest way in which the ACLs name the caller for what is asked."""
    action = request.action
    if acls.disabled:
        return ""
    if action in _DELETES and request.caller.account not in (request.owner, acls.object_owner):
        return ""  # WRITE lets only the owners of bucket and object delete.
    listed = acls.object if action in _ON_OBJECT else acls.bucket
    needed = _ON_OBJECT.get(action) or _ON_BUCKET.get(action)
    fitting = [entry for entry in listed if entry.permission in (needed, "FULL_CONTROL")]
    return strongest([_whom(entry, request) for entry in fitting]) if needed else ""


def _whom(entry: AclEntry, request: Request) -> Naming:
    """A group names its members, a canonical user id its whole account."""
    caller = request.caller
    if entry.grantee == ALL_USERS:
        return "direct"
    if entry.grantee == AUTHENTICATED_USERS:
        return "direct" if caller.account else ""
    if entry.grantee == LOG_DELIVERY:
        return "service" if caller.name == "logging.s3.amazonaws.com" else ""
    return "account" if entry.grantee == caller.account else ""


def owner_of_subject(acls: Acls, request: Request) -> str:
    """The account whose ACL decides: the object's owner, or the bucket's."""
    return acls.object_owner if request.action in _ON_OBJECT else request.owner


def is_foreign(acls: Acls | None, request: Request) -> bool:
    """Whether what is asked is of an object that is not the bucket owner's."""
    if acls is None or acls.disabled:
        return False
    return request.action in _ON_OBJECT and acls.object_owner != request.owner
