"""Requests through an access point: the product's engine against the lab's, asked at both ARNs.

Both the access point and the bucket have to permit the request (S3 User Guide, "Configuring IAM
policies for using access points"): the lab's engine, which knows no access points, is asked twice.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from logkeep.policy import AccessPoint, Policy, decide_through, read_policy
from support.differential import Compared, by_the_lab, compiled, for_root, product_request
from support.generated import BUCKET, ONE, Asked, Document, World, document, question, world

POINT = f"arn:aws:s3:us-east-1:{ONE}:accesspoint/p"
KEYS = {
    "s3:DataAccessPointArn": POINT,
    "s3:DataAccessPointAccount": ONE,
    "s3:AccessPointNetworkOrigin": "Internet",
}
DELEGATING: Document = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"StringEquals": {"s3:DataAccessPointAccount": ONE}},
}


def compare(rng: random.Random) -> tuple[World, Compared]:
    """One request through an access point in a new world, and what both engines say of it."""
    at_bucket = document(rng, "resource", open_too=rng.random() < 0.3)
    if rng.random() < 0.6:
        at_bucket = {**at_bucket, "Statement": [*_statements(at_bucket), DELEGATING]}
    given = world(rng)._replace(
        resource=at_bucket, grants=None, acls=None, key_state="", public_access=None
    )
    at_point = by_point(document(rng, "resource", open_too=rng.random() < 0.7))
    asked = question(rng)
    while not asked.resource.startswith(f"{BUCKET}/"):
        asked = question(rng)
    context = {**asked.context, "aws:ResourceAccount": ONE}
    asked = asked._replace(owner=ONE, context=context)
    policy = read_policy(at_point, "resource", "access point")
    assert isinstance(policy, Policy)
    layers = compiled(given)
    layers = for_root(layers) if asked.principal.endswith(":root") else layers
    told = decide_through(product_request(asked), layers, AccessPoint(POINT, policy))
    return given, Compared(asked, told.outcome, both(given, asked, at_point), told.unknown, False)


def both(given: World, asked: Asked, at_point: Document) -> str:
    """What the lab's engine says at both ARNs together."""
    known = asked._replace(context={**asked.context, **KEYS})
    name = asked.resource.removeprefix(f"{BUCKET}/")
    through = known._replace(resource=f"{POINT}/object/{name}")
    said = {by_the_lab(given, known), by_the_lab(given._replace(resource=at_point), through)}
    return next(
        each for each in ("ExplicitlyDenied", "ImplicitlyDenied", "Allowed") if each in said
    )


def _statements(found: Document) -> list[Any]:
    listed: Any = found["Statement"]
    return cast("list[Any]", listed) if isinstance(listed, list) else [listed]


def by_point(found: Document) -> Document:
    """A bucket's policy as one of the access point: it names its own ARNs."""
    text = json.dumps(found).replace(f"{BUCKET}/", f"{POINT}/object/").replace(BUCKET, POINT)
    return json.loads(text)


def agree(one: Compared) -> bool:
    """Whether both say the same; by which kind it is denied, two legs may tell in either order."""
    return one.product == "Unknown" or (one.product == "Allowed") is (one.lab == "Allowed")


def disagreements(seeds: range, counted: Counter[str]) -> Iterator[tuple[Any, ...]]:
    """Compare one request in each of many worlds, counting how the product answers."""
    for seed in seeds:
        given, one = compare(random.Random(seed))
        counted[one.product] += 1
        if not agree(one):
            yield seed, one, given


def main(requests: int) -> int:
    """Compare so many requests, print the count, and return how many disagree."""
    counted: Counter[str] = Counter()
    wrong = list(disagreements(range(requests), counted))
    for seed, one, given in wrong[:5]:
        print(json.dumps({"seed": seed, "disagree": one, "world": given}, default=list))
    said = {"disagreements": len(wrong), "unknown": counted["Unknown"], "outcomes": counted}
    print(json.dumps({"through_access_point": requests, **said}))
    return len(wrong)


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1])) else 0)
