"""The traps of AWS authorization, each with the page that says so.

`IAM` is the IAM User Guide, `KMS` the Key Management Service Developer Guide, `ORG` the
Organizations User Guide, `S3` the S3 User Guide; a number is a rule of the project's rule book.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from logkeep.policy import Layers, Policy, decide, read_policy, request
from logkeep.policy.values import Kind

ONE, TWO = "111111111111", "222222222222"
ANN = f"arn:aws:iam::{ONE}:user/ann"
ROLE = f"arn:aws:iam::{ONE}:role/dev"
SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/ann"
ROOT = f"arn:aws:iam::{ONE}:root"
TRAIL = "cloudtrail.amazonaws.com"
KEY = f"arn:aws:kms:eu-west-1:{ONE}:key/k"
OBJECT = "arn:aws:s3:::b/k"
Doc = dict[str, Any]


def st(effect: str = "Allow", principal: object = None, action: object = "*", **more: Any) -> Doc:
    named = {} if principal is None else {"Principal": principal}
    return {"Effect": effect, "Action": action, "Resource": "*"} | named | more


def when(effect: str = "Allow", principal: object = "*", **condition: Doc) -> Doc:
    return st(effect, principal, Condition={k.replace("__", ":"): v for k, v in condition.items()})


def aws(*names: str) -> Doc:
    return {"AWS": list(names)}


def not_principal(names: object) -> Doc:
    return {"Effect": "Deny", "NotPrincipal": names, "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Trap:
    name: str
    page: str
    expected: str
    principal: str = ANN
    action: str = "s3:GetObject"
    resource: str = OBJECT
    owner: str = ONE
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    policy: list[Doc] | None = None
    identity: list[Doc] | None = None
    boundary: list[Doc] | None = None
    session: list[Doc] | None = None
    scps: list[list[Doc]] | None = None
    rcps: list[Doc] | None = None
    endpoint: list[Doc] | None = None
    flags: dict[str, bool] = field(default_factory=dict[str, bool])
    unknown: tuple[str, ...] = ()


YES, NO, DENY, ASK = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Unknown"
ANY = [st()]
NOTHING = [st(action="iam:GetUser")]
EVAL = "IAM: Policy evaluation logic (5.1.2)"
CROSS = "IAM: Cross-account policy evaluation logic (5.1.4)"
OPS = "IAM: Condition operators (5.2.1)"
MULTI = "IAM: Multivalued context keys (5.2.2)"
VARS = "IAM: Variables and tags"
NOTP = "IAM: NotPrincipal"
KMSP = "KMS: Default key policy (4.1)"
KEYX = "KMS: Allowing users in other accounts to use a KMS key (4.2)"
SCP = "ORG: SCP effects on permissions (5.1.6)"
RCP = "ORG: Resource control policies (5.1.7)"
ORGID = "IAM: Global condition keys, aws:PrincipalOrgID (5.2.7)"
STARS = [st(principal="*")]
WILD = "IAM: Resource, Using wildcards in resource ARNs (5.2.4)"
SPAN = "S3: Policy resources, a wildcard character can't span segments; against IAM: Resource"
CROSSING = ("whether a wildcard of a Resource crosses a colon",)
SSE = "s3:x-amz-server-side-encryption"
IN_ORG = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}

TRAPS = [
    Trap("other account, only the resource allows", CROSS, NO, owner=TWO, policy=STARS),
    Trap("other account, only identity allows", CROSS, NO, owner=TWO, identity=ANY),
    Trap("other account, both allow", CROSS, YES, owner=TWO, policy=STARS, identity=ANY),
    Trap("same account, identity suffices", EVAL, YES, identity=ANY),
    Trap("same account, user ARN suffices", EVAL, YES, policy=[st(principal=aws(ANN))]),
    Trap("an account only delegates", EVAL, NO, policy=[st(principal=aws(ROOT))]),
    Trap("a bare account id only delegates", EVAL, NO, policy=[st(principal=aws(ONE))]),
    Trap("a role ARN stays under its boundary", EVAL, NO, ROLE, policy=[st(principal=aws(ROLE))],
         boundary=NOTHING),
    Trap("a role ARN matches its session", EVAL, YES, SESSION, policy=[st(principal=aws(ROLE))]),
    Trap("a role ARN limits its session", EVAL, NO, SESSION, policy=[st(principal=aws(ROLE))],
         session=NOTHING),
    Trap("a session ARN skips boundary and session policy", EVAL, YES, SESSION,
         policy=[st(principal=aws(SESSION))], boundary=NOTHING, session=NOTHING),
    Trap("a user ARN skips the boundary", EVAL, YES, policy=[st(principal=aws(ANN))],
         boundary=NOTHING),
    Trap("* with PrincipalArn skips the boundary", EVAL, YES, ROLE, boundary=NOTHING,
         policy=[when(ArnEquals={"aws:PrincipalArn": ROLE})]),
    Trap("a boundary's Deny always wins", EVAL, DENY, policy=[st(principal=aws(ANN))],
         boundary=[st("Deny")]),
    Trap("a boundary alone grants nothing", EVAL, NO, boundary=ANY),
    Trap("identity is limited by the boundary", EVAL, NO, identity=ANY, boundary=NOTHING),
    Trap("any session of a role, one session named", EVAL, ASK, ROLE,
         policy=[st(principal=aws(SESSION))], unknown=("role session name",)),
    Trap("service: resource policy alone", "IAM: Principal (5.1.5)", YES, TRAIL,
         policy=[st(principal={"Service": TRAIL})]),
    Trap("SCPs do not bind services", SCP, YES, TRAIL, scps=[NOTHING],
         policy=[st(principal={"Service": TRAIL})]),
    Trap("RCPs bind services", RCP, DENY, TRAIL, rcps=[st("Deny", "*")],
         policy=[st(principal={"Service": TRAIL})]),
    Trap("RCPs cover listed services only", RCP, YES, action="sns:Publish", identity=ANY,
         resource=f"arn:aws:sns:eu-west-1:{ONE}:t", rcps=[st("Deny", "*")]),
    Trap("RCPs spare the management account's resources", RCP, YES, identity=ANY,
         rcps=[st("Deny", "*")], flags={"resource_in_management_account": True}),
    Trap("RCPs spare service-linked roles", RCP, YES, identity=ANY, rcps=[st("Deny", "*")],
         flags={"service_linked_role": True}),
    Trap("every SCP level must allow", SCP, NO, identity=ANY, scps=[ANY, NOTHING, ANY]),
    Trap("a level without SCPs denies", SCP, NO, identity=ANY, scps=[ANY, []]),
    Trap("SCPs bind a member's root user", SCP, NO, ROOT, scps=[NOTHING]),
    Trap("SCPs spare the management account", SCP, YES, identity=ANY, scps=[[st("Deny")]],
         flags={"in_management_account": True}),
    Trap("a root user needs no policy", "IAM: AWS account root user", YES, ROOT),
    Trap("the owner's root mends its bucket policy", "S3 API: PutBucketPolicy (2.1.7)", YES, ROOT,
         "s3:PutBucketPolicy", "arn:aws:s3:::b", policy=[st("Deny", "*")]),
    Trap("PrincipalOrgID deny kills services", ORGID, DENY, TRAIL,
         policy=[*STARS, st("Deny", "*", Condition=IN_ORG)]),
    Trap("PrincipalOrgID of a customer is not known", ORGID, ASK, identity=ANY,
         policy=[st("Deny", "*", Condition=IN_ORG)], unknown=("aws:principalorgid",)),
    Trap("services exempted by PrincipalIsAWSService", ORGID, YES, TRAIL, policy=[*STARS, st(
        "Deny", "*", Condition=IN_ORG | {"Bool": {"aws:PrincipalIsAWSService": "false"}})]),
    Trap("NotPrincipal spares user and account", NOTP, YES, identity=ANY,
         policy=[not_principal(aws(ANN, ROOT))]),
    Trap("NotPrincipal denies who is not named", NOTP, DENY, identity=ANY,
         policy=[not_principal(aws(ROLE))]),
    Trap("NotPrincipal naming only an account", NOTP, ASK, identity=ANY,
         policy=[not_principal(aws(ROOT))],
         unknown=("how the service reads a NotPrincipal that names only part of the caller",)),
    Trap("NotPrincipal denies whoever has a boundary", NOTP, DENY, identity=ANY, boundary=ANY,
         policy=[not_principal(aws(ANN, ROOT))]),
    Trap("NotPrincipal spares a named service", NOTP, YES, TRAIL,
         policy=[*STARS, not_principal({"Service": TRAIL})]),
    Trap("absent key: StringNotEquals denies", OPS, DENY, identity=ANY,
         policy=[when("Deny", StringNotEquals={SSE: "aws:kms"})]),
    Trap("absent key: IfExists changes no negation", "IAM: …IfExists (5.2.3)", DENY, identity=ANY,
         policy=[when("Deny", StringNotEqualsIfExists={SSE: "aws:kms"})]),
    Trap("absent key with a Null guard passes", "S3: SSE (2.2.4)", YES, identity=ANY, policy=[
        when("Deny", StringNotEquals={SSE: "aws:kms"}, Null={SSE: "false"})]),
    Trap("absent key: Bool is false", OPS, NO, policy=[when(Bool={"aws:SecureTransport": "true"})]),
    Trap("an empty list is absent", MULTI, YES, context={"aws:TagKeys": []},
         policy=[when(Null={"aws:TagKeys": "true"})]),
    Trap("several negated values are NOR", OPS, YES, identity=ANY, context={SSE: "AES256"},
         policy=[when("Deny", StringNotEquals={SSE: ["aws:kms", "AES256"]})]),
    Trap("several values are OR", OPS, YES, context={SSE: "b"},
         policy=[when(StringEquals={SSE: ["a", "b"]})]),
    Trap("several keys are AND", OPS, NO, context={SSE: "a"},
         policy=[when(StringEquals={SSE: "a", "s3:prefix": "p"})]),
    Trap("ForAllValues holds on an absent key", MULTI, YES,
         policy=[when(ForAllValues__StringEquals={"aws:TagKeys": "a"})]),
    Trap("ForAnyValue fails on an absent key", MULTI, NO,
         policy=[when(ForAnyValue__StringNotEquals={"aws:TagKeys": "a"})]),
    Trap("mixed values without a set operator", MULTI, ASK, context={"aws:TagKeys": ["a", "b"]},
         policy=[when(StringEquals={"aws:TagKeys": "a"})],
         unknown=("how AWS reads several values without ForAllValues or ForAnyValue",)),
    Trap("key and action names ignore case", "IAM: Action; Condition", YES, action="S3:getOBJECT",
         context={"AWS:sourceARN": "x"}, policy=[when(StringEquals={"aws:SourceArn": "x"})]),
    Trap("values heed case", OPS, NO, context={SSE: "aes256"},
         policy=[when(StringEquals={SSE: "AES256"})]),
    Trap("resources heed case", "IAM: Resource", NO, identity=[st(Resource="arn:aws:s3:::B/k")]),
    Trap("StringEquals takes * literally", OPS, NO, context={SSE: "aws:kms"},
         policy=[when(StringEquals={SSE: "aws:*"})]),
    Trap("ArnLike: * crosses no colon", OPS, NO, context={"aws:SourceArn": "arn:aws:a:b:c:d:e"},
         policy=[when(ArnLike={"aws:SourceArn": "arn:*:b:c:d:e"})]),
    Trap("ArnEquals takes wildcards too", OPS, YES, context={"aws:SourceArn": "arn:aws:a:b:c:d:e"},
         policy=[when(ArnEquals={"aws:SourceArn": "arn:aws:*:b:c:d*"})]),
    Trap("a Resource's last * crosses colons", WILD, YES, action="logs:PutLogEvents",
         resource=f"arn:aws:logs:eu-west-1:{ONE}:log-group:g:log-stream:s",
         identity=[st(Resource="arn:aws:logs:*")]),
    Trap("a Resource's * that ends a segment crosses colons", WILD, YES, ROOT, "kms:Decrypt", KEY,
         policy=[st(principal=aws(ROOT), Resource="arn:aws:kms:*:key/k")]),
    Trap("a Resource's * inside a segment crosses none", WILD, NO, ROOT, "kms:Decrypt", KEY,
         policy=[st(principal=aws(ROOT), Resource="arn:aws:kms:eu*1:key/k")]),
    Trap("nor before the whole name", WILD, NO, ROOT, "kms:Decrypt", KEY,
         policy=[st(principal=aws(ROOT), Resource="arn:aws:kms:*y/k")]),
    Trap("a Resource's ? crosses none", WILD, NO, ROOT, "kms:Decrypt", KEY,
         policy=[st(principal=aws(ROOT), Resource=f"arn:aws:kms:eu-west-1?{ONE}:key/k")]),
    Trap("a wildcard in every segment", WILD, YES, ROOT, "kms:Decrypt", KEY,
         policy=[st(principal=aws(ROOT), Resource="arn:a*s:k?s:eu-*-1:1*1:k*/?")]),
    Trap("across segments of an S3 ARN", SPAN, ASK, identity=[st(Resource="arn:aws:s3:*")],
         unknown=CROSSING),
    Trap("across segments of an S3 ARN, to deny", SPAN, ASK,
         identity=[*ANY, st("Deny", Resource="arn:aws:*:b/*")], unknown=CROSSING),
    Trap("an S3 ARN by its segments", SPAN, YES, identity=[st(Resource="arn:aws:s3:*:*:*")]),
    Trap("bucket/* takes keys with colons", "S3: Object key names", YES,
         resource="arn:aws:s3:::b/x:y", identity=[st(Resource="arn:aws:s3:::b/*")]),
    Trap("whether a colon of a key ends a segment", SPAN, ASK, resource="arn:aws:s3:::b/x:y.gz",
         identity=[st(Resource="arn:aws:s3:::b/*.gz")], unknown=CROSSING),
    Trap("a pattern with the key's own colon", WILD, YES, resource="arn:aws:s3:::b/x:y.gz",
         identity=[st(Resource="arn:aws:s3:::b/?:*.gz")]),
    Trap("an object needs bucket/*", "S3: Policy resources (15)", NO,
         identity=[st(Resource="arn:aws:s3:::b")]),
    Trap("epoch and ISO dates are both dates", OPS, YES, context={"aws:CurrentTime": "1467315743"},
         policy=[when(DateEquals={"aws:CurrentTime": "2016-06-30T19:42:23Z"})]),
    Trap("IPv6 in any spelling", OPS, YES, context={"aws:SourceIp": "2001:DB8::1"},
         policy=[when(IpAddress={"aws:SourceIp": "2001:db8:0:0::1"})]),
    Trap("numbers, not texts", OPS, YES, context={"s3:max-keys": "10.0"},
         policy=[when(NumericEquals={"s3:max-keys": 10})]),
    Trap("a missing variable: no match", VARS, NO, ROLE,
         identity=[st(Resource="arn:aws:s3:::b/${aws:username}")]),
    Trap("a default fills a missing variable", VARS, YES, ROLE,
         identity=[st(Resource="arn:aws:s3:::b/${aws:username, 'k'}")]),
    Trap("a variable from the caller", VARS, YES, resource="arn:aws:s3:::b/ann",
         identity=[st(Resource="arn:aws:s3:::b/${aws:username}")]),
    Trap("${*} is a star, not a wildcard", VARS, NO, identity=[st(Resource="arn:aws:s3:::b/${*}")]),
    Trap("a key policy must delegate", KMSP, NO, action="kms:Decrypt", resource=KEY, identity=ANY,
         policy=[st(principal=aws(ROLE))]),
    Trap("a key policy that delegates", KMSP, YES, action="kms:Decrypt", resource=KEY,
         identity=ANY, policy=[st(principal=aws(ROOT))]),
    Trap("delegation alone opens no key", KMSP, NO, action="kms:Decrypt", resource=KEY,
         policy=[st(principal=aws(ROOT))]),
    Trap("a key policy that names the user", KMSP, YES, action="kms:Decrypt", resource=KEY,
         policy=[st(principal=aws(ANN))]),
    Trap("no key resource, no key policy", KMSP, YES, action="kms:ListKeys", resource="*",
         identity=ANY),
    Trap("another account's key needs both", KEYX, NO, f"arn:aws:iam::{TWO}:role/r",
         "kms:Decrypt", KEY, policy=[st(principal=aws(TWO))]),
    Trap("kms:CallerAccount follows from the caller", "KMS: Condition keys (4.5)", YES,
         action="kms:Decrypt", resource=KEY,
         policy=[when(StringEquals={"kms:CallerAccount": ONE})]),
    Trap("kms:CallerAccount is absent for services", "KMS: Condition keys (13)", NO, TRAIL,
         "kms:Decrypt", KEY, policy=[when(StringEquals={"kms:CallerAccount": ONE})]),
    Trap("a Bucket Key's context is the bucket", "S3: Bucket Keys (2.2.9)", NO, TRAIL,
         "kms:Decrypt", KEY, context={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b"},
         policy=[when(StringLike={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b/*"})]),
    Trap("a trust policy must name", "IAM: Policy evaluation logic (5.1.3)", NO,
         action="sts:AssumeRole", resource=ROLE, identity=ANY),
    Trap("an endpoint policy is one more AND", "5.1.8", NO, identity=ANY,
         endpoint=[st(principal="*", action="s3:PutObject")]),
    Trap("a service passes no endpoint", "5.1.8", YES, TRAIL, policy=STARS,
         endpoint=[st("Deny", "*")]),
    Trap("an action without resources needs *", "IAM: Actions and resources", NO,
         action="s3:ListAllMyBuckets", resource="*", identity=[st(Resource="arn:aws:s3:::*")],
         flags={"wildcard_only_action": True}),
    Trap("owner not known, identity alone", "S3: bucket ARNs (15)", ASK, owner="", identity=ANY,
         unknown=("resource account",)),
    Trap("owner not known, both allow", "S3: bucket ARNs (15)", YES, owner="", identity=ANY,
         policy=STARS),
]  # fmt: skip


def layers_of(trap: Trap) -> Layers:
    def read(kind: Kind, statements: list[Doc]) -> Policy:
        policy = read_policy({"Version": "2012-10-17", "Statement": statements}, kind, kind)
        assert isinstance(policy, Policy), policy
        return policy

    def one(kind: Kind, statements: list[Doc] | None) -> Policy | None:
        return None if statements is None else read(kind, statements)

    levels = trap.scps and tuple((read("scp", level),) if level else () for level in trap.scps)
    return Layers(
        identity=(read("identity", trap.identity),) if trap.identity else (),
        resource=one("resource", trap.policy),
        scps=levels,
        rcps=((read("rcp", trap.rcps),),) if trap.rcps else None,
        boundary=one("boundary", trap.boundary),
        session=one("session", trap.session),
        endpoints=(read("endpoint", trap.endpoint),) if trap.endpoint else None,
    )


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_trap(trap: Trap):
    asked = request(
        trap.principal, trap.action, trap.resource, trap.owner, trap.context, **trap.flags
    )
    decision = decide(asked, layers_of(trap))
    assert (decision.outcome, decision.unknown) == (trap.expected, trap.unknown), trap.page


def test_what_needs_no_permission_no_deny_stops() -> None:
    """AWS STS API Reference, GetCallerIdentity: "No permissions are required" (rule 13.11)."""
    user = "arn:aws:iam::111111111111:user/dev"
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    denied = read_policy({"Statement": statement}, "identity")
    assert isinstance(denied, Policy)
    asked = request(user, "sts:GetCallerIdentity", "*", "111111111111")
    assert decide(asked, Layers()).outcome == "Allowed"
    assert decide(asked, Layers(identity=(denied,))).outcome == "Allowed"
    token = request(user, "sts:GetSessionToken", "*", "111111111111")
    assert decide(token, Layers()).outcome == "Allowed"
    assert decide(token, Layers(identity=(denied,))).outcome == "Unknown"
    assert decide(msgspec.structs.replace(token, principal=ROLE), Layers()).outcome != "Allowed"
    other = request(user, "sts:AssumeRole", "arn:aws:iam::111111111111:role/r", "111111111111")
    assert decide(other, Layers(identity=(denied,))).outcome == "ExplicitlyDenied"
