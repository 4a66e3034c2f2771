"""The traps of KMS grants and key states, each with the page that says so.

`KMS` is the Key Management Service Developer Guide, `API` its API Reference; a number is a rule
of the project's rule book.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from logkeep.policy import (
    KeyGrant,
    Layers,
    Policy,
    StatementRef,
    Unread,
    decide,
    explain,
    read_policy,
    request,
)
from logkeep.policy.values import Kind

ONE, TWO = "111111111111", "222222222222"
ANN = f"arn:aws:iam::{ONE}:user/ann"
ROLE = f"arn:aws:iam::{ONE}:role/dev"
SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/ann"
GUEST = f"arn:aws:sts::{ONE}:federated-user/guest"
ROOT = f"arn:aws:iam::{ONE}:root"
STRANGER = f"arn:aws:iam::{TWO}:role/r"
TRAIL = "cloudtrail.amazonaws.com"
KEY = f"arn:aws:kms:eu-west-1:{ONE}:key/k"
UNREAD = Unread("kms:ListGrants", "AccessDenied")
S3_CONTEXT = "aws:s3:arn"
GIVEN = f"kms:EncryptionContext:{S3_CONTEXT}"
Doc = dict[str, Any]
YES, NO, DENY, ASK = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Unknown"
GRANTS = "KMS: Grants in AWS KMS (4.2)"
CONSTRAINTS = "KMS: Creating grants, Using grant constraints; API: GrantConstraints"
SILENT = "KMS: Grants in AWS KMS, and IAM: Permissions boundaries, do not say"
BOUNDED = ("whether a boundary or session policy limits a grant to the role",)
ABROAD = "whether a grant to another account needs an IAM policy there"
STATES = "KMS: Key states of AWS KMS keys (4.6)"


def on_key(effect: str, principal: object, action: str = "kms:*") -> Doc:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}


def own(effect: str = "Allow", action: str = "*") -> Doc:
    return {"Effect": effect, "Action": action, "Resource": "*"}


def to(grantee: str, *operations: str, **more: Any) -> KeyGrant:
    return KeyGrant(grantee, operations or ("Decrypt",), **more)


@dataclass(frozen=True)
class Trap:
    name: str
    page: str
    expected: str
    principal: str = ANN
    action: str = "kms:Decrypt"
    grants: tuple[KeyGrant, ...] | Unread | None = None
    state: str | Unread = ""
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    hidden: tuple[str, ...] = ()
    policy: list[Doc] | None = None
    identity: list[Doc] | None = None
    boundary: list[Doc] | None = None
    session: list[Doc] | None = None
    scp: list[Doc] | None = None
    rcp: list[Doc] | None = None
    unknown: tuple[str, ...] = ()


NAMED = [on_key("Allow", {"AWS": ANN})]
DELEGATED = [on_key("Allow", {"AWS": ROOT})]
NOTHING = [own(action="iam:GetUser")]
MINE = {S3_CONTEXT: "arn:aws:s3:::b/k"}
OTHER = {S3_CONTEXT: "arn:aws:s3:::b/other"}
TRAPS = [
    Trap("a grant needs no policy in the key's account", GRANTS, YES, grants=(to(ANN),)),
    Trap("no grants considered", GRANTS, NO),
    Trap("no grants there", GRANTS, NO, grants=()),
    Trap("a grant to somebody else", GRANTS, NO, grants=(to(ROLE),)),
    Trap("a grant of another operation", GRANTS, NO, grants=(to(ANN, "Encrypt"),)),
    Trap("a key policy's Deny beats a grant", GRANTS, DENY, grants=(to(ANN),),
         policy=[on_key("Deny", "*")]),
    Trap("one's own Deny beats a grant", GRANTS, DENY, grants=(to(ANN),), identity=[own("Deny")]),
    Trap("an SCP without an Allow stands before a grant", "ORG: SCP effects (5.1.6)", NO,
         grants=(to(ANN),), scp=NOTHING),
    Trap("an RCP's Deny beats a grant", "ORG: Resource control policies (5.1.7)", DENY,
         grants=(to(ANN),), rcp=[{**on_key("Deny", "*"), "Action": "kms:Decrypt"}]),
    Trap("a role's grant is for its sessions", GRANTS, YES, SESSION, grants=(to(ROLE),)),
    Trap("whether a boundary limits a role's grant", SILENT, ASK, ROLE, grants=(to(ROLE),),
         boundary=NOTHING, unknown=BOUNDED),
    Trap("whether a session policy limits a role's grant", SILENT, ASK, SESSION,
         grants=(to(ROLE),), session=NOTHING, unknown=BOUNDED),
    Trap("a role's grant within its boundary", GRANTS, YES, ROLE, grants=(to(ROLE),),
         boundary=[own()]),
    Trap("a boundary's Deny beats a role's grant", GRANTS, DENY, ROLE, grants=(to(ROLE),),
         boundary=[own("Deny")]),
    Trap("a grant to a federated user", "API: CreateGrant, GranteePrincipal", YES, GUEST,
         grants=(to(GUEST),), session=NOTHING),
    Trap("names of the context's pairs ignore case", CONSTRAINTS, YES,
         context={GIVEN: MINE[S3_CONTEXT]},
         grants=(to(ANN, context_equals={"AWS:S3:Arn": "arn:aws:s3:::b/k"}),)),
    Trap("a session's grant is not for another of its role", GRANTS, NO,
         SESSION.replace("/ann", "/bob"), grants=(to(SESSION),)),
    Trap("a grant to an account only delegates", "API: CreateGrant, GranteePrincipal", NO,
         grants=(to(ROOT),)),
    Trap("a grant to an account, and an IAM policy", "API: CreateGrant, GranteePrincipal", YES,
         grants=(to(ROOT),), identity=[own()]),
    Trap("a grant to a service", GRANTS, YES, TRAIL, grants=(to(TRAIL),)),
    Trap("a grant is for cryptography, not for the key", "KMS: Grant operations", NO,
         action="kms:PutKeyPolicy", grants=(to(ANN, "PutKeyPolicy"),)),
    Trap("another account's grantee with an IAM policy", "KMS: Allowing users in other accounts",
         YES, STRANGER, grants=(to(STRANGER),), identity=[own()]),
    Trap("another account's grantee without one", "KMS: the two pages disagree", ASK, STRANGER,
         grants=(to(STRANGER),), unknown=(ABROAD,)),
    Trap("the context is the grant's", CONSTRAINTS, YES, context={GIVEN: MINE[S3_CONTEXT]},
         grants=(to(ANN, context_subset=MINE),)),
    Trap("the context is another", CONSTRAINTS, NO, context={GIVEN: OTHER[S3_CONTEXT]},
         grants=(to(ANN, context_subset=MINE),)),
    Trap("values of the context heed case", CONSTRAINTS, NO, context={GIVEN: "ARN:aws:s3:::b/k"},
         grants=(to(ANN, context_subset=MINE),)),
    Trap("no context at all", CONSTRAINTS, NO, grants=(to(ANN, context_subset=MINE),)),
    Trap("a subset takes more pairs", CONSTRAINTS, YES,
         context={GIVEN: MINE[S3_CONTEXT], "kms:EncryptionContext:a": "b"},
         grants=(to(ANN, context_subset=MINE),)),
    Trap("equals takes no more pairs", CONSTRAINTS, NO,
         context={GIVEN: MINE[S3_CONTEXT], "kms:EncryptionContext:a": "b"},
         grants=(to(ANN, context_equals=MINE),)),
    Trap("equals takes its own pairs", CONSTRAINTS, YES, context={GIVEN: MINE[S3_CONTEXT]},
         grants=(to(ANN, context_equals=MINE),)),
    Trap("equals, and what else there is not known", CONSTRAINTS, ASK,
         context={GIVEN: MINE[S3_CONTEXT]}, hidden=("*",),
         grants=(to(ANN, context_equals=MINE),), unknown=("kms:encryptioncontextkeys",)),
    Trap("a context not known", CONSTRAINTS, ASK, hidden=(GIVEN,),
         grants=(to(ANN, context_subset=MINE),), unknown=(GIVEN.lower(),)),
    Trap("constraints do not bind DescribeKey", CONSTRAINTS, YES, action="kms:DescribeKey",
         grants=(to(ANN, "DescribeKey", context_subset=MINE),)),
    Trap("a constrained CreateGrant makes only as strict ones", CONSTRAINTS, ASK,
         action="kms:CreateGrant", grants=(to(ANN, "CreateGrant", context_subset=MINE),),
         unknown=("the constraints of the grant to be made",)),
    Trap("a grant for one source", CONSTRAINTS, NO, TRAIL, context={"aws:SourceArn": "x"},
         grants=(to(TRAIL, source_arn="y"),)),
    Trap("a grant for this source", CONSTRAINTS, YES, TRAIL, context={"aws:SourceArn": "y"},
         grants=(to(TRAIL, source_arn="y"),)),
    Trap("the retiring principal retires", "KMS: Retiring and revoking grants", YES,
         action="kms:RetireGrant", grants=(to(ROLE, retiring_principal=ANN),)),
    Trap("the issuing account's root retires", "KMS: Retiring and revoking grants", YES, ROOT,
         "kms:RetireGrant", grants=(to(ROLE, issuing_account=ROOT),)),
    Trap("unread grants leave a silent denial open", GRANTS, ASK, grants=UNREAD,
         unknown=("kms:ListGrants",)),
    Trap("unread grants change no Deny", GRANTS, DENY, grants=UNREAD, policy=[on_key("Deny", "*")]),
    Trap("unread grants change no Allow", GRANTS, YES, grants=UNREAD, policy=NAMED),
    Trap("unread grants cannot put a key policy", "KMS: Grant operations", NO,
         action="kms:PutKeyPolicy", grants=UNREAD),
    Trap("an enabled key", STATES, YES, policy=NAMED, state="Enabled"),
    Trap("a disabled key decrypts nothing", STATES, DENY, policy=NAMED, state="Disabled"),
    Trap("a grant opens no disabled key", STATES, DENY, grants=(to(ANN),), state="Disabled"),
    Trap("a doomed key encrypts nothing", STATES, DENY, action="kms:GenerateDataKey",
         policy=NAMED, state="PendingDeletion"),
    Trap("an unavailable key decrypts nothing", STATES, DENY, policy=NAMED, state="Unavailable"),
    Trap("a key without its material", STATES, DENY, policy=NAMED, state="PendingImport"),
    Trap("a replica still being made", "KMS: Create multi-Region replica keys", DENY,
         policy=NAMED, state="Creating"),
    Trap("a disabled key is described", STATES, YES, action="kms:DescribeKey", policy=NAMED,
         state="Disabled"),
    Trap("a disabled key takes a policy", STATES, YES, action="kms:PutKeyPolicy", policy=NAMED,
         state="Disabled"),
    Trap("a disabled key is enabled again", STATES, YES, action="kms:EnableKey", policy=NAMED,
         state="Disabled"),
    Trap("a doomed key is not enabled", STATES, DENY, action="kms:EnableKey", policy=NAMED,
         state="PendingDeletion"),
    Trap("a doomed key is spared", STATES, YES, action="kms:CancelKeyDeletion", policy=NAMED,
         state="PendingDeletion"),
    Trap("a disabled key has no deletion to cancel", STATES, DENY, action="kms:CancelKeyDeletion",
         policy=NAMED, state="Disabled"),
    Trap("a doomed key still takes a policy", STATES, YES, action="kms:PutKeyPolicy",
         policy=NAMED, state="PendingDeletion"),
    Trap("a state allows nobody", STATES, NO, state="Enabled"),
    Trap("a state not in the table", STATES, ASK, policy=NAMED, state="Updating",
         unknown=("what the key's state Updating refuses",)),
    Trap("a state not read", STATES, ASK, policy=NAMED,
         state=Unread("kms:DescribeKey", "AccessDenied"), unknown=("kms:DescribeKey",)),
]  # fmt: skip


def read(kind: Kind, statements: list[Doc] | None) -> Policy | None:
    if statements is None:
        return None
    policy = read_policy({"Version": "2012-10-17", "Statement": statements}, kind, kind)
    assert isinstance(policy, Policy), policy
    return policy


def layers_of(trap: Trap) -> Layers:
    scp, rcp, identity = (
        read("scp", trap.scp),
        read("rcp", trap.rcp),
        read("identity", trap.identity),
    )
    return Layers(
        identity=(identity,) if identity else (),
        resource=read("key", trap.policy),
        scps=((scp,),) if scp else None,
        rcps=((rcp,),) if rcp else None,
        boundary=read("boundary", trap.boundary),
        session=read("session", trap.session),
        grants=trap.grants,
        key_state=trap.state,
    )


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_trap(trap: Trap):
    asked = request(trap.principal, trap.action, KEY, ONE, trap.context, unknown=trap.hidden)
    decision = decide(asked, layers_of(trap))
    assert (decision.outcome, decision.unknown) == (trap.expected, trap.unknown), trap.page
    assert explain(asked, layers_of(trap)).decision == decision


def test_an_allow_by_a_grant_names_it():
    grants = (to(ROLE), to(ANN, id="0c1d"))
    decision = decide(request(ANN, "kms:Decrypt", KEY, ONE), Layers(grants=grants))
    assert (decision.layer, decision.statement) == ("grant", StatementRef("grants", 1, "0c1d"))


def test_a_key_state_is_the_layer_that_refuses():
    decision = decide(request(ANN, "kms:Decrypt", KEY, ONE), Layers(key_state="Disabled"))
    assert (decision.layer, decision.statement) == ("key state", None)


def test_grants_and_key_states_are_about_keys_alone():
    layers = Layers(grants=UNREAD, key_state=UNREAD)
    assert decide(request(ANN, "s3:GetObject", "arn:aws:s3:::b/k", ONE), layers).outcome == NO
    assert decide(request(ANN, "kms:ListKeys", "*", ONE), layers).outcome == NO


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("kms:Decrypt", "Allowed"),
        ("kms:DescribeKey", "Allowed"),
        ("kms:PutKeyPolicy", "ImplicitlyDenied"),
        ("kms:ScheduleKeyDeletion", "ImplicitlyDenied"),
    ],
)
def test_what_never_works_across_accounts_no_key_policy_allows(action: str, expected: str) -> None:
    """KMS Developer Guide, "Allowing users in other accounts to use a KMS key" (rule 4.3)."""
    key_arn = "arn:aws:kms:us-east-1:111111111111:key/k"
    anything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    open_to_all = {**anything, "Principal": {"AWS": "arn:aws:iam::222222222222:root"}}
    resource = read_policy({"Statement": [open_to_all]}, "key")
    own = read_policy({"Statement": [anything]}, "identity")
    assert isinstance(own, Policy)
    asked = request("arn:aws:iam::222222222222:user/u", action, key_arn, "111111111111")
    assert decide(asked, Layers(identity=(own,), resource=resource)).outcome == expected
