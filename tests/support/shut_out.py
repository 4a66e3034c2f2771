"""An archive that others than its administrators may change, and an event history that says who."""

from __future__ import annotations

from typing import Any

import msgspec

from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import lately
from support import changes, scenes
from support.scenes import FLEET, healthy

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


def told(snapshot: Snapshot, *events: Any) -> Snapshot:
    """The same with an event history, or with one that AWS refuses to show."""
    wanted = list(lately.asks(Facts(FLEET, snapshot)))
    assert wanted
    refused = Reply(error="AccessDenied", message="not authorized")
    answers = {q: changes.history(q, events) if None not in events else refused for q in wanted}
    return snapshot.with_answers(answers)
