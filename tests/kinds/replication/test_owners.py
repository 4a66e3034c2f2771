"""Whoever is named as the owner of what is in the way has that very bucket."""

from __future__ import annotations

import json

from kinds.replication.worlds import COPY, STAGING, fleet, pair, with_copy
from logkeep.plan import plan
from logkeep.show.plan_json import plan_json

DENY = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateObject",
        "Resource": f"arn:aws:s3:::{COPY}/*"}  # fmt: skip
SHUT = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [DENY]})}


def test_a_bucket_that_refuses_replicas_is_its_own_accounts_and_not_the_archives() -> None:
    wanted = fleet(pair(STAGING))
    made = plan(wanted, with_copy(wanted, STAGING, GetBucketPolicy=SHUT))
    shown = {each["code"]: each["owner"] for each in plan_json(wanted, made)["blocked"]}
    assert shown["replica-refuses"] == "staging"
