"""The lab's engine against other projects' own authorization tests."""

import pytest

from logkeep.lab.authorizer import Policies, decide
from logkeep.lab.call import Caller
from logkeep.lab.language import Request, context_of
from support.places import shared_rows, without

DISPUTED = {"arsenal/52", "arsenal/55"}
"""These give a date in milliseconds. IAM User Guide, "Condition operators", Date: ISO 8601 or epoch
(UNIX) time, which counts seconds."""

NAME = "cases/policy-vectors.jsonl"
VECTORS = shared_rows(NAME)
pytestmark = without(NAME)


def caller(principal: str) -> Caller:
    if not principal.startswith("arn:"):
        kind = "user" if principal == "anonymous" else "service"
        return Caller("", principal, kind, principal)
    account, rest = principal.split(":")[4:6]
    kind, _, name = rest.partition("/")
    if kind == "root":
        return Caller(account, principal, "root", "root")
    if kind == "assumed-role":
        role, _, session = name.partition("/")
        arn = f"arn:aws:iam::{account}:role/{role}"
        return Caller(account, principal, "role", role, role_arn=arn, session_name=session)
    if kind == "role":
        return Caller(account, principal, "role", name, role_arn=principal)
    return Caller(account, principal, "user", name)


def question(case: dict) -> tuple[Request, Policies]:
    asked = case["request"]
    who = caller(asked["principal"])
    free = asked.get("principal_in_management_account") or asked.get("service_linked_role")
    request = Request(
        who,
        asked["action"],
        asked["resource"],
        asked["resource_account"] or who.account,
        context_of(asked["context"]),
    )
    named = asked["action"].lower().startswith(("kms:", "sts:assumerole"))
    return request, Policies(
        identity=case["identity_policies"],
        boundary=case["boundary"],
        session=[case["session_policy"]] if case["session_policy"] else None,
        resource=case["resource_policy"],
        scps=None if free or who.kind == "service" else case["scps"],
        rcps=case["rcps"],
        endpoints=case["vpce_policies"] or [],
        must_be_named=named and case["resource_policy"] is not None,
        unbound=who.kind == "root",
    )


def verdict(case: dict) -> str:
    ruling = decide(*question(case))
    if ruling.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if ruling.explicit else "ImplicitlyDenied"


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_agrees_with_third_party_vector(case: dict) -> None:
    got = verdict(case)
    if case["id"] in DISPUTED:
        assert got != case["expected"]
        return
    if case["expected"] == "Denied":
        assert got != "Allowed"
    else:
        assert got == case["expected"]


def test_vectors_are_present() -> None:
    assert len(VECTORS) > 100
