"""The product's compiled engine against the lab's plain one, over generated policies and requests.

`python tests/differential.py 1000000` prints one JSON line: how many decisions, how they came out,
and every disagreement. Generated with a plain seeded generator, for speed; a disagreement is
reproduced by its seed. The two share no code. What AWS's pages leave open the product calls
unknown, where the lab takes a side: those are counted and not compared.

Left out, as the lab's engine has no notion of them: anonymous and federated callers, grants,
ACLs, and the root user's right to mend its bucket's policy (`test_traps.py` holds these).
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from logkeep.lab import authorizer as lab
from logkeep.lab.call import Caller
from logkeep.lab.language import Request as LabRequest
from logkeep.lab.language import context_of
from logkeep.policy import Layers, Policy, Request, decide, read_policy, request
from logkeep.policy.authorize import facts_of
from logkeep.policy.hearing import hear
from logkeep.policy.values import Kind

Document = dict[str, Any]

ONE, TWO, OUTSIDE = "111111111111", "222222222222", "999999999999"
USER, ROLE = f"arn:aws:iam::{ONE}:user/ann", f"arn:aws:iam::{ONE}:role/path/dev"
SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/ann"
OTHER_SESSION = f"arn:aws:sts::{ONE}:assumed-role/dev/bob"
FOREIGN = f"arn:aws:iam::{TWO}:user/eve"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ONE}:trail/t"
CALLERS: dict[str, Caller] = {
    USER: Caller(ONE, USER, "user", "ann"),
    SESSION: Caller(ONE, SESSION, "role", "dev", role_arn=ROLE, session_name="ann"),
    # The product's role ARN is any of the role's sessions: the lab is given one nobody names.
    ROLE: Caller(ONE, f"{SESSION}-unnamed", "role", "dev", role_arn=ROLE, session_name="unnamed"),
    FOREIGN: Caller(TWO, FOREIGN, "user", "eve"),
    f"arn:aws:iam::{ONE}:root": Caller(ONE, f"arn:aws:iam::{ONE}:root", "root", "root"),
    "cloudtrail.amazonaws.com": Caller(
        "", "cloudtrail.amazonaws.com", "service", "cloudtrail.amazonaws.com"
    ),
}
BUCKET, KEY = "arn:aws:s3:::b", f"arn:aws:kms:us-east-1:{ONE}:key/k"
ASKED: tuple[tuple[str, str], ...] = (
    ("s3:GetObject", f"{BUCKET}/ann/x"),
    ("s3:PutObject", f"{BUCKET}/AWSLogs/{ONE}/x:y"),
    ("s3:ListBucket", BUCKET),
    ("s3:GetBucketAcl", BUCKET),
    ("kms:Decrypt", KEY),
    ("kms:GenerateDataKey", KEY),
    ("kms:RetireGrant", KEY),
    ("sts:AssumeRole", f"arn:aws:iam::{ONE}:role/r"),
    ("iam:GetUser", USER),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ONE}:q"),
    ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ONE}:log-group:g:log-stream:s"),
)
ACTIONS = ("*", "*", "s3:*", "s3:*", "S3:get*", "s3:Put?bject", "*:Get*", "kms:*", "kms:Decrypt",
           "sts:AssumeRole", "sqs:*", "logs:Put*", "iam:*",
           *(action for action, _ in ASKED))  # fmt: skip
RESOURCES = ("*", "*", "*", f"{BUCKET}/*", f"{BUCKET}*", f"{BUCKET}/${{aws:username}}/*",
             f"{BUCKET}/${{aws:PrincipalTag/team, 'ann'}}/?", "arn:aws:s3:::*/x", "arn:aws:s3:*",
             "arn:*", f"arn:aws:kms:*:{ONE}:key/*", f"arn:aws:iam::{ONE}:*",
             "arn:aws:iam::*:role/r", "arn:aws:s3:::B/*", f"{BUCKET}/${{*}}",
             "arn:aws:logs:*:*:log-group:g:*", f"arn:aws:*:{ONE}:log-group:*",
             "arn:aws:kms:us*1:key/k", "arn:aws:kms:*:key/k", f"arn:aws:sqs:us-east-1?{ONE}:q",
             f"{BUCKET}/*:?", f"{BUCKET}/A*/x?y", "arn:a*:s?::*x", "arn:aws:logs:*g:log-stream:s",
             f"arn:aws:logs:us-*-1:{ONE}:log-*:s", "arn:aws:s*b/ann/x",
             *(resource for _, resource in ASKED))  # fmt: skip
NAMED: tuple[Any, ...] = ("*", {"AWS": "*"}, {"AWS": ONE}, {"AWS": f"arn:aws:iam::{ONE}:root"},
    {"AWS": TWO}, {"AWS": USER}, {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": OTHER_SESSION},
    {"AWS": [FOREIGN, USER]}, {"Service": "cloudtrail.amazonaws.com"},
    {"AWS": [ROLE, ONE, SESSION]}, {"AWS": [USER, ONE], "Service": "logs.amazonaws.com"},
    {"AWS": [FOREIGN, TWO, f"arn:aws:iam::{ONE}:root"]})  # fmt: skip

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
         "aws:ResourceAccount", "aws:PrincipalServiceName")  # fmt: skip
FAMILIES: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[Any, ...]], ...] = (
    (("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase"), _TEXT, (*STRINGS, ONE, TWO)),
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


# Generating.


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
        return [
            [document(rng, kind, open_too=rng.random() < 0.8)] for _ in range(rng.randint(1, 3))
        ]

    return World(
        [document(rng, "identity", open_too=rng.random() < 0.4) for _ in range(rng.randint(0, 2))],
        document(rng, "resource", open_too=rng.random() < 0.5) if rng.random() < 0.8 else None,
        levels("scp"),
        levels("rcp"),
        now_and_then("boundary"),
        now_and_then("session"),
        now_and_then("endpoint"),
    )


def question(rng: random.Random) -> Asked:
    """One request, with the keys that its principal and action bring."""
    principal = rng.choice(tuple(CALLERS))
    action, resource = rng.choice(ASKED)
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
        rng.random() < 0.05,
    )


def _told_by(caller: Caller, action: str, owner: str) -> dict[str, str | list[str]]:
    """What every such request carries (IAM User Guide, "AWS global condition context keys")."""
    told: dict[str, str | list[str]] = {"aws:ResourceAccount": owner}
    if caller.kind == "service":
        return told | {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": caller.name,
        }
    told |= {
        "aws:PrincipalArn": caller.role_arn or caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalOrgID": "o-1",
    }
    if caller.kind == "user":
        told["aws:username"] = caller.name
    if action.startswith("kms:"):
        told["kms:CallerAccount"] = caller.account
    return told


# Asking both.


def compiled(given: World) -> Layers:
    """The world as the product takes it."""

    def read(found: Document, kind: Kind) -> Policy:
        policy = read_policy(found, kind, kind)
        assert isinstance(policy, Policy), (found, policy)
        return policy

    def levels(found: list[list[Document]] | None, kind: Kind) -> Any:
        return found and tuple(tuple(read(one, kind) for one in level) for level in found)

    return Layers(
        identity=tuple(read(one, "identity") for one in given.identity),
        resource=given.resource and read(given.resource, "resource"),
        scps=levels(given.scps, "scp"),
        rcps=levels(given.rcps, "rcp"),
        boundary=given.boundary and read(given.boundary, "boundary"),
        session=given.session and read(given.session, "session"),
        endpoints=(read(given.endpoint, "endpoint"),) if given.endpoint else None,
    )


def product_request(asked: Asked) -> Request:
    """The request as the product takes it."""
    told = {key: value for key, value in asked.context.items() if key not in asked.hidden}
    return request(
        asked.principal,
        asked.action,
        asked.resource,
        asked.owner,
        told,
        unknown=asked.hidden,
        in_management_account=asked.in_management_account,
        resource_in_management_account=asked.resource_in_management_account,
        service_linked_role=asked.service_linked,
    )


def by_the_lab(given: World, asked: Asked) -> str:
    """The lab's answer, in the product's words."""
    caller = CALLERS[asked.principal]
    context = context_of({key: value for key, value in asked.context.items() if value != []})
    told = LabRequest(caller, asked.action, asked.resource, asked.owner, context)
    ruling = lab.decide(told, _policies(given, asked, caller))
    if ruling.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if ruling.explicit else "ImplicitlyDenied"


def _policies(given: World, asked: Asked, caller: Caller) -> lab.Policies:
    """The policies that bind the request (rules 5.1.6, 5.1.7, 5.1.8; root: IAM, "Root user")."""
    is_service, is_root = caller.kind == "service", caller.kind == "root"
    limited = not (is_service or is_root)
    no_scps = is_service or asked.in_management_account or asked.service_linked
    no_rcps = asked.resource_in_management_account or asked.service_linked
    covered = asked.action.partition(":")[0] in ("s3", "kms", "sts", "sqs", "logs")
    if asked.action == "kms:RetireGrant" or not covered:
        no_rcps = True
    return lab.Policies(
        identity=given.identity if limited else [],
        boundary=given.boundary if limited else None,
        session=[given.session] if given.session and limited else None,
        resource=given.resource,
        scps=None if no_scps else given.scps,
        rcps=None if no_rcps else given.rcps,
        endpoints=[given.endpoint] if given.endpoint and not is_service else [],
        must_be_named=asked.resource.startswith(KEY) or asked.action == "sts:AssumeRole",
        unbound=is_root,
    )


def for_root(layers: Layers) -> Layers:
    """The layers without what no root user has."""
    return Layers(
        resource=layers.resource, scps=layers.scps, rcps=layers.rcps, endpoints=layers.endpoints
    )


def in_doubt(told: Request, layers: Layers) -> bool:
    """Whether some layer may deny."""
    voices = hear(facts_of(told, layers), layers)
    return any(isinstance(voice.deny.truth, frozenset) for voice in voices.values())


class Compared(NamedTuple):
    """A request, and what both said of it."""

    asked: Asked
    product: str
    lab: str
    unknown: tuple[str, ...]
    doubtful: bool
    """Denied either way, but a Deny is in doubt, so that by which kind is not known."""

    @property
    def agree(self) -> bool:
        """Whether they agree; an unknown claims nothing."""
        if self.product == "Unknown" or self.doubtful:
            return self.product == "Unknown" or self.lab != "Allowed"
        return self.product == self.lab


def compare(rng: random.Random, requests: int) -> tuple[World, list[Compared]]:
    """A new world, and what both engines say of several requests in it."""
    given = world(rng)
    layers = compiled(given)
    found: list[Compared] = []
    for _ in range(requests):
        asked = question(rng)
        of_caller = for_root(layers) if asked.principal.endswith(":root") else layers
        told = product_request(asked)
        decision, by_lab = decide(told, of_caller), by_the_lab(given, asked)
        doubtful = decision.outcome == "ImplicitlyDenied" != by_lab and in_doubt(told, of_caller)
        found.append(Compared(asked, decision.outcome, by_lab, decision.unknown, doubtful))
    return given, found


def disagreements(seeds: range, requests: int, counted: Counter[str]) -> Iterator[tuple[Any, ...]]:
    """Compare in many worlds, counting how the product answers, and why it does not."""
    for seed in seeds:
        given, found = compare(random.Random(seed), requests)
        for one in found:
            counted["DeniedEitherWay" if one.doubtful else one.product] += 1
            counted.update(f"? {why}" for why in one.unknown)
            if not one.agree:
                yield seed, one, given


REQUESTS = 50
"""Requests asked in one world."""


def main(decisions: int) -> int:
    """Compare so many decisions, print the count, and return how many disagree."""
    counted: Counter[str] = Counter()
    wrong = 0
    for seed, one, given in disagreements(range(decisions // REQUESTS), REQUESTS, counted):
        wrong += 1
        if wrong <= 5:
            print(json.dumps({"seed": seed, "disagree": one, "world": given}, default=list))
    reasons = {why: count for why, count in counted.most_common() if why.startswith("? ")}
    outcomes = {name: count for name, count in counted.items() if not name.startswith("? ")}
    total = sum(outcomes.values())
    print(
        json.dumps(
            {
                "decisions": total,
                "disagreements": wrong,
                "not_compared": round(outcomes.get("Unknown", 0) / total, 4),
                "outcomes": outcomes,
                "unknown_for": reasons,
            }
        )
    )
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1])) else 0)
