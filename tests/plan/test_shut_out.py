"""Who loses the archive's settings by a plan is told before it does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import Snapshot, ask, reply
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, empty

ARCHIVE = "111111111111"
PIPELINE = f"arn:aws:iam::{ARCHIVE}:role/Pipeline"
LINKED = f"arn:aws:iam::{ARCHIVE}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"


def open_archive() -> Snapshot:
    """An archive without our Deny on its settings, which a pipeline looks after."""
    at = scenes.bucket_policy_ask()
    document = scenes.policy(at)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepSettings"]
    snapshot = scenes.with_policy(healthy(), at, {**document, "Statement": kept})
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    body: dict[str, Any] = msgspec.json.decode(snapshot.answers[question].body)
    own = {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}
    inline = [{"PolicyName": "own", "PolicyDocument": {"Statement": own}}]
    names: tuple[tuple[str, list[Any]], ...] = ((PIPELINE, inline), (LINKED, []))
    roles = [{"RoleName": arn.rsplit("/")[-1], "Arn": arn, "RolePolicyList": p} for arn, p in names]
    more = {**body, "RoleDetailList": [*body["RoleDetailList"], *roles]}
    return snapshot.with_answers({question: reply(more)})


def with_administrators(*who: str) -> Fleet:
    archive = msgspec.structs.replace(FLEET.archive, administrators=who)
    return msgspec.structs.replace(FLEET, archive=archive)


def test_a_pipeline_that_loses_the_settings_is_named_with_what_it_loses() -> None:
    made = plan(FLEET, open_archive())
    (lost,) = made.shut_out
    assert lost.principal == PIPELINE
    assert {"s3:PutBucketPolicy", "s3:PutBucketVersioning"} <= set(lost.actions)
    told = " ".join(plan_text(FLEET, made, Paint()).split())
    assert f"`{PIPELINE}` may change the archive's settings or key today" in told
    assert "name under `[archive] administrators`" in told


@pytest.mark.parametrize(
    ("fleet", "snapshot"),
    [
        (with_administrators(ADMIN, PIPELINE), open_archive),
        (FLEET, healthy),
        (FLEET, lambda: empty(FLEET)),
    ],
)
def test_nobody_is_named_who_keeps_it_or_where_nothing_is_closed(
    fleet: Fleet, snapshot: Any
) -> None:
    assert plan(fleet, snapshot()).shut_out == ()
