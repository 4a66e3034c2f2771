"""The product's compiled engine against the lab's plain one, over generated policies and requests.

`make laws` has it judge a million, and prints one JSON line: how many decisions, how they came out,
and every disagreement. Generated with a plain seeded generator, for speed; a disagreement is
reproduced by its seed. The two share no code. What AWS's pages leave open the product calls
unknown, where the lab takes a side: those are counted and not compared.

A key's state is held against a table of its own here, and Block Public Access against the lab's
reading of a public policy, as the lab's engine has no notion of either. Left out, for the same
reason: the root user's right to mend its bucket's policy (`tests/policy/test_traps*.py` hold it).
Requests through an access point are compared beside it (`support/through_point.py`).
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from logkeep.lab import acls as lab_acls
from logkeep.lab import authorizer as lab
from logkeep.lab import grants as lab_grants
from logkeep.lab.call import Caller
from logkeep.lab.grammar import public
from logkeep.lab.language import Request as LabRequest
from logkeep.lab.language import context_of
from logkeep.policy import (
    AclGrant,
    Acls,
    KeyGrant,
    Layers,
    Policy,
    Request,
    decide,
    read_policy,
    request,
)
from logkeep.policy.acls import ALL_USERS, AUTHENTICATED_USERS
from logkeep.policy.authorize import facts_of
from logkeep.policy.layer_answers import answers_of
from logkeep.policy.public import PublicAccess
from logkeep.policy.values import Kind
from support.generated import CALLERS, KEY, Asked, Document, World, question, world

PUBLIC_GROUPS = (ALL_USERS, AUTHENTICATED_USERS)


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
        grants=given.grants and tuple(_grant(one) for one in given.grants),
        acl=given.acls and _acls(given.acls),
        key_state=given.key_state,
        public_access=given.public_access and PublicAccess(**given.public_access),
    )


def _grant(told: Document) -> KeyGrant:
    names = {"equals": "context_equals", "subset": "context_subset", "issuer": "issuing_account",
             "retiring": "retiring_principal"}  # fmt: skip
    return KeyGrant(**{names.get(name, name): value for name, value in told.items()})


def _acls(told: Document) -> Acls:
    def entries(listed: list[tuple[str, Any]]) -> tuple[AclGrant, ...]:
        return tuple(
            AclGrant(who, what) if who.startswith("http") else AclGrant(f"id-{who}", what, who)
            for who, what in listed
        )

    ownership = "BucketOwnerEnforced" if told["disabled"] else "ObjectWriter"
    on_bucket, on_object = entries(told["bucket"]), entries(told["object"])
    return Acls(ownership, "", on_bucket, on_object, told["object_owner"])


FOLLOWING = frozenset(
    {"aws:PrincipalAccount", "aws:PrincipalIsAWSService", "aws:PrincipalServiceName",
     "aws:PrincipalArn", "aws:username", "aws:ResourceAccount", "kms:CallerAccount"}
)  # fmt: skip
"""Keys that the product itself tells from the principal, the action and the owner."""


def product_request(asked: Asked) -> Request:
    """The request as the product takes it."""
    not_seen = asked.hidden | (FOLLOWING if asked.bare else frozenset())
    told = {key: value for key, value in asked.context.items() if key not in not_seen}
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
    """The lab's answer, in the product's words; a key's state refuses before any policy."""
    if asked.resource == KEY and asked.action in NOT_IN_STATE.get(given.key_state, ()):
        return "ExplicitlyDenied"
    caller = CALLERS[asked.principal]
    if _is_restricted(given, asked, caller):
        return "ExplicitlyDenied"
    context = context_of({key: value for key, value in asked.context.items() if value != []})
    told = LabRequest(caller, asked.action, asked.resource, asked.owner, context)
    ruling = lab.decide(told, _policies(given, asked, caller))
    if ruling.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if ruling.explicit else "ImplicitlyDenied"


def _is_restricted(given: World, asked: Asked, caller: Caller) -> bool:
    """Whether a public policy lets nobody of another account in (rule 2.1.5)."""
    flags = given.public_access
    on = bool(flags and flags["restrict"] and asked.action.startswith("s3:") and given.resource)
    outside = caller.kind != "service" and caller.account != asked.owner
    return on and outside and public(given.resource or {})


USES = ("kms:Decrypt", "kms:GenerateDataKey")
NOT_IN_STATE = {
    "Disabled": (*USES, "kms:CreateGrant"),
    "PendingImport": (*USES, "kms:CreateGrant"),
    "PendingDeletion": (*USES, "kms:CreateGrant"),
    "Unavailable": USES,
}
"""KMS Developer Guide, "Key states of AWS KMS keys": of what is asked here, what fails."""


def _policies(given: World, asked: Asked, caller: Caller) -> lab.Policies:
    """The policies that bind the request (rules 5.1.6, 5.1.7, 5.1.8; root: IAM, "Root user")."""
    is_service, is_root = caller.kind == "service", caller.kind == "root"
    limited = caller.account != "" and not is_root
    no_scps = not caller.account or asked.in_management_account or asked.service_linked
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
        grants=[
            lab_grants.LabGrant(**told) for told in given.grants or [] if asked.resource == KEY
        ],
        acls=_lab_acls(given) if given.acls and asked.action.startswith("s3:") else None,
        must_be_named=":key/" in asked.resource or asked.action == "sts:AssumeRole",
        unbound=is_root,
    )


def _lab_acls(given: World) -> lab_acls.Acls:
    """The ACLs, without what they grant to everybody where that is ignored (rule 2.1.5)."""
    told = given.acls or {}
    ignored = bool(given.public_access and given.public_access["ignore_acls"])

    def entries(listed: list[tuple[str, str]]) -> tuple[lab_acls.AclEntry, ...]:
        kept = (pair for pair in listed if not (ignored and pair[0] in PUBLIC_GROUPS))
        return tuple(lab_acls.AclEntry(who, what) for who, what in kept)

    on_bucket, on_object = entries(told["bucket"]), entries(told["object"])
    return lab_acls.Acls(told["disabled"], on_bucket, on_object, told["object_owner"])


def for_root(layers: Layers) -> Layers:
    """The layers without what no root user has."""
    return Layers(
        resource=layers.resource,
        scps=layers.scps,
        rcps=layers.rcps,
        endpoints=layers.endpoints,
        grants=layers.grants,
        acl=layers.acl,
        key_state=layers.key_state,
        public_access=layers.public_access,
    )


def in_doubt(told: Request, layers: Layers) -> bool:
    """Whether some layer may deny."""
    answers = answers_of(facts_of(told, layers), layers)
    return any(isinstance(answer.deny.truth, frozenset) for answer in answers.values())


DENIED = {"ExplicitlyDenied", "ImplicitlyDenied"}


def _is_closed(given: World) -> bool:
    """Whether outsiders may be refused before any policy, so that it hangs on what is public.

    The lab reads that more simply than the product: by which kind a request is denied may differ.
    """
    return bool(given.public_access and given.public_access["restrict"])


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
        doubtful |= _is_closed(given) and {decision.outcome, by_lab} == DENIED
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
                "unknown": outcomes.get("Unknown", 0),
                "not_compared": round(outcomes.get("Unknown", 0) / total, 4),
                "outcomes": outcomes,
                "unknown_for": reasons,
            }
        )
    )
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1])) else 0)
