"""Worlds of policies, grants and ACLs, and requests to ask in them, from a seeded generator.

Everything is JSON, so that either engine reads it in its own way. The vocabulary is small, so that
what is asked and what is written meet often.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from logkeep.lab import acls
from logkeep.lab.call import Caller
from logkeep.policy.values import Kind

Document = dict[str, Any]

ONE, TWO, OUTSIDE = "111111111111", "222222222222", "999999999999"
USER, ROLE = f"arn:aws:iam::{ONE}:user/ann", f"arn:aws:iam::{ONE}:role/path/dev"
SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/ann"
OTHER_SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/bob"
FOREIGN = f"arn:aws:iam::{TWO}:user/eve"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ONE}:trail/t"
WEB = f"arn:aws:iam::{ONE}:oidc-provider/id.example.com"
SAML = f"arn:aws:iam::{ONE}:saml-provider/office"
GOOGLE = "accounts.google.com"
WEB_SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/web"
SAML_SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/saml"
FEDERATED = f"arn:aws:sts::{ONE}:federated-user/guest"
LINKED = f"arn:aws:iam::{ONE}:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForX"
"""The role that a service is linked to: no SCP and no RCP binds it (rules 5.1.6, 5.1.7)."""
LOGGING = "logging.s3.amazonaws.com"
CALLERS: dict[str, Caller] = {
    USER: Caller(ONE, USER, "user", "ann"),
    SESSION: Caller(ONE, SESSION, "role", "dev", role_arn=ROLE, session_name="ann"),
    # The product's role ARN is any of the role's sessions: the lab is given one nobody names.
    ROLE: Caller(ONE, f"{SESSION}-unnamed", "role", "dev", role_arn=ROLE, session_name="unnamed"),
    FOREIGN: Caller(TWO, FOREIGN, "user", "eve"),
    f"arn:aws:iam::{ONE}:root": Caller(ONE, f"arn:aws:iam::{ONE}:root", "root", "root"),
    WEB_SESSION: Caller(
        ONE, WEB_SESSION, "role", "dev", role_arn=ROLE, session_name="web", provider=WEB
    ),
    SAML_SESSION: Caller(
        ONE, SAML_SESSION, "role", "dev", role_arn=ROLE, session_name="saml", provider=SAML
    ),
    FEDERATED: Caller(ONE, FEDERATED, "federated", "guest", role_arn=USER),
    LINKED: Caller(
        ONE,
        f"arn:aws:sts::{ONE}:assumed-role/AWSServiceRoleForX/logs",
        "role",
        "AWSServiceRoleForX",
        role_arn=LINKED,
        session_name="logs",
    ),
    "anonymous": Caller("", "anonymous", "anonymous", "anonymous"),
    **{name: Caller("", name, "provider", name) for name in (WEB, SAML, GOOGLE)},
    **{name: Caller("", name, "service", name) for name in ("cloudtrail.amazonaws.com", LOGGING)},
}
BUCKET, KEY = "arn:aws:s3:::b", f"arn:aws:kms:us-east-1:{ONE}:key/k"
ASKED: tuple[tuple[str, str], ...] = (
    ("s3:GetObject", f"{BUCKET}/ann/x"),
    ("s3:PutObject", f"{BUCKET}/AWSLogs/{ONE}/x:y"),
    ("s3:ListBucket", BUCKET),
    ("s3:GetObjectAcl", f"{BUCKET}/ann/x"),
    ("s3:DeleteObject", f"{BUCKET}/ann/x"),
    ("s3:GetBucketAcl", BUCKET),
    ("kms:Decrypt", KEY),
    ("kms:GenerateDataKey", KEY),
    ("kms:RetireGrant", KEY),
    ("kms:DescribeKey", KEY),
    ("kms:CreateGrant", KEY),
    ("kms:PutKeyPolicy", KEY),
    ("sts:AssumeRole", f"arn:aws:iam::{ONE}:role/r"),
    ("iam:GetUser", USER),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ONE}:q"),
    ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ONE}:log-group:g:log-stream:s"),
)
FOR_A_USER: tuple[tuple[str, str], ...] = (
    ("sts:AssumeRoleWithSAML", f"arn:aws:iam::{ONE}:role/r"),
    ("sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{ONE}:role/r"),
)
"""What identity providers ask; nobody signs it."""
UNSIGNED = tuple(asked for asked in ASKED if asked[0].startswith(("s3:", "sqs:")))
"""What the anonymous can ask: other services take signed requests only."""
ACTIONS = ("*", "*", "*", "s3:*", "s3:*", "S3:get*", "s3:Put?bject", "*:Get*", "kms:*",
           "kms:Decrypt", "sts:AssumeRole*", "sts:*", "sqs:*", "logs:Put*", "iam:*",
           *(action for action, _ in ASKED))  # fmt: skip
RESOURCES = ("*", "*", "*", "*", "*", f"{BUCKET}/*", f"{BUCKET}*", f"{BUCKET}/${{aws:username}}/*",
             f"{BUCKET}/${{aws:PrincipalTag/team, 'ann'}}/?", "arn:aws:s3:::*/x", "arn:aws:s3:*",
             "arn:*", f"arn:aws:kms:*:{ONE}:key/*", f"arn:aws:iam::{ONE}:*",
             "arn:aws:iam::*:role/r", "arn:aws:s3:::B/*", f"{BUCKET}/${{*}}",
             "arn:aws:logs:*:*:log-group:g:*", f"arn:aws:*:{ONE}:log-group:*",
             "arn:aws:kms:us*1:key/k", "arn:aws:kms:*:key/k", f"arn:aws:sqs:us-east-1?{ONE}:q",
             f"{BUCKET}/*:?", f"{BUCKET}/A*/x?y", "arn:a*:s?::*x", "arn:aws:logs:*g:log-stream:s",
             f"arn:aws:logs:us-*-1:{ONE}:log-*:s", "arn:aws:s*b/ann/x",
             *(resource for _, resource in ASKED))  # fmt: skip
NAMED: tuple[Any, ...] = ("*", "*", "*", {"AWS": "*"}, {"AWS": "*"}, {"AWS": ONE},
    {"AWS": f"arn:aws:iam::{ONE}:root"}, {"AWS": TWO}, {"AWS": USER}, {"AWS": ROLE},
    {"AWS": SESSION}, {"AWS": OTHER_SESSION},
    {"AWS": [FOREIGN, USER]}, {"Service": "cloudtrail.amazonaws.com"},
    {"AWS": [ROLE, ONE, SESSION]}, {"AWS": [USER, ONE], "Service": "logs.amazonaws.com"},
    {"AWS": [FOREIGN, TWO, f"arn:aws:iam::{ONE}:root"]}, {"Federated": WEB}, {"Federated": SAML},
    {"Federated": [GOOGLE, WEB]}, {"Federated": WEB, "AWS": SESSION}, {"AWS": FEDERATED},
    {"AWS": WEB_SESSION}, {"Service": LOGGING})  # fmt: skip

GRANTEES = (
    USER,
    ROLE,
    SESSION,
    WEB_SESSION,
    FEDERATED,
    FOREIGN,
    ONE,
    TWO,
    f"arn:aws:iam::{ONE}:root",
    f"arn:aws:iam::{TWO}:root",
    "cloudtrail.amazonaws.com",
)
OPERATIONS = ("Decrypt", "GenerateDataKey", "RetireGrant", "DescribeKey", "CreateGrant",
              "PutKeyPolicy")  # fmt: skip
PAIRS = (
    {"aws:s3:arn": BUCKET},
    {"AWS:S3:arn": BUCKET},
    {"team": "ann"},
    {"team": "Ann"},
    {"TEAM": "ann"},
    {"aws:s3:arn": BUCKET, "team": "ann"},
    {},
)
GROUPS = (acls.ALL_USERS, acls.AUTHENTICATED_USERS, acls.LOG_DELIVERY)
PERMISSIONS = ("READ", "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")

STRINGS = ("ann", "Ann", "a*", "o-1", "*", "?nn", "${aws:username}", "${aws:nothing}", "${*}", "")
ARNS = (TRAIL, f"arn:aws:cloudtrail:*:{ONE}:trail/*", "arn:aws:*", f"arn:*:*:*:{ONE}:*", ROLE,
        "arn:aws:cloudtrail:us-east-1:*", f"arn:aws:iam::{ONE}:role/*", "t")  # fmt: skip
NUMBERS = ("7", "7.0", "-1", "1e1", "10", "many")
DATES = ("2026-11-23T03:10:00Z", "1795403400", "2026-11-23", "2026-11-23T04:10:00+01:00",
         "2027-01-01T00:00:00Z", "soon")  # fmt: skip
ADDRESSES = ("10.0.0.1", "10.0.0.0/8", "2001:DB8::1", "2001:db8:0:0::/64", "0.0.0.0/0", "::/0")
BOOLS = ("true", "false", "TRUE", True, False, "maybe")
BINARIES = ("YWJj", "YWI=", "abc")
ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan",
           "GreaterThanEquals")  # fmt: skip
_TEXT = ("aws:username", "aws:PrincipalOrgID", "aws:SourceAccount", "aws:TagKeys", "s3:prefix",
         "aws:PrincipalAccount", "AWS:principaltag/Team", "kms:CallerAccount",
         "aws:ResourceAccount", "aws:PrincipalServiceName", "aws:FederatedProvider")  # fmt: skip
FAMILIES: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[Any, ...]], ...] = (
    (("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase"), _TEXT, (*STRINGS, ONE, TWO, WEB, "anonymous")),
    (("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"), ("aws:SourceArn", "aws:PrincipalArn"),
     ARNS),
    (tuple(f"Numeric{name}" for name in ORDERED), ("s3:max-keys",), NUMBERS),
    (tuple(f"Date{name}" for name in ORDERED), ("aws:CurrentTime",), DATES),
    (("IpAddress", "NotIpAddress"), ("aws:SourceIp",), ADDRESSES),
    (("Bool",), ("aws:SecureTransport", "aws:PrincipalIsAWSService"), BOOLS),
    (("BinaryEquals",), ("kms:blob",), BINARIES),
    (("Null",), (*_TEXT, "aws:SourceArn", "aws:SourceIp"), ("true", "false", True, False)),
)  # fmt: skip
GIVEN: dict[str, tuple[str, ...]] = {
    "aws:SourceAccount": (ONE, TWO), "aws:SourceArn": (TRAIL, "t"), "s3:prefix": ("ann", "Ann", ""),
    "s3:max-keys": ("7", "10", "many"), "aws:CurrentTime": DATES,
    "aws:SourceIp": ("10.0.0.1", "2001:db8::1", "192.0.2.7"), "kms:blob": BINARIES,
    "kms:EncryptionContext:aws:s3:arn": (BUCKET, f"{BUCKET}/ann/x"),
    "kms:EncryptionContext:Team": ("ann", "Ann"),
    "aws:SecureTransport": ("true", "false"), "aws:PrincipalTag/team": ("ann", "a*", "TEAM"),
}  # fmt: skip
"""Keys that a request may carry; those of the principal follow from who it is."""


class World(NamedTuple):
    """Policies of every layer, as JSON."""

    identity: list[Document]
    resource: Document | None
    scps: list[list[Document]] | None
    rcps: list[list[Document]] | None
    boundary: Document | None
    session: Document | None
    endpoint: Document | None
    grants: list[Document] | None = None
    """On the key, in the words of the lab's `Grant`."""
    acls: Document | None = None
    """Of the bucket and object, in the words of the lab's `Acls`."""
    key_state: str = ""
    """The key's state, where it is to count."""
    public_access: Document | None = None
    """Block Public Access of the bucket, where it is to count."""


class Asked(NamedTuple):
    """One request, as both engines are asked it."""

    principal: str
    action: str
    resource: str
    owner: str
    context: dict[str, str | list[str]]
    hidden: frozenset[str]
    """Keys that the product is not told, but the lab is."""
    in_management_account: bool
    resource_in_management_account: bool
    service_linked: bool
    bare: bool = False
    """The product is not told the keys that follow from the principal; the lab always is."""


def statement(rng: random.Random, kind: Kind) -> Document:
    """One statement; three in four allow, as a policy mostly does."""
    denies = rng.random() < (1.0 if kind == "rcp" else 0.2)
    found: Document = {"Effect": "Deny" if denies else "Allow"}
    if kind in ("resource", "endpoint"):
        form = "NotPrincipal" if denies and rng.random() < 0.15 else "Principal"
        found[form] = rng.choice(NAMED)
    elif kind == "rcp":
        found["Principal"] = "*"
    negated = rng.random() < 0.08 and kind != "rcp"
    found["NotAction" if negated else "Action"] = _some(rng, ACTIONS)
    found["NotResource" if rng.random() < 0.08 else "Resource"] = _some(rng, RESOURCES)
    if rng.random() < (0.9 if denies else 0.4):
        found["Condition"] = condition(rng)
    return found


def _some(rng: random.Random, values: tuple[Any, ...]) -> Any:
    if rng.random() < 0.5:
        return rng.choice(values)
    return [rng.choice(values) for _ in range(rng.randint(1, 3))]


def condition(rng: random.Random) -> Document:
    """One to two operators of any family, with or without IfExists and set operators."""
    found: Document = {}
    for _ in range(rng.choice((1, 1, 1, 2))):
        operators, keys, values = rng.choice(FAMILIES)
        name = rng.choice(operators)
        if name != "Null":
            name = rng.choice(("", "", "", "", "ForAllValues:", "ForAnyValue:")) + name
            name += rng.choice(("", "", "IfExists"))
        found[name] = {rng.choice(keys): _some(rng, values) for _ in range(rng.choice((1, 1, 2)))}
    return found


def document(rng: random.Random, kind: Kind, *, open_too: bool = False) -> Document:
    """A policy of one to three statements; `open_too` adds one that allows every action."""
    listed = [statement(rng, kind) for _ in range(rng.randint(1, 3))]
    if open_too:
        named = {"Principal": "*"} if kind in ("rcp", "endpoint") else {}
        named = {"Principal": rng.choice(NAMED)} if kind == "resource" else named
        listed.append({"Effect": "Allow", "Action": "*", "Resource": "*", **named})
    version = {} if rng.random() < 0.05 else {"Version": "2012-10-17"}
    return {**version, "Statement": listed if len(listed) > 1 else listed[0]}


def world(rng: random.Random) -> World:
    """Policies of every layer, the limiting ones each there now and then."""

    def now_and_then(kind: Kind) -> Document | None:
        return document(rng, kind, open_too=rng.random() < 0.6) if rng.random() < 0.2 else None

    def levels(kind: Kind) -> list[list[Document]] | None:
        if rng.random() < 0.7:
            return None
        return [control_policies(rng, kind) for _ in range(rng.randint(1, 4))]

    return World(
        [document(rng, "identity", open_too=rng.random() < 0.4) for _ in range(rng.randint(0, 2))],
        document(rng, "resource", open_too=rng.random() < 0.5) if rng.random() < 0.8 else None,
        levels("scp"),
        levels("rcp"),
        now_and_then("boundary"),
        now_and_then("session"),
        now_and_then("endpoint"),
        [grant(rng) for _ in range(rng.randint(1, 3))] if rng.random() < 0.6 else None,
        access_lists(rng) if rng.random() < 0.5 else None,
        rng.choice(KEY_STATES) if rng.random() < 0.3 else "",
        {flag: rng.random() < 0.6 for flag in ("restrict", "ignore_acls")}
        if rng.random() < 0.4
        else None,
    )


def control_policies(rng: random.Random, kind: Kind) -> list[Document]:
    """What is attached to a root, a unit or an account of the organization.

    Either all is allowed and more policies deny, or lists allow some: at each level by themselves.
    """
    if rng.random() < 0.3:
        return [document(rng, kind, open_too=rng.random() < 0.8)]
    if kind == "rcp" or rng.random() < 0.6:
        return [FULL_ACCESS[kind], *(denying(rng, kind) for _ in range(rng.randint(0, 2)))]
    return [document(rng, kind, open_too=rng.random() < 0.3) for _ in range(rng.randint(1, 3))]


FULL_ACCESS: dict[str, Document] = {
    kind: {"Version": "2012-10-17", "Statement": [{**named, "Effect": "Allow", "Action": "*",
                                                   "Resource": "*"}]}
    for kind, named in (("scp", {}), ("rcp", {"Principal": "*"}))
}  # fmt: skip
"""FullAWSAccess and RCPFullAWSAccess, as AWS attaches them."""


def denying(rng: random.Random, kind: Kind) -> Document:
    """A policy that only denies, as a deny list does: mostly but for some, by a condition."""
    listed = [{**statement(rng, kind), "Effect": "Deny"} for _ in range(rng.randint(1, 2))]
    for each in listed:
        if rng.random() < 0.7:
            each.setdefault("Condition", condition(rng))
    return {"Version": "2012-10-17", "Statement": listed}


KEY_STATES = ("Enabled", "Disabled", "PendingImport", "PendingDeletion", "Unavailable")


def grant(rng: random.Random) -> Document:
    """A grant on the key, constrained now and then."""
    found: Document = {
        "grantee": rng.choice(GRANTEES),
        "operations": tuple(rng.choice(OPERATIONS) for _ in range(rng.randint(1, 4))),
    }
    if rng.random() < 0.5:
        found[rng.choice(("equals", "subset"))] = rng.choice(PAIRS)
    if rng.random() < 0.15:
        found["source_arn"] = rng.choice((TRAIL, "t"))
    if rng.random() < 0.3:
        found["retiring"] = rng.choice(GRANTEES)
    if rng.random() < 0.3:
        found["issuer"] = rng.choice((ONE, TWO))
    return found


def access_lists(rng: random.Random) -> Document:
    """The ACLs of bucket and object; in a third of the worlds Object Ownership disables them."""

    def entries() -> list[tuple[str, str]]:
        named = (*GROUPS, ONE, TWO, OUTSIDE)
        return [(rng.choice(named), rng.choice(PERMISSIONS)) for _ in range(rng.randint(0, 2))]

    owner = rng.choice((ONE, ONE, TWO, TWO, OUTSIDE, ""))
    disabled = rng.random() < 0.33
    return {"disabled": disabled, "bucket": entries(), "object": entries(), "object_owner": owner}


def question(rng: random.Random) -> Asked:
    """One request, with the keys that its principal and action bring."""
    principal = rng.choice(tuple(CALLERS))
    action, resource = rng.choice(_askable(CALLERS[principal]))
    owner = rng.choice((ONE, ONE, TWO)) if resource.startswith(BUCKET) else ONE
    context: dict[str, str | list[str]] = {
        key: rng.choice(values) for key, values in GIVEN.items() if rng.random() < 0.6
    }
    if rng.random() < 0.5:
        context["aws:TagKeys"] = [rng.choice(("ann", "o-1", "z")) for _ in range(rng.randint(0, 2))]
    context |= _told_by(CALLERS[principal], action, owner)
    hidden = frozenset({rng.choice(tuple(context))}) if rng.random() < 0.02 else frozenset[str]()
    return Asked(
        principal,
        action,
        resource,
        owner,
        context,
        hidden,
        rng.random() < 0.1,
        rng.random() < 0.1,
        principal == LINKED or rng.random() < 0.05,
        rng.random() < 0.3,
    )


def _askable(caller: Caller) -> tuple[tuple[str, str], ...]:
    by_kind = {"provider": FOR_A_USER, "anonymous": UNSIGNED}
    return by_kind.get(caller.kind, ASKED)


def _told_by(caller: Caller, action: str, owner: str) -> dict[str, str | list[str]]:
    """What every such request carries (IAM User Guide, "AWS global condition context keys")."""
    told: dict[str, str | list[str]] = {"aws:ResourceAccount": owner}
    if caller.kind == "service":
        return told | {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": caller.name,
        }
    if caller.kind == "anonymous":
        return told | {"aws:PrincipalAccount": "anonymous"}
    if caller.kind == "provider":
        return told | {"aws:FederatedProvider": [] if caller.name == SAML else caller.name}
    told |= {
        "aws:PrincipalArn": caller.role_arn if caller.kind == "role" else caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalOrgID": "o-1",
    }
    if caller.kind == "role":
        told["aws:FederatedProvider"] = WEB if caller.provider == WEB else []
    if caller.kind == "user":
        told["aws:username"] = caller.name
    if action.startswith("kms:"):
        told["kms:CallerAccount"] = caller.account
    return told
