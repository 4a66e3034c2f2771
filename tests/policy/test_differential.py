"""The compiled engine equals the lab's plain one; `make laws` holds it over a million decisions."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab.acls import ALL_USERS
from logkeep.policy import decide
from support import differential, through_point
from support.examples import examples
from support.generated import (
    BUCKET,
    CALLERS,
    FEDERATED,
    FOREIGN,
    ONE,
    ROLE,
    SESSION,
    TWO,
    USER,
    WEB,
    WEB_SESSION,
    Asked,
    World,
)
from support.places import ROOT


@examples(60)
@given(st.randoms(use_true_random=False))
def test_both_engines_decide_the_same_in_any_world(rng: random.Random):
    given_world, found = differential.compare(rng, 4)
    assert [one for one in found if not one.agree] == [], given_world


def test_both_engines_agree_over_some_thousand_decisions():
    counted: Counter[str] = Counter()
    seeds = range(10**6, 10**6 + 160)  # not those of `make laws`
    assert list(differential.disagreements(seeds, differential.REQUESTS, counted)) == []
    outcomes = {name: count for name, count in counted.items() if not name.startswith("? ")}
    total = sum(outcomes.values())
    assert total == 8_000
    assert outcomes["Unknown"] < 0.05 * total, counted
    assert all(outcomes[name] > 0.04 * total for name in ("Allowed", "ExplicitlyDenied")), counted


def test_both_engines_agree_on_requests_through_an_access_point() -> None:
    counted: Counter[str] = Counter()
    seeds = range(10**6, 10**6 + 800)  # not those of `make laws`
    assert list(through_point.disagreements(seeds, counted)) == []
    assert counted["Unknown"] < 0.1 * len(seeds), counted
    assert all(counted[name] > 0.04 * len(seeds) for name in ("Allowed", "ExplicitlyDenied"))


def document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(**elements: Any) -> dict[str, Any]:
    return document({"Effect": "Allow", "Action": "*", "Resource": "*"} | elements)


def deny(**elements: Any) -> dict[str, Any]:
    return allow(Effect="Deny", **elements)


NOTHING = World([], None, None, None, None, None, None)


def lists(**told: Any) -> dict[str, Any]:
    return {"disabled": False, "bucket": [], "object": [], "object_owner": ONE} | told


class Found(NamedTuple):
    """A world in which the engines once disagreed, and what AWS's page says."""

    page: str
    principal: str
    world: World
    product: str
    lab: str


MISSING = "IAM, Variables and tags: Policy variables with no value"
FOUND = {
    "a negated operator matches a variable without value": Found(
        MISSING,
        ROLE,
        NOTHING._replace(
            identity=[
                allow(),
                deny(Condition={"StringNotEquals": {"s3:prefix": "${aws:username}"}}),
            ]
        ),
        "ExplicitlyDenied",
        "ExplicitlyDenied",
    ),
    "a positive one does not": Found(
        MISSING,
        ROLE,
        NOTHING._replace(identity=[allow(Condition={"StringLike": {"s3:prefix": "${a:b}"}})]),
        "ImplicitlyDenied",
        "ImplicitlyDenied",
    ),
    "an absent key under IfExists asks no variable": Found(
        MISSING,
        ROLE,
        NOTHING._replace(
            identity=[allow(Condition={"StringEqualsIfExists": {"a:absent": "${aws:username}"}})]
        ),
        "Allowed",
        "Allowed",
    ),
    "whether the rest of a list counts beside it, the page leaves open": Found(
        MISSING,
        ROLE,
        NOTHING._replace(identity=[allow(Resource=[f"{BUCKET}/*", f"{BUCKET}/${{aws:username}}"])]),
        "Unknown",
        "Allowed",
    ),
    "and of what a NotResource excepts": Found(
        MISSING,
        ROLE,
        NOTHING._replace(
            identity=[
                document(
                    {"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/${{aws:username}}"}
                )
            ]
        ),
        "Unknown",
        "Allowed",
    ),
    "a NotPrincipal denies whoever has a boundary, even where it excepts everybody": Found(
        "IAM, NotPrincipal: Specifying NotPrincipal with Deny",
        USER,
        NOTHING._replace(
            identity=[allow()],
            boundary=allow(),
            resource=document(
                {"Effect": "Deny", "NotPrincipal": "*", "Action": "*", "Resource": "*"}
            ),
        ),
        "ExplicitlyDenied",
        "ExplicitlyDenied",
    ),
    "and otherwise spares a service by either way of writing everybody": Found(
        "IAM, Principal: All principals",
        "cloudtrail.amazonaws.com",
        NOTHING._replace(
            resource=document(
                {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "*", "Resource": "*"}
            )
        ),
        "ImplicitlyDenied",
        "ImplicitlyDenied",
    ),
    "what is no ARN equals none": Found(
        "IAM, Condition operators: ARN",
        SESSION,
        NOTHING._replace(identity=[allow(Condition={"ArnEquals": {"aws:SourceArn": "t"}})]),
        "ImplicitlyDenied",
        "ImplicitlyDenied",
    ),
    "a star that ends a segment crosses colons, but in S3 its guide says none does": Found(
        "IAM, Resource: Using wildcards in resource ARNs; S3, Policy resources",
        USER,
        NOTHING._replace(identity=[allow(Resource="arn:aws:*:b/ann/*")]),
        "Unknown",
        "Allowed",
    ),
    "an object's own account opens it in another's bucket": Found(
        "S3, How Amazon S3 authorizes a request for an object operation",
        FOREIGN,
        NOTHING._replace(identity=[allow()], acls=lists(object_owner=TWO)),
        "Allowed",
        "Allowed",
    ),
    "what all may read of a third account, one's own account must allow too": Found(
        "S3, How Amazon S3 authorizes a request for an object operation",
        USER,
        NOTHING._replace(acls=lists(object=[(ALL_USERS, "READ")], object_owner=TWO)),
        "ImplicitlyDenied",
        "ImplicitlyDenied",
    ),
    "a web identity's session may be meant by its provider": Found(
        "IAM, Principal: Web identity session principals",
        WEB_SESSION,
        NOTHING._replace(resource=allow(Principal={"Federated": WEB})),
        "Unknown",
        "Allowed",
    ),
    "a federated user may be the user that is named": Found(
        "IAM, Principal: AWS STS federated user session principals",
        FEDERATED,
        NOTHING._replace(resource=allow(Principal={"AWS": USER})),
        "Unknown",
        "Allowed",
    ),
    "any address is no fixed one to Block Public Access, by whatever operator": Found(
        "S3, Blocking public access to your Amazon S3 storage: The meaning of public",
        FOREIGN,
        NOTHING._replace(
            identity=[allow()],
            resource=allow(
                Principal="*",
                Condition={"ForAnyValue:IpAddress": {"aws:SourceIp": ["::/0", "10.0.0.1"]}},
            ),
            public_access={"restrict": True, "ignore_acls": False},
        ),
        "ExplicitlyDenied",
        "ExplicitlyDenied",
    ),
    "a star inside a segment crosses none": Found(
        "IAM, Resource: Using wildcards in resource ARNs",
        USER,
        NOTHING._replace(identity=[allow(Resource="arn:aws:s*b/ann/x")]),
        "ImplicitlyDenied",
        "ImplicitlyDenied",
    ),
}


def test_it_runs_as_make_laws_has_it():
    command = [sys.executable, "-m", "support.differential", "60"]
    where = {"PYTHONPATH": str(ROOT / "tests"), "PATH": os.environ["PATH"]}
    ran = subprocess.run(command, env=where, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["disagreements"] == 0


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_where_they_once_disagreed_both_follow_the_page(found: Found):
    context: dict[str, Any] = {"aws:SourceArn": "t", "s3:prefix": "x"}
    caller = CALLERS[found.principal]
    if caller.provider:
        context["aws:FederatedProvider"] = caller.provider
    if caller.kind == "user":
        context["aws:username"] = caller.name
    asked = Asked(
        found.principal, "s3:GetObject", f"{BUCKET}/ann/x", ONE, context, frozenset(),
        in_management_account=False, resource_in_management_account=False, service_linked=False,
    )  # fmt: skip
    layers = differential.compiled(found.world)
    assert decide(differential.product_request(asked), layers).outcome == found.product
    assert differential.by_the_lab(found.world, asked) == found.lab
