"""Every policy that has a say about a request, by what it is attached to."""

from __future__ import annotations

import msgspec

from logkeep.policy.acls import Acls
from logkeep.policy.document import Policy
from logkeep.policy.grants import KeyGrant
from logkeep.policy.public import PublicAccess
from logkeep.policy.values import Malformed, Unread


class Layers(msgspec.Struct, frozen=True):
    """Every policy that speaks about a request, by what it is attached to."""

    identity: tuple[Policy, ...] | Unread = ()
    """The user's, groups' or role's policies, inline and managed."""
    resource: Policy | Malformed | Unread | None = None
    scps: tuple[tuple[Policy, ...], ...] | Unread | None = None
    """By level: root, each OU, account; None is no organization."""
    rcps: tuple[tuple[Policy, ...], ...] | Unread | None = None
    boundary: Policy | Unread | None = None
    session: Policy | Unread | None = None
    endpoints: tuple[Policy, ...] | Unread | None = None
    """The policy of the VPC endpoint that the request passes; None is through none."""
    grants: tuple[KeyGrant, ...] | Unread | None = None
    """The grants on the KMS key that is asked for; None is that none are considered."""
    key_state: str | Unread = ""
    """The KMS key's state, such as `Enabled`; empty is that it is not considered."""
    acl: Acls | Unread | None = None
    """The ACLs of the bucket and object; None is that none are considered."""
    public_access: PublicAccess | Unread | None = None
    """Block Public Access, all its levels together; None is that it is not considered."""
