"""Digests are signed, linked and named as CloudTrail does it, or break where it breaks."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kinds.cloudtrail.lab.small_world import (
    ARCHIVE,
    PRODUCTION,
    Player,
    SmallWorld,
    user,
)


def names(world: SmallWorld, account: str = PRODUCTION) -> list[str]:
    return [r["eventName"] for r in world.events(account)]


def status(play: Player, region: str = "us-east-1", account: str = PRODUCTION) -> dict[str, Any]:
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/logkeep"
    return play.call("GetTrailStatus", user(account), region=region, Name=arn).output


def verify_digest(play: Player, file: Any, key: str, region: str = "us-east-1") -> dict[str, Any]:
    """The digest's content, once its signature holds (rule 1.9.4)."""
    digest = file.content
    [listed] = play.call("ListPublicKeys", region=region).output["PublicKeyList"]
    assert digest["digestPublicKeyFingerprint"] == listed["Fingerprint"]
    assert re.fullmatch("[0-9a-f]{32}", listed["Fingerprint"])
    plain = json.dumps(digest).encode()
    text = "\n".join(
        [
            digest["digestEndTime"],
            f"{ARCHIVE}/{key}",
            hashlib.sha256(plain).hexdigest(),
            digest["previousDigestSignature"] or "null",
        ]
    )
    assert file.metadata["signature-algorithm"] == "SHA256withRSA"
    public = load_der_public_key(spki(listed["Value"]))
    assert isinstance(public, RSAPublicKey)
    signature = bytes.fromhex(file.metadata["signature"])
    public.verify(signature, text.encode(), PKCS1v15(), SHA256())
    return digest


def spki(pkcs1: bytes) -> bytes:
    """PKCS#1 inside the SubjectPublicKeyInfo that the library wants: rsaEncryption, BIT STRING."""
    head = bytes.fromhex("300d06092a864886f70d0101010500")
    bits = b"\x03\x82" + (len(pkcs1) + 1).to_bytes(2, "big") + b"\x00" + pkcs1
    body = head + bits
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def test_digests_form_a_signed_chain(world: SmallWorld, play: Player) -> None:
    """Rules 1.9.1 to 1.9.4, 1.9.7."""
    play.trail(EnableLogFileValidation=True)
    world.advance(minutes=30)
    play.happens("ec2", "RunInstances")
    world.advance(hours=3)
    for region in world.regions:
        chain = world.digests(region)
        assert len(chain) == 4
        previous: Any = None
        for key, file in chain:
            digest = verify_digest(play, file, key, region)
            assert digest["previousDigestSignature"] == (
                previous[1].metadata["signature"] if previous else None
            )
            assert digest["previousDigestS3Object"] == (previous[0] if previous else None)
            previous = (key, file)
    covered = [f for _, d in world.digests() for f in d.content["logFiles"]]
    logs = dict(world.logs())
    assert {f["s3Object"] for f in covered} == {k for k in logs if "/us-east-1/" in k}
    for entry in covered:
        plain = json.dumps(logs[entry["s3Object"]].content).encode()
        assert entry["hashValue"] == hashlib.sha256(plain).hexdigest()


def test_digest_names(world: SmallWorld, play: Player) -> None:
    """Rule 1.3."""
    play.trail(EnableLogFileValidation=True)
    world.advance(hours=1)
    assert [k for k, _ in world.digests("eu-west-1")] == [
        f"AWSLogs/{PRODUCTION}/CloudTrail-Digest/eu-west-1/2026/11/23/{PRODUCTION}"
        "_CloudTrail-Digest_eu-west-1_logkeep_us-east-1_20261123T100000Z.json.gz"
    ]


def test_idle_hours_have_empty_digests(world: SmallWorld, play: Player) -> None:
    """Rules 1.8.1, 1.9.7."""
    play.trail(EnableLogFileValidation=True)
    world.advance(days=1)
    assert len(world.digests()) == 24
    idle = world.digests()[-1][1].content
    assert (idle["logFiles"], idle["newestEventTime"], idle["oldestEventTime"]) == ([], None, None)
    assert status(play)["LatestDigestDeliveryTime"] == world.time.replace(minute=0, second=0)


@pytest.mark.parametrize("how", ["stop", "off"])
def test_chain_breaks_where_validation_pauses(world: SmallWorld, play: Player, how: str) -> None:
    """Rule 1.9.7: one last digest, nothing for the time between, then a new chain."""
    play.trail(EnableLogFileValidation=True)
    world.advance(hours=2)
    if how == "stop":
        play.call("StopLogging", Name="logkeep")
    else:
        play.call("UpdateTrail", Name="logkeep", EnableLogFileValidation=False)
    world.advance(hours=3)
    play.happens("ec2", "RunInstances")
    world.advance(hours=2)
    assert len(world.digests()) == 3
    if how == "stop":
        play.call("StartLogging", Name="logkeep")
    else:
        play.call("UpdateTrail", Name="logkeep", EnableLogFileValidation=True)
    world.advance(hours=1)
    first = world.digests()[-1][1].content
    assert first["previousDigestSignature"] is None
    assert "RunInstances" not in [
        r["eventName"]
        for f in first["logFiles"]
        for r in world.objects[ARCHIVE, f["s3Object"]].content["Records"]
    ]


def test_deleted_trail_leaves_a_last_digest(world: SmallWorld, play: Player) -> None:
    """Rule 1.9.7."""
    play.trail(EnableLogFileValidation=True)
    world.advance(hours=1)
    play.happens("ec2", "RunInstances")
    play.call("DeleteTrail", Name="logkeep")
    world.advance(days=1)
    assert names(world)[-1] == "RunInstances"
    assert len(world.digests()) == 2
    assert play.call("DescribeTrails").output["trailList"] == []
    assert play.call("GetTrailStatus", Name="logkeep").error_code == "TrailNotFoundException"


def test_digests_wait_and_keep_their_chain(world: SmallWorld, play: Player) -> None:
    """Refused digests come late, each in its own place, and the chain has no gap."""
    play.trail(EnableLogFileValidation=True)
    world.advance(hours=1)
    world.refused.add(("s3:PutObject", PRODUCTION))
    world.advance(hours=5)
    assert len(world.digests()) == 1
    world.refused.clear()
    world.advance(minutes=5)
    keys = [k for k, _ in world.digests()]
    assert len(keys) == 7
    for key, file in world.digests()[1:]:
        assert verify_digest(play, file, key)["previousDigestS3Object"] in keys
