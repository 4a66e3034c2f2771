"""Nobody else decrypts: services, identity providers' users and canonical users are asked too."""

from __future__ import annotations

import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Snapshot
from logkeep.value import Json
from support import scenes
from support.scenes import FLEET, healthy

PROVIDER = "arn:aws:iam::111111111111:saml-provider/staff"


def let_in(principal: Json, *, reads: bool = True) -> Snapshot:
    """Somebody whom the key lets decrypt, and the bucket read too."""
    snapshot = healthy()
    for at, action, resource in (
        (scenes.key_policy_ask(), "kms:Decrypt", "*"),
        (scenes.bucket_policy_ask(), "s3:GetObject", f"{FLEET.bucket_arn}/*"),
    ):
        document = scenes.policy(at)
        said = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
        if reads or action == "kms:Decrypt":
            document = {**document, "Statement": [*document["Statement"], said]}
            snapshot = scenes.with_policy(snapshot, at, document)
    return snapshot


def verdicts(snapshot: Snapshot, code: str) -> set[str]:
    routes = diagnose(FLEET, snapshot).routes
    return {f.verdict for r in routes for hop in r.hops for f in hop.findings if f.code == code}


@pytest.mark.parametrize(
    ("principal", "verdict"),
    [
        ({"Service": "athena.amazonaws.com"}, "fails"),
        ({"Federated": PROVIDER}, "unknown"),
        ({"CanonicalUser": "f" * 64}, "unknown"),
    ],
)
def test_whoever_the_key_lets_in_is_a_reader(principal: Json, verdict: str) -> None:
    assert verdicts(let_in(principal), "readers-too-many") == {verdict}


def test_a_service_that_gets_no_log_reads_none() -> None:
    snapshot = let_in({"Service": "athena.amazonaws.com"}, reads=False)
    assert verdicts(snapshot, "readers-too-many") == {"holds"}


def test_whom_a_provider_lets_end_the_key_cannot_be_told() -> None:
    at = scenes.key_policy_ask()
    document = scenes.policy(at)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepKey"]
    said = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "kms:DisableKey"}
    changed = {**document, "Statement": [*kept, {**said, "Resource": "*"}]}
    assert verdicts(scenes.with_policy(healthy(), at, changed), "key-endable") == {"unknown"}
