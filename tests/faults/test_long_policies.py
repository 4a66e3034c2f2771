"""A policy of 10,000 statements is answered in steps that grow with it, or refused by its length.

What AWS could hold is read whole; what is longer than any quota is no policy of AWS's, and is
unknown: not gone through, and never fine.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.policy import Layers, Malformed, Policy, decide, read_policy, request
from logkeep.policy.longest import FEW, LONGEST, too_long
from logkeep.policy.values import Kind
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.who import access
from logkeep.who.why import Question, question, why
from support import scenes
from support.hanging import no_hanging
from support.large import large
from support.steps import lines_run
from support.worlds import ADMIN

MANY = 10_000
BUCKET = scenes.FLEET.bucket_arn
LOG = f"{BUCKET}/AWSLogs/222222222222/CloudTrail/us-east-1/a.json.gz"

STATEMENTS: dict[str, Callable[[int], dict[str, Json]]] = {
    "strangers' roles": lambda n: {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{600000000000 + n}:role/r"},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/x{n}/*",
    },
    "own roles": lambda n: {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::222222222222:role/r{n}"},
        "Action": "s3:*",
        "Resource": [BUCKET, f"{BUCKET}/*"],
    },
    "denials under conditions": lambda n: {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"{BUCKET}/*",
        "Condition": {"StringLike": {"aws:PrincipalArn": f"*r{n}*"}},
    },
    "services": lambda n: {
        "Effect": "Allow",
        "Principal": {"Service": f"s{n}.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{BUCKET}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": f"{600000000000 + n}"}},
    },
    "everyone but one": lambda n: {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": f"arn:aws:iam::222222222222:role/r{n}"},
        "NotAction": f"s3:Get{n}*",
        "NotResource": f"{BUCKET}/{n}/*",
    },
}


def document(name: str, many: int) -> str:
    made = [STATEMENTS[name](number) for number in range(many)]
    return json.dumps({"Version": "2012-10-17", "Statement": made})


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_given_policy_is_read_and_asked_in_even_steps(name: str) -> None:
    """As `why --cases` reads it, where no quota bounds a document."""

    def answered(many: int) -> None:
        read = read_policy(document(name, many))
        assert isinstance(read, Policy)
        decide(request(ADMIN, "s3:DeleteObject", LOG), Layers(resource=read))

    answered(1)
    one, two, four = (lines_run(lambda many=many: answered(many)) for many in (50, 100, 200))
    assert four - two <= 2.6 * (two - one)
    with no_hanging():
        answered(MANY)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_bucket_s_policy_beyond_every_quota_is_unknown(name: str) -> None:
    healthy, where = scenes.healthy(), scenes.bucket_policy_ask()
    own = scenes.policy(where)["Statement"]
    more = json.loads(document(name, MANY))
    snapshot = scenes.with_policy(healthy, where, {**more, "Statement": [*own, *more["Statement"]]})
    with no_hanging(60):
        told(snapshot)


def told(snapshot: Snapshot) -> None:
    """Whatever reads the policy says by what limit it was not read."""
    limit = f"AWS holds no resource policy of more than {LONGEST['resource']:,}"
    found = diagnose(scenes.FLEET, snapshot)
    assert {route.aspects["permitted"] for route in found.routes} == {"unknown"}
    assert limit in repr(found)
    assert plan(scenes.FLEET, snapshot).blocked
    facts = Facts(scenes.FLEET, snapshot)
    assert access(facts)
    read = question(facts, ADMIN, "s3:DeleteObject", LOG, {})
    assert isinstance(read, Question)
    assert why(facts, read).outcome == "Unknown"


@pytest.mark.parametrize("kind", LONGEST)
def test_white_space_is_no_part_of_a_policy_s_length(kind: Kind) -> None:
    most = LONGEST[kind]
    empty = json.dumps({"Id": "", "Statement": [{}] * (FEW + 1)}, separators=(",", ":"))
    fits = empty.replace('""', f'"{"x" * (most - len(empty))}"', 1)
    assert len(fits) == most
    assert too_long(fits, kind) == ""
    assert too_long(fits.replace(":", ": \n\n"), kind) == ""
    longer = fits.replace("x", "xx", 1)
    assert f"of more than {most:,}" in too_long(longer, kind)
    assert isinstance(Facts(scenes.FLEET, scenes.healthy()).policy(longer, kind, "p"), Malformed)
    assert too_long(longer.replace("{},", "", 1), kind) == "", "what is few is gone through"


def test_many_accounts_in_few_statements_are_gone_through() -> None:
    fleet, snapshot = large(400, 1)
    found = diagnose(fleet, snapshot)
    assert {route.aspects["permitted"] for route in found.routes} == {"holds"}
