"""Every condition key of the catalogue, in every kind of policy, asked for every kind of caller.

A sure answer of the product has to be that of the lab's engine for every request that may really
be made: of each key the request carries what AWS's pages say that it does, lacks what they say
that it lacks, and may else have or lack it with any value (`support/request_keys.py`).
`make laws` goes through all of it and prints one JSON line.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from logkeep.policy import (
    AccessPoint,
    Decision,
    Policy,
    decide,
    decide_through,
    read_policy,
)
from logkeep.policy.values import Context, Request
from support import differential, through_point
from support.generated import (
    BUCKET,
    CALLERS,
    KEY,
    LINKED,
    ONE,
    ROLE,
    TRAIL,
    WEB,
    Asked,
    Document,
    World,
)
from support.request_keys import Given, Value, every_key, possible, sure

CLOUDTRAIL: Final = "cloudtrail.amazonaws.com"
STREAM = f"arn:aws:logs:us-east-1:{ONE}:log-group:g:log-stream:s"
OF_S3 = (
    ("s3:PutObject", f"{BUCKET}/ann/x"),
    ("s3:GetObject", f"{BUCKET}/ann/x"),
    ("s3:ListBucket", BUCKET),
    ("s3:GetBucketAcl", BUCKET),
)
OF_KMS = tuple((f"kms:{each}", KEY) for each in ("Decrypt", "GenerateDataKey", "CreateGrant"))
OF_STS = (("sts:AssumeRole", f"arn:aws:iam::{ONE}:role/r"),)
OF_LOGS = (("logs:PutLogEvents", STREAM),)
OF_OTHERS = (
    ("ec2:CreateFlowLogs", f"arn:aws:ec2:us-east-1:{ONE}:vpc/vpc-1"),
    ("firehose:PutRecord", f"arn:aws:firehose:us-east-1:{ONE}:deliverystream/s"),
    ("cloudtrail:StopLogging", TRAIL),
)
BY_PROVIDER = (
    ("sts:AssumeRoleWithSAML", f"arn:aws:iam::{ONE}:role/r"),
    ("sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{ONE}:role/r"),
)
EVERY = (*OF_S3, *OF_KMS, *OF_STS, *OF_LOGS, *OF_OTHERS)
POSITIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "bucket": OF_S3,
    "key": OF_KMS,
    "trust": (*OF_STS, *BY_PROVIDER),
    "log group": OF_LOGS,
    "access point": OF_S3[:2],
    "identity": EVERY,
    "boundary": EVERY,
    "session": EVERY,
    "scp": EVERY,
    "rcp": (*OF_S3, *OF_KMS, *OF_STS, *OF_LOGS),
    "endpoint": (*OF_S3, *OF_KMS),
}
"""Where a policy may stand, and what is asked of it there."""

WHO: tuple[str, ...] = tuple(CALLERS)
"""Services for deliveries of their own, users, roles, sessions by every way, root users, another
account's, the anonymous, identity providers, and the role that a service is linked to."""


AT = "2026-11-28T10:00:00Z"
STRINGS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike",
           "StringEqualsIgnoreCase")  # fmt: skip
ORDERED = ("Equals", "NotEquals", "LessThan", "GreaterThanEquals")
FITTING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Date": (tuple(f"Date{each}" for each in ORDERED), (AT, "2027-01-01T00:00:00Z")),
    "Numeric": (tuple(f"Numeric{each}" for each in ORDERED), ("7", "3.0")),
    "Bool": (("Bool",), ("true", "false")),
    "IPAddress": (("IpAddress", "NotIpAddress"), ("10.0.0.0/8", "2001:db8::/32")),
    "ARN": (("ArnLike", "ArnNotEquals", "StringLike"), (ROLE, f"arn:aws:iam::{ONE}:*", TRAIL)),
}
PLAIN = ("x", "us-east-1", "o-1", ONE, WEB, CLOUDTRAIL, "anonymous", "User", "ann", "a*")


def condition(rng: random.Random, given: Given, known: str) -> tuple[Document, list[str]]:
    """A condition on a key, and the values that a request may have to meet it."""
    if rng.random() < 0.15:
        wanted = rng.choice(("true", "false"))
        return {"Null": {given.key: wanted}}, ["x"]
    operators, values = FITTING.get(given.type, (STRINGS, PLAIN))
    if rng.random() < 0.2:
        operators, values = STRINGS, PLAIN
    wanted = known if known and rng.random() < 0.4 else rng.choice(values)
    name = rng.choice(operators)
    many = ("ForAllValues:", "ForAnyValue:")
    name = (rng.choice(many) if rng.random() < 0.25 else "") + name
    name += "IfExists" if rng.random() < 0.25 else ""
    return {name: {given.key: wanted}}, [wanted.replace("*", "b")]


ALLOW: Document = {"Effect": "Allow", "Action": "*", "Resource": "*"}
FOR_ALL: Document = {**ALLOW, "Principal": "*"}


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def placed(rng: random.Random, where: str, tested: Document) -> World:
    """A world in which all is open but for what the tested statement says in its place."""
    named = where in ("bucket", "key", "trust", "log group", "access point", "rcp", "endpoint")
    mine = {**(FOR_ALL if named else ALLOW), **tested}
    said = [mine] if mine["Effect"] == "Allow" else [FOR_ALL if named else ALLOW, mine]
    policy = _document(*said)
    everything = _document(ALLOW)
    alone = where in ("bucket", "key", "trust", "log group") and rng.random() < 0.5
    identity = [] if alone else [everything]
    resource = None if where == "identity" and rng.random() < 0.5 else _document(FOR_ALL)
    found = World(identity, resource, None, None, None, None, None)
    match where:
        case "identity":
            return found._replace(identity=[policy])
        case "scp" | "rcp":
            return found._replace(**{f"{where}s": [[policy]]})
        case "boundary" | "session" | "endpoint":
            return found._replace(**{where: policy}, resource=None)
        case "access point":
            return found
        case _:
            return found._replace(resource=policy)


def by_the_product(asked: Request, where: str, given: World, policy: Document) -> Decision:
    """The product's answer, of a request of which it knows what `why` would."""
    layers = differential.compiled(given)
    if where == "trust":
        layers = msgspec.structs.replace(layers, resource=_read(_as_trust(policy), "trust"))
    if asked.principal.endswith(":root"):
        layers = differential.for_root(layers)
    if where == "access point":
        return decide_through(asked, layers, AccessPoint(through_point.POINT, _read(policy)))
    return decide(asked, layers)


def _read(found: Document, kind: Any = "resource") -> Policy:
    policy = read_policy(found, kind, kind)
    assert isinstance(policy, Policy), policy
    return policy


def _as_trust(found: Document) -> Document:
    """The same as a role's trust policy, which has no Resource and no other actions."""
    told = {"Action": [action for action, _ in POSITIONS["trust"]]}
    listed = [{**each, **told} for each in found["Statement"]]
    return {**found, "Statement": [{k: s[k] for k in s if k != "Resource"} for s in listed]}


def by_the_lab(asked: Asked, where: str, given: World, policy: Document) -> bool:
    """Whether the lab's engine allows it."""
    if where != "access point":
        return differential.by_the_lab(given, asked) == "Allowed"
    return through_point.both(given, asked, through_point.by_point(policy)) == "Allowed"


class Found(NamedTuple):
    """A sure answer that is wrong of some real request."""

    where: str
    who: str
    action: str
    statement: Document
    product: str
    real: Value


def compare(rng: random.Random, where: str, given: Given, who: str) -> tuple[str, Found | None]:
    """One statement on a key in one place, asked for one caller: the answer, and if it is wrong."""
    askable = _askable(where, who)
    if not askable:
        return "", None
    action, resource = rng.choice(askable)
    told = Context({"aws:SecureTransport": "true"})
    asked = Request(who, action, resource, ONE, told, frozenset({"*"}))
    return of_request(rng, where, given, asked, {})


def of_request(
    rng: random.Random, where: str, given: Given, asked: Request, told: dict[str, list[Value]]
) -> tuple[str, Found | None]:
    """The same of one request, of whose keys these are told, in lower case, with their values."""
    who, action = asked.principal, asked.action
    known = {
        **sure(who, action, asked.resource_account),
        **{k: v[0] for k, v in told.items() if len(v) == 1 and v[0]},
    }
    mine = told.get(given.key.lower())
    meant = mine[-1] if mine else known.get(given.key)
    block, wanted = condition(rng, given, meant if isinstance(meant, str) else "")
    effect = "Deny" if where == "rcp" else rng.choice(("Allow", "Deny"))
    tested = {"Effect": effect, "Condition": block}
    world = placed(rng, where, tested)
    policy = _document(*([] if effect == "Allow" else [FOR_ALL]), {**FOR_ALL, **tested})
    decision = by_the_product(asked, where, world, policy)
    real: dict[bool, Value] = {}
    for value in mine or possible(asked, given, wanted):
        context: dict[str, Any] = {k: v for k, v in known.items() if k.lower() != given.key.lower()}
        context |= {given.key: value} if value is not None else {}
        one = Asked(
            who, action, asked.resource, asked.resource_account, context, frozenset(),
            in_management_account=asked.in_management_account,
            resource_in_management_account=asked.resource_in_management_account,
            service_linked=who == LINKED,
        )  # fmt: skip
        real.setdefault(by_the_lab(one, where, world, policy), value)
    if decision.outcome == "Unknown":
        return "Unknown" if len(real) > 1 else "Unknown though sure", None
    says = decision.outcome == "Allowed"
    if len(real) == 1 and says in real:
        return decision.outcome, None
    return decision.outcome, Found(where, who, action, tested, decision.outcome, real.get(not says))


def told_by(asked: Request) -> dict[str, list[Value]]:
    """What a delivery's own request tells of its keys: one value, none, or one of several."""
    known: dict[str, list[Value]] = {
        key: [None if value == () else value if isinstance(value, str) else list(value)]
        for key, value in asked.context.items()
    }
    for key, values in asked.possible:
        known.setdefault(key, [each if each is None or isinstance(each, str) else list(each)
                               for each in values])  # fmt: skip
    return known


def _askable(where: str, who: str) -> tuple[tuple[str, str], ...]:
    """What a caller can ask there: the anonymous sign nothing, providers only let in."""
    kind = CALLERS[who].kind
    found = POSITIONS[where]
    if kind == "provider":
        return BY_PROVIDER if where in ("trust", "rcp") else ()
    if where in ("identity", "boundary", "session", "scp") and not CALLERS[who].account:
        return ()
    if kind == "anonymous":
        return tuple(each for each in found if each[0].startswith("s3:"))
    return tuple(each for each in found if each not in BY_PROVIDER)


def disagreements(
    seed: int, counted: Counter[str], keys: Iterable[Given] | None = None
) -> Iterator[Found]:
    """One statement for each key, place and caller, counting how the product answers."""
    rng = random.Random(seed)
    for given in every_key() if keys is None else keys:
        for where in POSITIONS:
            for who in WHO:
                said, wrong = compare(rng, where, given, who)
                counted[said] += bool(said)
                if wrong:
                    yield wrong


def main(rounds: int) -> int:
    """Go through all so many times, print the count, and return how many are wrong."""
    counted: Counter[str] = Counter()
    wrong = [each for seed in range(rounds) for each in disagreements(seed, counted)]
    for each in wrong[:5]:
        print(json.dumps(each._asdict()))
    decisions = sum(counted.values())
    unknown = counted["Unknown"] + counted["Unknown though sure"]
    said = {"decisions": decisions, "wrong": len(wrong), "unknown": unknown, "outcomes": counted}
    print(json.dumps({"every_key": len(every_key()), "callers": len(WHO), **said}))
    return len(wrong)


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1])) else 0)
