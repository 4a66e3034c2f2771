"""S3 access control lists: what they allow where Object Ownership lets them speak.

S3 User Guide, "Access control list (ACL) overview" and "Controlling ownership of objects"
(rules 2.1.2 to 2.1.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from logkeep.policy.facts import Facts
from logkeep.policy.layer_answer import NO, Claim, LayerAnswer, Source, strongest
from logkeep.policy.principals import CANONICAL_USER, NOBODY, Named
from logkeep.policy.public import PublicAccess
from logkeep.policy.relation import OWNER
from logkeep.policy.truth import Truth, either, every, opposite
from logkeep.policy.values import StatementRef, Unread

Permission: TypeAlias = Literal["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"]
ALL_USERS: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY: Final = "http://acs.amazonaws.com/groups/s3/LogDelivery"
ENFORCED: Final = "BucketOwnerEnforced"


class AclGrant(msgspec.Struct, frozen=True):
    """One entry of an ACL."""

    grantee: str
    """A canonical user id, or the URI of a predefined group."""
    permission: Permission
    account: str = ""
    """The account that a canonical user id stands for, if known."""


class Acls(msgspec.Struct, frozen=True):
    """The ACLs of a bucket and of the object asked for, and who owns what."""

    ownership: str | Unread
    """Object Ownership: `BucketOwnerEnforced` puts every ACL out of force."""
    owner: str = ""
    """The canonical user id of the bucket's owner."""
    bucket: tuple[AclGrant, ...] | Unread = ()
    object: tuple[AclGrant, ...] | Unread = Unread("s3:GetObjectAcl", "was not asked")
    object_owner: str = ""
    """The account that owns the object asked for; empty is not known."""


class Meaning(NamedTuple):
    """On which ACL a permission allows an action."""

    on: Literal["bucket", "object"]
    permission: Permission


MEANINGS: Final[dict[str, Meaning]] = {
    "s3:listbucket": Meaning("bucket", "READ"),
    "s3:listbucketversions": Meaning("bucket", "READ"),
    "s3:listbucketmultipartuploads": Meaning("bucket", "READ"),
    "s3:putobject": Meaning("bucket", "WRITE"),
    "s3:deleteobject": Meaning("bucket", "WRITE"),
    "s3:deleteobjectversion": Meaning("bucket", "WRITE"),
    "s3:getbucketacl": Meaning("bucket", "READ_ACP"),
    "s3:putbucketacl": Meaning("bucket", "WRITE_ACP"),
    "s3:getobject": Meaning("object", "READ"),
    "s3:getobjectversion": Meaning("object", "READ"),
    "s3:getobjectacl": Meaning("object", "READ_ACP"),
    "s3:getobjectversionacl": Meaning("object", "READ_ACP"),
    "s3:putobjectacl": Meaning("object", "WRITE_ACP"),
    "s3:putobjectversionacl": Meaning("object", "WRITE_ACP"),
}
"""The guide's "Mapping of ACL permissions and access policy permissions"."""
DELETES: Final = frozenset({"s3:deleteobject", "s3:deleteobjectversion"})
"""WRITE lets only the owners of bucket and object delete."""
OBJECT_OWNER: Final = "object owner"
OTHER_ENTRIES: Final = "what IgnorePublicAcls leaves of a public ACL's other entries"


def acl_answer(
    acls: Acls | Unread, public: PublicAccess | Unread | None, facts: Facts
) -> LayerAnswer:
    """Return what the ACLs allow; they never deny.

    Directly to a group's members in the account that owns what the ACL is about; everybody else
    needs their own account's policy too (S3 guide, "How Amazon S3 authorizes a request").
    """
    meaning = MEANINGS.get(facts.action)
    if meaning is None:
        return LayerAnswer(NO, NO, NO, NO)
    if isinstance(acls, Unread):
        return _doubtful(acls.call)
    listed = acls.bucket if meaning.on == "bucket" else acls.object
    in_force = _in_force(acls)
    if isinstance(listed, Unread):
        doubt = Claim(every((in_force, frozenset((listed.call,)))), None)
        return LayerAnswer(NO, doubt, doubt, doubt)
    said = [
        (every((in_force, truth)), _named(each, acls, facts), Source(ref))
        for each, truth, ref in _entries(listed, public, meaning, facts)
    ]
    owns = _owns_subject(meaning, acls, facts)
    return LayerAnswer(
        NO,
        strongest(Claim(every((truth, either(named))), by) for truth, named, by in said),
        strongest(Claim(every((truth, owns, named.direct)), by) for truth, named, by in said),
        NO,
    )


def _owns_subject(meaning: Meaning, acls: Acls, facts: Facts) -> Truth:
    """Return whether the caller's account owns the bucket or object that the ACL is about."""
    if meaning.on == "object":
        return is_callers_object(acls, facts)
    owner = facts.request.resource_account
    return facts.caller.account == owner if owner else frozenset((OWNER,))


def _doubtful(call: str) -> LayerAnswer:
    doubt = Claim(frozenset((call,)), None)
    return LayerAnswer(NO, doubt, doubt, doubt)


def _in_force(acls: Acls) -> Truth:
    if isinstance(acls.ownership, Unread):
        return frozenset((acls.ownership.call,))
    return acls.ownership != ENFORCED


def _entries(
    listed: Sequence[AclGrant],
    public: PublicAccess | Unread | None,
    meaning: Meaning,
    facts: Facts,
) -> Iterator[tuple[AclGrant, Truth, StatementRef]]:
    """Yield the entries that allow the action, with whether they stand."""
    is_public = any(each.grantee in (ALL_USERS, AUTHENTICATED_USERS) for each in listed)
    only_owners: Truth = frozenset((OBJECT_OWNER,)) if facts.action in DELETES else True
    for index, each in enumerate(listed):
        if each.permission in (meaning.permission, "FULL_CONTROL"):
            stands = _stands(each, public) if is_public else True
            ref = StatementRef(f"{meaning.on} ACL", index, each.permission)
            yield each, every((stands, only_owners)), ref


def _stands(entry: AclGrant, public: PublicAccess | Unread | None) -> Truth:
    """Return whether an entry of a public ACL is heeded (rule 2.1.5, IgnorePublicAcls)."""
    if public is None:
        return True
    if isinstance(public, Unread):
        return frozenset((public.call,))
    is_group = entry.grantee in (ALL_USERS, AUTHENTICATED_USERS)
    left: Truth = False if is_group else frozenset((OTHER_ENTRIES,))
    return either((opposite(public.ignore_acls), left))


def _named(entry: AclGrant, acls: Acls, facts: Facts) -> Named:
    """Return how an entry names the caller; an account's entry only delegates."""
    caller = facts.caller
    match entry.grantee:
        case "http://acs.amazonaws.com/groups/global/AllUsers":
            return Named(direct=True)
        case "http://acs.amazonaws.com/groups/global/AuthenticatedUsers":
            # The group is "all AWS accounts"; whether services are in it the guide does not say.
            is_service = caller.kind in ("service", "provider")
            doubt: Truth = frozenset((f"whether {caller.name} counts as an AWS account",))
            return Named(direct=doubt if is_service else caller.is_customer)
        case "http://acs.amazonaws.com/groups/s3/LogDelivery":
            return Named(direct=caller.arn == "logging.s3.amazonaws.com")
        case _:
            return _named_by_id(entry, acls, facts)


def _named_by_id(entry: AclGrant, acls: Acls, facts: Facts) -> Named:
    caller, bucket_owner = facts.caller, facts.request.resource_account
    if caller.kind == "anonymous":
        return NOBODY
    account = entry.account or (bucket_owner if entry.grantee == acls.owner else "")
    if account or (caller.account and caller.account == bucket_owner and acls.owner):
        return Named(delegated=bool(account) and caller.account == account)
    return Named(delegated=frozenset((CANONICAL_USER,)))


def may_speak_for_object(acls: Acls | Unread | None, facts: Facts) -> Truth:
    """Return whether the bucket's owner may grant what is asked of an object (rule 2.1.2).

    Where ACLs are in force an object may belong to a third account, which alone may let it be
    read; the bucket's owner may deny and delete. Without an object's ACLs nothing is considered.
    """
    meaning = MEANINGS.get(facts.action)
    if acls is None or meaning is None or meaning.on == "bucket":
        return True
    if isinstance(acls, Unread):
        return frozenset((acls.call,))
    return either((opposite(_in_force(acls)), _owner_owns(acls, facts)))


def _owner_owns(acls: Acls, facts: Facts) -> Truth:
    """Return whether the object is the bucket owner's."""
    object_owner, bucket_owner = acls.object_owner, facts.request.resource_account
    known = object_owner and bucket_owner
    return object_owner == bucket_owner if known else frozenset((OBJECT_OWNER,))


def is_callers_object(acls: Acls | Unread, facts: Facts) -> Truth:
    """Return whether the object is the caller's own account's, which its user policies then open.

    S3 guide, "How Amazon S3 authorizes a request for an object operation", its note to the object
    context.
    """
    if isinstance(acls, Unread):
        return frozenset((acls.call,))
    if not facts.caller.account:
        return False
    known = acls.object_owner
    return known == facts.caller.account if known else frozenset((OBJECT_OWNER,))
