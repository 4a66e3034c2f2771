"""The traps of S3 ACLs, Object Ownership and Block Public Access, each with its page.

`S3` is the S3 User Guide; a number is a rule of the project's rule book.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from logkeep.policy import (
    AclGrant,
    Acls,
    Layers,
    Policy,
    PublicAccess,
    StatementRef,
    Unread,
    decide,
    explain,
    is_public,
    most_restrictive,
    read_policy,
    request,
)
from logkeep.policy.acls import ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY
from logkeep.policy.values import Kind

ONE, TWO = "111111111111", "222222222222"
ANN = f"arn:aws:iam::{ONE}:user/ann"
STRANGER = f"arn:aws:iam::{TWO}:role/r"
STRANGERS_ROOT = f"arn:aws:iam::{TWO}:root"
TRAIL, LOGGING = "cloudtrail.amazonaws.com", "logging.s3.amazonaws.com"
BUCKET, OBJECT = "arn:aws:s3:::b", "arn:aws:s3:::b/k"
OWNER_ID, OTHER_ID = "79a59df900b949e55d96", "65a011a29cdf8ec533ec"
Doc = dict[str, Any]
YES, NO, DENY, ASK = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Unknown"
TABLE = "S3: ACL overview, Mapping of ACL permissions"
GROUPS = "S3: ACL overview, Amazon S3 predefined groups"
OWNERSHIP = "S3: Controlling ownership of objects (2.1.3)"
CONTEXTS = "S3: How Amazon S3 authorizes a request for an object operation (2.1.2)"
BLOCK = "S3: Blocking public access (2.1.5)"
RESTRICT, IGNORE = PublicAccess(restrict=True), PublicAccess(ignore_acls=True)


def allow(principal: object = "*", action: str = "s3:*", **more: Any) -> Doc:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"} | more


def own(effect: str = "Allow", action: str = "*") -> Doc:
    return {"Effect": effect, "Action": action, "Resource": "*"}


def on_bucket(*grants: AclGrant, ownership: str | Unread = "ObjectWriter", **more: Any) -> Acls:
    return Acls(ownership, OWNER_ID, bucket=grants, **more)


def on_object(*grants: AclGrant, ownership: str | Unread = "ObjectWriter", **more: Any) -> Acls:
    return Acls(ownership, OWNER_ID, object=grants, **more)


@dataclass(frozen=True)
class Trap:
    name: str
    page: str
    expected: str
    principal: str = "anonymous"
    action: str = "s3:GetObject"
    resource: str = OBJECT
    owner: str = ONE
    acl: Acls | Unread | None = None
    block: PublicAccess | Unread | None = None
    policy: list[Doc] | None = None
    identity: list[Doc] | None = None
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    unknown: tuple[str, ...] = ()


READ = AclGrant(ALL_USERS, "READ")
SIGNED = AclGrant(AUTHENTICATED_USERS, "READ")
WRITE = AclGrant(LOG_DELIVERY, "WRITE")
OTHER = AclGrant(OTHER_ID, "READ", account=TWO)
OPEN = [allow()]
TO_TWO = [allow({"AWS": STRANGER})]
ALL_OWN = [own()]
MIXED = [allow({"Service": TRAIL}), allow({"AWS": TWO}), allow()]
TRAPS = [
    Trap("public-read on the object", TABLE, YES, acl=on_object(READ)),
    Trap("public-read on the bucket reads no object", TABLE, NO,
         acl=on_bucket(READ, object=(), object_owner=ONE)),
    Trap("READ on the bucket lists it", TABLE, YES, action="s3:ListBucket", resource=BUCKET,
         acl=on_bucket(READ)),
    Trap("READ lists no bucket's ACL", TABLE, NO, action="s3:GetBucketAcl", resource=BUCKET,
         acl=on_bucket(READ)),
    Trap("FULL_CONTROL reads the ACL", TABLE, YES, action="s3:GetBucketAcl", resource=BUCKET,
         acl=on_bucket(AclGrant(ALL_USERS, "FULL_CONTROL"))),
    Trap("no ACL changes a bucket's policy", TABLE, NO, action="s3:PutBucketPolicy",
         resource=BUCKET, acl=on_bucket(AclGrant(ALL_USERS, "FULL_CONTROL"))),
    Trap("WRITE uploads", TABLE, YES, action="s3:PutObject",
         acl=on_bucket(AclGrant(ALL_USERS, "WRITE"))),
    Trap("WRITE deletes one's own objects only", TABLE, ASK, action="s3:DeleteObject",
         acl=on_bucket(AclGrant(ALL_USERS, "WRITE")), unknown=("object owner",)),
    Trap("READ does not upload", TABLE, NO, action="s3:PutObject", acl=on_bucket(READ)),
    Trap("ACLs not considered", TABLE, NO),
    Trap("the anonymous are not authenticated", GROUPS, NO,
         acl=on_object(SIGNED, object_owner=ONE)),
    Trap("any account is authenticated", GROUPS, YES, STRANGER, acl=on_object(SIGNED),
         identity=ALL_OWN),
    Trap("another account's user needs its own policy", CONTEXTS, NO, STRANGER,
         acl=on_object(READ, object_owner=ONE)),
    Trap("the owner's own user needs no policy for what all may", CONTEXTS, YES, ANN,
         acl=on_object(READ, object_owner=ONE)),
    Trap("but for a third account's object it does", CONTEXTS, NO, ANN,
         acl=on_object(READ, object_owner=TWO)),
    Trap("a third account's object, and one's own policy", CONTEXTS, YES, ANN, identity=ALL_OWN,
         acl=on_object(READ, object_owner=TWO)),
    Trap("whether it does, where whose object it is is not known", CONTEXTS, ASK, ANN,
         acl=on_object(READ), unknown=("object owner",)),
    Trap("one's own object in another's bucket, by one's own policy", CONTEXTS, YES, STRANGER,
         identity=ALL_OWN, acl=on_object(object_owner=TWO)),
    Trap("one's own object in another's bucket, without", CONTEXTS, NO, STRANGER,
         acl=on_object(object_owner=TWO), policy=TO_TWO),
    Trap("one's own object in another's bucket, that all may read", CONTEXTS, YES, STRANGER,
         acl=on_object(READ, object_owner=TWO)),
    Trap("the bucket's owner may deny one's own object", CONTEXTS, DENY, STRANGER,
         identity=ALL_OWN, acl=on_object(object_owner=TWO), policy=[allow() | {"Effect": "Deny"}]),
    Trap("with ACLs disabled it is the bucket owner's", OWNERSHIP, NO, STRANGER, identity=ALL_OWN,
         acl=on_object(object_owner=TWO, ownership="BucketOwnerEnforced")),
    Trap("the LogDelivery group is S3's logging", GROUPS, YES, LOGGING, "s3:PutObject",
         acl=on_bucket(WRITE)),
    Trap("CloudTrail is not in the LogDelivery group", GROUPS, NO, TRAIL, "s3:PutObject",
         acl=on_bucket(WRITE)),
    Trap("whether a service is an authenticated user", GROUPS, ASK, TRAIL, "s3:ListBucket", BUCKET,
         acl=on_bucket(SIGNED),
         unknown=("whether cloudtrail.amazonaws.com counts as an AWS account",)),
    Trap("a canonical user is an account", TABLE, YES, STRANGERS_ROOT, "s3:ListBucket", BUCKET,
         acl=on_bucket(OTHER)),
    Trap("a canonical user's account has to delegate", CONTEXTS, NO, STRANGER, "s3:ListBucket",
         BUCKET, acl=on_bucket(OTHER)),
    Trap("a canonical user whose account is not known", TABLE, ASK, STRANGER, "s3:ListBucket",
         BUCKET, identity=ALL_OWN, acl=on_bucket(AclGrant(OTHER_ID, "READ")),
         unknown=("canonical user id of the caller's account",)),
    Trap("the owner's id is nobody else's", TABLE, NO, STRANGER, "s3:ListBucket", BUCKET,
         identity=ALL_OWN, acl=on_bucket(AclGrant(OWNER_ID, "FULL_CONTROL"))),
    Trap("the owner's entry only delegates", CONTEXTS, NO, ANN, "s3:ListBucket", BUCKET,
         acl=on_bucket(AclGrant(OWNER_ID, "FULL_CONTROL"))),
    Trap("another's id is not the owner's", TABLE, NO, ANN, "s3:ListBucket", BUCKET,
         acl=on_bucket(AclGrant(OTHER_ID, "READ"))),
    Trap("a policy's Deny beats an ACL", "S3: 2.1.1", DENY, acl=on_object(READ),
         policy=[allow() | {"Effect": "Deny"}]),
    Trap("with ACLs disabled none speaks", OWNERSHIP, NO,
         acl=on_object(READ, ownership="BucketOwnerEnforced")),
    Trap("with ACLs disabled the bucket's owner owns all", OWNERSHIP, YES, ANN, identity=ALL_OWN,
         acl=on_object(ownership="BucketOwnerEnforced")),
    Trap("Object Ownership not read", OWNERSHIP, ASK,
         acl=on_object(READ, ownership=Unread("s3:GetBucketOwnershipControls", "AccessDenied")),
         unknown=("s3:GetBucketOwnershipControls",)),
    Trap("the object's ACL not read", TABLE, ASK, acl=on_bucket(object_owner=ONE),
         unknown=("s3:GetObjectAcl",)),
    Trap("ACLs not read", TABLE, ASK, action="s3:PutObject",
         acl=Unread("s3:GetBucketAcl", "AccessDenied"), unknown=("s3:GetBucketAcl",)),
    Trap("unread ACLs change no policy", TABLE, NO, action="s3:PutBucketPolicy", resource=BUCKET,
         acl=Unread("s3:GetBucketAcl", "AccessDenied")),
    Trap("a policy grants one's own objects", CONTEXTS, YES, policy=OPEN,
         acl=on_object(object_owner=ONE)),
    Trap("no policy grants a third account's objects", CONTEXTS, NO, policy=OPEN,
         acl=on_object(object_owner=TWO)),
    Trap("nor do the bucket owner's own policies", CONTEXTS, NO, ANN, identity=ALL_OWN,
         acl=on_object(object_owner=TWO)),
    Trap("the bucket's owner may delete them", CONTEXTS, YES, ANN, "s3:DeleteObject",
         identity=ALL_OWN, acl=on_object(object_owner=TWO)),
    Trap("the bucket's owner may deny them", CONTEXTS, DENY, acl=on_object(READ, object_owner=TWO),
         policy=[allow() | {"Effect": "Deny"}]),
    Trap("whose object it is decides", CONTEXTS, ASK, policy=OPEN, acl=on_object(),
         unknown=("object owner",)),
    Trap("a public ACL is ignored", BLOCK, NO, acl=on_object(READ, object_owner=ONE),
         block=IGNORE),
    Trap("ignored or not, the setting was not read", BLOCK, ASK, acl=on_object(READ),
         block=Unread("s3:GetPublicAccessBlock", "AccessDenied"),
         unknown=("s3:GetPublicAccessBlock",)),
    Trap("an ACL that is not public stands", BLOCK, YES, STRANGERS_ROOT, "s3:ListBucket", BUCKET,
         acl=on_bucket(OTHER), block=IGNORE),
    Trap("another entry of an ignored ACL", BLOCK, ASK, STRANGERS_ROOT, "s3:ListBucket", BUCKET,
         acl=on_bucket(OTHER, READ), block=IGNORE,
         unknown=("what IgnorePublicAcls leaves of a public ACL's other entries",)),
    Trap("a public policy is open", BLOCK, YES, policy=OPEN, block=PublicAccess()),
    Trap("a restricted public policy is closed to the public", BLOCK, DENY, policy=OPEN,
         block=RESTRICT),
    Trap("three statements: CloudTrail passes", BLOCK, YES, TRAIL, "s3:PutObject", policy=MIXED,
         block=RESTRICT),
    Trap("three statements: the named account does not", BLOCK, DENY, STRANGER, identity=ALL_OWN,
         policy=MIXED, block=RESTRICT),
    Trap("without the third it does", BLOCK, YES, STRANGER, identity=ALL_OWN, policy=MIXED[:2],
         block=RESTRICT),
    Trap("the owner's own pass", BLOCK, YES, ANN, policy=OPEN, block=RESTRICT),
    Trap("a restricted public policy cuts the ACL's too", BLOCK, DENY, STRANGERS_ROOT,
         "s3:ListBucket", BUCKET, policy=OPEN, acl=on_bucket(OTHER), block=RESTRICT),
    Trap("restricted or not, the setting was not read", BLOCK, ASK, policy=OPEN,
         block=Unread("s3:GetPublicAccessBlock", "AccessDenied"),
         unknown=("s3:GetPublicAccessBlock",)),
    Trap("the setting not read, and nothing public", BLOCK, YES, STRANGER, identity=ALL_OWN,
         policy=TO_TWO, block=Unread("s3:GetPublicAccessBlock", "AccessDenied")),
    Trap("the owner decides who is outside", BLOCK, ASK, STRANGER, identity=ALL_OWN, owner="",
         policy=OPEN, block=RESTRICT, unknown=("resource account",)),
]  # fmt: skip


def read(kind: Kind, statements: list[Doc]) -> Policy:
    policy = read_policy({"Version": "2012-10-17", "Statement": statements}, kind, kind)
    assert isinstance(policy, Policy), policy
    return policy


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_trap(trap: Trap):
    layers = Layers(
        identity=(read("identity", trap.identity),) if trap.identity else (),
        resource=read("resource", trap.policy) if trap.policy else None,
        acl=trap.acl,
        public_access=trap.block,
    )
    asked = request(trap.principal, trap.action, trap.resource, trap.owner, trap.context)
    decision = decide(asked, layers)
    assert (decision.outcome, decision.unknown) == (trap.expected, trap.unknown), trap.page
    assert explain(asked, layers).decision == decision


def test_an_allow_by_an_acl_names_its_entry():
    asked = request("anonymous", "s3:GetObject", OBJECT, ONE)
    decision = decide(asked, Layers(acl=on_object(OTHER, READ)))
    assert (decision.layer, decision.statement) == ("acl", StatementRef("object ACL", 1, "READ"))


def when(operator: str, key: str, *values: str) -> Doc:
    return allow(action="s3:PutObject", Condition={operator: {key: list(values)}})


KMS_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
POINTS = "arn:aws:s3:us-west-2:123456789012:accesspoint/"
IF_EXISTS = frozenset({"how Block Public Access reads StringEqualsIfExists"})
MEANING: list[tuple[str, Doc, object]] = [
    # The examples of S3's guide, "The meaning of public", "Example: Public bucket policies".
    ("a federated provider", allow({"Federated": "graph.facebook.com"}, "s3:PutObject"), True),
    ("everybody", allow(), True),
    ("any VPC", when("StringLike", "aws:SourceVpc", "vpc-*"), True),
    ("one VPC", when("StringEquals", "aws:SourceVpc", "vpc-91237329"), False),
    # Its list of fixed values, and the notes to it.
    ("a fixed account", allow({"AWS": TWO}), False),
    ("a fixed role", allow({"AWS": STRANGER}), False),
    ("a service", allow({"Service": TRAIL}), False),
    ("AWS: *", allow({"AWS": "*"}), True),
    ("an organization", when("StringEquals", "aws:PrincipalOrgID", "o-1"), False),
    ("a set of CIDRs", when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::/32"), False),
    ("half the internet", when("IpAddress", "aws:SourceIp", "0.0.0.0/1"), True),
    ("a /7", when("IpAddress", "aws:SourceIp", "2.0.0.0/7"), True),
    ("a /8", when("IpAddress", "aws:SourceIp", "3.0.0.0/8"), False),
    ("a broad IPv6 range", when("IpAddress", "aws:SourceIp", "2001::/31"), True),
    ("one broad range among narrow", when("IpAddress", "aws:SourceIp", "203.0.113.0/24",
                                           "0.0.0.0/0"), True),
    ("all but a range", when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), True),
    ("an ARN", when("ArnLike", "aws:SourceArn", "arn:aws:s3:::x"), False),
    ("an ARN with a wildcard", when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"), True),
    ("an endpoint", when("StringEquals", "aws:SourceVpce", "vpce-1"), False),
    ("a source account", when("StringEquals", "aws:SourceAccount", TWO), False),
    ("a KMS key", when("StringEquals", KMS_KEY, "arn:aws:kms:eu-west-1:1:key/k"), False),
    ("a policy variable", when("StringEquals", "aws:SourceArn", "${aws:PrincipalArn}"), True),
    ("a user id", when("StringEquals", "aws:userid", "AIDAEXAMPLE"), False),
    ("a session of any name", when("StringLike", "aws:userid", "AROAEXAMPLE:*"), True),
    ("a session by name", when("StringEquals", "aws:userid", "AROAEXAMPLE:ann"),
     frozenset({"how Block Public Access reads aws:userid"})),
    ("an account's access points",
     when("StringLike", "s3:DataAccessPointArn", f"{POINTS}*"), False),
    ("anybody's access points",
     when("StringLike", "s3:DataAccessPointArn", "arn:aws:s3:*:*:accesspoint/*"), True),
    ("an access points' account", when("StringEquals", "s3:DataAccessPointAccount", ONE), False),
    ("a key not in the list", when("StringEquals", "s3:prefix", "x"), True),
    ("a negation", when("StringNotEquals", "aws:SourceVpc", "vpc-1"), True),
    ("a set that holds where it is empty",
     when("ForAllValues:StringEquals", "aws:SourceVpc", "v"), True),
    ("an operator that the guide is silent about",
     when("StringEqualsIfExists", "aws:SourceVpc", "vpc-1"), IF_EXISTS),
    ("one condition of two that fixes",
     allow(Condition={"StringLike": {"aws:SourceVpc": "vpc-*", "aws:SourceAccount": TWO}}), False),
    ("a Deny", allow() | {"Effect": "Deny"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), [m[1:] for m in MEANING],
                         ids=[m[0] for m in MEANING])  # fmt: skip
def test_the_meaning_of_public(statement: Doc, expected: object):
    assert is_public(read("resource", [statement])) == expected


def test_one_public_statement_makes_the_policy_public():
    assert is_public(read("resource", MIXED)) is True
    assert is_public(read("resource", MIXED[:2])) is False


def test_an_access_points_own_policy_may_not_name_access_points_by_wildcard():
    policy = read("resource", [when("StringLike", "s3:DataAccessPointArn", f"{POINTS}*")])
    assert (is_public(policy), is_public(policy, "access point")) == (False, True)


def test_account_and_bucket_settings_together_are_the_most_restrictive():
    assert most_restrictive(RESTRICT, IGNORE) == PublicAccess(restrict=True, ignore_acls=True)
    assert most_restrictive(PublicAccess(), PublicAccess()) == PublicAccess()
