"""A fleet that names no reader: can anybody open what its archive keeps?"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot import Reply, Snapshot, ask, reply
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import empty

ARCHIVE = "111111111111"
UNSAID = msgspec.structs.replace(
    FLEET, archive=msgspec.structs.replace(FLEET.archive, readers=None)
)
CLERK = f"arn:aws:iam::{ARCHIVE}:role/Clerk"
CONTEXT = {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}}


def world(*allowed: str, **of_key: Any) -> Snapshot:
    """Nobody of the archive's account but a clerk; the key says this, and our own of services."""
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    own = {"Effect": "Allow", "Action": [*allowed], "Resource": "*"}
    inline = [{"PolicyName": "own", "PolicyDocument": {"Statement": own}}] if allowed else []
    clerk = {"RoleName": "Clerk", "Arn": CLERK, "RolePolicyList": inline}
    at = scenes.key_policy_ask()
    kept = [s for s in scenes.policy(at)["Statement"] if s["Sid"] != "LogkeepDecrypt"]
    said = {"Sid": "Foreign", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **of_key}
    document = {"Version": "2012-10-17", "Statement": [*kept, *([said] if of_key else ())]}
    snapshot = scenes.with_policy(healthy(), at, document)
    return snapshot.with_answers({question: reply({"RoleDetailList": [clerk]})})


def unread() -> Snapshot:
    return world().with_answers({scenes.key_policy_ask(): Reply(error="AccessDenied")})


def found(snapshot: Snapshot) -> Finding:
    every = [
        finding
        for route in diagnose(UNSAID, snapshot).routes
        for hop in route.hops
        for finding in hop.findings
        if finding.code == "no-reader"
    ]
    assert {msgspec.json.encode(f.evidence) for f in every} == {
        msgspec.json.encode(every[0].evidence)
    }
    return every[0]


NAMED = {"Principal": {"AWS": CLERK}}
WHOLE = {"Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:root"}}


@pytest.mark.parametrize(
    ("snapshot", "verdict"),
    [
        (lambda: empty(UNSAID), "fails"),  # before there is an archive
        (world, "fails"),  # what Logkeep's own key says
        (lambda: world("s3:GetObject", **NAMED), "holds"),
        (lambda: world("s3:*", "kms:*", **WHOLE), "holds"),
        (lambda: world("kms:*", **WHOLE), "fails"),  # decrypts, and gets nothing to decrypt
        (lambda: world("s3:*", **WHOLE), "fails"),  # the root user alone is no reader
        (lambda: world("s3:GetObject", Condition=CONTEXT, **NAMED), "unknown"),
        (unread, "unknown"),
    ],
)
def test_somebody_who_decrypts_and_gets_is_a_reader(snapshot: Any, verdict: str) -> None:
    finding = found(snapshot())
    assert (finding.verdict, finding.aspect) == (verdict, "protected")
    assert (verdict == "unknown") == bool(finding.settle)


def test_a_plan_says_that_nobody_will_read_and_makes_all_else() -> None:
    made = plan(UNSAID, empty(UNSAID))
    assert [each.code for each in made.blocked] == ["no-reader"]
    assert {"s3:CreateBucket", "kms:CreateKey"} <= {change.call for change in made.changes}


def test_a_fleet_that_names_its_readers_is_asked_about_each_of_them() -> None:
    codes = {f.code for r in diagnose(FLEET, healthy()).routes for h in r.hops for f in h.findings}
    assert "no-reader" not in codes
    assert "reader-cannot-decrypt" in codes
